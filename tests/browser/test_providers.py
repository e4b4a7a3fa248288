"""A manager who adds an account, tests it, pauses it and lets it go on; a creator who is told."""

from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.browser.steps import choose
from tests.live import PASSWORD

NAME = "Second getimg"
PEOPLE = f"""
from django.contrib.auth.models import User
from studio.models import Member
for name, role in (("manja", "manager"), ("carl", "creator")):
    user = User.objects.create_user(name, password="{PASSWORD}", is_staff=role == "manager")
    Member.objects.create(user=user, role=role)
"""
TIDY = f"""
from studio.models import Provider
Provider.objects.filter(name="{NAME}").update(is_enabled=False, paused_at=None, health="unknown")
"""


@pytest.fixture
def sign_in(studio, chromium: Browser) -> Iterator:
    """Pages of two members, each in a window of their own."""
    studio.ask(PEOPLE)
    opened: list[BrowserContext] = []

    def page_of(name: str) -> Page:
        opened.append(chromium.new_context(base_url=studio.url))
        page = opened[-1].new_page()
        page.goto("/login/")
        page.fill("#id_username", name)
        page.fill("#id_password", PASSWORD)
        page.click("main .button--primary")
        page.wait_for_selector("#prompt")
        return page

    yield page_of
    for context in opened:
        context.close()
    studio.ask(TIDY)


def faults_of(page: Page) -> list[str]:
    found = Axe().run(page).response["violations"]
    return [each["id"] for each in found if each["impact"] in {"serious", "critical"}]


def test_a_manager_adds_tests_and_pauses_and_a_creator_sees_it(studio, session_state, sign_in):
    page = sign_in("manja")
    page.click("nav >> text=Providers")
    page.click("text=Add a provider")
    page.click("main a:has-text('getimg.ai')")
    assert faults_of(page) == []
    page.fill("#id_account-name", NAME)
    page.fill("#id_account-new_key", "sk_a_second_key_1234567")
    page.click("text=Another address")
    page.fill("#id_account-base_url", f"http://127.0.0.1:{studio.demo_port}/getimg")
    page.click("button:has-text('Save and test')")
    expect(page.locator(".toast", has_text=f"{NAME} answers. Balance: $")).to_be_visible()
    expect(page.locator(".provider-now")).to_contain_text("••••4567")
    assert "sk_a_second" not in page.content()
    page.fill("#id_account-name", "Not saved yet")
    page.click(".provider-now >> text=Test connection")
    expect(page.locator("#tested")).to_contain_text("Testing costs nothing.")
    expect(page.locator("#id_account-name")).to_have_value("Not saved yet")
    assert faults_of(page) == []
    page.click("text=Pause…")
    page.fill("[name=reason]", "the card is being changed")
    page.click("text=Pause it")
    told = "Paused by manja: the card is being changed"
    expect(page.locator(".provider-health")).to_contain_text(told)

    creators = sign_in("carl")
    choose(creators, NAME, "Seedance 1.5 Pro")
    expect(creators.locator("main")).to_contain_text(told)
    page.click("text=Try again")
    page.goto("/providers/")
    expect(page.locator(".provider-card", has_text=NAME)).not_to_contain_text("Paused")
    page.set_viewport_size({"width": 320, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    creators.reload()
    expect(creators.locator("main")).not_to_contain_text(told)
