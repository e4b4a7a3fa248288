"""The queue under a person's hands: what is not sent yet, several at once, and staying live."""

import re
from collections.abc import Callable, Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Locator, Page, expect

from tests.browser.steps import MADE_MS
from tests.live import LiveStudio

STILL, MOVING = "AI.ML (demo)", "getimg.ai (demo)"
NOTICES = """
    window.shown = [];
    class Notice extends EventTarget {
        static permission = "default";
        static requestPermission() { Notice.permission = "granted"; return "granted"; }
        constructor(title, how) { super(); window.shown.push([title, how.body, how.tag]); }
    }
    Object.defineProperty(window, "Notification", {value: Notice});
"""
CLAIM = """
from datetime import timedelta
from django.utils import timezone
from studio.models import Job
mine = Job.objects.filter(prompt=%r)
mine.update(next_look_at=timezone.now() - timedelta(seconds=1))
assert mine.get().claim(for_s=60)
"""
HIDE = (
    """Object.defineProperty(document, "hidden", {get: () => window.isAway, configurable: true})"""
)


@pytest.fixture
def ask(studio: LiveStudio) -> Iterator[Callable[..., None]]:
    """Clips in the queue; at the provider that stands still they stay there."""
    asked: list[str] = []

    def make(prompt: str, provider: str = STILL) -> None:
        asked.append(prompt)
        studio.ask(command=["generate", "--provider", provider, "--prompt", prompt])

    yield make
    code = (
        "from studio.models import Job; Job.objects.filter(state='queued', prompt__in=%r).delete()"
    )
    studio.ask(code % asked)


@pytest.fixture
def still(studio: LiveStudio) -> Iterator[None]:
    """A provider that sends nothing."""
    code = "from studio.models import Provider; p = Provider.objects.get(name=%r); "
    studio.ask(code % STILL + "p.pause('out_of_credit', 'Top up there.')")
    yield
    studio.ask(code % STILL + "p.resume()")


def row(page: Page, prompt: str) -> Locator:
    return page.locator(".row", has_text=prompt).first


def do(page: Page, prompt: str, words: str) -> None:
    """Press an entry of a row's menu, which a toast may lie over."""
    for close in page.locator("#toasts [data-close]").all():
        close.click()
    row(page, prompt).get_by_label("More", exact=True).click()
    row(page, prompt).locator(".menu-list").get_by_text(words, exact=False).first.click()


def order(page: Page, *prompts: str) -> list[str]:
    titles = page.locator(".row .title").all_text_contents()
    return [title for title in titles if title in prompts]


# -- Before it is sent ---------------------------------------------------------------------------


def test_a_clip_is_held_and_let_go_without_leaving_the_page(page, still, ask):
    ask("Held by hand")
    page.goto("/queue/")
    page.evaluate("window.isSamePage = true")
    do(page, "Held by hand", "Hold")
    expect(row(page, "Held by hand").locator(".state")).to_have_text("Held")
    expect(page.locator(".toast--success")).to_contain_text("Held.")
    row(page, "Held by hand").get_by_role("button", name="Let it go on").click()
    expect(row(page, "Held by hand").locator(".state")).to_have_text("Queued")
    assert page.evaluate("window.isSamePage")


def test_a_clip_is_sent_at_another_time_and_a_past_one_is_refused(page, still, ask):
    ask("For another time")
    page.goto("/queue/?mine=1")
    do(page, "For another time", "Send at another time")
    page.fill("#id_at", "2020-01-01T02:00")
    page.click("text=Send it then")
    expect(page.locator(".field-error")).to_contain_text("That time is past.")
    page.fill("#id_at", page.evaluate("new Date(Date.now() + 2e8).toISOString().slice(0, 16)"))
    page.click("text=Send it then")
    expect(page).to_have_url(re.compile(r"/queue/\?mine=1$"))
    expect(row(page, "For another time").locator(".state")).to_have_text("Later")
    row(page, "For another time").get_by_role("button", name="Send now").first.click()
    expect(row(page, "For another time").locator(".state")).to_have_text("Queued")


def test_a_queued_clip_is_edited(page, still, ask):
    ask("Fog over a lake")
    page.goto("/queue/")
    do(page, "Fog over a lake", "Edit")
    page.fill("#id_prompt", "Sun over a lake")
    page.click("text=Save the changes")
    expect(row(page, "Sun over a lake")).to_be_visible()
    row(page, "Sun over a lake").locator(".title").click()
    expect(page.locator(".timeline")).to_contain_text("Edited: prompt")
    do_cancel = page.get_by_role("button", name="Cancel")
    do_cancel.click()
    expect(page.locator(".page-head .state")).to_have_text("Cancelled")


