/* A storyboard saves itself: each small form goes out at once, and the answer renews the parts of
   the page that it changes. Sheets open as dialogs; without this script they are pages. */
"use strict";

const board = {
  shots: [],
  length: () => { const last = board.shots.at(-1); return last ? last.start + last.length : 0; },
  chosen: () => board.shots.find((shot) => shot.item.classList.contains("is-chosen")),
  tell: (name, detail) => document.dispatchEvent(new CustomEvent(`board:${name}`, { detail })),
};
{
  let sending = 0;
  let opened = 0;
  let shown = "";
  const held = new Map();

  /* -- What stands on the timeline ------------------------------------------------------------- */
  function readShots() {
    board.shots = $$("#shots > .shot").map((item) => {
      const { shot, src, join, title, move } = item.dataset;
      const number = (name) => Number(item.dataset[name] || 0);
      return { item, id: shot, src, join, title, move, start: number("start"), length: number("length"), fit: number("fit"), in: number("in"), out: number("out"), whole: number("whole"), fps: number("fps") || 24 };
    });
  }

  /* -- Sending a form, showing what came of it -------------------------------------------------- */
  /* One after the other, in the order in which they were meant. */
  let line = Promise.resolve();
  const inLine = (act) => { line = line.then(act, act); return line; };

  /* While somebody types, a poll may bring another version; their form keeps the one they saw. */
  document.addEventListener("input", (event) => {
    const form = event.target.closest("form[data-save][id]");
    const version = form && $("[name=version]", form);
    if (version && !held.has(form.id)) held.set(form.id, version.value);
  });
  const versionNow = (form) => $("[name=version]", document.getElementById(form.id) || form)?.value;
  const texts = (form) => $$("input:not([type=hidden], [type=radio], [type=checkbox], [type=range]), textarea", form);
  const isDirty = (field) => field.value !== field.defaultValue;

  function sendForm(form, submitter, isQuiet = false) {
    const body = new FormData(form, submitter);
    const from = { form, isQuiet, isSheet: Boolean(form.closest("dialog")) };
    if (from.isSheet) opened += 1;
    const before = texts(form).map((field) => [field, field.defaultValue]);
    for (const [field] of before) field.defaultValue = field.value;
    return inLine(async () => {
      const version = held.get(form.id) ?? versionNow(form);
      if (version) body.set("version", version);
      held.delete(form.id);
      body.set("chosen", board.chosen()?.id || "");
      const reply = await saveTo(form.action, body, from);
      if (!reply) for (const [field, value] of before) field.defaultValue = value;
      if (!reply) calm(submitter);
      else if (reply.ok) for (const [id, old] of held) if (old === version) held.set(id, versionNow($("#panel")));
    });
  }

  /* The answer; null where none came. */
  async function saveTo(address, body, from = {}) {
    overtakeNews();
    mark(1);
    try {
      body.set("csrfmiddlewaretoken", csrfToken() || body.get("csrfmiddlewaretoken"));
      const reply = await fetch(address, { method: "POST", body });
      signedOut(isSignedOut(reply));
      if (isSignedOut(reply)) return null;
      if (reply.status >= 500) throw new Error(String(reply.status));
      showReply(await reply.text(), reply, from);
      return reply;
    } catch {
      warn(gettext("This change could not be saved: the studio does not answer. It stands here as you typed it; try again in a moment."));
      return null;
    } finally {
      mark(-1);
    }
  }

  /* A button that went busy for nothing. */
  const labels = new WeakMap();
  document.addEventListener("submit", (event) => { if (event.submitter) labels.set(event.submitter, [...event.submitter.childNodes]); }, true);
  function calm(button) {
    if (!button?.dataset.busy) return;
    button.removeAttribute("aria-disabled");
    button.replaceChildren(...labels.get(button));
  }

  function mark(step) {
    sending += step;
    document.documentElement.classList.toggle("is-saving", sending > 0);
    const words = $("[data-saved]");
    if (words) words.textContent = sending ? gettext("saving…") : gettext("saved");
  }

  function showReply(html, reply, { form, isQuiet, isSheet }) {
    const page = new DOMParser().parseFromString(html, "text/html");
    const sheet = page.querySelector("#sheet");
    if (sheet) { showSheet(sheet); return; }
    if (!page.querySelector("#board-head")) { location.assign(reply.url); return; }
    overtakeNews();
    if (isSheet) closeSheet();
    const focused = !isSheet && !isQuiet && form?.contains(document.activeElement) ? document.activeElement : null;
    const id = focused?.id;
    focused?.blur();
    if (reply.redirected) history.replaceState(null, "", reply.url);
    renewFrom(html);
    if (id) document.getElementById(id)?.focus({ preventScroll: true });
    for (const toast of page.querySelectorAll("#toasts > .toast")) $("#toasts").append(document.importNode(toast, true));
    if (!isQuiet) tellFault(reply);
  }
  function tellFault(reply) {
    const fault = $("#panel [aria-invalid='true'], #board-head [aria-invalid='true']");
    fault?.focus();
    if (fault) say($(".field-error", fault.closest("form"))?.textContent.trim() || "");
    if (reply.status === 409) say($("#board-notes b")?.textContent || "");
  }

  document.addEventListener("submit", (event) => {
    const form = event.target.closest("form[data-save]");
    if (event.defaultPrevented || !form) return;
    event.preventDefault();
    // Enter in a field tells of the change first, and of the form after it.
    const isImplied = !event.submitter || event.submitter.closest("noscript");
    if (isImplied && form.closest("#panel") && !texts(form).some(isDirty)) return;
    sendForm(form, event.submitter);
  });
  document.addEventListener("change", (event) => {
    const { target } = event;
    const form = target.closest("#panel form[data-save]");
    if (!form || target.matches("[data-range]") || (texts(form).includes(target) && !isDirty(target))) return;
    sendForm(form, null);
  });
  /* A prompt is kept while it is written. */
  const PAUSE_MS = 1200;
  let writing = 0;
  document.addEventListener("input", (event) => {
    if (!event.target.matches("#panel textarea")) return;
    clearTimeout(writing);
    writing = setTimeout(() => { if (event.target.isConnected && isDirty(event.target)) sendForm(event.target.form, null, true); }, PAUSE_MS);
  });

  /* -- A length by its slider ------------------------------------------------------------------- */
  function pairOf(range) { return document.getElementById(range.dataset.range); }
  document.addEventListener("input", (event) => {
    if (event.target.matches("[data-range]")) pairOf(event.target).value = event.target.value;
  });
  document.addEventListener("change", (event) => {
    if (event.target.matches("[data-range]")) sendForm(event.target.form, null);
  });

  /* -- Choosing a shot: a link, renewed in place -------------------------------------------------- */
  async function choose(link, focusJoin) {
    overtakeNews();
    const reply = await fetch(link.href);
    if (!reply.ok || isSignedOut(reply)) { location.assign(link.href); return; }
    history.replaceState(null, "", link.href.replace(/#.*/, ""));
    renewFrom(await reply.text());
    if (focusJoin) $("#join [type=radio]:checked")?.focus();
  }
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[data-choose]");
    if (!link || event.defaultPrevented || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    inLine(() => choose(link, link.dataset.choose === "join").catch(() => location.assign(link.href)));
  });

  /* -- Sheets ------------------------------------------------------------------------------------ */
  const dialog = $("#sheet-dialog");
  function showSheet(sheet) {
    const content = document.importNode(sheet, true);
    content.removeAttribute("id");
    content.className = "sheet-content";
    dialog.replaceChildren(content);
    if (!dialog.open) dialog.showModal();
    ($("[autofocus]", dialog) || $("input:not([type=hidden]), button, a", dialog))?.focus();
  }
  /* A sheet that was closed, or overtaken by another one, does not come any more. */
  function closeSheet() {
    opened += 1;
    if (dialog.open) dialog.close();
  }
  async function openSheet(address) {
    const mine = opened += 1;
    const reply = await fetch(address);
    const sheet = reply.ok && new DOMParser().parseFromString(await reply.text(), "text/html").querySelector("#sheet");
    if (mine !== opened) return;
    if (!sheet) { location.assign(address); return; }
    dialog.dataset.address = reply.url;
    showSheet(sheet);
  }
  document.addEventListener("click", (event) => {
    if (event.target === dialog || event.target.closest("[data-close-sheet]")) {
      if (dialog.open) { event.preventDefault(); closeSheet(); }
      return;
    }
    const link = event.target.closest("a[data-sheet]");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    link.closest("details")?.removeAttribute("open");
    const inside = dialog.open && link.getAttribute("href").startsWith("?");
    const address = inside ? new URL(link.getAttribute("href"), dialog.dataset.address).href : link.href;
    openSheet(address).catch(() => location.assign(link.href));
  });
  document.addEventListener("submit", (event) => {
    if (!event.target.matches("[data-sheet-search]") || !dialog.open) return;
    event.preventDefault();
    const address = new URL(event.target.action);
    address.search = new URLSearchParams(new FormData(event.target));
    openSheet(address.href).catch(() => location.assign(address.href));
  });

  /* -- Sharing: the address of the board ---------------------------------------------------------- */
  function share() {
    const address = location.href.replace(/[?#].*/, "");
    const copied = navigator.clipboard?.writeText(address);
    if (!copied) { warn(interpolate(gettext("This is the board's address: %(address)s"), { address }, true)); return; }
    copied.then(() => { say(gettext("Copied")); shareWords(gettext("Link copied")); });
  }
  function shareWords(words) {
    const button = $("#share");
    const before = button.lastChild.textContent;
    button.lastChild.textContent = words;
    setTimeout(() => { if (button.isConnected) button.lastChild.textContent = before; }, 2000);
  }
  document.addEventListener("click", (event) => { if (event.target.closest("[data-share]")) share(); });

  /* -- A film is watched on the spot --------------------------------------------------------------- */
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[data-watch]");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    const film = document.createElement("video");
    Object.assign(film, { src: link.href, controls: true, autoplay: true, playsInline: true });
    film.setAttribute("aria-label", link.dataset.watch);
    const close = $("#film-close").content.cloneNode(true);
    dialog.replaceChildren(film, close);
    dialog.showModal();
    film.focus();
  });
  dialog.addEventListener("cancel", () => { opened += 1; });
  dialog.addEventListener("close", () => { if (!dialog.open) dialog.replaceChildren(); });

  /* -- Parts come and go --------------------------------------------------------------------------- */
  function dress() {
    readShots();
    for (const part of $$("[data-share], [data-range]")) part.hidden = false;
    board.tell("read");
    const chosen = board.chosen();
    if (chosen && chosen.id !== shown) board.tell("chosen", chosen);
    shown = chosen?.id;
  }
  document.addEventListener("live:news", dress);
  document.addEventListener("DOMContentLoaded", dress);
  board.saveTo = (address, body) => inLine(() => {
    body.set("version", versionNow($("#panel")));
    return saveTo(address, body);
  });
}
