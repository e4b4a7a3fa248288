/* What is going on, on every page: one light question every second and a half, and the parts of the
   page that the answer changes. Nobody is pulled away from what they type or press. */
"use strict";

const EVERY_MS = 1500;
const HIDDEN_MS = 10_000;
const PATIENCE_MS = 10_000;
const LONGEST_MS = 20_000;
const OVERTAKEN = "overtaken";

const live = { timer: 0, asking: null, faults: 0, isPaused: false, isSignedOut: false, wantsNewsHidden: () => false };

/* -- Asking ---------------------------------------------------------------------------------- */
/* A page with a live part of its own asks about that; its answer brings the rest along. */
const livePlace = () => $("main [data-live]") || $("#live[data-live]");
const isSignedOut = (request) => Boolean(request?.responseURL || request?.url) && new URL(request.responseURL || request.url).pathname.endsWith("/login/");

async function askForNews() {
  const place = livePlace();
  clearTimeout(live.timer);
  if (!place || live.asking) return;
  const address = new URL(place.dataset.live, location.href);
  address.searchParams.set("v", place.dataset.version);
  live.asking = new AbortController();
  const late = setTimeout(() => live.asking.abort(), PATIENCE_MS);
  try {
    const reply = await fetch(address, { signal: live.asking.signal, cache: "no-store" });
    const text = reply.status === 200 && !isSignedOut(reply) ? await reply.text() : "";
    if (!reply.ok) throw new Error(String(reply.status));
    signedOut(isSignedOut(reply));
    if (text && !live.isPaused && place.isConnected) renewFrom(text);
    live.faults = live.isSignedOut ? live.faults + 1 : 0;
  } catch {
    if (live.asking.signal.reason !== OVERTAKEN) live.faults += 1;
  }
  clearTimeout(late);
  live.asking = null;
  tellLine(live.faults > 0);
  planNews();
}

function planNews() {
  clearTimeout(live.timer);
  if (document.hidden && !live.wantsNewsHidden()) return;
  const calm = document.hidden ? HIDDEN_MS : EVERY_MS;
  // A studio that comes back is not asked by everybody in the same moment.
  const wait = live.faults ? Math.min(LONGEST_MS, EVERY_MS * 2 ** live.faults) * (0.75 + Math.random() / 2) : calm;
  live.timer = setTimeout(askForNews, wait);
}

/* The answer to a question of before is not wanted any more. */
const overtakeNews = () => live.asking?.abort(OVERTAKEN);

/* After sleep, or once the line is back, at once; a question of before may never be answered. */
function askAtOnce() {
  if (document.hidden) { planNews(); return; }
  overtakeNews();
  setTimeout(askForNews, 0);
}
document.addEventListener("visibilitychange", askAtOnce);
for (const name of ["online", "pageshow"]) window.addEventListener(name, askAtOnce);