def test_clips_are_moved_by_keyboard_and_the_keyboard_stays(page, still, ask):
    names = ("One of three", "Two of three", "Three of three")
    for name in names:
        ask(name)
    page.goto("/queue/")
    expect(row(page, names[2])).to_contain_text("3rd in your line")
    grip = row(page, names[2]).locator("[data-grip]")
    grip.focus()
    page.keyboard.press("ArrowUp")
    expect(row(page, names[2])).to_contain_text("2nd in your line")
    expect(row(page, names[2]).locator("[data-grip]")).to_be_focused()
    page.keyboard.press("Home")
    expect(row(page, names[0])).to_contain_text("2nd in your line")
    assert order(page, *names) == [names[2], names[0], names[1]]


def test_a_clip_is_dragged_to_its_place(page, still, ask):
    names = ("Dragged along", "Second place", "Third place")
    for name in names:
        ask(name)
    page.goto("/queue/")
    grip = row(page, names[0]).locator("[data-grip]")
    target = row(page, names[2]).bounding_box()
    grip.hover()
    page.mouse.down()
    page.mouse.move(target["x"] + 40, target["y"] + 20, steps=8)
    page.mouse.move(target["x"] + 40, target["y"] + target["height"] - 4, steps=3)
    page.mouse.up()
    expect(row(page, names[0])).to_contain_text("3rd in your line")
    assert order(page, *names) == [names[1], names[2], names[0]]


def test_a_worker_that_was_faster_is_told_and_nothing_is_changed(page, studio, still, ask):
    ask("Faster than me")
    page.goto("/queue/")
    page.route("**/queue/rows/**", lambda route: route.abort())
    studio.ask(CLAIM % "Faster than me")
    do(page, "Faster than me", "Hold")
    expect(page.locator(".toast--error")).to_contain_text("It is being sent at this moment.")


# -- Several at once -----------------------------------------------------------------------------


def test_several_are_cancelled_at_once(page, still, ask):
    names = ("First of many", "Second of many", "Third of many")
    for name in names:
        ask(name)
    page.goto("/queue/")
    expect(page.locator("#bulk")).to_be_hidden()
    row(page, names[0]).locator("[type=checkbox]").check()
    row(page, names[2]).locator("[type=checkbox]").click(modifiers=["Shift"])
    expect(page.locator("#bulk")).to_contain_text("3 chosen")
    page.locator("#bulk").get_by_role("button", name="Cancel").click()
    expect(page.locator(".toast--success")).to_contain_text("3 clips cancelled.")
    expect(page.locator("#bulk")).to_be_hidden()
    for name in names:
        expect(row(page, name).locator(".state")).to_have_text("Cancelled")


def test_what_is_chosen_stays_chosen_while_news_come(page, still, ask):
    ask("Chosen and kept")
    page.goto("/queue/")
    row(page, "Chosen and kept").locator("[type=checkbox]").check()
    ask("News meanwhile")
    expect(row(page, "News meanwhile")).to_be_visible()
    expect(row(page, "Chosen and kept").locator("[type=checkbox]")).to_be_checked()


def test_the_queue_works_without_script(studio, chromium, session_state, still, ask):
    ask("Without script")
    context = chromium.new_context(
        base_url=studio.url, storage_state=session_state, java_script_enabled=False
    )
    page = context.new_page()
    page.goto("/queue/")
    row(page, "Without script").locator("summary").click()
    row(page, "Without script").get_by_role("button", name="Hold").click()
    expect(row(page, "Without script").locator(".state")).to_have_text("Held")
    row(page, "Without script").locator("[type=checkbox]").check()
    page.locator("#bulk").get_by_role("button", name="Cancel").click()
    expect(row(page, "Without script").locator(".state")).to_have_text("Cancelled")
    context.close()


# -- Live ----------------------------------------------------------------------------------------


def test_another_browser_sees_the_same_queue_with_its_pictures(page, studio, chromium, ask):
    ask("Seen by both", MOVING)
    page.goto("/queue/")
    expect(row(page, "Seen by both").locator(".state")).to_have_text("Ready", timeout=MADE_MS)
    expect(row(page, "Seen by both").locator(".thumb img")).to_be_visible(timeout=MADE_MS)
    other = chromium.new_context(base_url=studio.url, storage_state=page.context.storage_state())
    elsewhere = other.new_page()
    elsewhere.goto("/queue/")
    assert elsewhere.locator(".row .title").count() == page.locator(".row .title").count()
    picture = row(elsewhere, "Seen by both").locator(".thumb img")
    assert picture.evaluate("image => image.decode().then(() => image.naturalWidth)") > 0
    other.close()


