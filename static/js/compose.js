/* The compose form: takes, keys, what follows the prompt, and the press. The scripts after it share
   `composer` and its helpers. */
"use strict";

const composer = $("#compose");

/* Tells everything that follows the form: the settings, the cost, the draft. */
const formChanged = () => composer?.dispatchEvent(new Event("change", { bubbles: true }));

if (composer) {
  const prompt = $("#prompt");

  /* -- How long the prompt is, and whether its braces are well ------------------------------- */
  const count = $("#prompt-count");
  const tell = () => {
    const [length, most] = [prompt.value.length, Number($("#prompt-max").value)];
    count.textContent = length ? `${length.toLocaleString()} / ${most.toLocaleString()}` : "";
    count.classList.toggle("is-over", length > most);
  };
  prompt.addEventListener("input", tell);
  document.addEventListener("htmx:afterSettle", () => {
    tell();
    prompt.toggleAttribute("aria-invalid", Boolean($("#prompt-error")));
    if ($("#prompt-error")) prompt.setAttribute("aria-invalid", "true");
  });
  tell();
  const wrong = $("[aria-invalid='true']", composer);
  const sheet = $("#sheet");
  if (wrong && sheet.contains(wrong) && getComputedStyle(sheet).display === "none") sheet.showPopover();
  wrong?.focus();

  /* Braces make several prompts: their number and cost follow while one types. */
  let pause = 0;
  const hasBraces = () => /[{}]/.test(prompt.value);
  let hadBraces = hasBraces();
  composer.addEventListener("input", (event) => {
    const counts = event.target === prompt ? hasBraces() || hadBraces : event.target.closest("#variables");
    hadBraces = hasBraces();
    if (!counts) return;
    clearTimeout(pause);
    pause = setTimeout(() => htmx.trigger("#options", "refresh"), 300);
  });

  /* -- What is swapped while one works ------------------------------------------------------- */
  document.addEventListener("htmx:oobBeforeSwap", (event) => {
    const { target, fragment } = event.detail;
    const isKept = (target.id === "variables" && target.dataset.names === $("#variables", fragment)?.dataset.names)
      || (target.id === "prompt-list" && target.contains(document.activeElement) && target.isEqualNode($("#prompt-list", fragment)));
    if (isKept) event.detail.shouldSwap = false;
    const list = $("#every-prompt", target);
    if (list?.open && $("#every-prompt", fragment)) $("#every-prompt", fragment).open = true;
  });

  /* -- Settings that the models lack say why, and stay as they are --------------------------- */
  document.addEventListener("click", (event) => {
    const lacking = event.target.closest("input[aria-disabled='true']");
    if (!lacking) return;
    event.preventDefault();
    say($(`#${CSS.escape(lacking.getAttribute("aria-describedby"))}`)?.textContent || "");
  });

  /* -- Takes, and the seed's face ------------------------------------------------------------ */
  composer.addEventListener("click", (event) => {
    const step = event.target.closest("[data-step]");
    if (step) {
      const takes = $("#takes");
      takes.value = Math.min(Number(takes.max), Math.max(1, Number(takes.value || 1) + Number(step.dataset.step)));
      formChanged();
    }
    if (event.target.closest("[data-forget]")) {
      event.preventDefault();
      event.target.closest("[data-source]").remove();
      formChanged();
    }
  });
  /* What is tucked away opens with its field in focus, and closes when it is left empty. */
  for (const tucked of $$(".tucked", composer)) {
    $("summary", tucked).addEventListener("click", () => setTimeout(() => tucked.open && $("input", tucked).focus()));
    tucked.addEventListener("focusout", (event) => {
      if (!tucked.contains(event.relatedTarget) && !$("input", tucked).value) tucked.open = false;
    });
  }
  $("#seed").addEventListener("input", (event) => {
    const seed = event.target.value.trim();
    $("[data-seed-face]").textContent = seed ? interpolate(gettext("Seed: %(seed)s"), { seed }, true) : gettext("Seed: random");
  });

  /* -- Keys: Ctrl+Enter sends from anywhere in the form; Enter alone spends nothing ----------- */
  keys.add(gettext("Compose"), "Ctrl+Enter", gettext("Generate"));
  const button = () => $(".go .button--primary", composer);
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Enter") return;
    const isInForm = composer.contains(event.target) || event.target === document.body;
    if ((event.ctrlKey || event.metaKey) && isInForm) {
      event.preventDefault();
      $("#picker")?.hidePopover?.();
      composer.requestSubmit(button());
    } else if (event.target.form === composer && event.target.matches("input:not([type=file])") && !event.target.closest("#picker")) {
      event.preventDefault();
      formChanged();
    }
  });

  /* -- The press: only what is kept on the server is sent, so nothing can be lost with it ----- */
  const showBusy = (pressed) => {
    pressed.style.minWidth = `${pressed.offsetWidth}px`;
    pressed.setAttribute("aria-disabled", "true");
    if ($("#verb")) $("#verb").textContent = gettext("Sending…");
  };
  let isSafe = false;
  composer.addEventListener("submit", async (event) => {
    const pressed = event.submitter;
    if (!pressed?.matches("[data-generate], [data-saves]") || event.defaultPrevented) return;
    if (isSafe) { isSafe = false; setTimeout(() => showBusy(pressed)); return; }
    event.preventDefault();
    if (pressed.getAttribute("aria-busy")) return;
    pressed.setAttribute("aria-busy", "true");
    const outcome = await keepDraft();
    pressed.removeAttribute("aria-busy");
    if (outcome === "lost") {
      warn(gettext("No connection. Nothing was sent; your form is kept here. Press again when the line is back."));
      return;
    }
    isSafe = true;
    composer.requestSubmit(pressed);
  });
}
