/* The clip page's player: frame steps, speed, loop and keys over the browser's own video. */
"use strict";
{
  const player = document.querySelector("[data-player]");
  const video = player.querySelector("video");
  const controls = document.querySelector("[data-controls]");
  const fps = Number(player.dataset.fps) || 24;
  const part = (name) => controls.querySelector(`[data-${name}]`);
  const pad = (number) => number.toFixed(2).padStart(5, "0");

  const show = () => {
    part("now").textContent = `${Math.floor(video.currentTime / 60)}:${pad(video.currentTime % 60)}`;
    const frames = Math.max(1, Math.round(video.duration * fps));
    if (video.duration) part("frame").textContent = `frame ${Math.min(frames, Math.floor(video.currentTime * fps + 0.01) + 1)} of ${frames}`;
  };
  const step = (frames) => {
    video.pause();
    const to = (Math.floor(video.currentTime * fps + 0.01) + frames + 0.5) / fps;
    video.currentTime = Math.min(Math.max(to, 0), video.duration || 0);
  };
  const acts = {
    play: () => (video.paused ? video.play() : video.pause()),
    back: () => step(-1),
    forward: () => step(1),
    loop: () => {
      video.loop = !video.loop;
      controls.querySelector("[data-do=loop]").setAttribute("aria-pressed", String(video.loop));
    },
    mute: () => { video.muted = !video.muted; },
    full: () => (document.fullscreenElement ? document.exitFullscreen() : video.requestFullscreen()),
    earlier: () => { video.currentTime = Math.max(0, video.currentTime - 5); },
    later: () => { video.currentTime = Math.min(video.duration, video.currentTime + 5); },
  };
  const keys = { " ": "play", k: "play", j: "earlier", l: "later", ",": "back", ".": "forward", m: "mute", f: "full" };

  controls.hidden = false;
  controls.addEventListener("click", (event) => acts[event.target.closest("[data-do]")?.dataset.do]?.());
  part("speed").addEventListener("change", (event) => { video.playbackRate = Number(event.target.value); });
  for (const name of ["timeupdate", "seeked", "loadedmetadata"]) video.addEventListener(name, show);
  document.addEventListener("keydown", (event) => {
    const types = event.target.closest("input, select, textarea");
    const presses = event.target.closest("button, a, video, summary") && [" ", "ArrowLeft", "ArrowRight"].includes(event.key);
    if (types || presses || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "ArrowLeft" || event.key === "ArrowRight") {
      document.querySelector(event.key === "ArrowLeft" ? "a[rel=prev]" : "a[rel=next]")?.click();
    } else if (keys[event.key]) {
      event.preventDefault();
      acts[keys[event.key]]();
    }
  });
}
