"""What must not go wrong under a person's hands: presses, uploads, typed words, the session."""

import pytest
from playwright.sync_api import expect

from tests.browser.steps import MADE_MS, SEEDANCE, choose, generate
from tests.live import PASSWORD

SLOW_PRESS_MS = 600


@pytest.fixture
def composing(page):
    page.goto("/")
    choose(page, *SEEDANCE)
    return page


def test_nothing_is_sent_while_a_picture_is_on_its_way(composing, frames):
    page, held = composing, []
    page.route("**/uploads/images/", lambda route: held.append(route))
    page.fill("#prompt", "Only with this picture")
    page.set_input_files('input[name="first_frame_file"]', frames[0])
    page.click("button:has-text('Generate')")
    expect(page.locator(".toast--warning")).to_contain_text("Nothing was sent")
    held[0].continue_()
    expect(page.locator("[data-picture]")).to_have_count(1)
    page.click("button:has-text('Generate')")
    expect(page.locator(".toast--success")).to_be_visible()
    expect(page.locator("[data-picture]")).to_have_count(1)


def test_a_slow_press_is_not_lost(composing):
    page = composing
    page.locator("#prompt").press_sequentially("Pressed slowly")
    page.locator("#verb").hover()
    page.mouse.down()
    page.wait_for_timeout(SLOW_PRESS_MS)
    page.mouse.up()
    expect(page.locator(".toast--success")).to_be_visible()


def test_the_keyboard_stays_where_it_was_while_the_settings_follow(composing):
    page = composing
    more = page.locator("[aria-label='One take more']")
    more.focus()
    for takes in ("2", "3"):
        with page.expect_response("**/compose/options/**"):
            page.keyboard.press("Enter")
        expect(page.locator("#takes")).to_have_value(takes)
    expect(more).to_be_focused()


def test_no_secret_and_no_prompt_stands_in_an_address(composing):
    page = composing
    page.fill("#prompt", "Not for the log")
    with page.expect_request("**/compose/options/**") as asked:
        page.click("[aria-label='One take more']")
    assert "csrf" not in asked.value.url
    assert "Not+for" not in asked.value.url
    assert "Not%20for" not in asked.value.url


def test_a_lost_session_loses_nothing_and_goes_on_after_signing_in_elsewhere(composing):
    page = composing
    page.fill("#prompt", "Typed before the session ended")
    page.context.clear_cookies()
    expect(page.locator(".toast--warning")).to_contain_text("signed out")
    expect(page.locator("#prompt")).to_have_value("Typed before the session ended")
    expect(page.locator("#id_password")).to_have_count(0)
    other = page.context.new_page()
    other.goto("/login/")
    other.fill("#id_username", "mara")
    other.fill("#id_password", PASSWORD)
    other.click("button:has-text('Sign in')")
    other.wait_for_selector("#prompt")
    page.click("button:has-text('Generate')")
    expect(page.locator(".toast--success")).to_be_visible()


def test_what_is_typed_beside_an_unconfirmed_clip_outlives_the_news(composing, studio):
    page = composing
    fault = {"provider": "getimg", "endpoint": "create", "kind": "reset_after", "times": 1}
    studio.demo("PUT", "faults", fault)
    generate(page, "Perhaps charged")
    page.goto("/queue/")
    remote_id = page.locator("input[name='remote_id']").first
    expect(remote_id).to_be_visible(timeout=MADE_MS)
    remote_id.press_sequentially("req-1")
    other = page.context.new_page()
    other.goto("/")
    choose(other, *SEEDANCE)
    generate(other, "News for the other page")
    expect(page.locator(".row", has_text="News for the other page")).to_be_visible()
    expect(remote_id).to_have_value("req-1")
    expect(remote_id).to_be_focused()


def test_a_well_says_why_the_model_cannot_use_it(composing):
    page = composing
    expect(page.locator("#note-last_frame")).to_have_text("Optional")
    choose(page, "imgix (demo)", "Veo 3")
    expect(page.locator("#note-first_frame")).to_have_text("Needed")
    expect(page.locator("#note-last_frame")).to_contain_text("takes no last frame")


def test_a_member_can_log_out_on_a_small_screen(page):
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto("/")
    page.click(".more > summary")
    expect(page.locator(".more button:has-text('Log out')")).to_be_visible()


def test_the_keys_of_the_player_work_after_a_button_was_pressed(composing):
    page = composing
    page.goto("/gallery/")
    page.locator(".tile").first.click()
    expect(page.locator("[data-frame]")).to_contain_text("frame 1 of")
    page.click("[aria-label='One frame on']")
    page.keyboard.press(".")
    expect(page.locator("[data-frame]")).to_contain_text("frame 3 of")
