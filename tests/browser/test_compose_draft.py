"""Nothing that is written or given is lost: reload, a lost line, a session that ends, a remix."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.steps import DROP, SEEDANCE, choose, generate, packed
from tests.live import PASSWORD


@pytest.fixture
def composing(page: Page) -> Page:
    page.goto("/")
    choose(page, *SEEDANCE)
    return page


def sign_in(page: Page) -> None:
    page.fill("#id_username", "mara")
    page.fill("#id_password", PASSWORD)
    page.click("main button:has-text('Sign in')")
    page.wait_for_selector("#prompt")


def test_a_reload_keeps_the_draft(composing, frames):
    page = composing
    page.fill("#prompt", "Half a thought")
    page.locator('[data-role="first_frame"]').evaluate(DROP, packed(frames[0]))
    expect(page.locator("[data-picture]")).to_have_count(1)
    page.click("[aria-label='One take more']")
    expect(page.locator("#saved")).to_have_text("Saved")
    page.reload()
    expect(page.locator("#prompt")).to_have_value("Half a thought")
    expect(page.locator('[data-role="first_frame"] [data-picture]')).to_have_count(1)
    expect(page.locator("#takes")).to_have_value("2")


def test_a_reload_at_once_keeps_the_draft_too(composing):
    page = composing
    page.fill("#prompt", "Typed a moment ago")
    page.reload()
    expect(page.locator("#prompt")).to_have_value("Typed a moment ago")


def test_what_is_written_without_a_line_is_kept_once_it_is_back(composing):
    page = composing
    page.context.set_offline(True)
    page.fill("#prompt", "Written in a tunnel")
    expect(page.locator("#saved")).to_have_text("Not saved yet: no connection")
    page.click("button:has-text('Generate')")
    expect(page.locator(".toast--warning")).to_contain_text("Nothing was sent")
    expect(page.locator("#prompt")).to_have_value("Written in a tunnel")
    page.context.set_offline(False)
    expect(page.locator("#saved")).to_have_text("Saved", timeout=10_000)
    page.click("button:has-text('Generate')")
    expect(page.locator(".toast--success")).to_be_visible()


def test_a_session_that_ends_while_one_writes_loses_and_sends_nothing(composing, frames):
    page = composing
    page.fill("#prompt", "Written while the session ended")
    page.locator('[data-role="last_frame"]').evaluate(DROP, packed(frames[1]))
    page.locator('[data-role="first_frame"]').evaluate(DROP, packed(frames[0]))
    expect(page.locator("[data-picture]")).to_have_count(2)
    expect(page.locator("#saved")).to_have_text("Saved")
    page.context.clear_cookies(name="sessionid")
    page.fill("#prompt", "Written after the session ended")
    page.click("button:has-text('Generate')")
    page.wait_for_url(re.compile("/login/"))
    sign_in(page)
    expect(page.locator(".toast--warning")).to_contain_text("nothing was sent")
    expect(page.locator("#prompt")).to_have_value("Written after the session ended")
    for role in ("first_frame", "last_frame"):
        expect(page.locator(f'[data-role="{role}"] [data-picture]')).to_have_count(1)
    page.click("button:has-text('Generate')")
    expect(page.locator(".toast--success")).to_be_visible()
    page.goto("/queue/")
    expect(page.locator(".row", has_text="Written after the session ended")).to_have_count(1)


def test_an_earlier_draft_is_brought_back_after_a_remix(composing):
    page = composing
    generate(page, "A comet to remix")
    page.fill("#prompt", "Half a thought")
    expect(page.locator("#saved")).to_have_text("Saved")
    page.goto("/queue/")
    number = page.locator(".row", has_text="A comet to remix").first.get_attribute("id")
    page.goto("/")
    page.fill("#prompt", "Half a thought, typed a moment ago")
    page.goto(f"/?remix={number.removeprefix('job-')}")
    expect(page.locator("#prompt")).to_have_value("A comet to remix")
    expect(page.locator("[data-source]")).to_contain_text("Remix of")
    page.fill("#prompt", "A comet, remixed")
    page.reload()
    expect(page.locator("#prompt")).to_have_value("A comet, remixed")
    page.click("text=Bring back your earlier draft")
    expect(page.locator("#prompt")).to_have_value("Half a thought, typed a moment ago")


def test_a_press_that_is_repeated_from_the_history_is_one_press(composing):
    page = composing
    generate(page, "Pressed and gone back")
    page.goto("/queue/")
    page.go_back()
    expect(page.locator("#prompt")).to_have_value("Pressed and gone back")
    expect(page.locator("#problems")).to_have_count(0)


def test_enter_in_a_small_field_spends_nothing(composing):
    page = composing
    page.fill("#prompt", "Not sent by Enter")
    page.locator("#takes").press("Enter")
    page.wait_for_timeout(400)
    assert page.url.endswith("/")
    expect(page.locator(".toast--success")).to_have_count(0)
    expect(page.locator("#prompt")).to_have_value("Not sent by Enter")


def test_a_preset_keeps_the_form_under_a_name(composing):
    page = composing
    page.fill("#prompt", "Slow dolly, soft haze")
    page.click("[data-opens=presets]")
    page.fill("#preset-name", "Soft haze")
    page.click("[data-preset-save]")
    expect(page.locator("#presets")).to_contain_text("Saved as “Soft haze”")
    page.keyboard.press("Escape")
    page.fill("#prompt", "Something else")
    expect(page.locator("#saved")).to_have_text("Saved")
    page.click("[data-opens=presets]")
    page.click("#presets a:has-text('Soft haze')")
    expect(page.locator("#prompt")).to_have_value("Slow dolly, soft haze")
    page.click("[data-opens=presets]")
    mine = page.locator("#presets li", has_text="Soft haze")
    mine.locator("summary:has-text('Change')").click()
    mine.locator("summary:has-text('Delete')").click()
    mine.locator("text=Delete the preset").click()
    expect(mine).to_have_count(0)


def test_a_recent_prompt_fills_the_words_alone(composing):
    page = composing
    generate(page, "A lighthouse in a storm")
    page.fill("#prompt", "")
    page.click("[aria-label='One take more']")
    page.click("[data-opens=recent]")
    page.fill("#recent-search", "lighthouse")
    page.click("#recent a:has-text('A lighthouse in a storm')")
    expect(page.locator("#prompt")).to_have_value("A lighthouse in a storm")
    expect(page.locator("#takes")).to_have_value("2")
    expect(page.locator("#prompt")).to_be_focused()
