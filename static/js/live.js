/* What is going on: whether the line stands, and seconds that count on between two polls. */
"use strict";

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
