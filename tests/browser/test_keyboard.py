"""Everything once, by the keyboard alone; and the keys themselves."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.steps import MADE_MS, until
from tests.live import PASSWORD

MOST_TABS = 120


def tab_to(page: Page, selector: str) -> None:
    """Press Tab until the focus is there."""
    for _ in range(MOST_TABS):
        page.keyboard.press("Tab")
        if page.evaluate("selector => document.activeElement.matches(selector)", selector):
            return
    raise AssertionError(f"{selector} is not on the way of the Tab key")


def press(page: Page, *keys: str) -> None:
    for key in keys:
        page.keyboard.press(key)


MEMBER = f"""
from django.contrib.auth.models import User
from studio.models import Member, Role
User.objects.create_user("kim", password="{PASSWORD}")
Member.objects.create(user=User.objects.get(username="kim"), role=Role.CREATOR)
"""


@pytest.fixture
def stranger(studio, chromium, session_state):
    """A browser in which nobody is signed in, for a member whose form nobody has touched."""
    studio.ask(MEMBER)
    context = chromium.new_context(
        base_url=studio.url, viewport={"width": 1440, "height": 900}, reduced_motion="reduce"
    )
    yield context.new_page()
    context.close()


def test_from_signing_in_to_a_clip_and_through_the_studio(stranger):
    page = stranger
    sign_in_and_ask_for_two_takes(page)
    watch_one_and_mark_it(page)
    compare_the_two(page)
    trash_one_and_bring_it_back(page)


def sign_in_and_ask_for_two_takes(page: Page) -> None:
    page.goto("/login/")
    expect(page.locator("#id_username")).to_be_focused()
    page.keyboard.type("kim")
    press(page, "Tab")
    page.keyboard.type(PASSWORD)
    press(page, "Enter")
    expect(page.locator("#prompt")).to_be_visible()
    tab_to(page, "#prompt")
    page.keyboard.type("Sailing boats, by keys alone")
    tab_to(page, "[aria-label='One take more']")
    press(page, "Enter")
    expect(page.locator("#takes")).to_have_value("2")
    press(page, "Control+Enter")
    expect(page.locator(".toast--success")).to_be_visible()


def watch_one_and_mark_it(page: Page) -> None:
    press(page, "Escape", "g", "q")
    page.wait_for_url("**/queue/")
    row = page.locator(".row", has_text="by keys alone")
    expect(row.locator("text=Watch")).to_have_count(2, timeout=MADE_MS)
    tab_to(page, ".row a[href^='/clips/']")
    press(page, "Enter")
    page.wait_for_url("**/clips/**")
    until(page, "document.querySelector('#video').readyState >= 2")
    press(page, "m", " ")
    until(page, "!document.querySelector('#video').paused")
    press(page, "k")
    press(page, "s")
    expect(page.locator("#clip-star-button")).to_have_attribute("aria-pressed", "true")


def compare_the_two(page: Page) -> None:
    press(page, "g", "g")
    page.wait_for_url("**/gallery/")
    press(page, "ArrowRight", "x", "Shift+ArrowRight")
    expect(page.locator("#picked-count")).to_contain_text("2")
    tab_to(page, "#picked-compare")
    press(page, "Enter")
    page.wait_for_url("**/compare/**")
    press(page, "b")
    expect(page.locator("#compare-B [data-pick]")).to_have_attribute("aria-pressed", "true")


def trash_one_and_bring_it_back(page: Page) -> None:
    press(page, "g", "g")
    page.wait_for_url("**/gallery/")
    press(page, "ArrowRight")
    # One clip by its name: more of them come in below as the focus goes through the page.
    name = page.evaluate("document.activeElement.closest('.tile').id")
    clip = page.locator(f"#{name}:not([hidden])")
    expect(clip).to_have_count(1)
    press(page, "Delete")
    expect(page.locator(".toast--success")).to_be_visible()
    expect(clip).to_have_count(0)
    tab_to(page, ".toast form button")
    press(page, "Enter")
    expect(clip).to_have_count(1)


def test_the_sheet_lists_the_keys_and_no_key_acts_behind_it(page):
    page.goto("/gallery/")
    press(page, "?")
    sheet = page.locator("#keys")
    expect(sheet).to_contain_text("Go to the queue")
    expect(sheet).to_contain_text("Move between clips")
    press(page, "g", "q")
    expect(sheet).to_be_visible()
    press(page, "Escape")
    expect(sheet).to_be_hidden()


def test_a_slash_goes_to_the_search_from_every_page(page):
    page.goto("/queue/")
    press(page, "/")
    page.wait_for_url("**/gallery/#search")
    expect(page.locator("main input[type=search]")).to_be_focused()
    page.keyboard.type("g q")
    expect(page.locator("main input[type=search]")).to_have_value("g q")


def test_letters_can_be_switched_off(page):
    page.goto("/queue/")
    press(page, "?")
    page.locator("#keys [data-on]").uncheck()
    press(page, "Escape", "g", "g")
    page.wait_for_timeout(300)
    assert page.url.endswith("/queue/")
    page.reload()
    press(page, "?")
    expect(page.locator("#keys")).to_be_hidden()
    page.click(".member-menu > summary")
    page.click(".member-menu [data-keys]")
    page.locator("#keys [data-on]").check()


def test_a_menu_opens_and_closes_by_keys_and_gives_the_focus_back(page):
    page.goto("/queue/")
    summary = page.locator(".member-menu > summary")
    summary.focus()
    press(page, "Enter")
    expect(page.locator(".member-menu [data-keys]")).to_be_visible()
    press(page, "Tab", "Escape")
    expect(page.locator(".member-menu [data-keys]")).to_be_hidden()
    expect(summary).to_be_focused()
