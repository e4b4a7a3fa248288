/* Clips side by side, playing in step: one clock, one bar, sound from one, and a pick.

   The longest clip is the clock. The others follow it: small drifts are made good by playing a little
   faster or slower, large ones by a jump. A clip that has ended holds its last picture. */
"use strict";
{
  const page = $("[data-compare]");
  const LOOK_MS = 100;
  const CLOSE_S = 0.02;
  const JUMP_S = 0.25;
  const STRONGEST = 0.2;
  const REMEMBERED = "dailies.compare";

  if (page) {
    const cells = $$("[data-clip]", page).map((cell) => ({
      cell,
      video: $("video", cell),
      letter: cell.dataset.letter,
      fps: Number(cell.dataset.fps),
      length: Number(cell.dataset.length),
      hasSound: "hasSound" in cell.dataset,
    }));
    const first = cells.reduce((longest, each) => (each.length > longest.length + 0.05 ? each : longest));
    const fps = Math.max(...cells.map((each) => each.fps));
    const seeker = $("[data-seek]", page);
    const state = { isPlaying: false, speed: 1, loop: true, sound: null, isWaiting: false, wanted: null };
    const lengthOf = (each) => (Number.isFinite(each.video.duration) ? each.video.duration : each.length);
    const length = () => lengthOf(first);
    const inWords = (seconds) => `${Math.floor(seconds / 60)}:${(seconds % 60).toFixed(2).padStart(5, "0")}`;
    const now = () => state.wanted ?? first.video.currentTime;
    const lastOf = (each) => Math.max(0, lengthOf(each) - 0.5 / each.fps);
    const isOver = (each, at) => at >= lengthOf(each) - 0.5 / each.fps;
    const isBroken = (each) => Boolean(each.video.error);

    /* -- In step ----------------------------------------------------------------------------- */
    function keepStep() {
      if (!state.isPlaying || state.isWaiting) return;
      const at = first.video.currentTime;
      for (const each of cells) {
        if (each === first || isBroken(each)) continue;
        if (isOver(each, at)) { hold(each); continue; }
        if (each.video.paused) each.video.play().catch(() => {});
        const behind = at - each.video.currentTime;
        if (each.video.seeking) continue;
        if (Math.abs(behind) > JUMP_S) each.video.currentTime = at;
        const correction = Math.abs(behind) < CLOSE_S ? 0 : Math.max(-STRONGEST, Math.min(STRONGEST, 2 * behind));
        each.video.playbackRate = state.speed * (1 + correction);
      }
    }
    function hold(each) {
      if (!each.video.paused) each.video.pause();
      if (Math.abs(each.video.currentTime - lastOf(each)) > 1 / each.fps && !each.video.seeking) each.video.currentTime = lastOf(each);
    }

    /* All wait for one that has no picture yet, so that none runs ahead. */
    const lacks = (each) => !isBroken(each) && !isOver(each, first.video.currentTime) && (each.video.readyState < 3 || each.video.seeking);
    function waitForAll() {
      if (!state.isPlaying) return;
      const isWaiting = cells.some(lacks);
      if (isWaiting === state.isWaiting) return;
      state.isWaiting = isWaiting;
      for (const { video } of cells) if (isWaiting) video.pause();
      if (!isWaiting) begin();
    }
    function begin() {
      for (const each of cells) {
        each.video.playbackRate = state.speed;
        if (!isBroken(each) && !isOver(each, first.video.currentTime)) each.video.play().catch(() => {});
      }
    }

    const place = (at) => {
      for (const each of cells) {
        const to = Math.min(at, lastOf(each));
        if (Math.abs(each.video.currentTime - to) > 0.001) each.video.currentTime = to;
      }
    };
    function play() {
      if (isOver(first, first.video.currentTime)) seek(0);
      else place(now());
      state.isPlaying = true;
      state.isWaiting = true;
      show();
      waitForAll();
      tick();
    }
    function pause() {
      state.isPlaying = state.isWaiting = false;
      for (const { video } of cells) video.pause();
      place(first.video.currentTime);
      show();
    }
    function seek(seconds) {
      state.wanted = Math.min(Math.max(seconds, 0), lastOf(first));
      if (!cells.some(({ video }) => video.seeking)) place(state.wanted);
      if (state.isPlaying) waitForAll();
      show();
    }
    function arrived() {
      if (cells.some(({ video }) => video.seeking)) return;
      if (state.wanted !== null && Math.abs(first.video.currentTime - state.wanted) > 0.5 / fps) { place(state.wanted); return; }
      state.wanted = null;
      waitForAll();
      show();
    }
    const step = (count) => {
      if (state.isPlaying) pause();
      const at = Math.floor(now() * fps + 0.01) + count;
      seek((Math.max(0, at) + 0.5) / fps);
    };
    function tick() {
      show();
      if (state.isPlaying) requestAnimationFrame(tick);
    }
    setInterval(() => { waitForAll(); keepStep(); }, LOOK_MS);
    first.video.addEventListener("ended", () => {
      if (!state.isPlaying) return;
      if (state.loop) { place(0); state.isWaiting = true; for (const { video } of cells) video.pause(); } else pause();
    });
    for (const { cell, video } of cells) {
      for (const name of ["seeked", "canplay", "playing"]) video.addEventListener(name, name === "seeked" ? arrived : waitForAll);
      video.addEventListener("loadedmetadata", show);
      video.addEventListener("click", () => (state.isPlaying ? pause() : play()));
      const tellBroken = () => { $("[data-broken]", cell).hidden = false; };
      video.addEventListener("error", tellBroken);
      if (video.error) tellBroken();
    }

    /* -- What is shown ------------------------------------------------------------------------- */
    function show() {
      const at = Math.min(now(), length());
      $("[data-now]", page).textContent = inWords(at);
      $("[data-whole]", page).textContent = inWords(length());
      seeker.max = length();
      seeker.value = at;
      seeker.style.setProperty("--share", `${(100 * at) / length()}%`);
      seeker.setAttribute("aria-valuetext", interpolate(gettext("%(now)s of %(length)s"), { now: inWords(at), length: inWords(length()) }, true));
      page.classList.toggle("is-playing", state.isPlaying);
      const button = $("[data-do=play]", page);
      button.setAttribute("aria-label", button.dataset[state.isPlaying ? "pause" : "play"]);
    }
    function tellSound() {
      for (const each of cells) {
        each.video.muted = each !== state.sound;
        each.cell.classList.toggle("is-loud", each === state.sound);
        $("[data-sound]", each.cell)?.setAttribute("aria-pressed", String(each === state.sound));
      }
      const loud = state.sound ? interpolate(gettext("Sound from %(name)s."), { name: state.sound.letter }, true) : gettext("No sound.");
      const all = cells.length === 2 ? gettext("Both play in step.") : interpolate(gettext("All %(count)s play in step."), { count: cells.length }, true);
      $("[data-words]", page).textContent = `${all} ${loud}`;
    }
    const remember = () => localStorage.setItem(REMEMBERED, JSON.stringify({ loop: state.loop, speed: state.speed, layout: state.layout }));
    function remembered() {
      try { return JSON.parse(localStorage.getItem(REMEMBERED)) || {}; } catch { return {}; }
    }

    /* -- Layouts --------------------------------------------------------------------------------- */
    const layouts = $$("[data-layout]", page);
    function lay(name) {
      state.layout = name;
      for (const link of layouts) {
        page.classList.toggle(`is-${link.dataset.layout}`, link.dataset.layout === name);
        if (link.dataset.layout === name) link.setAttribute("aria-current", "true");
        else link.removeAttribute("aria-current");
      }
      $("#pick [name=layout]").value = name;
      wipe();
    }
    const wiper = $("[data-wipe]", page);
    function wipe() {
      if (!wiper) return;
      const isWipe = page.classList.contains("is-wipe");
      const picture = $(".compare-picture", cells[1].cell);
      picture.style.clipPath = isWipe ? `inset(0 0 0 ${wiper.value}%)` : "";
      $("[data-wipe-line]", page).style.left = `${wiper.value}%`;
    }
    wiper?.addEventListener("input", wipe);

    /* -- The pick ------------------------------------------------------------------------------------ */
    const pickForm = $("#pick");
    const keep = $("#keep");
    const pickedOne = () => cells.find(({ cell }) => cell.classList.contains("is-picked"));
    let isPicking = false;
    async function pick(each) {
      if (isPicking) return;
      isPicking = true;
      const winner = each === pickedOne() ? null : each;
      const body = new FormData(pickForm);
      body.set("csrfmiddlewaretoken", csrfToken());
      body.set("pick", winner ? winner.cell.dataset.clip : "");
      try {
        const reply = await fetch(pickForm.action, { method: "POST", body });
        if (isSignedOut(reply)) { signedOut(true); return; }
        if (!reply.ok) throw new Error(String(reply.status));
        pickForm.elements.starred.value = new URL(reply.url).searchParams.get("starred") || "";
        history.replaceState(null, "", reply.url);
        showPick(winner);
      } catch {
        warn(gettext("The studio did not answer, so nothing was picked. Try it again."));
      } finally {
        isPicking = false;
      }
    }
    function showPick(winner) {
      for (const each of cells) {
        each.cell.classList.toggle("is-picked", each === winner);
        $("[data-pick]", each.cell).setAttribute("aria-pressed", String(each === winner));
      }
      keep.hidden = !winner;
      say(winner ? interpolate(gettext("%(name)s is picked, and a favourite."), { name: winner.letter }, true) : gettext("Nothing is picked."));
      if (!winner) return;
      for (const field of $$("[name=clip]", keep)) field.disabled = field.value === winner.cell.dataset.clip;
      keep.elements.next.value = new URL($("figcaption a", winner.cell).href).pathname;
      const words = gettext("Keep %(name)s, trash %(count)s");
      $("[data-keep]", keep).textContent = interpolate(words, { name: winner.letter, count: cells.length - 1 }, true);
    }

    /* -- Listening ----------------------------------------------------------------------------------- */
    const acts = {
      play: () => (state.isPlaying ? pause() : play()),
      back: () => step(-1),
      forward: () => step(1),
      loop: () => { state.loop = !state.loop; $("[data-do=loop]", page).setAttribute("aria-pressed", String(state.loop)); remember(); },
    };
    const full = (cell) => (document.fullscreenElement ? document.exitFullscreen() : $(".compare-picture", cell).requestFullscreen?.());
    page.addEventListener("click", (event) => {
      acts[event.target.closest("[data-do]")?.dataset.do]?.();
      const layout = event.target.closest("[data-layout]");
      if (layout && !event.ctrlKey && !event.metaKey && !event.shiftKey) { event.preventDefault(); lay(layout.dataset.layout); remember(); }
      const each = cells.find(({ cell }) => cell.contains(event.target));
      if (!each) return;
      if (event.target.closest("[data-pick]")) { event.preventDefault(); pick(each); }
      if (event.target.closest("[data-sound]")) { state.sound = state.sound === each ? null : each; tellSound(); }
      if (event.target.closest("[data-full]")) full(each.cell);
    });
    seeker.addEventListener("input", () => seek(Number(seeker.value)));
    seeker.addEventListener("keydown", (event) => {
      const far = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1, PageDown: -10, PageUp: 10 }[event.key];
      if (event.key === " ") { event.preventDefault(); acts.play(); }
      if (!far || event.ctrlKey || event.metaKey || event.altKey) return;
      event.preventDefault();
      step(far);
    });
    $("[data-speeds]", page).addEventListener("change", (event) => {
      state.speed = Number(event.target.value);
      for (const { video } of cells) video.playbackRate = state.speed;
      remember();
    });

    const before = remembered();
    state.loop = before.loop ?? true;
    state.speed = [0.25, 0.5, 1].includes(before.speed) ? before.speed : 1;
    $(`[data-speeds] [value="${state.speed}"]`, page).checked = true;
    $("[data-do=loop]", page).setAttribute("aria-pressed", String(state.loop));
    const asked = new URLSearchParams(location.search).get("layout");
    const known = layouts.map((link) => link.dataset.layout);
    const usual = cells.length > 3 ? "grid" : "side";
    lay([asked, before.layout, usual].find((name) => known.includes(name)));
    for (const { video } of cells) video.controls = false;
    for (const tool of $$("[data-sound], [data-full], [data-transport]", page)) tool.hidden = false;
    state.sound = cells.find(({ hasSound }) => hasSound) || null;
    tellSound();
    show();

    // Back to where the clips were chosen.
    const from = document.referrer && new URL(document.referrer);
    if (from && from.origin === location.origin && from.pathname !== location.pathname) $(".back", page).href = from.href;

    const COMPARE = gettext("Compare");
    keys.add(COMPARE, [" ", "k"], gettext("Play or pause all"), acts.play);
    keys.add(COMPARE, ",", gettext("One frame back"), acts.back);
    keys.add(COMPARE, ".", gettext("One frame on"), acts.forward);
    for (const each of cells) keys.add(COMPARE, each.letter.toLowerCase(), interpolate(gettext("Pick %(name)s"), { name: each.letter }, true), () => { pick(each); });
  }
}
