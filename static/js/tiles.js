/* Hover previews of tiles: muted, light, one at a time. */
"use strict";

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
