/* The clip page around the player: stars, tags and collections without leaving it, the clips on both
   sides, and sharing. */
"use strict";
{
  /* -- Stars, tags, collections: the answer is the page anew, of which the parts are taken --------- */
  async function act(form, button) {
    const body = new FormData(form, button);
    // A field may be called "action", too.
    const address = form.getAttribute("action");
    const held = button?.id;
    overtakeNews();
    try {
      const reply = await fetch(address, { method: "POST", body });
      if (isSignedOut(reply)) { signedOut(true); return; }
      if (!reply.ok) throw new Error(String(reply.status));
      const html = await reply.text();
      // What was typed has been said; it is not to go along into the new part.
      form.reset();
      renewFrom(html);
      const fresh = new DOMParser().parseFromString(html, "text/html");
      for (const toast of $$("#toasts > .toast", fresh)) $("#toasts").append(toast);
      if (held) document.getElementById(held)?.focus({ preventScroll: true });
    } catch {
      warn(gettext("The studio did not answer. Look whether the change is there before you try it again."));
    }
  }
  document.addEventListener("submit", (event) => {
    if (!("quick" in event.target.dataset) || event.defaultPrevented) return;
    event.preventDefault();
    act(event.target, event.submitter);
  });

  /* -- The clips on both sides: by key, and fetched ahead once somebody looks their way ------------ */
  const go = (rel) => () => {
    const link = $(`.clip-head a[rel="${rel}"]`);
    if (!link) return false;
    link.click();
    return true;
  };
  const CLIP = gettext("Clip");
  keys.add(CLIP, "ArrowLeft", gettext("Previous clip"), go("prev"));
  keys.add(CLIP, "ArrowRight", gettext("Next clip"), go("next"));
  keys.add(CLIP, "s", gettext("Favourite"), () => $("#clip-star-button")?.click());

  const ahead = new Set();
  function fetchAhead(link) {
    if (!link || ahead.has(link.href) || navigator.connection?.saveData) return;
    ahead.add(link.href);
    document.head.append(Object.assign(document.createElement("link"), { rel: "prefetch", href: link.href }));
  }
  for (const name of ["pointerover", "focusin", "touchstart"]) {
    document.addEventListener(name, (event) => fetchAhead(event.target.closest?.("[data-near]")), { passive: true });
  }
  // Who came here by an arrow will most likely take it again.
  const cameFrom = document.referrer && new URL(document.referrer).pathname;
  const back = $("[data-near][rel=prev]");
  if (cameFrom && back && new URL(back.href).pathname === cameFrom) fetchAhead($("[data-near][rel=next]"));

  /* -- Sharing: the system's own way on phones, else the link is copied ----------------------------- */
  function tell(words) {
    const toast = $("#toast").content.cloneNode(true).firstElementChild;
    toast.className = "toast toast--success";
    toast.removeAttribute("role");
    const icon = $("use", toast);
    icon.setAttribute("href", icon.getAttribute("href").replace(/#.*/, "#i-circle-check"));
    $("p", toast).textContent = words;
    $("#toasts").append(toast);
  }
  const share = $("[data-share]");
  if (share) {
    share.hidden = false;
    share.addEventListener("click", async () => {
      const address = new URL(share.dataset.share, location.href).href;
      const byHand = matchMedia("(pointer: coarse)").matches && navigator.share;
      if (byHand) { navigator.share({ url: address, title: document.title }).catch(() => {}); return; }
      if (await copyText(address)) tell(gettext("The link to this clip is copied."));
      else warn(interpolate(gettext("The link could not be copied. It is %(address)s"), { address }, true));
    });
  }
}
