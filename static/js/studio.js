/* What every page needs: one press one charge, toasts, news for screen readers. Its names are there
   for the scripts after it. All scripts only make quicker what works without them. */
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
