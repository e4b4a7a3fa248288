"""A clip is kept private, shared with a stranger by a link, and the link is revoked."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from tests.browser.steps import MADE_MS, until

PROMPT = "A quiet harbour nobody else may see"


@pytest.fixture
def stranger(studio, chromium, session_state):
    """Somebody without an account, who follows a link."""
    context = chromium.new_context(base_url=studio.url, viewport={"width": 390, "height": 844})
    page = context.new_page()
    faults = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    yield page
    context.close()
    assert faults == []


def test_a_private_clip_is_shared_by_a_link_until_that_is_revoked(page, stranger):
    page.goto("/")
    page.fill("#prompt", PROMPT)
    page.check("#private")
    page.click("button:has-text('Generate')")
    expect(page.locator(".toast--success")).to_be_visible()
    page.goto("/queue/")
    page.locator(".row", has_text=PROMPT).locator("text=Watch").click(timeout=MADE_MS)
    expect(page.locator(".facts", has_text="mara and managers")).to_be_visible()
    page.click(".more-menu summary")
    page.click("text=Share by link")
    page.check("#id_may_download")
    page.click("main button.button--primary")
    link = page.input_value("#link")
    watch_as(stranger, link)
    page.goto(page.url)
    expect(page.locator(".members-row")).to_contain_text("Opened 1 time")
    page.click(".members-row button")
    expect(page.locator(".toast--success")).to_contain_text("opens nothing any more")
    assert stranger.goto(link).status == 404
    expect(stranger.locator("h1")).to_have_text("This link shows nothing")


def watch_as(stranger, link):
    assert stranger.goto(link).status == 200
    until(stranger, "document.querySelector('video').readyState >= 1")
    stranger.evaluate("document.querySelector('video').play()")
    until(stranger, "document.querySelector('video').currentTime > 0")
    assert PROMPT not in stranger.content()
    assert stranger.evaluate("document.documentElement.scrollWidth") <= 390
    found = Axe().run(stranger).response["violations"]
    assert [each["id"] for each in found if each["impact"] in ("serious", "critical")] == []
    with stranger.expect_download() as download:
        stranger.click("text=Download")
    assert download.value.suggested_filename.startswith("clip-")
    assert stranger.goto("/gallery/").url.endswith("/login/?next=/gallery/")
