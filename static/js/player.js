/* The clip page's player: the filmstrip as a scrubber, frame steps, speed, loop, sound and keys over
   the browser's own video. What a person has set is remembered on this browser. */
"use strict";
{
  const stage = $("[data-player]");
  const REMEMBERED = "dailies.player";
  const JUMP_S = 1;
  const PERMITTED = { loop: true, muted: false, volume: 1, speed: 1 };

  if (stage) {
    const video = $("video", stage);
    const transport = $("[data-transport]", stage);
    const [seeker, head, rest] = ["seek", "head", "rest"].map((name) => $(`[data-${name}]`, stage));
    const [fps, frames, length] = ["fps", "frames", "length"].map((name) => Number(stage.dataset[name]));
    const button = (name) => $(`[data-do="${name}"]`, stage);
    const isPressed = (name, isOn) => button(name)?.setAttribute("aria-pressed", String(isOn));
    const duration = () => video.duration || length;

    /* -- Where it is ------------------------------------------------------------------------- */
    const inWords = (seconds) => `${Math.floor(seconds / 60)}:${(seconds % 60).toFixed(2).padStart(5, "0")}`;
    const frameAt = (seconds) => Math.min(frames, Math.floor(seconds * fps + 0.01) + 1);
    let wanted = null;

    function show() {
      const at = wanted ?? video.currentTime;
      const share = Math.min(1, at / duration());
      const words = interpolate(gettext("frame %(number)s of %(count)s"), { number: frameAt(at), count: frames }, true);
      $("[data-now]", stage).textContent = inWords(at);
      $("[data-frame]", stage).textContent = words;
      head.style.left = rest.style.left = `${share * 100}%`;
      seeker.value = at;
      seeker.setAttribute("aria-valuetext", `${inWords(at)}, ${words}`);
      for (const field of $$("[data-at]")) if (document.activeElement !== field) field.value = at.toFixed(3);
    }
    function showWhilePlaying() {
      show();
      if (!video.paused) requestAnimationFrame(showWhilePlaying);
    }

    /* One seek at a time: while the browser looks for a picture, only the last wish counts. */
    function seek(seconds) {
      wanted = Math.min(Math.max(seconds, 0), duration());
      if (!video.seeking) video.currentTime = wanted;
      show();
    }
    video.addEventListener("seeked", () => {
      if (wanted !== null && Math.abs(video.currentTime - wanted) > 0.5 / fps) { video.currentTime = wanted; return; }
      wanted = null;
      show();
    });
    /* The middle of a frame: its edges are not the same in every browser. */
    const step = (count) => {
      video.pause();
      const to = Math.min(frames, Math.max(1, frameAt(wanted ?? video.currentTime) + count));
      seek((to - 0.5) / fps);
    };

    /* -- What was set ------------------------------------------------------------------------ */
    function remembered() {
      try { return { ...PERMITTED, ...JSON.parse(localStorage.getItem(REMEMBERED)) }; } catch { return PERMITTED; }
    }
    const remember = (change) => localStorage.setItem(REMEMBERED, JSON.stringify({ ...remembered(), ...change }));
    function apply({ loop, muted, volume, speed }) {
      Object.assign(video, { loop, muted, volume, defaultPlaybackRate: speed, playbackRate: speed });
      $("[data-speed]", stage).value = String(speed);
      isPressed("loop", loop);
      showSound();
    }
    function showSound() {
      const isMute = video.muted || video.volume === 0;
      stage.classList.toggle("is-mute", isMute);
      isPressed("mute", isMute);
      const volume = $("[data-volume]", stage);
      if (volume) volume.value = video.muted ? 0 : video.volume;
    }

    /* -- Acting ------------------------------------------------------------------------------ */
    const full = () => {
      if (document.fullscreenElement) document.exitFullscreen();
      else if (stage.requestFullscreen) stage.requestFullscreen();
      else video.webkitEnterFullscreen?.();
    };
    const acts = {
      play: () => { if (video.paused) video.play().catch(() => {}); else video.pause(); },
      back: () => step(-1),
      forward: () => step(1),
      loop: () => { video.loop = !video.loop; isPressed("loop", video.loop); remember({ loop: video.loop }); },
      mute: () => {
        video.muted = !video.muted;
        if (!video.muted && video.volume === 0) video.volume = 1;
        remember({ muted: video.muted, volume: video.volume });
      },
      full,
      earlier: () => seek((wanted ?? video.currentTime) - JUMP_S),
      later: () => seek((wanted ?? video.currentTime) + JUMP_S),
    };

    transport.addEventListener("click", (event) => acts[event.target.closest("[data-do]")?.dataset.do]?.());
    video.addEventListener("click", acts.play);
    video.addEventListener("dblclick", full);
    seeker.addEventListener("input", () => seek(Number(seeker.value)));
    seeker.addEventListener("keydown", (event) => {
      if (event.key === " ") { event.preventDefault(); acts.play(); return; }
      const far = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1, PageDown: -10, PageUp: 10 }[event.key];
      if (!far || event.ctrlKey || event.metaKey || event.altKey) return;
      event.preventDefault();
      step(far);
    });
    /* Holding still while it is dragged, and playing on afterwards. */
    let playsOn = false;
    seeker.addEventListener("pointerdown", () => { playsOn = !video.paused; video.pause(); });
    seeker.addEventListener("change", () => { if (playsOn) acts.play(); playsOn = false; });
    for (const field of $$("[data-at]")) {
      field.addEventListener("change", () => {
        const seconds = Number(field.value.replace(",", "."));
        if (Number.isFinite(seconds)) { video.pause(); seek(seconds); }
      });
    }
    $("[data-speed]", stage).addEventListener("change", (event) => {
      video.defaultPlaybackRate = video.playbackRate = Number(event.target.value);
      remember({ speed: video.playbackRate });
    });
    $("[data-volume]", stage)?.addEventListener("input", (event) => {
      Object.assign(video, { volume: Number(event.target.value), muted: Number(event.target.value) === 0 });
      remember({ volume: video.volume, muted: video.muted });
    });

    /* -- Listening --------------------------------------------------------------------------- */
    const tellPlaying = () => {
      const name = video.paused ? "play" : "pause";
      stage.classList.toggle("is-playing", !video.paused);
      button("play").setAttribute("aria-label", button("play").dataset[name]);
    };
    for (const name of ["play", "pause", "ended"]) video.addEventListener(name, tellPlaying);
    video.addEventListener("play", showWhilePlaying);
    for (const name of ["timeupdate", "loadedmetadata"]) video.addEventListener(name, show);
    video.addEventListener("volumechange", showSound);
    const tellBroken = () => { $("[data-broken]", stage).hidden = false; };
    video.addEventListener("error", tellBroken);
    if (video.error) tellBroken();
    document.addEventListener("fullscreenchange", () => stage.classList.toggle("is-full", document.fullscreenElement === stage));

    video.controls = false;
    transport.hidden = false;
    apply(remembered());
    show();

    const CLIP = gettext("Clip");
    keys.add(CLIP, [" ", "k"], gettext("Play or pause"), acts.play);
    keys.add(CLIP, "j", gettext("One second back"), acts.earlier);
    keys.add(CLIP, "l", gettext("One second on"), acts.later);
    keys.add(CLIP, ",", gettext("One frame back"), acts.back);
    keys.add(CLIP, ".", gettext("One frame on"), acts.forward);
    if (button("mute")) keys.add(CLIP, "m", gettext("Sound off or on"), acts.mute);
    keys.add(CLIP, "f", gettext("Full screen"), full);
  }
}
