/* What every page needs: one press one charge, toasts, menus, the theme, news for screen readers.
   Its first names are there for the scripts after it. All scripts only make quicker what works
   without them. */
"use strict";

const $ = (selector, root = document) => root.querySelector(selector);
const $$ = (selector, root = document) => [...root.querySelectorAll(selector)];
const csrfToken = () => document.cookie.match(/(?:^|; )csrftoken=([^;]+)/)?.[1];

/* Told to screen readers, politely. */
function say(words) {
  const news = $("#news");
  if (news) news.textContent = words;
}

/* Told to everybody, until it is closed; the same words once. */
function warn(words) {
  const shown = $$("#toasts .toast p").some((text) => text.textContent === words);
  if (shown) return;
  const toast = $("#toast").content.cloneNode(true);
  $("p", toast).textContent = words;
  $("#toasts").append(toast);
}

/* Into the clipboard; true if it is there. Browsers keep theirs for https, a studio on a LAN has often
   none, so the old way comes second. */
async function copyText(text) {
  if (navigator.clipboard) return navigator.clipboard.writeText(text).then(() => true, () => false);
  const held = document.activeElement;
  const field = Object.assign(document.createElement("textarea"), { value: text, className: "visually-hidden" });
  document.body.append(field);
  field.select();
  const isCopied = document.execCommand("copy");
  field.remove();
  held?.focus?.({ preventScroll: true });
  return isCopied;
}

/* The page's language comes from the server; should that fail, the English words stay. */
if (!window.gettext) {
  const filled = (words, values, isNamed) => words.replace(isNamed ? /%\((\w+)\)s/g : /%s/g, (_, name) => (isNamed ? values[name] : values.shift()));
  Object.assign(window, { gettext: (words) => words, pgettext: (_, words) => words, ngettext: (one, many, count) => (count === 1 ? one : many), interpolate: filled });
}

/* -- Busy buttons: a second press does nothing ---------------------------------------------------- */
{
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
}

/* -- Toasts: success leaves by itself, errors and money stay -------------------------------------- */
{
  const SUCCESS_MS = 6000;
  const UNDO_MS = 12_000;
  const AFTER_HOVER_MS = 3000;
  const leaveLater = (toast) => {
    const leave = () => toast.remove();
    // Who may take something back needs time to read that.
    let timer = setTimeout(leave, $("form", toast) ? UNDO_MS : SUCCESS_MS);
    for (const name of ["pointerenter", "focusin"]) toast.addEventListener(name, () => clearTimeout(timer));
    for (const name of ["pointerleave", "focusout"]) {
      toast.addEventListener(name, () => {
        clearTimeout(timer);
        if (!toast.matches(":hover, :focus-within")) timer = setTimeout(leave, AFTER_HOVER_MS);
      });
    }
  };
  const receive = (toast) => { if (toast.matches?.(".toast--success")) leaveLater(toast); };
  const toasts = $("#toasts");
  [...toasts.children].forEach(receive);
  new MutationObserver((changes) => {
    for (const { addedNodes } of changes) addedNodes.forEach(receive);
  }).observe(toasts, { childList: true });

  // The keyboard stays among the toasts, and goes back to the page after the last one.
  document.addEventListener("click", (event) => {
    const toast = event.target.closest("[data-close]")?.closest(".toast");
    if (!toast) return;
    const hadFocus = toast.contains(document.activeElement);
    toast.remove();
    if (hadFocus) ($("[data-close]", toasts) || $("#main"))?.focus({ preventScroll: true });
  });
}

/* -- Menus: one open at a time; Escape and a press elsewhere close -------------------------------- */
{
  const openMenu = () => $("details.menu[open]");
  const closeMenus = (but) => { for (const menu of $$("details.menu[open]")) if (menu !== but) menu.open = false; };
  document.addEventListener("click", (event) => closeMenus(event.target.closest("details.menu")));
  document.addEventListener("focusout", (event) => {
    const menu = event.target.closest?.("details.menu[open]");
    if (menu && event.relatedTarget && !menu.contains(event.relatedTarget)) menu.open = false;
  });
  document.addEventListener("keydown", (event) => {
    const menu = event.key === "Escape" && !$("dialog[open]") && openMenu();
    if (!menu) return;
    event.preventDefault();
    menu.open = false;
    $("summary", menu).focus();
  });
  // A dialog closes by a press beside it, too.
  document.addEventListener("click", (event) => {
    if (event.target.matches("dialog.dialog[open]")) event.target.close();
  });
}

/* -- What is copied, and passwords that can be looked at ------------------------------------------ */
{
  for (const button of $$("[data-reveal]")) button.hidden = false;
  const reveal = (button) => {
    const field = document.getElementById(button.dataset.reveal);
    const isShown = field.type === "text";
    field.type = isShown ? "password" : "text";
    button.setAttribute("aria-pressed", String(!isShown));
  };
  document.addEventListener("click", (event) => {
    const copy = event.target.closest("[data-copy]");
    if (copy) copyText($(copy.dataset.copy).textContent).then((isCopied) => say(isCopied ? gettext("Copied") : gettext("It could not be copied.")));
    const button = event.target.closest("[data-reveal]");
    if (button) reveal(button);
  });
}

/* -- The theme changes at once; the server keeps it ----------------------------------------------- */
{
  const root = document.documentElement;
  const show = (theme) => {
    if (theme) root.dataset.theme = theme;
    else delete root.dataset.theme;
    for (const button of $$("[data-theme-form] [aria-pressed]")) button.setAttribute("aria-pressed", String(button.value === theme));
    const ground = getComputedStyle(root).backgroundColor;
    for (const meta of $$("meta[name=theme-color]")) meta.content = ground;
  };
  document.addEventListener("submit", async (event) => {
    const [form, button] = [event.target, event.submitter];
    if (!form.matches("[data-theme-form]")) return;
    event.preventDefault();
    const body = new FormData(form, button);
    show(button.value);
    // Dark and light take turns in one place; the keyboard stays there.
    if (!button.checkVisibility()) $$("button", form).find((other) => other.checkVisibility())?.focus();
    const answer = await fetch(form.action, { method: "POST", body, keepalive: true }).catch(() => null);
    if (!answer?.ok) warn(gettext("The theme was changed on this page only: the studio does not answer."));
  });
}

/* -- Focus stays where it was when a part of the page is swapped: on the same id, else on the
      nearest heading ------------------------------------------------------------------------------ */
{
  let held = null;
  const headingNear = (place) => {
    for (let around = place; around; around = around.parentElement) {
      const heading = $("h1, h2, h3", around);
      if (heading) return heading;
    }
    return $("#main");
  };
  for (const name of ["htmx:beforeSwap", "htmx:oobBeforeSwap"]) {
    document.addEventListener(name, () => { if (document.activeElement !== document.body) held = document.activeElement; });
  }
  document.addEventListener("htmx:afterSettle", (event) => {
    const lost = held;
    held = null;
    if (!lost || lost.isConnected || document.activeElement !== document.body) return;
    const same = lost.id && document.getElementById(lost.id);
    const place = same || headingNear(event.target);
    if (!same) place?.setAttribute("tabindex", "-1");
    place?.focus({ preventScroll: true });
  });
}
