/* The compose page: takes, wells that take drop, paste and choice, and Ctrl+Enter. */
"use strict";

const composer = $("#compose");
if (composer) {
  const prompt = $("#prompt");
  const count = $("#prompt-count");
  const tell = () => {
    const [length, most] = [prompt.value.length, Number($("#prompt-max").value)];
    count.textContent = length ? `${length.toLocaleString()} / ${most.toLocaleString()}` : "";
    count.classList.toggle("is-over", length > most);
  };
  prompt.addEventListener("input", tell);
  document.addEventListener("htmx:afterSettle", tell);
  tell();
  $("[aria-invalid='true']")?.focus();

  composer.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      composer.requestSubmit($(".button--primary", composer));
    }
  });
  composer.addEventListener("click", (event) => {
    const step = event.target.closest("[data-step]");
    if (step) {
      const takes = $("#takes");
      takes.value = Math.min(8, Math.max(1, Number(takes.value || 1) + Number(step.dataset.step)));
      changed();
    }
    const remove = event.target.closest("[data-remove]");
    if (remove) { event.preventDefault(); remove.closest("[data-picture]").remove(); arrange(); changed(); }
    if (event.target.closest("[data-swap]")) swapFrames();
  });

  /* Wells: choose, drop or paste; uploaded at once, so nothing is lost with the page. */
  let uploads = 0;
  composer.addEventListener("submit", (event) => {
    if (!uploads) return;
    event.preventDefault();
    warn("A picture is still on its way. Nothing was sent: press the button again when it is there.");
  });
  const well = (role) => $(`.well[data-role="${role}"]`);
  const filled = (place) => $$("[data-picture]", place);
  const changed = () => composer.dispatchEvent(new Event("change", { bubbles: true }));

  const arrange = () => {
    for (const place of $$(".well")) {
      $("[data-drop]", place).hidden = !("many" in place.dataset) && filled(place).length > 0;
    }
  };

  const swapFrames = () => {
    const [first, last] = [well("first_frame"), well("last_frame")];
    const [a, b] = [filled(first), filled(last)];
    for (const [pictures, to] of [[a, last], [b, first]]) {
      for (const picture of pictures) {
        $("input", picture).name = to.dataset.role;
        $("[data-pictures]", to).prepend(picture);
      }
    }
    arrange();
    changed();
  };

  const refuse = (place, reason) => {
    const error = $("[data-error]", place);
    error.hidden = !reason;
    $("span", error).textContent = reason;
    place.classList.toggle("is-refused", Boolean(reason));
  };

  const upload = (place, file) => new Promise((done) => {
    refuse(place, "");
    const bar = document.createElement("progress");
    bar.className = "progress";
    bar.max = 100;
    bar.setAttribute("aria-label", `Uploading ${file.name}`);
    $("[data-drop]", place).append(bar);
    const request = new XMLHttpRequest();
    request.open("POST", composer.dataset.upload);
    request.setRequestHeader("X-CSRFToken", csrfToken());
    request.upload.addEventListener("progress", (event) => {
      if (event.lengthComputable) bar.value = 100 * event.loaded / event.total;
    });
    request.addEventListener("loadend", () => {
      bar.remove();
      if (request.status === 200 && !isSignedOut(request)) {
        if (!("many" in place.dataset)) filled(place).forEach((picture) => picture.remove());
        $("[data-drop]", place).insertAdjacentHTML("beforebegin", request.responseText);
      } else {
        refuse(place, reasonOf(request, file));
      }
      arrange();
      done();
    });
    const body = new FormData();
    body.append("role", place.dataset.role);
    body.append("file", file);
    request.send(body);
  });

  const reasonOf = (request, file) => {
    if (request.status === 422) return request.responseText.trim();
    if (request.status === 0) return `${file.name} could not be sent: no connection. Try it again.`;
    if (request.status === 403 || isSignedOut(request)) return "You were signed out. Sign in in another tab, then try it again.";
    return `${file.name} could not be stored. Try it again, or use a smaller picture.`;
  };

  const take = async (place, files) => {
    uploads += 1;
    for (const file of files) await upload(place, file);
    uploads -= 1;
    changed();
  };

  const pictures = (transfer) => [...(transfer?.files || [])];
  const nextEmpty = () => ["first_frame", "last_frame"].map(well).find((place) => !filled(place).length) || well("reference");

  composer.addEventListener("change", (event) => {
    if (event.target.type !== "file") return;
    event.stopPropagation();
    const files = [...event.target.files];
    event.target.value = "";
    if (files.length) take(event.target.closest(".well"), files);
  });
  document.addEventListener("paste", (event) => {
    const files = pictures(event.clipboardData);
    if (!files.length) return;
    event.preventDefault();
    take(nextEmpty(), files.slice(0, 1));
  });
  document.addEventListener("dragover", (event) => {
    if (![...(event.dataTransfer?.types || [])].includes("Files")) return;
    event.preventDefault();
    const over = event.target.closest?.(".well") || nextEmpty();
    for (const place of $$(".well")) {
      place.classList.toggle("is-over", place === over);
      $("[data-words]", place).textContent = place === over ? `Drop for ${place.dataset.name.toLowerCase()}` : place.dataset.name;
    }
  });
  const calm = () => {
    for (const place of $$(".well")) {
      place.classList.remove("is-over");
      $("[data-words]", place).textContent = place.dataset.name;
    }
  };
  document.addEventListener("dragleave", (event) => { if (!event.relatedTarget) calm(); });
  document.addEventListener("drop", (event) => {
    const files = pictures(event.dataTransfer);
    if (!files.length) return;
    event.preventDefault();
    calm();
    const place = event.target.closest?.(".well") || nextEmpty();
    take(place, "many" in place.dataset ? files : files.slice(0, 1));
  });
  arrange();
}
