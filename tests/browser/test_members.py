"""A team comes together: an invitation by link, a viewer who cannot spend, another role, an account
that is switched off, and guessing that is stopped."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from tests.live import PASSWORD

PAGES = ("/gallery/", "/queue/", "/history/", "/boards/", "/compare/")
BOARD = """
from django.contrib.auth.models import User
from studio.services import boards
print(boards.create("For all to see", User.objects.get(username="mara")).pk)
"""


@pytest.fixture
def newcomer(studio, chromium, session_state):
    """Somebody else's browser."""
    context = chromium.new_context(
        base_url=studio.url, viewport={"width": 1440, "height": 900}, reduced_motion="reduce"
    )
    page = context.new_page()
    faults = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    yield page
    context.close()
    assert faults == []


def test_a_viewer_is_invited_watches_and_is_made_a_creator(page, newcomer, studio):
    board = studio.ask(BOARD).strip()
    page.goto("/members/")
    page.fill("#id_note", "Noor")
    page.select_option("#id_role", "viewer")
    page.click("text=Make a link")
    newcomer.goto(page.input_value("#link"))
    newcomer.fill("#id_username", "noor")
    newcomer.fill("#id_password1", PASSWORD)
    newcomer.fill("#id_password2", PASSWORD)
    newcomer.click("text=Create my account")
    newcomer.wait_for_url("**/gallery/")
    for path in (*PAGES, f"/boards/{board}/"):
        newcomer.goto(path)
        expect(newcomer.locator("#nav")).not_to_contain_text("Compose")
    newcomer.goto(f"/boards/{board}/")
    expect(newcomer.locator("#first-missing")).to_be_disabled()
    refused = newcomer.request.post("/queue/do/", form={"do": "cancel", "job": "1"})
    assert refused.status == 403
    page.goto("/members/")
    row = page.locator(".members-row", has_text="noor")
    row.locator("select").select_option("creator")
    row.locator("text=Change").click()
    expect(page.locator(".toast")).to_contain_text("noor is now: Creator.")
    newcomer.goto("/")
    expect(newcomer.locator("#prompt")).to_be_visible()
    row.locator("text=Switch off").click()
    expect(row).to_contain_text("Switched off")
    newcomer.goto("/gallery/")
    newcomer.wait_for_url("**/login/**")


def test_guessing_rests_after_five_tries_and_says_so(newcomer):
    for number in range(5):
        newcomer.goto("/login/")
        newcomer.fill("#id_username", "nobody-there")
        newcomer.fill("#id_password", f"guess {number}")
        newcomer.click("main .button--primary")
    expect(newcomer.locator("h1")).to_have_text("Too many tries")


@pytest.mark.parametrize("theme", ["dark", "light"])
def test_the_members_page_shuts_nobody_out(page, theme):
    page.emulate_media(color_scheme=theme)
    page.goto("/members/")
    found = Axe().run(page).response["violations"]
    serious = [v for v in found if v["impact"] in {"serious", "critical"}]
    assert [(v["id"], [n["target"] for n in v["nodes"]][:3]) for v in serious] == []
    page.set_viewport_size({"width": 320, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
