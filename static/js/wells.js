/* Wells: pictures by drop, paste and choice, uploaded at once so that nothing is lost with the page;
   dragged from well to well they change places. */
"use strict";

if (composer) {
  let uploads = 0;
  let dragged = null;

  const well = (role) => $(`.well[data-role="${role}"]`);
  const filled = (place) => $$("[data-picture]", place);
  const showsReferences = () => $("#tab-references").checked;
  const nextEmpty = () => {
    const empty = ["first_frame", "last_frame"].map(well).find((place) => !filled(place).length && !("awaits" in place.dataset));
    return (!showsReferences() && empty) || well("reference");
  };
  const front = (place) => { $(place.dataset.role === "reference" ? "#tab-references" : "#tab-frames").checked = true; };

  const arrange = () => {
    for (const place of $$(".well")) {
      $("[data-drop]", place).hidden = !("many" in place.dataset) && filled(place).length > 0;
    }
  };
  const put = (picture, place) => {
    $("input[type=hidden]", picture).name = place.dataset.role;
    $("[data-drop]", place).before(picture);
  };
  /* A filled well from the server, in the place of what stood there. */
  const fill = (place, html) => {
    if (!("many" in place.dataset)) filled(place).forEach((picture) => picture.remove());
    $("[data-drop]", place).insertAdjacentHTML("beforebegin", html);
    refuse(place, "");
    front(place);
    arrange();
    formChanged();
  };
  const trade = (from, to) => {
    const [a, b] = [filled(from), filled(to)];
    a.forEach((picture) => put(picture, to));
    b.forEach((picture) => put(picture, from));
    arrange();
    formChanged();
    say(interpolate(gettext("Moved to %(well)s."), { well: to.dataset.name }, true));
  };
  const refuse = (place, reason) => {
    const error = $("[data-error]", place);
    error.hidden = !reason;
    $("span", error).textContent = reason;
    place.classList.toggle("is-refused", Boolean(reason));
  };
  document.addEventListener("well:fill", (event) => fill(well(event.detail.role), event.detail.html));

  /* -- Upload ------------------------------------------------------------------------------- */
  const reasonOf = (request, file) => {
    if (request.status === 422) return request.responseText.trim();
    if (request.status === 0) return interpolate(gettext("%(name)s could not be sent: no connection. Try it again."), file, true);
    if (request.status === 403 || isSignedOut(request)) return gettext("You were signed out. Sign in in another tab, then try it again.");
    return interpolate(gettext("%(name)s could not be stored. Try it again, or use a smaller picture."), file, true);
  };
  const upload = (place, file) => new Promise((done) => {
    refuse(place, "");
    const bar = document.createElement("progress");
    bar.className = "progress";
    bar.max = 100;
    bar.setAttribute("aria-label", interpolate(gettext("Uploading %(name)s"), file, true));
    $("[data-drop]", place).append(bar);
    const request = new XMLHttpRequest();
    request.open("POST", composer.dataset.upload);
    request.setRequestHeader("X-CSRFToken", csrfToken());
    request.upload.addEventListener("progress", (event) => {
      if (event.lengthComputable) bar.value = 100 * event.loaded / event.total;
    });
    request.addEventListener("loadend", () => {
      bar.remove();
      if (request.status === 200 && !isSignedOut(request)) fill(place, request.responseText);
      else refuse(place, reasonOf(request, file));
      done();
    });
    const body = new FormData();
    body.append("role", place.dataset.role);
    body.append("file", file);
    request.send(body);
  });
  const take = async (place, files) => {
    const videos = files.filter((file) => file.type.startsWith("video/"));
    if (videos.length) { document.dispatchEvent(new CustomEvent("clip:dropped", { detail: videos[0] })); return; }
    front(place);
    uploads += 1;
    place.dataset.awaits = "";
    for (const file of "many" in place.dataset ? files : files.slice(0, 1)) await upload(place, file);
    delete place.dataset.awaits;
    uploads -= 1;
  };
  composer.addEventListener("submit", (event) => {
    if (!uploads) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    warn(gettext("A picture is still on its way. Nothing was sent: press the button again when it is there."));
  }, true);

  /* -- Choose, paste, remove, swap ---------------------------------------------------------- */
  composer.addEventListener("change", (event) => {
    if (event.target.type !== "file" || !event.target.closest(".well")) return;
    event.stopPropagation();
    const files = [...event.target.files];
    event.target.value = "";
    if (files.length) take(event.target.closest(".well"), files);
  }, true);
  document.addEventListener("paste", (event) => {
    const files = [...(event.clipboardData?.files || [])];
    if (!files.length) return;
    event.preventDefault();
    take(nextEmpty(), files);
  });
  composer.addEventListener("click", (event) => {
    const remove = event.target.closest("[data-remove]");
    if (remove) {
      event.preventDefault();
      const place = remove.closest(".well");
      remove.closest("[data-picture]").remove();
      arrange();
      $("input[type=file]", place).focus();
      formChanged();
    }
    if (event.target.closest("[data-swap]")) trade(well("first_frame"), well("last_frame"));
  });

  /* -- Drag: files from outside, pictures from well to well ---------------------------------- */
  const calm = () => {
    for (const place of $$(".well")) {
      place.classList.remove("is-over");
      $("[data-words]", place).textContent = place.dataset.name;
    }
  };
  const light = (over) => {
    for (const place of $$(".well")) {
      place.classList.toggle("is-over", place === over);
      const words = interpolate(gettext("Drop for %(well)s"), { well: place.dataset.name.toLowerCase() }, true);
      $("[data-words]", place).textContent = place === over ? words : place.dataset.name;
    }
  };
  document.addEventListener("dragstart", (event) => { dragged = event.target.closest?.("[data-picture]") || null; });
  document.addEventListener("dragend", () => { dragged = null; calm(); });
  document.addEventListener("dragover", (event) => {
    const over = event.target.closest?.(".well");
    const isFile = [...(event.dataTransfer?.types || [])].includes("Files") && !dragged;
    if (!isFile && !(dragged && over)) return;
    event.preventDefault();
    light(isFile ? over || nextEmpty() : over);
  });
  document.addEventListener("dragleave", (event) => { if (!event.relatedTarget) calm(); });
  document.addEventListener("drop", (event) => {
    const over = event.target.closest?.(".well");
    if (dragged && over) {
      event.preventDefault();
      const from = dragged.closest(".well");
      if (from !== over && !("many" in over.dataset) && !("many" in from.dataset)) trade(from, over);
      else if (from !== over) { put(dragged, over); arrange(); formChanged(); }
    } else if (!dragged) {
      const files = [...(event.dataTransfer?.files || [])];
      if (!files.length) return;
      event.preventDefault();
      take(over || nextEmpty(), files);
    }
    calm();
  });
  arrange();
}
