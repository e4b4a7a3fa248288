/* The model picker: a row chooses its model, the box at its end adds it to compare. Search, filters
   and arrow keys. Without script its boxes are plain fields. */
"use strict";

if (composer) {
  const picker = $("#picker");
  const offers = $("#offers");
  const search = $("#model-search");
  const rows = () => $$(".offer", offers).filter((row) => !row.hidden);
  const box = (row) => $("input", row);

  const filter = () => {
    const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    const only = $$("[data-only][aria-pressed='true']", picker).map((chip) => chip.dataset.only);
    for (const row of $$(".offer", offers)) {
      const text = `${row.dataset.model} ${row.dataset.provider}`.toLowerCase();
      row.hidden = !words.every((word) => text.includes(word)) || !only.every((name) => name in row.dataset);
    }
    for (const list of $$("ul", offers)) list.previousElementSibling.hidden = !$$(".offer:not([hidden])", list).length;
    $(".picker-none", picker).hidden = rows().length > 0;
  };

  const choose = (row) => {
    for (const each of $$("input", offers)) each.checked = each === box(row);
    picker.hidePopover();
    formChanged();
  };
  const move = (from, by) => {
    const all = rows();
    const at = all.indexOf(from) + by;
    if (at < 0) search.focus(); else box(all[Math.min(at, all.length - 1)])?.focus();
  };

  picker.addEventListener("toggle", (event) => {
    if (event.newState !== "open") return;
    search.value = "";
    filter();
    if (matchMedia("(pointer: fine)").matches) search.focus();
    $("input:checked", offers)?.closest(".offer").scrollIntoView({ block: "nearest" });
    htmx.trigger(offers, "opened");
  });
  search.addEventListener("input", filter);
  search.addEventListener("change", (event) => event.stopPropagation());
  picker.addEventListener("click", (event) => {
    const chip = event.target.closest("[data-only]");
    if (chip) {
      chip.setAttribute("aria-pressed", String(chip.getAttribute("aria-pressed") !== "true"));
      filter();
    }
    const row = event.target.closest(".offer");
    if (!row || event.target === box(row)) return;
    event.preventDefault();
    choose(row);
  });
  /* One model has to stay chosen. */
  offers.addEventListener("change", (event) => {
    if (!$$("input:checked", offers).length) event.target.checked = true;
  }, true);
  picker.addEventListener("keydown", (event) => {
    const row = event.target.closest(".offer");
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      if (row) move(row, event.key === "ArrowDown" ? 1 : -1);
      else if (event.key === "ArrowDown") box(rows()[0])?.focus();
    } else if (event.key === "Enter" && (row || event.target === search) && !event.ctrlKey && !event.metaKey) {
      event.preventDefault();
      const chosen = row || rows()[0];
      if (chosen) choose(chosen);
    } else if (row && event.key.length === 1 && event.key !== " " && !event.ctrlKey && !event.metaKey && !event.altKey) {
      search.focus();
    }
  });

  /* Fresh prices and times come in while it is open; what was ticked meanwhile stays. */
  let ticked = [];
  let focused = "";
  let scrolled = 0;
  document.addEventListener("htmx:beforeSwap", (event) => {
    if (event.detail.target !== offers) return;
    ticked = $$("input:checked", offers).map((each) => each.value);
    focused = offers.contains(document.activeElement) ? document.activeElement.value : "";
    scrolled = offers.scrollTop;
  });
  document.addEventListener("htmx:afterSwap", (event) => {
    if (event.detail.target !== offers) return;
    for (const each of $$("input", offers)) each.checked = ticked.includes(each.value);
    filter();
    offers.scrollTop = scrolled;
    if (focused) $(`input[value="${focused}"]`, offers)?.focus();
  });

  composer.addEventListener("click", (event) => {
    const drop = event.target.closest("[data-drop-model]");
    if (!drop) return;
    event.preventDefault();
    const each = $(`input[value="${drop.value}"]`, offers);
    if (each) each.checked = false;
    $("#model").focus();
    formChanged();
  });
}
