/* What every page needs: compose wells, one press one charge, toasts, hover previews, live words.
   Everything here only makes quicker what works without it. */
"use strict";

const $ = (selector, root = document) => root.querySelector(selector);
const $$ = (selector, root = document) => [...root.querySelectorAll(selector)];

/* -- Busy buttons: a second press does nothing ------------------------------------------ */
const csrfToken = () => document.cookie.match(/(?:^|; )csrftoken=([^;]+)/)?.[1];
document.addEventListener("submit", (event) => {
  const button = event.submitter;
  // Signing in again in another tab changes the token; this page's forms must follow.
  const token = $("[name=csrfmiddlewaretoken]", event.target);
  if (token) token.value = csrfToken() || token.value;
  if (event.defaultPrevented || !button) return;
  if (button.getAttribute("aria-disabled") === "true") { event.preventDefault(); return; }
  if (!button.dataset.busy) return;
  button.style.minWidth = `${button.offsetWidth}px`;
  button.setAttribute("aria-disabled", "true");
  button.textContent = button.dataset.busy;
});
window.addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });

/* -- Toasts ---------------------------------------------------------------------------------- */
for (const toast of $$(".toast--success")) {
  let timer = setTimeout(() => toast.remove(), 6000);
  toast.addEventListener("pointerenter", () => clearTimeout(timer));
  toast.addEventListener("pointerleave", () => { timer = setTimeout(() => toast.remove(), 3000); });
}
document.addEventListener("click", (event) => {
  event.target.closest("[data-close]")?.closest(".toast").remove();
  const copy = event.target.closest("[data-copy]");
  if (copy) navigator.clipboard?.writeText($(copy.dataset.copy).textContent).then(() => say("Copied"));
});

function say(words) {
  const news = $("#news");
  if (news) news.textContent = words;
}

function warn(words) {
  const shown = $$("#toasts .toast p").some((text) => text.textContent === words);
  if (shown) return;
  const toast = $("#toast").content.cloneNode(true);
  $("p", toast).textContent = words;
  $("#toasts").append(toast);
}

/* -- Live: lost and found -------------------------------------------------------------------- */
function live(isLost) {
  const mark = $("[data-live]");
  if (!mark) return;
  mark.classList.toggle("is-lost", isLost);
  const now = new Date().toLocaleTimeString([], { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
  $("span", mark).textContent = isLost ? `Reconnecting, last news ${mark.dataset.news || now}` : "Live";
  if (!isLost) mark.dataset.news = now;
}
const isSignedOut = (request) => request?.responseURL && new URL(request.responseURL).pathname === "/login/";
document.addEventListener("htmx:afterRequest", (event) => {
  const request = event.detail.xhr;
  live(!request?.status || isSignedOut(request));
});
document.addEventListener("htmx:beforeSwap", (event) => {
  if (!isSignedOut(event.detail.xhr)) return;
  event.detail.shouldSwap = false;
  warn("You were signed out. Sign in in another tab, then go on here: nothing on this page is lost.");
});

/* -- Clips under way: the seconds count on between two polls, and no bar starts anew --------- */
const began = new WeakMap();
function clock(seconds) {
  const [minutes, rest] = [Math.floor(seconds / 60), String(Math.floor(seconds % 60)).padStart(2, "0")];
  return minutes < 60 ? `${minutes}:${rest}` : `${Math.floor(minutes / 60)}:${String(minutes % 60).padStart(2, "0")}:${rest}`;
}
function countOn() {
  for (const words of $$("[data-so-far]")) {
    if (!began.has(words)) began.set(words, Date.now() - 1000 * words.dataset.soFar);
    words.textContent = clock((Date.now() - began.get(words)) / 1000);
  }
  for (const moving of document.getAnimations()) if (moving.animationName === "slide") moving.startTime = 0;
}
countOn();
setInterval(countOn, 1000);
document.addEventListener("htmx:afterSwap", countOn);

/* -- Compose --------------------------------------------------------------------------------- */
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

/* -- Hover previews: muted, light, one at a time --------------------------------------------- */
const calmly = matchMedia("(prefers-reduced-motion: reduce)").matches || navigator.connection?.saveData;
let hovering = 0;
function startPreview(tile) {
  if (calmly || !tile.dataset.preview || $("video", tile)) return;
  hovering = setTimeout(() => {
    const video = document.createElement("video");
    Object.assign(video, { src: tile.dataset.preview, muted: true, loop: true, playsInline: true });
    video.addEventListener("playing", () => video.classList.add("is-playing"));
    $(".tile-words", tile).before(video);
    video.play().catch(() => video.remove());
  }, 150);
}
function stopPreview(tile) {
  clearTimeout(hovering);
  const video = $("video", tile);
  if (!video) return;
  video.removeAttribute("src");
  video.load();
  video.remove();
}
const tileOf = (event) => event.target.closest?.(".tile");
document.addEventListener("pointerover", (event) => {
  const tile = tileOf(event);
  if (tile && event.pointerType === "mouse" && !tile.contains(event.relatedTarget)) startPreview(tile);
});
document.addEventListener("pointerout", (event) => {
  const tile = tileOf(event);
  if (tile && !tile.contains(event.relatedTarget)) stopPreview(tile);
});
document.addEventListener("focusin", (event) => { const tile = tileOf(event); if (tile) startPreview(tile); });
document.addEventListener("focusout", (event) => { const tile = tileOf(event); if (tile) stopPreview(tile); });
