/* The shots in a row, as wide as they are long: ruler, playhead, dragging to another place, and
   the two ends of the chosen shot. */
"use strict";
{
  const strip = $("#strip");
  const row = () => $("#shots");
  const ruler = $("#ruler");
  const playhead = $("#playhead");
  const GAP = 36;
  const LEAST = 84;
  const [SLOWEST, QUICKEST] = [6, 22];
  const STEPS = [1, 2, 5, 10, 15, 30, 60, 120, 300];
  const TICK_PX = 92;
  let scale = QUICKEST;

  /* -- Widths, and where a moment stands ----------------------------------------------------- */
  const boxOf = (shot) => $(".shot-box", shot.item);
  const widthOf = (seconds) => Math.max(LEAST, seconds * scale);
  const ownTime = (index) => {
    const [shot, next] = [board.shots[index], board.shots[index + 1]];
    return Math.max(0.001, next ? next.start - shot.start : shot.length);
  };

  function measure() {
    const room = strip.clientWidth - 56 - 96 - GAP * board.shots.length;
    const length = board.shots.reduce((sum, shot) => sum + shot.length, 0);
    scale = length ? Math.min(QUICKEST, Math.max(SLOWEST, room / length)) : QUICKEST;
    for (const shot of board.shots) boxOf(shot).style.width = `${widthOf(shot.length)}px`;
  }

  function placeOf(at) {
    const index = Math.max(0, board.shots.findLastIndex((shot) => shot.start <= at + 1e-6));
    const shot = board.shots[index];
    if (!shot) return 0;
    const box = boxOf(shot);
    const share = Math.min(1, Math.max(0, (at - shot.start) / ownTime(index)));
    return shot.item.offsetLeft + box.offsetLeft + share * box.offsetWidth;
  }

  function momentAt(x) {
    for (const [index, shot] of board.shots.entries()) {
      const box = boxOf(shot);
      const left = shot.item.offsetLeft + box.offsetLeft;
      if (x <= left + box.offsetWidth + GAP) return shot.start + Math.min(1, Math.max(0, (x - left) / box.offsetWidth)) * ownTime(index);
    }
    return board.length();
  }

  const words = (seconds) => `${Math.floor(seconds / 60)}:${String(Math.round(seconds % 60)).padStart(2, "0")}`;
  function rule() {
    const wide = board.shots.reduce((sum, shot) => sum + boxOf(shot).offsetWidth, 0) / Math.max(1, board.length());
    const step = STEPS.find((each) => each * wide >= TICK_PX) || STEPS.at(-1);
    const marks = [];
    let last = -TICK_PX;
    for (let at = 0; at <= board.length(); at += step) {
      const x = placeOf(at);
      if (x - last < TICK_PX / 2) continue;
      last = x;
      const mark = document.createElement("span");
      mark.textContent = words(at);
      mark.style.left = `${x - ruler.offsetLeft}px`;
      marks.push(mark);
    }
    ruler.replaceChildren(...marks);
    ruler.style.width = `${row().scrollWidth}px`;
    ruler.hidden = playhead.hidden = !board.shots.length;
  }

  function draw() {
    measure();
    rule();
    drawHead(head);
    for (const handle of $$(".handle")) handle.hidden = false;
  }

  let head = 0;
  function drawHead(at, follows = false) {
    head = at;
    const x = placeOf(at);
    playhead.style.transform = `translateX(${x}px)`;
    if (!follows) return;
    const [left, right] = [strip.scrollLeft + 40, strip.scrollLeft + strip.clientWidth - 80];
    if (x < left || x > right) strip.scrollLeft = x - strip.clientWidth / 3;
  }
  document.addEventListener("board:read", draw);
  document.addEventListener("board:chosen", (event) => {
    const { item } = event.detail;
    const [left, right] = [item.offsetLeft - 60, item.offsetLeft + item.offsetWidth + 60];
    if (left < strip.scrollLeft) strip.scrollLeft = left;
    else if (right > strip.scrollLeft + strip.clientWidth) strip.scrollLeft = right - strip.clientWidth;
  });
  document.addEventListener("board:time", (event) => drawHead(event.detail.at, event.detail.follows));
  new ResizeObserver(() => { if (board.shots.length) draw(); }).observe(strip);

  ruler.addEventListener("pointerdown", (event) => {
    const seek = (each) => board.tell("seek", momentAt(each.clientX - row().getBoundingClientRect().left + row().offsetLeft));
    seek(event);
    ruler.setPointerCapture(event.pointerId);
    ruler.addEventListener("pointermove", seek);
    ruler.addEventListener("lostpointercapture", () => ruler.removeEventListener("pointermove", seek), { once: true });
  });

  /* -- To another place: with the mouse at once, with a finger after a moment ------------------ */
  const HELD_MS = 350;
  const FAR_PX = 6;
  const drag = { shot: null, from: 0, moved: false, timer: 0, to: 0 };

  function begin(event, shot) {
    Object.assign(drag, { shot, from: event.clientX, moved: false, pointer: event.pointerId });
    if (event.pointerType !== "mouse") drag.timer = setTimeout(() => lift(), HELD_MS);
  }
  function lift() {
    drag.moved = live.isPaused = true;
    drag.to = board.shots.indexOf(drag.shot);
    drag.shot.item.classList.add("is-dragged");
    row().classList.add("is-dragging");
    row().setPointerCapture(drag.pointer);
  }
  function carry(event) {
    const by = event.clientX - drag.from;
    drag.shot.item.style.transform = `translateX(${by}px)`;
    const middle = drag.shot.item.offsetLeft + boxOf(drag.shot).offsetWidth / 2 + by;
    const others = board.shots.filter((shot) => shot !== drag.shot);
    drag.to = others.filter((shot) => shot.item.offsetLeft + boxOf(shot).offsetWidth / 2 < middle).length;
    for (const [index, shot] of others.entries()) {
      shot.item.classList.toggle("drops-before", index === drag.to);
      shot.item.classList.toggle("drops-after", drag.to === others.length && index === others.length - 1);
    }
  }
  function drop(isMeant) {
    clearTimeout(drag.timer);
    const { shot, to, moved } = drag;
    drag.shot = null;
    if (!shot || !moved) return;
    live.isPaused = false;
    row().classList.remove("is-dragging");
    for (const each of board.shots) each.item.classList.remove("is-dragged", "drops-before", "drops-after");
    shot.item.style.transform = "";
    row().addEventListener("click", stopOnce, { capture: true, once: true });
    setTimeout(() => row().removeEventListener("click", stopOnce, { capture: true }), 50);
    if (isMeant && to !== board.shots.indexOf(shot)) place(shot, to);
  }
  const stopOnce = (event) => { event.preventDefault(); event.stopPropagation(); };

  async function place(shot, to) {
    const body = new FormData();
    body.set("to", to);
    const name = shot.title;
    if ((await board.saveTo(shot.move, body))?.ok) say(interpolate(gettext("%(name)s is shot %(number)s now"), { name, number: to + 1 }, true));
    document.getElementById(`open-${shot.id}`)?.focus({ preventScroll: true });
  }

  const shotOf = (target) => board.shots.find((shot) => shot.item === target.closest?.(".shot"));
  document.addEventListener("pointerdown", (event) => {
    const shot = event.button === 0 && event.target.closest?.(".shot-box") && shotOf(event.target);
    if (shot) begin(event, shot);
  });
  document.addEventListener("pointermove", (event) => {
    if (!drag.shot) return;
    const isFar = Math.abs(event.clientX - drag.from) > FAR_PX;
    if (!drag.moved && isFar && event.pointerType === "mouse") lift();
    else if (!drag.moved && isFar) drop(false);
    if (drag.moved) carry(event);
  });
  document.addEventListener("pointerup", () => drop(true));
  document.addEventListener("pointercancel", () => drop(false));
  document.addEventListener("touchmove", (event) => { if (drag.moved && event.cancelable) event.preventDefault(); }, { passive: false });
  document.addEventListener("keydown", (event) => { if (event.key === "Escape" && drag.shot) drop(false); });

  function step(event, by) {
    const shot = event.target.closest?.(".shot-box") && shotOf(event.target);
    if (!shot) return false;
    const to = board.shots.indexOf(shot) + by;
    if (to >= 0 && to < board.shots.length) place(shot, to);
    return true;
  }
  const SCOPE = gettext("Storyboard");
  keys.add(SCOPE, "Alt+ArrowLeft", gettext("Move the shot to the left"), (event) => step(event, -1));
  keys.add(SCOPE, "Alt+ArrowRight", gettext("Move the shot to the right"), (event) => step(event, 1));

  /* -- The ends of the chosen shot: dragged, or by the arrow keys ------------------------------ */
  const momentWords = (seconds) => {
    const thousandths = Math.round(seconds * 1000);
    const part = String(thousandths % 1000).padStart(3, "0").replace(/0+$/, "") || "0";
    return `${Math.floor(thousandths / 60000)}:${String(Math.floor(thousandths / 1000) % 60).padStart(2, "0")}.${part}`;
  };
  const toPicture = (shot, seconds) => Math.round(seconds * shot.fps) / shot.fps;
  const fieldOf = (shot, side) => document.getElementById(`trim-${side}-${shot.id}`);

  function trim(shot, side, seconds) {
    const picture = 1 / shot.fps;
    const ends = side === "in" ? [0, shot.out - picture] : [shot.in + picture, shot.whole];
    const wanted = seconds >= shot.whole - picture / 2 ? shot.whole : toPicture(shot, seconds);
    const at = Math.min(ends[1], Math.max(ends[0], wanted));
    shot[side] = at;
    shot.length = shot.out - shot.in;
    fieldOf(shot, side).value = momentWords(at);
    const handle = document.getElementById(`handle-${side}`);
    handle.setAttribute("aria-valuenow", at.toFixed(3));
    handle.setAttribute("aria-valuetext", momentWords(at));
    boxOf(shot).style.width = `${widthOf(shot.length)}px`;
    board.tell("frame", { shot, at: side === "in" ? at : Math.max(shot.in, at - picture / 2) });
  }
  const saveTrim = (shot) => fieldOf(shot, "in").form.requestSubmit();

  document.addEventListener("pointerdown", (event) => {
    const handle = event.target.closest?.(".handle");
    const shot = handle && shotOf(handle);
    if (!shot) return;
    event.preventDefault();
    handle.focus();
    const { handle: side } = handle.dataset;
    const [from, began] = [event.clientX, shot[side]];
    live.isPaused = true;
    handle.setPointerCapture(event.pointerId);
    const pull = (each) => trim(shot, side, began + (each.clientX - from) / scale);
    handle.addEventListener("pointermove", pull);
    handle.addEventListener("lostpointercapture", () => {
      handle.removeEventListener("pointermove", pull);
      live.isPaused = false;
      if (shot[side] !== began) saveTrim(shot);
    }, { once: true });
  });
  let saving = 0;
  document.addEventListener("keydown", (event) => {
    const handle = event.target.closest?.(".handle");
    const step = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1 }[event.key];
    const shot = handle && step && shotOf(handle);
    if (!shot) return;
    event.preventDefault();
    const { handle: side } = handle.dataset;
    trim(shot, side, shot[side] + step * (event.shiftKey ? 1 : 1 / shot.fps));
    clearTimeout(saving);
    saving = setTimeout(() => saveTrim(shot), 500);
  });
}
