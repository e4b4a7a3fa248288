/* What opens over the compose form: recent prompts, presets, pictures of the studio, and the frames
   of a clip. Each dialog is filled from the address that its link leads to. */
"use strict";
{
  const part = (dialog) => $("[data-part-of]", dialog);
  const open = async (dialog, address) => {
    if (!dialog.open) dialog.showModal();
    await htmx.ajax("GET", address, { target: part(dialog), swap: "innerHTML" });
    if (matchMedia("(pointer: fine)").matches) $("input[type=search], input[name=preset_name]", dialog)?.focus();
  };

  document.addEventListener("click", (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    const opener = event.target.closest("[data-opens], [data-pick]");
    if (opener && composer) {
      event.preventDefault();
      const role = opener.dataset.pick || ($("#tab-references").checked ? "reference" : $(".well[data-role=first_frame] [data-picture]") ? "last_frame" : "first_frame");
      const dialog = $(`#${opener.dataset.opens || "library"}`);
      open(dialog, opener.dataset.opens ? dialog.dataset.from : `${dialog.dataset.from}?role=${role}`);
    }
    const dialog = event.target.closest("dialog.dialog");
    if (dialog && (event.target === dialog || event.target.closest("[data-shut]"))) dialog.close();
    takePrompt(event);
    takePicture(event);
    const uploader = event.target.closest("[data-upload-for]");
    if (uploader) {
      uploader.closest("dialog").close();
      $(`.well[data-role="${uploader.dataset.uploadFor}"] input[type=file]`).click();
    }
  });

  const takePrompt = (event) => {
    const chosen = event.target.closest("a[data-prompt]");
    if (!chosen || !composer) return;
    event.preventDefault();
    const prompt = $("#prompt");
    prompt.value = chosen.dataset.prompt;
    $("#plain")?.remove();
    chosen.closest("dialog")?.close();
    prompt.focus();
    prompt.dispatchEvent(new Event("input", { bubbles: true }));
    htmx.trigger("#options", "refresh");
  };

  const give = (role, html) => document.dispatchEvent(new CustomEvent("well:fill", { detail: { role, html } }));
  const asFetch = (address, options = {}) => fetch(address, { ...options, headers: { "X-Requested-With": "fetch", "X-CSRFToken": csrfToken() } });
  const takePicture = async (event) => {
    const chosen = event.target.closest("a[data-take]");
    if (!chosen || !composer) return;
    event.preventDefault();
    const answer = await asFetch(chosen.href).catch(() => null);
    if (!answer?.ok) { warn(gettext("This picture could not be taken over. Try it again.")); return; }
    give(new URL(chosen.href).searchParams.get("role"), await answer.text());
    chosen.closest("dialog")?.close();
  };

  /* -- A clip of Dailies that is dropped fills the form ---------------------------------------- */
  document.addEventListener("clip:dropped", async (event) => {
    const file = event.detail;
    $("#saved").textContent = interpolate(gettext("Reading %(name)s…"), { name: file.name }, true);
    const body = new FormData();
    body.append("file", file);
    const answer = await asFetch(composer.dataset.clip, { method: "POST", body }).catch(() => null);
    if (answer?.status === 204) { location.assign(composer.dataset.home); return; }
    $("#saved").textContent = "";
    warn(answer?.status === 422 ? (await answer.text()).trim() : gettext("The clip could not be read: no connection. Nothing was changed."));
  });

  /* -- A frame of a clip -------------------------------------------------------------------- */
  const show = (form) => {
    const [video, second, fps] = [$("video", form), $("[name=at_s]", form), Number(form.dataset.fps)];
    $("[data-range]", form).value = video.currentTime;
    if (document.activeElement !== second) second.value = video.currentTime.toFixed(3);
    const words = interpolate(gettext("frame %(number)s"), { number: Math.floor(video.currentTime * fps + 0.01) + 1 }, true);
    $("[data-said]", form).textContent = words;
  };
  const seek = (form, at) => {
    const video = $("video", form);
    video.pause();
    video.currentTime = Math.min(Math.max(at, 0), video.duration || 0);
  };
  document.addEventListener("input", (event) => {
    const form = event.target.closest("[data-scrub]");
    if (form && event.target.matches("[data-range], [name=at_s]")) seek(form, Number(event.target.value));
  });
  document.addEventListener("click", (event) => {
    const move = event.target.closest("[data-move]");
    if (!move) return;
    const form = move.closest("[data-scrub]");
    const [video, fps] = [$("video", form), Number(form.dataset.fps)];
    seek(form, (Math.floor(video.currentTime * fps + 0.01) + Number(move.dataset.move) + 0.5) / fps);
  });
  for (const name of ["timeupdate", "seeked", "loadedmetadata"]) {
    document.addEventListener(name, (event) => {
      const form = event.target.closest?.("[data-scrub]");
      if (!form) return;
      event.target.controls = false;
      show(form);
    }, true);
  }
  document.addEventListener("submit", async (event) => {
    const form = event.target.closest("[data-scrub]");
    if (!form || !composer) return;
    event.preventDefault();
    const answer = await asFetch(form.action, { method: "POST", body: new FormData(form) }).catch(() => null);
    if (answer?.ok) {
      give($("[name=role]", form).value, await answer.text());
      form.closest("dialog")?.close();
      return;
    }
    const error = $("[data-error]", form);
    error.hidden = false;
    $("span", error).textContent = answer?.status === 422 ? await answer.text() : gettext("The frame could not be taken. Try it again.");
  });
}