@pytest.mark.parametrize("address", ["/gallery/", "/history/", "/queue/"])
def test_every_page_asks_one_light_question_at_a_time(page, still, ask, address):
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if "v=" in request.url else None)
    page.goto(address)
    page.wait_for_timeout(6000)
    assert 3 <= len(asked) <= 6
    assert len({url.split("?")[0] for url in asked}) == 1


def test_a_clip_under_way_is_told_on_every_page(page, still, ask):
    page.goto("/gallery/")
    ask("Told everywhere")
    expect(page.locator("#live-running")).to_contain_text("under way", timeout=4000)


def test_a_server_that_comes_back_is_noticed_and_the_clip_gets_ready_by_itself(
    chromium, tmp_path_factory
):
    live = LiveStudio(tmp_path_factory.mktemp("restart") / "data")
    try:
        live.create_owner()
        live.demo("PUT", "settings", {"generating_s": 8})
        context = chromium.new_context(base_url=live.url)
        page = context.new_page()
        page.goto("/login/")
        page.fill("#id_username", "mara")
        page.fill("#id_password", "a long enough one")
        page.click("button:has-text('Sign in')")
        page.wait_for_selector("#nav")
        live.manage("generate", "--provider", MOVING, "--prompt", "Outlives a restart")
        page.goto("/queue/")
        page.evaluate("window.isSamePage = true")
        mark = page.locator(".page-head .live")
        expect(mark).to_have_text("Live")
        expect(row(page, "Outlives a restart").locator(".state")).to_have_text(
            re.compile("Waiting|Generating"), timeout=MADE_MS
        )
        live.stop()
        expect(mark).to_have_text(re.compile(r"Reconnecting, last news \d\d:\d\d"))
        live.start()
        expect(mark).to_have_text("Live", timeout=30_000)
        ready = row(page, "Outlives a restart").locator(".state")
        expect(ready).to_have_text("Ready", timeout=MADE_MS)
        assert page.evaluate("window.isSamePage")
        context.close()
    finally:
        live.stop()


def test_somebody_who_asked_for_it_is_told_on_the_desktop_and_in_the_title(page, ask):
    page.add_init_script(NOTICES)
    page.goto("/queue/")
    page.get_by_label("Tell me when clips are ready").click()
    page.get_by_label("Desktop notification").check()
    page.get_by_label("Count in the tab's title").check()
    ask("Told on the desktop", MOVING)
    expect(page).to_have_title(re.compile(r"^\(\d+\) Queue · Dailies$"))
    page.evaluate(f"window.isAway = true; {HIDE}")
    expect(page).to_have_title(re.compile("^● 1 ready · Queue"), timeout=MADE_MS)
    shown = page.evaluate("window.shown")
    assert [(title, body) for title, body, _tag in shown] == [("Ready", "Told on the desktop")]
    expect(page.locator("#news")).to_have_text("1 clip ready")


@pytest.mark.parametrize("theme", ["dark", "light"])
@pytest.mark.parametrize("place", ["/queue/", "/history/", "job", "edit", "later"])
def test_no_page_of_the_queue_shuts_anyone_out(page, still, ask, place, theme):
    ask("For everyone")
    page.emulate_media(color_scheme=theme)
    page.goto(place if place.startswith("/") else "/queue/")
    if not place.startswith("/"):
        address = row(page, "For everyone").locator(".title").get_attribute("href")
        page.goto(address if place == "job" else f"{address}{place}/")
    for menu in page.locator(".row summary, .page-head summary").all()[:1]:
        menu.click()
    found = Axe().run(page).response["violations"]
    serious = [v for v in found if v["impact"] in {"serious", "critical"}]
    assert [(v["id"], [n["target"] for n in v["nodes"]]) for v in serious] == []


@pytest.mark.parametrize("width", [320, 390, 768, 1440])
def test_no_page_of_the_queue_scrolls_sideways(page, still, ask, width):
    ask("A long name of a clip that has to fit on a narrow screen all the same, somehow or other")
    page.set_viewport_size({"width": width, "height": 800})
    for address in ("/queue/", "/history/"):
        page.goto(address)
        assert page.evaluate("document.documentElement.scrollWidth") <= width