/* -- The line: lost and found ---------------------------------------------------------------- */
function tellLine(isLost) {
  const now = new Date().toLocaleTimeString([], { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
  if (isLost !== document.documentElement.classList.contains("is-offline")) {
    document.documentElement.classList.toggle("is-offline", isLost);
    say(isLost ? gettext("The studio does not answer; this page asks again by itself.") : gettext("Live again."));
  }
  if (!isLost) live.lastNews = now;
  const words = isLost ? interpolate(gettext("Reconnecting, last news %(time)s"), { time: live.lastNews || now }, true) : gettext("Live");
  for (const mark of $$("[data-line]")) {
    mark.classList.toggle("is-lost", isLost);
    const place = $("span", mark);
    if (place && place.textContent !== words) place.textContent = words;
  }
}

function signedOut(isOut) {
  if (isOut && !live.isSignedOut) warn(gettext("You were signed out. Sign in in another tab, then go on here: nothing on this page is lost."));
  live.isSignedOut = isOut;
}
document.addEventListener("htmx:beforeSwap", (event) => {
  if (!isSignedOut(event.detail.xhr)) return;
  event.detail.shouldSwap = false;
  signedOut(true);
});

/* -- Renewing: only what says something else than before ------------------------------------- */
const asItCame = new WeakMap();
const CHANGES_ANYWAY = /(name="csrfmiddlewaretoken" value="[^"]*")|(data-(?:left|so-far)="[^"]*">[^<]*)/g;
const wordsOf = (part) => {
  if (!asItCame.has(part)) asItCame.set(part, part.outerHTML.replace(CHANGES_ANYWAY, ""));
  return asItCame.get(part);
};
const remember = (root) => { for (const part of $$("[data-part], [data-parts] > *", root)) wordsOf(part); };

/* The parts of an answer, or of a whole page, take the places of those on this page. */
function renewFrom(html) {
  const fresh = new DOMParser().parseFromString(html, "text/html");
  const held = document.activeElement;
  const parts = $$("[data-part]", fresh);
  remember(fresh.documentElement);
  for (const part of parts) {
    const old = document.getElementById(part.id);
    if (old) renew(old, part);
  }
  if (held && !held.isConnected) keepFocus(held);
  countOn();
  tellLine(live.faults > 0);
  document.dispatchEvent(new CustomEvent("live:news"));
  return parts;
}

function renew(old, fresh) {
  if (wordsOf(old) === wordsOf(fresh)) return old;
  if (!("parts" in old.dataset && "parts" in fresh.dataset)) return replace(old, fresh);
  for (const { name, value } of fresh.attributes) if (old.getAttribute(name) !== value) old.setAttribute(name, value);
  renewChildren(old, fresh);
  asItCame.set(old, wordsOf(fresh));
  return old;
}

function renewChildren(old, fresh) {
  let at = old.firstElementChild;
  for (const next of [...fresh.children]) {
    const mine = [...old.children].find((child) => child.id && child.id === next.id);
    if (mine) {
      if (mine !== at) move(old, mine, at);
      at = renew(mine, next).nextElementSibling;
    } else {
      old.insertBefore(next, at);
      htmx.process(next);
    }
  }
  while (at) [at] = [at.nextElementSibling, at.remove()];
}

const move = (parent, child, before) => (parent.moveBefore ? parent.moveBefore(child, before) : parent.insertBefore(child, before));

/* What is open stays open, and what is being typed goes along. */
function replace(old, fresh) {
  const counterpart = (part) => part.id && fresh.querySelector(`#${CSS.escape(part.id)}`);
  old.after(fresh);
  for (const open of $$("details[open]", old)) { const same = counterpart(open); if (same) same.open = true; }
  for (const field of $$("input, textarea, select", old)) {
    const same = field.type === "hidden" ? null : counterpart(field);
    if (!same) continue;
    if (field.type === "checkbox" || field.type === "radio") same.checked = field.checked;
    else if (field === document.activeElement || field.value !== field.defaultValue) { move(same.parentNode, field, same); same.remove(); }
  }
  const held = old.contains(document.activeElement) ? document.activeElement : null;
  old.remove();
  if (held && !held.isConnected) keepFocus(held);
  htmx.process(fresh);
  return fresh;
}

function keepFocus(held) {
  const same = (held.id && document.getElementById(held.id)) || (held.closest("[id]") && $(`#${CSS.escape(held.closest("[id]").id)} summary`));
  const place = same || $("main h1");
  if (!same) place?.setAttribute("tabindex", "-1");
  place?.focus({ preventScroll: true });
}

/* -- Clips under way: the seconds count on between two polls, and no bar starts anew --------- */
const began = new WeakMap();
function clock(seconds) {
  const [minutes, rest] = [Math.floor(seconds / 60), String(Math.floor(seconds % 60)).padStart(2, "0")];
  return minutes < 60 ? `${minutes}:${rest}` : `${Math.floor(minutes / 60)}:${String(minutes % 60).padStart(2, "0")}:${rest}`;
}
/* In the words of studio/services/waiting.py. */
function leftWords(seconds) {
  if (seconds < 8) return gettext("a few seconds left");
  if (seconds < 55) return interpolate(gettext("about %(count)s s left"), { count: 5 * Math.round(seconds / 5) }, true);
  return interpolate(gettext("about %(count)s min left"), { count: Math.max(1, Math.round(seconds / 60)) }, true);
}
function countOn() {
  for (const words of $$("[data-so-far], [data-left]")) {
    if (!began.has(words)) began.set(words, Date.now());
    const since = (Date.now() - began.get(words)) / 1000;
    const text = "left" in words.dataset ? leftWords(words.dataset.left - since) : clock(Number(words.dataset.soFar) + since);
    if (words.textContent !== text) words.textContent = text;
  }
  for (const moving of document.getAnimations()) if (moving.animationName === "slide") moving.startTime = 0;
}

if (livePlace()) {
  remember(document.body);
  countOn();
  setInterval(countOn, 1000);
  live.timer = setTimeout(askForNews, 300);
}
