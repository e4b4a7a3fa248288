"""What people see of clips under way, in a real browser: nothing stands still, nothing jumps."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.steps import SEEDANCE, choose, generate

SLOW_S = 120


@pytest.fixture
def slow(studio):
    """Clips take long, as they do at real providers."""
    usual_s = studio.demo("GET", "settings")["generating_s"]
    studio.demo("PUT", "settings", {"generating_s": SLOW_S})
    yield
    studio.demo("PUT", "settings", {"generating_s": usual_s})


@pytest.fixture
def row(page, slow):
    """The row of a clip that is being made at an API that cannot cancel."""
    page.goto("/")
    choose(page, *SEEDANCE)
    generate(page, "A long wait")
    page.goto("/queue/")
    row = page.locator(".row", has_text="A long wait").first
    expect(row.locator("[data-so-far]")).to_be_visible(timeout=20_000)
    yield row
    page.goto("/queue/")
    row.locator("text=Stop following").click()
    page.click("main button:has-text('Stop following')")


def test_the_seconds_count_on_and_the_keyboard_stays_while_news_come(row, page):
    row.get_by_role("button", name="Stop following").focus()
    before = row.locator("[data-so-far]").text_content()
    other = page.context.new_page()
    other.goto("/")
    choose(other, *SEEDANCE)
    generate(other, "News from elsewhere")
    expect(page.locator(".row", has_text="News from elsewhere").first).to_be_visible()
    expect(row.locator("[data-so-far]")).not_to_have_text(before)
    expect(row.get_by_role("button", name="Stop following")).to_be_focused()


def test_a_clip_is_let_go_after_a_second_thought_and_taken_up_again(row, page):
    row.locator("text=Stop following").click()
    expect(page.locator("main")).to_contain_text("will most likely be charged")
    expect(page.locator("text=Keep following")).to_be_focused()
    page.click("main button:has-text('Stop following')")
    expect(page.locator(".toast--success")).to_contain_text("No longer followed")
    row.locator("text=Follow again").click()
    expect(row.locator("text=/Waiting|Generating/")).to_be_visible()


def test_a_busy_queue_fits_a_small_screen(row, page):
    page.set_viewport_size({"width": 320, "height": 640})
    expect(row.locator("[data-so-far]")).to_have_text(re.compile(r"^\d+:\d\d$"))
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
