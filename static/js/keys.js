/* Keys for everything that is done often, and the sheet that lists them.

   keys.add(scope, key, words, act): `scope` is the heading in the sheet and `words` what the key
   does, both translated. `key` is what event.key says, with "Ctrl+", "Alt+" or "Shift+" before it
   ("?", "f", "ArrowLeft", " ", "Shift+ArrowRight", "Ctrl+Enter"), two presses in a row ("g c"), or
   an array of such that do the same. `act(event)` may return false: the key was not meant for it.
   Without `act` the key is only listed: the page listens for it in another way.

   No key acts while a dialog is open, and none that types something does in a field. Letters and
   signs can be switched off in the sheet. */
"use strict";

const keys = (() => {
  const OFF = "dailies.keys-off";
  const SECOND_PRESS_MS = 1500;
  const TYPED_IN = "input:not([type=checkbox], [type=radio], [type=range], [type=button], [type=submit], [type=file]), textarea, select, [contenteditable]";
  const OWN_KEYS = [
    ["input, [role=slider], [role=tab], [role=option]", /^(Shift\+)?(Arrow.+|Home|End|Page.+| |Enter)$/],
    ["button, summary", /^( |Enter)$/],
    ["a", /^Enter$/],
    ["video[controls]", /^(Arrow.+| )$/],
  ];
  const NAMES = { " ": gettext("Space"), ArrowLeft: "←", ArrowRight: "→", ArrowUp: "↑", ArrowDown: "↓", Escape: "Esc", Enter: "↵", Delete: gettext("Del"), Ctrl: navigator.platform.startsWith("Mac") ? "⌘" : gettext("Ctrl"), Shift: gettext("Shift"), Alt: "Alt" };
  const added = [];
  let first = "";
  let forgetting = 0;

  const add = (scope, key, words, act = null) => { added.push({ scope, keys: [key].flat(), words, act }); };
  const areOff = () => localStorage.getItem(OFF) === "yes";
  const isTyped = (key) => key.replace(/^Shift\+/, "").length === 1 && key !== " ";

  /* -- Hearing ------------------------------------------------------------------------------- */
  function nameOf(event) {
    const isLetter = /^\p{L}$/u.test(event.key);
    const key = isLetter ? event.key.toLowerCase() : event.key;
    // A sign such as "?" has its Shift in it already.
    const shift = event.shiftKey && (isLetter || key.length > 1 || key === " ") ? "Shift+" : "";
    return `${event.ctrlKey || event.metaKey ? "Ctrl+" : ""}${event.altKey ? "Alt+" : ""}${shift}${key}`;
  }
  const isOver = () => Boolean($("dialog[open]") || document.activeElement?.closest?.("[popover]"));
  const isTheirs = (place, key) => {
    if (!place?.closest) return false;
    if (place.closest(TYPED_IN) && !/^(Ctrl|Alt)\+/.test(key)) return true;
    return OWN_KEYS.some(([selector, own]) => own.test(key) && place.closest(selector));
  };

  document.addEventListener("keydown", (event) => {
    const key = nameOf(event);
    if (key === "Escape" && !event.defaultPrevented && !isOver()) leaveField(event.target);
    if (event.defaultPrevented || event.isComposing || isOver() || isTheirs(event.target, key)) return;
    if (areOff() && isTyped(key)) return;
    const pair = first && `${first} ${key}`;
    forget();
    const meant = (name) => added.some((each) => each.act && each.keys.includes(name) && each.act(event) !== false);
    if ((pair && meant(pair)) || meant(key)) event.preventDefault();
    else if (!event.repeat && added.some((each) => each.keys.some((name) => name.startsWith(`${key} `)))) waitForSecond(key);
  });
  /* From there on the keys are heard again. */
  const leaveField = (field) => { if (field.matches?.(TYPED_IN)) field.blur(); };
  function waitForSecond(key) {
    first = key;
    forgetting = setTimeout(forget, SECOND_PRESS_MS);
  }
  function forget() {
    clearTimeout(forgetting);
    first = "";
  }

  /* -- The sheet ------------------------------------------------------------------------------- */
  const element = (name, ...inside) => { const made = document.createElement(name); made.append(...inside); return made; };
  const cap = (name) => element("kbd", NAMES[name] || (name.length === 1 ? name.toUpperCase() : name));
  const caps = (key) => key.split(/(?<=.) (?=.)/).flatMap((press) => press.split(/(?<=.)\+(?=.)/).map(cap));
  /* Two keys that do the same have an "or" between them; of a whole group what is held down stands
     there once. */
  function capsOf(names) {
    if (names.length < 3) return names.flatMap((name, at) => (at ? [gettext("or"), ...caps(name)] : caps(name)));
    const held = names[0].match(/^(?:\w+\+)*/)[0];
    return [...(held ? caps(held.slice(0, -1)) : []), ...names.flatMap((name) => caps(name.slice(held.length)))];
  }
  function row({ keys: names, words }) {
    const shown = element("span", ...capsOf(names));
    shown.className = "caps";
    return element("li", element("span", words), shown);
  }
  function show() {
    const sheet = $("#keys");
    if (!sheet || sheet.open) return;
    const scopes = [...new Set(added.map((each) => each.scope))].sort((a, b) => (b === EVERYWHERE) - (a === EVERYWHERE));
    $("[data-list]", sheet).replaceChildren(...scopes.map((scope) => {
      const rows = added.filter((each) => each.scope === scope).map(row);
      return element("section", element("h3", scope), element("ul", ...rows));
    }));
    $("[data-on]", sheet).checked = !areOff();
    sheet.showModal();
  }
  document.addEventListener("change", (event) => {
    if (event.target.matches("#keys [data-on]")) localStorage.setItem(OFF, event.target.checked ? "no" : "yes");
  });
  document.addEventListener("click", (event) => { if (event.target.closest("[data-keys]")) show(); });
  for (const opener of $$("[data-keys]")) opener.hidden = false;

  /* -- On every page --------------------------------------------------------------------------- */
  const EVERYWHERE = gettext("Everywhere");
  const places = { c: gettext("Go to Compose"), g: gettext("Go to the gallery"), q: gettext("Go to the queue"), s: gettext("Go to the storyboards") };
  const search = () => {
    const field = $("main input[type=search]");
    if (!field) { $("[data-search]")?.click(); return; }
    field.focus();
    field.select();
  };
  if ($("#keys")) {
    add(EVERYWHERE, "/", gettext("Search"), search);
    for (const [letter, words] of Object.entries(places)) add(EVERYWHERE, `g ${letter}`, words, () => $(`[data-go="${letter}"]`)?.click());
    add(EVERYWHERE, "Escape", gettext("Leave a field, to use the keys"));
    add(EVERYWHERE, "?", gettext("Show this list"), show);
  }
  if (location.hash === "#search") search();

  return { add, show };
})();
