/* The draft: kept on this device at once and on the server a moment later. It survives a reload, a
   lost line and a login that ended. */
"use strict";

/* Sends the form as it stands to be kept: "kept", "lost" (no connection) or "signed-out". */
let keepDraft = async () => "kept";

if (composer) {
  const key = `dailies.draft.${composer.dataset.member}${composer.dataset.shot ? `.shot.${composer.dataset.shot}` : ""}`;
  const AFTER_MS = 700;
  const AGAIN_MS = 5000;
  const NOT_CONTENT = ["csrfmiddlewaretoken", "batch", "told", "member"];
  const state = $("#saved");
  let timer = 0;
  let written = 0;

  const content = () => [...new FormData(composer)].filter(([name, value]) => !NOT_CONTENT.includes(name) && typeof value === "string" && value);
  /* Only what the server does not have yet stays on this device. */
  const remember = () => {
    try {
      localStorage.setItem(key, JSON.stringify(content()));
    } catch { /* No room, or none allowed: the server keeps it a moment later. */ }
  };
  const forget = () => localStorage.removeItem(key);
  const remembered = () => {
    try { return JSON.parse(localStorage.getItem(key)); } catch { return null; }
  };
  const show = (words) => {
    if (state.textContent === words) return;
    state.textContent = words;
    state.classList.toggle("is-late", words !== gettext("Saved"));
  };

  const post = async (pairs) => {
    const body = new URLSearchParams(pairs);
    const headers = { "X-CSRFToken": csrfToken() };
    // Small forms are sent to the end even while the page is left.
    const keepalive = String(body).length < 60_000;
    const answer = await fetch(composer.dataset.keep, { method: "POST", body, headers, keepalive });
    if (answer.status === 204) return "kept";
    return isSignedOut({ responseURL: answer.url }) || answer.status === 403 ? "signed-out" : "lost";
  };

  keepDraft = async () => {
    clearTimeout(timer);
    const mine = written;
    const outcome = await post(content()).catch(() => "lost");
    if (outcome === "kept") {
      if (mine === written) { forget(); show(gettext("Saved")); }
      return outcome;
    }
    remember();
    show(outcome === "lost" ? gettext("Not saved yet: no connection") : gettext("Not saved yet: signed out"));
    timer = setTimeout(keepDraft, AGAIN_MS);
    return outcome;
  };

  const later = (event) => {
    if (event.target.form !== composer || event.target.type === "file") return;
    written += 1;
    remember();
    clearTimeout(timer);
    timer = setTimeout(keepDraft, AFTER_MS);
  };
  composer.addEventListener("input", later);
  composer.addEventListener("change", (event) => later({ target: event.target === composer ? $("#prompt") : event.target }));
  window.addEventListener("online", () => { if (remembered()) keepDraft(); });
  document.addEventListener("visibilitychange", () => { if (document.hidden && remembered()) keepDraft(); });

  /* What this device kept and the server did not: put back, the page shows it as it was. */
  const putBack = async () => {
    const mine = remembered();
    if (!mine || $("#problems")) return;
    const isShown = JSON.stringify(mine) === JSON.stringify(content());
    if (!isShown && await post(mine).catch(() => "lost") !== "kept") return;
    forget();
    if (isShown) return;
    location.replace(composer.dataset.shot ? location.href : composer.dataset.home);
  };
  /* An address that filled the form has done so; a reload shows the draft with what was changed. */
  const isFilled = location.search && !composer.dataset.shot;
  if (isFilled) { history.replaceState(history.state, "", composer.dataset.home); forget(); } else putBack();
}
