/* The preview: plays the board through on two videos, one over the other, with its dissolves and
   fades. Its clock is the board's; the videos are kept in step with it. */
"use strict";
{
  const screen = $("#screen");
  const layers = [$("#screen-a"), $("#screen-b")];
  const words = $("#screen-words");
  const still = $("#screen-still");
  const controls = $("#stage-controls");
  const part = (name) => $(`[data-${name}]`, controls);
  const AHEAD_S = 4;
  const OUT_OF_STEP_S = 0.18;
  const MUTED_KEY = "dailies.board-muted";
  const player = { at: 0, isPlaying: false, isMuted: localStorage.getItem(MUTED_KEY) === "yes", last: 0, frame: 0 };

  /* -- What is to be seen at a moment -------------------------------------------------------- */
  const endOf = (shot) => shot.start + shot.length;
  const rising = (passed, length) => (length ? Math.min(1, Math.max(0, passed / length)) : 1);

  function shownAt(at) {
    const shown = board.shots.filter((shot) => shot.start <= at + 1e-6 && at < endOf(shot) - 1e-6);
    return shown.length ? shown.slice(-2) : board.shots.slice(-1);
  }
  /* As studio/media/film_plan.py renders it. */
  function looks(shot, at) {
    const index = board.shots.indexOf(shot);
    const before = board.shots[index - 1];
    const comes = before?.join === "dissolve" ? rising(at - shot.start, before.fit) : 1;
    const goes = shot.join === "dissolve" ? rising(endOf(shot) - at, shot.fit) : 1;
    const dawn = before?.join === "black" ? rising(at - shot.start, before.fit / 2) : 1;
    const dusk = shot.join === "black" ? rising(endOf(shot) - at, shot.fit / 2) : 1;
    const light = Math.min(dawn, dusk);
    return { share: comes * light, light, loudness: Math.sin(Math.PI / 2 * comes) * Math.sin(Math.PI / 2 * goes) * light };
  }

  /* -- Two layers ---------------------------------------------------------------------------- */
  const layerOf = (shot) => layers.find((layer) => layer.dataset.shot === shot.id);
  function load(shot, wanted) {
    if (!shot.src) return null;
    const there = layerOf(shot);
    if (there) return there;
    const free = layers.find((layer) => !wanted.some((each) => each.id === layer.dataset.shot));
    if (!free) return null;
    free.pause();
    free.dataset.shot = shot.id;
    free.poster = "";
    if (free.getAttribute("src") !== shot.src) free.src = shot.src;
    free.currentTime = shot.in;
    return free;
  }

  function show() {
    const shown = shownAt(player.at);
    const next = board.shots.find((shot) => shot.src && shot.start > player.at && shot.start - player.at < AHEAD_S && !shown.includes(shot));
    const wanted = [...shown, ...(shown.length < 2 && next ? [next] : [])];
    for (const shot of wanted) load(shot, wanted);
    for (const layer of layers) {
      const place = shown.findIndex((shot) => shot.id === layer.dataset.shot);
      if (place < 0) { layer.style.opacity = "0"; layer.pause(); continue; }
      settle(layer, shown[place], place);
    }
    tellState(shown);
  }

  function settle(layer, shot, place) {
    const { share, light, loudness } = looks(shot, player.at);
    layer.style.opacity = String(place ? share : light);
    layer.style.zIndex = String(place);
    layer.muted = player.isMuted;
    layer.volume = Math.min(1, loudness);
    const due = Math.min(shot.out - 0.001, shot.in + player.at - shot.start);
    const isOff = Math.abs(layer.currentTime - due) > (player.isPlaying ? OUT_OF_STEP_S : 0.002);
    if (isOff && !(player.isPlaying && layer.seeking)) layer.currentTime = due;
    if (player.isPlaying && layer.paused) layer.play().catch(() => {});
    if (!player.isPlaying) layer.pause();
  }

  function tellState(shown) {
    const shot = shown.at(-1);
    words.hidden = !shot || Boolean(shot.src);
    const picture = words.hidden ? null : $("img", shot.item);
    still.hidden = !picture;
    if (picture && still.getAttribute("src") !== picture.getAttribute("src")) still.src = picture.getAttribute("src");
    if (!words.hidden) {
      $("[data-title]", words).textContent = shot.title;
      $("[data-text]", words).textContent = $(".plate--state", shot.item)?.textContent.trim() || "";
    }
    const tenth = Math.round(player.at * 10);
    part("now").textContent = `${Math.floor(tenth / 600)}:${String(Math.floor(tenth / 10) % 60).padStart(2, "0")}.${tenth % 10}`;
    board.tell("time", { at: player.at, follows: player.isPlaying });
  }

  /* -- Time passes; where a video has nothing to show yet, it waits -------------------------- */
  const waits = () => shownAt(player.at).some((shot) => { const layer = layerOf(shot); return layer && layer.readyState < 2; });
  function tick(now) {
    if (!player.isPlaying) return;
    const passed = Math.min(0.25, (now - player.last) / 1000);
    player.last = now;
    if (!waits()) player.at += passed;
    if (player.at >= board.length()) { player.at = board.length(); pause(); return; }
    show();
    player.frame = requestAnimationFrame(tick);
  }
  function play() {
    if (!board.shots.length) return;
    if (player.at >= board.length() - 0.05) player.at = 0;
    player.isPlaying = true;
    player.last = performance.now();
    tellButtons();
    player.frame = requestAnimationFrame(tick);
  }
  function pause() {
    player.isPlaying = false;
    cancelAnimationFrame(player.frame);
    tellButtons();
    show();
  }
  function seek(at) {
    player.at = Math.min(board.length(), Math.max(0, at));
    if (!player.isPlaying) show();
  }
  function skip(step) {
    const here = Math.max(0, board.shots.findLastIndex((shot) => shot.start <= player.at + 0.01));
    const isInside = player.at - (board.shots[here]?.start || 0) > 1;
    const to = board.shots[step < 0 && isInside ? here : here + step];
    seek(to ? to.start : step < 0 ? 0 : board.length());
  }

  /* -- Controls --------------------------------------------------------------------------------- */
  function tellButtons() {
    const when = { paused: !player.isPlaying, playing: player.isPlaying, loud: !player.isMuted, mute: player.isMuted };
    for (const mark of $$("[data-when]", controls)) mark.hidden = !when[mark.dataset.when];
    $("[data-do=play]", controls).setAttribute("aria-label", player.isPlaying ? gettext("Pause") : gettext("Play"));
    $("[data-do=mute]", controls).setAttribute("aria-pressed", String(player.isMuted));
  }
  const acts = {
    play: () => (player.isPlaying ? pause() : play()),
    previous: () => skip(-1),
    next: () => skip(1),
    mute: () => {
      player.isMuted = !player.isMuted;
      localStorage.setItem(MUTED_KEY, player.isMuted ? "yes" : "no");
      tellButtons();
      show();
    },
    full: () => (document.fullscreenElement ? document.exitFullscreen() : screen.requestFullscreen()),
  };
  controls.addEventListener("click", (event) => acts[event.target.closest("[data-do]")?.dataset.do]?.());
  screen.addEventListener("click", () => { if (board.shots.length) acts.play(); });
  for (const layer of layers) {
    layer.controls = false;
    layer.addEventListener("loadeddata", () => { if (!player.isPlaying) show(); });
  }

  const SCOPE = gettext("Storyboard");
  keys.add(SCOPE, [" ", "k"], gettext("Play or pause"), acts.play);
  keys.add(SCOPE, "j", gettext("Previous shot"), acts.previous);
  keys.add(SCOPE, "l", gettext("Next shot"), acts.next);
  keys.add(SCOPE, "m", gettext("Sound on or off"), acts.mute);
  keys.add(SCOPE, "f", gettext("Full screen"), acts.full);

  /* -- The board changes, or another shot is chosen ------------------------------------------ */
  document.addEventListener("board:read", () => {
    controls.hidden = !board.shots.length;
    $("#screen-empty").hidden = Boolean(board.shots.length);
    part("length").textContent = lengthWords();
    for (const layer of layers) {
      const shot = board.shots.find((each) => each.id === layer.dataset.shot);
      if (layer.dataset.shot && (!shot || shot.src !== layer.getAttribute("src"))) { delete layer.dataset.shot; layer.pause(); }
    }
    player.at = Math.min(player.at, board.length());
    tellButtons();
    if (!player.isPlaying) show();
  });
  function lengthWords() {
    const tenth = Math.round(board.length() * 10);
    return `${Math.floor(tenth / 600)}:${String(Math.floor(tenth / 10) % 60).padStart(2, "0")}.${tenth % 10}`;
  }
  document.addEventListener("board:seek", (event) => seek(event.detail));
  document.addEventListener("board:chosen", (event) => { if (event.detail && !player.isPlaying) seek(event.detail.start); });
  document.addEventListener("board:frame", (event) => {
    if (player.isPlaying) pause();
    const layer = load(event.detail.shot, [event.detail.shot]);
    if (layer) layer.currentTime = event.detail.at;
  });
}
