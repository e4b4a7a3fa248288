/* Previews of tiles: muted, light, one at a time. Moving across them scrubs. Nothing plays by itself
   where little motion or little data is wished for; `preview.toggle` is an own wish and does. */
"use strict";

const preview = (() => {
  const REST_MS = 150;
  const calmly = matchMedia("(prefers-reduced-motion: reduce)").matches || navigator.connection?.saveData;
  let shown = null;

  const element = (name, css) => Object.assign(document.createElement(name), { className: css });
  const playIcon = () => {
    const icon = $(".icon:has(use)")?.cloneNode(true);
    icon?.firstElementChild.setAttribute("href", icon.firstElementChild.getAttribute("href").replace(/#.*/, "#i-play"));
    return icon || "";
  };
  const place = (tile) => $(".line-picture", tile) || $(".tile-link", tile);
  const tileOf = (event) => event.target.closest?.(".tile[data-preview]");

  function start(tile) {
    if (shown?.tile === tile) return;
    stop();
    shown = { tile, timer: setTimeout(() => play(tile), REST_MS) };
  }
  function play(tile) {
    const video = Object.assign(document.createElement("video"), { src: tile.dataset.preview, muted: true, loop: true, playsInline: true });
    const [line, time] = [element("span", "tile-line"), element("span", "tile-time")];
    line.append(element("span", ""));
    time.append(playIcon(), element("span", ""));
    shown = { ...shown, tile, video, line, time };
    video.addEventListener("playing", () => { video.classList.add("is-playing"); place(tile).append(line, time); follow(); }, { once: true });
    const words = $(".tile-words", tile);
    if (words) words.before(video);
    else place(tile).append(video);
    video.play().catch(() => stop());
  }
  function follow() {
    const { video, line, time } = shown || {};
    if (!video?.isConnected) return;
    line.firstChild.style.transform = `scaleX(${video.currentTime / (video.duration || 1)})`;
    const words = `0:${video.currentTime.toFixed(1).padStart(4, "0")}`;
    if (time.lastChild.textContent !== words) time.lastChild.textContent = words;
    requestAnimationFrame(follow);
  }
  function scrub(tile, x) {
    const { video } = shown || {};
    if (shown?.tile !== tile || !video?.duration || !video.classList.contains("is-playing")) return;
    const box = place(tile).getBoundingClientRect();
    video.currentTime = Math.min(Math.max((x - box.left) / box.width, 0), 0.999) * video.duration;
  }
  function stop() {
    if (!shown) return;
    clearTimeout(shown.timer);
    const { video, line, time } = shown;
    shown = null;
    for (const each of [line, time, video]) each?.remove();
    video?.removeAttribute("src");
    video?.load();
  }
  function toggle(tile) {
    if (!tile.dataset.preview) return;
    if (shown?.tile === tile && shown.video) stop();
    else { stop(); shown = { tile }; play(tile); }
  }

  document.addEventListener("pointerover", (event) => {
    const tile = tileOf(event);
    if (tile && event.pointerType === "mouse" && !calmly && !tile.contains(event.relatedTarget)) start(tile);
  });
  document.addEventListener("pointermove", (event) => {
    const tile = event.pointerType === "mouse" && tileOf(event);
    if (tile) scrub(tile, event.clientX);
  }, { passive: true });
  document.addEventListener("pointerout", (event) => {
    const tile = tileOf(event);
    if (tile && event.pointerType === "mouse" && !tile.contains(event.relatedTarget)) stop();
  });
  document.addEventListener("focusin", (event) => {
    const tile = tileOf(event);
    if (tile && !calmly && event.target.matches(":focus-visible")) start(tile);
  });
  document.addEventListener("focusout", (event) => {
    const tile = tileOf(event);
    if (tile && shown?.tile === tile && !tile.contains(event.relatedTarget)) stop();
  });
  return { toggle, stop };
})();
