/* The gallery: choosing clips by mouse and keys, acting on them without leaving the page, and finding
   the place again. What is shown after an action comes from the server, tile by tile. */
"use strict";
{
  const gallery = $("#gallery");
  const bar = $("#picked");
  const one = $("#one");
  const isTrash = bar && !one;

  const tiles = () => $$(".tile[id]:not([hidden])", gallery);
  const keyOf = (tile) => tile.id.slice("clip-".length);
  const linkOf = (tile) => $(".tile-link", tile);
  const pickOf = (tile) => $(".tile-pick", tile);
  const tileOf = (place) => place?.closest?.("#gallery .tile[id]");
  const isFavourite = (tile) => "favourite" in tile.dataset;
  const chosen = () => $$(".tile-pick:checked", gallery).map((pick) => pick.closest(".tile"));
  const counted = (words, count, more = {}) => interpolate(words, { count, ...more }, true);

  /* -- One stop for the Tab key; the arrows move within ---------------------------------------- */
  let current = null;
  let anchor = null;
  function settle() {
    // Only what is new is gone through: there may be thousands of tiles.
    for (const link of $$(".tile-link:not([tabindex])", gallery)) link.tabIndex = -1;
    for (const pick of $$(".tile-pick:not([tabindex])", gallery)) pick.tabIndex = -1;
    // A tile that came anew is the same clip.
    const same = (tile) => { const now = tile && document.getElementById(tile.id); return now && !now.hidden ? now : null; };
    anchor = same(anchor);
    current = same(current) || $(".tile[id]:not([hidden])", gallery);
    if (current) linkOf(current).tabIndex = 0;
    count();
  }
  function stopAt(tile) {
    if (current?.isConnected && !current.hidden) linkOf(current).tabIndex = -1;
    current = tile;
    linkOf(tile).tabIndex = 0;
  }
  function go(tile) {
    if (!tile) return;
    stopAt(tile);
    linkOf(tile).focus({ focusVisible: true });
  }
  document.addEventListener("focusin", (event) => {
    const tile = tileOf(event.target);
    if (tile && tile !== current) stopAt(tile);
  });

  let goalX = null;
  function beside(tile, key) {
    const all = tiles();
    const at = all.indexOf(tile);
    if (key === "Home" || key === "End") return all.at(key === "Home" ? 0 : -1);
    const way = key === "ArrowRight" || key === "ArrowDown" ? 1 : -1;
    if (key === "ArrowLeft" || key === "ArrowRight") { goalX = null; return all[at + way]; }
    const from = tile.getBoundingClientRect();
    goalX ??= from.left + from.width / 2;
    let best = null;
    for (let i = at + way; all[i]; i += way) {
      const box = all[i].getBoundingClientRect();
      if (Math.abs(box.top - from.top) < 4) continue;
      if (best && Math.abs(box.top - best.top) >= 4) break;
      const off = Math.abs(box.left + box.width / 2 - goalX);
      if (!best || off < best.off) best = { tile: all[i], top: box.top, off };
    }
    return best?.tile;
  }

  /* -- Choosing -------------------------------------------------------------------------------- */
  function selecting(isOn) {
    if (isTrash) return;
    gallery.classList.toggle("is-selecting", isOn);
    if (!isOn) choose([]);
  }
  function choose(which) {
    for (const tile of tiles()) pickOf(tile).checked = which.includes(tile);
    count();
  }
  function toggle(tile, isOn = !pickOf(tile).checked) {
    pickOf(tile).checked = isOn;
    anchor = tile;
    count();
  }
  function extendTo(tile, isOn = true) {
    const all = tiles();
    const [a, b] = [all.indexOf(anchor?.isConnected ? anchor : current), all.indexOf(tile)].sort((x, y) => x - y);
    for (const each of all.slice(Math.max(a, 0), b + 1)) pickOf(each).checked = isOn;
    count();
  }
  function count() {
    if (!bar) return;
    const some = chosen();
    const words = counted(ngettext("%(count)s selected", "%(count)s selected", some.length), some.length);
    if ($("#picked-count").textContent !== words) $("#picked-count").textContent = words;
    gallery.classList.toggle("has-chosen", some.length > 0);
    for (const button of $$(".bar-button", bar)) button.disabled = !some.length;
    if (isTrash) return;
    $("#picked-compare").disabled = some.length < 2 || some.length > 4;
    $("#picked-compare").title = $("#picked-compare").disabled ? $("#picked-why").textContent : "";
    $("#picked-download").textContent = downloadWords(some);
    const areFavourites = some.length > 0 && some.every(isFavourite);
    $("#picked-favourite").value = areFavourites ? "unfavourite" : "favourite";
    $("#picked-favourite span").textContent = areFavourites ? gettext("No favourite") : gettext("Favourite");
  }
  function downloadWords(some) {
    const bytes = some.reduce((sum, tile) => sum + Number(tile.dataset.bytes), 0);
    if (!bytes) return gettext("Download");
    const [size, unit] = bytes < 2 ** 30 ? [bytes / 2 ** 20, "MB"] : [bytes / 2 ** 30, "GB"];
    const shown = size.toLocaleString(document.documentElement.lang, { maximumFractionDigits: size < 10 ? 1 : 0 });
    return interpolate(gettext("Download %(size)s"), { size: `${shown} ${unit}` }, true);
  }

  document.addEventListener("click", (event) => {
    const tile = tileOf(event.target);
    if (!tile) return;
    if (event.target === pickOf(tile)) {
      if (event.shiftKey && anchor) extendTo(tile, event.target.checked);
      else { anchor = tile; selecting(true); count(); }
      return;
    }
    // What has only just been scrolled into view may not be drawn yet: the tile is hit, not its link.
    if (event.target === tile) linkOf(tile).dispatchEvent(new MouseEvent("click", event));
    if (!event.target.closest(".tile-link")) return;
    // Enter opens, whatever is chosen; it has no clicks to count.
    const isChoice = event.detail > 0 && (event.ctrlKey || event.metaKey || event.shiftKey || gallery.classList.contains("is-selecting"));
    if (!isChoice) { keepPlace(tile); return; }
    event.preventDefault();
    selecting(true);
    if (event.shiftKey) extendTo(tile);
    else toggle(tile);
    current = tile;
  });
  document.addEventListener("click", (event) => {
    if (!event.target.closest("#select")) return;
    event.preventDefault();
    selecting(!gallery.classList.contains("is-selecting"));
    if (gallery.classList.contains("is-selecting") && current) go(current);
  });
  bar?.addEventListener("reset", () => setTimeout(() => { choose([]); selecting(false); if (current) go(current); }, 0));
  // Many clips go in one field: a form may only have so many.
  bar?.addEventListener("formdata", (event) => {
    const picked = event.formData.getAll("clip");
    event.formData.delete("clip");
    if (picked.length) event.formData.append("clip", picked.join(","));
  });

  /* -- Acting: the answer brings the tiles, sums and toasts that have changed ------------------ */
  async function act(form, more) {
    if (form.dataset.isBusy) return;
    const kept = chosen().map(keyOf);
    const [order, held] = [tiles(), current];
    const fields = new FormData(form);
    for (const [name, value] of Object.entries(more)) fields.set(name, value);
    form.dataset.isBusy = "yes";
    preview.stop();
    const isHere = document.activeElement;
    let isDone = false;
    const note = (event) => { if (event.detail.elt === form) isDone = event.detail.xhr.status === 200; };
    document.addEventListener("htmx:afterRequest", note);
    await htmx.ajax("POST", form.getAttribute("action"), { source: form, target: "#question", swap: "none", values: Object.fromEntries(fields) }).catch(() => {});
    document.removeEventListener("htmx:afterRequest", note);
    delete form.dataset.isBusy;
    if (!isDone) { if (!$(".field-error:not(:empty)", form)) warn(gettext("The studio did not answer. It may have heard you all the same: look before you press again.")); return; }
    closePopovers();
    for (const key of kept) { const tile = document.getElementById(`clip-${key}`); if (tile && !tile.hidden) pickOf(tile).checked = true; }
    if (kept.length && !chosen().length) selecting(false);
    settle();
    const question = $("dialog#question");
    if (question) { ask(question); return; }
    form.closest(".toast")?.remove();
    if (!isHere?.checkVisibility() || isHere === document.body) goOn(order, held);
  }
  function ask(question) {
    question.showModal();
    question.addEventListener("close", () => question.replaceWith(Object.assign(document.createElement("div"), { id: "question" })));
  }
  /* Focus goes to where it was, or to what stands nearest. */
  function goOn(order, held) {
    const all = tiles();
    const same = held && document.getElementById(held.id);
    const at = order.indexOf(held);
    const after = order.slice(at).map((tile) => document.getElementById(tile.id)).find((tile) => tile && !tile.hidden);
    const to = same && !same.hidden ? same : after || all.at(-1);
    if (to) go(to);
    else { const head = $("main h1"); head.tabIndex = -1; head.focus(); }
  }
  const closePopovers = () => { for (const open of $$("#gallery [popover]:popover-open")) open.hidePopover(); };

  // A form's Enter presses its first button, and that is one of another popover, or one switched off.
  bar?.addEventListener("keydown", (event) => {
    const form = event.key === "Enter" && event.target.matches("input") && event.target.closest(".popover--form");
    if (!form) return;
    event.preventDefault();
    bar.requestSubmit($("button", form));
  });
  document.addEventListener("submit", (event) => {
    const form = event.target;
    const button = event.submitter;
    if (!("quick" in form.dataset) || button?.hasAttribute("data-plain") || event.defaultPrevented) return;
    event.preventDefault();
    const more = button?.name ? { [button.name]: button.value } : {};
    if (form === one && more.action === "rate") more.rating = button.getAttribute("aria-pressed") === "true" ? "0" : button.dataset.stars;
    if (form === one && more.action === "favourite" && isFavourite(current)) more.action = "unfavourite";
    for (const error of $$(".field-error", form)) error.replaceChildren();
    act(form, more);
  });
  document.addEventListener("htmx:beforeSwap", (event) => {
    if (event.detail.xhr.status === 422 && "quick" in event.detail.requestConfig.elt.dataset) event.detail.shouldSwap = true;
  });
  document.addEventListener("click", (event) => {
    const dismiss = event.target.closest("dialog [data-dismiss]");
    if (!dismiss) return;
    event.preventDefault();
    dismiss.closest("dialog").close();
  });

  /* -- A tile's own tools and menu ------------------------------------------------------------- */
  const targets = () => { const some = chosen(); return some.length ? some : current ? [current] : []; };
  function actOn(which, more) {
    if (!which.length || isTrash) return false;
    one.elements.clip.value = which.map(keyOf).join(",");
    act(one, more);
    return true;
  }
  const deleteChosen = () => (chosen().length ? void act(bar, { action: "delete" }) : false);
  const favour = (which) => actOn(which, { action: which.every(isFavourite) ? "unfavourite" : "favourite" });

  function showTools(tile) {
    if (!one || gallery.classList.contains("is-selecting") || $(".tile-tools", tile) || tile.classList.contains("line")) return;
    const tools = $("#tile-tools").content.firstElementChild.cloneNode(true);
    const remix = $("[data-act=remix]", tools);
    $("[data-act=favourite]", tools).setAttribute("aria-pressed", String(isFavourite(tile)));
    if (tile.dataset.job) remix.href += `?remix=${tile.dataset.job}`;
    else remix.remove();
    tile.append(tools);
  }
  const hideTools = (tile) => { if (!tile.matches(":focus-within, :hover")) $(".tile-tools", tile)?.remove(); };
  document.addEventListener("pointerover", (event) => {
    const tile = event.pointerType === "mouse" && tileOf(event.target);
    if (tile) showTools(tile);
  });
  document.addEventListener("focusin", (event) => { const tile = tileOf(event.target); if (tile && event.target.matches(":focus-visible")) showTools(tile); });
  for (const name of ["pointerout", "focusout"]) {
    document.addEventListener(name, (event) => {
      const tile = tileOf(event.target);
      if (tile && !tile.contains(event.relatedTarget)) setTimeout(() => hideTools(tile), 0);
    });
  }

  function openMenu(tile, button) {
    current = tile;
    const key = keyOf(tile);
    one.elements.clip.value = key;
    const home = new URL($("[data-go=remix]", one).href).pathname;
    const ways = { remix: `?remix=${tile.dataset.job}`, retake: `?retake=${tile.dataset.job}`, extend: `?extend=${key}` };
    for (const link of $$("[data-go]", one)) {
      link.hidden = !tile.dataset.job && ["remix", "retake"].includes(link.dataset.go);
      link.href = link.dataset.go === "download" ? `${home}media/${key}/?download=1` : new URL(link.href).pathname + ways[link.dataset.go];
    }
    for (const star of $$("[data-stars]", one)) {
      star.setAttribute("aria-pressed", String(star.dataset.stars === tile.dataset.stars));
      star.classList.toggle("is-on", Number(star.dataset.stars) <= Number(tile.dataset.stars));
    }
    const words = $("[data-favourite] span", one);
    words.textContent = isFavourite(tile) ? words.dataset.on : words.dataset.off;
    one.showPopover();
    const [at, size] = [button.getBoundingClientRect(), one.getBoundingClientRect()];
    one.style.left = `${Math.max(8, Math.min(at.right - size.width, innerWidth - size.width - 8))}px`;
    one.style.top = `${at.bottom + 4 + size.height > innerHeight ? Math.max(8, at.top - size.height - 4) : at.bottom + 4}px`;
    $("button, a", one).focus();
  }
  one?.addEventListener("toggle", (event) => {
    if (event.newState === "closed" && current?.isConnected && (document.activeElement === document.body || one.contains(document.activeElement))) go(current);
  });
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-act]");
    const tile = tileOf(button) || current;
    if (!button || !tile) return;
    const acts = {
      favourite: () => favour([tile]),
      more: () => openMenu(tile, button),
      choose: () => { one.hidePopover(); selecting(true); toggle(tile, true); go(tile); },
      tag: () => { one.hidePopover(); selecting(true); toggle(tile, true); $("#to-tag").showPopover(); $("#tag").focus(); },
    };
    acts[button.dataset.act]?.();
  });

  /* -- Coming back to the same place ----------------------------------------------------------- */
  function keepPlace(tile) {
    const here = new URL(location.href);
    const last = $$(".older", gallery).at(-1)?.dataset.until;
    if (last && gallery.dataset.more) here.searchParams.set("until", last);
    here.hash = tile.id;
    history.replaceState(history.state, "", here);
  }
  document.addEventListener("htmx:afterSettle", (event) => {
    if (event.detail.elt.closest?.("#gallery") || event.detail.target?.closest?.("#gallery")) settle();
  });
  document.addEventListener("htmx:beforeRequest", (event) => { if (event.detail.elt.matches(".older-ahead")) gallery.dataset.more = "yes"; });

  /* -- What came meanwhile: told, not moved in ------------------------------------------------- */
  const clipsNow = () => $("#nav a[data-go='g'] .count")?.textContent;
  let seen = clipsNow();
  document.addEventListener("live:news", () => {
    if (clipsNow() === seen) return;
    seen = clipsNow();
    const address = new URL(gallery.dataset.newer, location.href);
    address.searchParams.set("since", gallery.dataset.since);
    htmx.ajax("GET", address.pathname + address.search, { target: "#newer", swap: "outerHTML" });
  });

  /* -- Toasts that came with an answer --------------------------------------------------------- */
  const LEAVES_MS = { plain: 6000, undo: 12_000 };
  function leave(toast) {
    const again = () => setTimeout(() => { if (toast.matches(":hover, :focus-within")) again(); else toast.remove(); }, $("form", toast) ? LEAVES_MS.undo : LEAVES_MS.plain);
    again();
  }
  new MutationObserver((changes) => {
    for (const change of changes) for (const node of change.addedNodes) if (node.matches?.(".toast--success")) leave(node);
  }).observe($("#toasts"), { childList: true });

  /* -- Keys ------------------------------------------------------------------------------------ */
  const HERE = gettext("Gallery");
  const isFree = () => document.activeElement === document.body || Boolean(tileOf(document.activeElement)) || document.activeElement?.id === "main";
  const onTile = (does) => (event) => (current && isFree() ? does(event) : false);
  const ARROWS = ["ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown", "Home", "End"];
  function move(event) {
    const key = event.key;
    // Where no clip has the focus, Home and End scroll the page as everywhere.
    if (!tileOf(document.activeElement)) return key.startsWith("Arrow") ? go(current) : false;
    const to = beside(current, key);
    if (!to) return;
    if (event.shiftKey) { anchor ??= current; selecting(true); }
    go(to);
    if (event.shiftKey) extendTo(to);
  }
  function escape() {
    if (chosen().length) choose([]);
    else if (gallery.classList.contains("is-selecting")) selecting(false);
    else return false;
    anchor = null;
  }
  if (bar) {
    keys.add(HERE, ARROWS.slice(0, 4), gettext("Move between clips"), onTile(move));
    keys.add(HERE, ARROWS.slice(4), gettext("First and last clip"), onTile(move));
    keys.add(HERE, "Enter", gettext("Open the clip"));
    keys.add(HERE, " ", gettext("Play or stop the preview"), onTile(() => preview.toggle(current)));
    keys.add(HERE, "x", gettext("Choose the clip"), onTile(() => { selecting(true); toggle(current); }));
    keys.add(HERE, ARROWS.map((key) => `Shift+${key}`).slice(0, 4), gettext("Choose more"), onTile(move));
    keys.add(HERE, "Ctrl+a", gettext("Choose all that are loaded"), onTile(() => { selecting(true); choose(tiles()); }));
    keys.add(HERE, "f", gettext("Favourite, or not"), onTile(() => favour(targets())));
    keys.add(HERE, ["1", "2", "3", "4", "5"], gettext("Give stars"), onTile((event) => actOn(targets(), { action: "rate", rating: event.key })));
    keys.add(HERE, "0", gettext("Take the stars away"), onTile(() => actOn(targets(), { action: "rate", rating: "0" })));
    keys.add(HERE, "Delete", isTrash ? gettext("Delete for good") : gettext("Move to the trash"), onTile(() => (isTrash ? deleteChosen() : actOn(targets(), { action: "trash" }))));
    keys.add(HERE, "Escape", gettext("Leave the selection"), escape);
    $("#picked-none").hidden = false;
    settle();
    const back = location.hash.startsWith("#clip-") && document.getElementById(location.hash.slice(1));
    if (back) { current = back; settle(); }
  }
}
