/* Being told of one's own clips: politely to screen readers, and when asked for in the tab's title
   and on the desktop. The browser keeps what was asked for. */
"use strict";
{
  const TOLD_KEY = "dailies.told";
  const MOST_TOLD = 200;
  const wishes = { title: "dailies.tell-title", desktop: "dailies.tell-desktop" };
  const wants = (name) => localStorage.getItem(wishes[name]) === "yes";
  const canNotify = () => "Notification" in window && window.isSecureContext;
  const notifies = () => wants("desktop") && canNotify() && Notification.permission === "granted";
  const plainTitle = document.title;
  const ended = () => $$("#live [data-ended]");
  const HEARD_KEY = "dailies.heard";
  let heard = JSON.parse(sessionStorage.getItem(HEARD_KEY) || "null");
  let unseen = 0;

  live.wantsNewsHidden = () => notifies() || wants("title");

  /* -- Said once, to whoever listens --------------------------------------------------------- */
  const sayReady = (count) => say(interpolate(ngettext("%(count)s clip ready", "%(count)s clips ready", count), { count }, true));
  const MONEY = { unconfirmed: gettext("A clip of yours may have been charged without an answer. The queue says what to do."), asks: gettext("A clip of yours asks you something. It stands in the queue.") };

  function hear() {
    // What had ended before this tab was opened is no news.
    const fresh = heard ? ended().filter((item) => !heard.includes(item.dataset.ended)) : [];
    heard = [...(heard || []), ...(heard ? fresh : ended()).map((item) => item.dataset.ended)].slice(-MOST_TOLD);
    sessionStorage.setItem(HEARD_KEY, JSON.stringify(heard));
    const ready = fresh.filter((item) => item.dataset.state === "ready").length;
    if (ready) sayReady(ready);
    for (const state of ["unconfirmed", "asks"]) if (fresh.some((item) => item.dataset.state === state)) warn(MONEY[state]);
    if (document.hidden) unseen += ready;
    if (notifies()) notify();
    title();
  }

  /* -- On the desktop: each once, whichever tab hears of it first ---------------------------- */
  const WORDS = { ready: gettext("Ready"), failed: gettext("Failed"), expired: gettext("Made, but its link ended"), unconfirmed: gettext("May have been charged"), asks: gettext("Asks you something") };
  const told = () => JSON.parse(localStorage.getItem(TOLD_KEY) || "null");
  const keep = (keys) => localStorage.setItem(TOLD_KEY, JSON.stringify(keys.slice(-MOST_TOLD)));

  function notify() {
    const before = told() || [];
    const fresh = ended().filter((item) => !before.includes(item.dataset.ended));
    if (!fresh.length) return;
    keep([...before, ...fresh.map((item) => item.dataset.ended)]);
    for (const item of fresh) {
      const notice = new Notification(WORDS[item.dataset.state] || WORDS.ready, { body: item.textContent, tag: item.dataset.ended });
      notice.addEventListener("click", () => { window.focus(); location.href = item.dataset.href; });
    }
  }

  /* -- In the title: clips that got ready unseen, else how many of mine are under way -------- */
  function title() {
    const mine = Number($("#live")?.dataset.mine || 0);
    const ready = interpolate(ngettext("● %(count)s ready", "● %(count)s ready", unseen), { count: unseen }, true);
    const badge = !wants("title") ? "" : unseen ? `${ready} · ` : mine ? `(${mine}) ` : "";
    document.title = badge + plainTitle;
  }

  /* -- The switches -------------------------------------------------------------------------- */
  function why() {
    if (!canNotify()) return gettext("Your browser shows notifications only over https, or on the studio's own machine.");
    return Notification.permission === "denied" ? gettext("Your browser was told to show no notifications of this studio. Its settings for this page change that.") : "";
  }
  function show() {
    const [menu, reason] = [$("#tell"), $("#tell-why")];
    if (!menu) return;
    menu.hidden = false;
    $("#tell-title").checked = wants("title");
    $("#tell-desktop").checked = notifies();
    $("#tell-desktop").disabled = Boolean(why());
    reason.hidden = !why();
    reason.textContent = why();
  }
  document.addEventListener("change", async (event) => {
    const name = { "tell-title": "title", "tell-desktop": "desktop" }[event.target.id];
    if (!name) return;
    let isWanted = event.target.checked;
    if (isWanted && name === "desktop") isWanted = (await Notification.requestPermission()) === "granted";
    localStorage.setItem(wishes[name], isWanted ? "yes" : "no");
    if (isWanted && name === "desktop") keep(ended().map((item) => item.dataset.ended));
    show();
    title();
  });

  document.addEventListener("visibilitychange", () => { if (!document.hidden) { unseen = 0; title(); } });
  window.addEventListener("storage", () => { show(); title(); });
  document.addEventListener("live:news", hear);
  show();
  // A page that polls for itself knows the news already; the others ask for them in a moment.
  if ($("main [data-live]")) hear();
  else title();
}
