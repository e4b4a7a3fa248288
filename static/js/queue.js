/* The queue, the history and a job's page: acting without leaving the page, choosing several, and
   moving what is not sent yet. */
"use strict";
{
  /* -- Acting: the answer is the page anew, of which the parts are taken --------------------- */
  const isQuick = (event) => "quick" in event.target.dataset && !("plain" in (event.submitter?.dataset || {})) && !event.defaultPrevented;

  async function act(form, button) {
    const body = new FormData(form, button);
    const address = button?.getAttribute("formaction") || form.action;
    button?.setAttribute("aria-disabled", "true");
    overtakeNews();
    try {
      const reply = await fetch(address, { method: "POST", body });
      if (isSignedOut(reply)) { signedOut(true); return; }
      if (!reply.ok) throw new Error(String(reply.status));
      const html = await reply.text();
      const parts = renewFrom(html);
      if (!parts.some((part) => part.id === livePlace().id)) location.assign(reply.url);
      toast(html);
    } catch {
      warn(gettext("The studio did not answer. It may have heard you all the same: look at the clip before you press again."));
    } finally {
      button?.removeAttribute("aria-disabled");
    }
  }
  function toast(html) {
    const fresh = new DOMParser().parseFromString(html, "text/html");
    for (const each of $$("#toasts > .toast", fresh)) {
      $("#toasts").append(each);
      if (each.classList.contains("toast--success")) setTimeout(() => each.remove(), 6000);
    }
  }
  document.addEventListener("submit", (event) => {
    if (!isQuick(event)) return;
    event.preventDefault();
    if (event.submitter?.getAttribute("aria-disabled") === "true") return;
    const menu = event.submitter?.closest("details.menu");
    const isMove = ["up", "down"].includes(event.submitter?.value);
    if (menu && !isMove) { menu.open = false; $("summary", menu).focus({ preventScroll: true }); }
    act(event.target, event.submitter).then(() => { if (event.target.id === "bulk") choose([]); });
  });

  /* -- Menus: one open at a time; Escape and a press elsewhere close ------------------------- */
  const closeMenus = (but) => { for (const menu of $$("details.menu[open]")) if (menu !== but) menu.open = false; };
  document.addEventListener("click", (event) => closeMenus(event.target.closest("details.menu")));
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    const menu = event.target.closest("details.menu[open]") || $("details.menu[open]");
    if (!menu) return;
    menu.open = false;
    $("summary", menu).focus();
  });

  document.addEventListener("toggle", (event) => {
    const menu = event.target;
    if (!menu.matches?.("details.menu")) return;
    menu.classList.remove("is-upward");
    if (!menu.open) return;
    const box = $(".menu-list", menu).getBoundingClientRect();
    const floor = ($("#tabbar")?.getBoundingClientRect().top || innerHeight);
    menu.classList.toggle("is-upward", box.bottom > Math.min(floor, innerHeight) && menu.getBoundingClientRect().top > box.height);
  }, true);

  /* -- Choosing several ---------------------------------------------------------------------- */
  const boxes = () => $$("#rows input[form='bulk']");
  const chosen = () => boxes().filter((box) => box.checked);
  let last = null;
  function count() {
    const words = $("[data-chosen]");
    const number = chosen().length;
    if (words) words.textContent = interpolate(ngettext("%(count)s chosen", "%(count)s chosen", number), { count: number }, true);
  }
  function choose(which) {
    for (const box of boxes()) box.checked = which.includes(box);
    count();
  }
  document.addEventListener("click", (event) => {
    const box = event.target.closest("#rows input[form='bulk']");
    if (!box) return;
    const all = boxes();
    const [a, b] = [all.indexOf(last), all.indexOf(box)];
    if (event.shiftKey && a >= 0) for (const each of all.slice(Math.min(a, b), Math.max(a, b))) each.checked = box.checked;
    last = box;
    count();
  });
  document.addEventListener("reset", (event) => { if (event.target.id === "bulk") setTimeout(() => choose([]), 0); });

  /* -- Moving: by the grip with the pointer, or with the arrow keys -------------------------- */
  const movable = () => $$("#rows > [data-movable]");
  const showGrips = () => { for (const grip of $$("[data-grip]")) grip.hidden = false; };
  function send(row, fields, way = "place") {
    const form = $("form.acts", row).cloneNode(true);
    if (way === "place") form.action = row.dataset.place;
    for (const [name, value] of Object.entries(fields)) {
      const field = Object.assign(document.createElement("input"), { type: "hidden", name, value });
      form.append(field);
    }
    return act(form, null);
  }

  document.addEventListener("keydown", (event) => {
    const grip = event.target.closest?.("[data-grip]");
    const way = { ArrowUp: "up", ArrowDown: "down", Home: "top", End: "bottom" }[event.key];
    if (!grip || !way) return;
    event.preventDefault();
    if (live.isMoving) return;
    live.isMoving = true;
    const number = grip.closest("[data-movable]").dataset.movable;
    send(grip.closest("[data-movable]"), { do: way }, "do").then(() => {
      live.isMoving = false;
      $(`#grip-${number}`)?.focus();
    });
  });

  let drag = null;
  document.addEventListener("pointerdown", (event) => {
    const grip = event.target.closest?.("[data-grip]");
    if (!grip || event.button) return;
    event.preventDefault();
    grip.focus();
    grip.setPointerCapture(event.pointerId);
    const row = grip.closest("[data-movable]");
    drag = { grip, row, from: event.clientY, before: undefined };
    live.isPaused = true;
    row.classList.add("is-dragged");
  });
  document.addEventListener("pointermove", (event) => {
    if (!drag) return;
    drag.row.style.transform = `translateY(${event.clientY - drag.from}px)`;
    const others = movable().filter((row) => row !== drag.row);
    const next = others.find((row) => { const box = row.getBoundingClientRect(); return event.clientY < box.top + box.height / 2; });
    drag.before = next || null;
    for (const row of $$("#rows > .is-target, #rows > .is-target-last")) row.classList.remove("is-target", "is-target-last");
    if (next) next.classList.add("is-target");
    else others.at(-1)?.classList.add("is-target-last");
  });
  const drop = (isDone) => {
    if (!drag) return;
    const { row, before } = drag;
    drag = null;
    live.isPaused = false;
    row.classList.remove("is-dragged");
    row.style.transform = "";
    for (const each of $$("#rows > .is-target, #rows > .is-target-last")) each.classList.remove("is-target", "is-target-last");
    if (isDone && before !== undefined) send(row, { before: before ? before.dataset.movable : "" });
  };
  document.addEventListener("pointerup", () => drop(true));
  document.addEventListener("pointercancel", () => drop(false));
  document.addEventListener("keydown", (event) => { if (event.key === "Escape") drop(false); });

  /* -- A job's page -------------------------------------------------------------------------- */
  const showReplies = () => {
    const button = $("[data-replies]");
    if (button) button.hidden = !$(".timeline details");
  };
  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-replies]")) for (const reply of $$(".timeline details")) reply.open = true;
  });

  const settle = () => { showGrips(); showReplies(); count(); };
  document.addEventListener("live:news", settle);
  settle();
}
