"""What a newcomer does, in a real browser against the real studio."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.steps import DROP, PASTE, SEEDANCE, choose, generate, packed, until, watch


def test_a_first_clip_from_words_alone_plays_and_seeks(page):
    page.goto("/")
    choose(page, *SEEDANCE)
    generate(page, "Balloons over a canyon at first light")
    watch(page, "Balloons over a canyon")
    length_s = until(page, "document.querySelector('#video').duration || 0")
    assert length_s == pytest.approx(5, abs=0.2)
    page.evaluate("document.querySelector('#video').currentTime = 3.2")
    until(page, "!document.querySelector('#video').seeking")
    assert page.evaluate("document.querySelector('#video').readyState") >= 2
    page.evaluate("document.querySelector('#video').muted = true")
    page.evaluate("document.querySelector('#video').play()")
    until(page, "document.querySelector('#video').currentTime > 3.6")


def test_first_and_last_frame_by_drag_and_drop(page, frames):
    page.goto("/")
    choose(page, "Dafty (demo)", "Dafty")
    for role, path in zip(("first_frame", "last_frame"), frames, strict=True):
        page.locator(f'[data-role="{role}"]').evaluate(DROP, packed(path))
        expect(page.locator(f'[data-role="{role}"] [data-picture]')).to_have_count(1)
    expect(page.locator("#aspect_ratio option", has_text="21:9")).to_be_attached()
    generate(page, "From the line to the ring")
    watch(page, "From the line to the ring")
    expect(page.locator(".made-from img")).to_have_count(2)


def test_a_pasted_picture_goes_into_the_first_empty_well(page, frames):
    page.goto("/")
    page.evaluate(PASTE, packed(frames[0]))
    expect(page.locator('[data-role="first_frame"] [data-picture]')).to_have_count(1)
    page.evaluate(PASTE, packed(frames[1]))
    expect(page.locator('[data-role="last_frame"] [data-picture]')).to_have_count(1)


def test_frames_are_swapped_and_removed(page, frames):
    page.goto("/")
    page.set_input_files('input[name="first_frame_file"]', frames[0])
    picture = page.locator('[data-role="first_frame"] [data-picture]')
    expect(picture).to_have_count(1)
    page.click("[data-swap]")
    expect(page.locator('[data-role="last_frame"] input[name="last_frame"]')).to_have_count(1)
    page.click("[data-remove]")
    expect(page.locator("[data-picture]")).to_have_count(0)


def test_a_file_that_is_no_picture_is_refused_in_its_well_and_the_prompt_stays(page, tmp_path):
    page.goto("/")
    page.fill("#prompt", "Mist over a lake")
    fake = tmp_path / "fake.png"
    fake.write_text("<html>")
    page.set_input_files('input[name="first_frame_file"]', fake)
    expect(page.locator('[data-role="first_frame"] [data-error]')).to_contain_text("PNG or WebP")
    expect(page.locator("#prompt")).to_have_value("Mist over a lake")


def test_the_settings_follow_the_model(page):
    page.goto("/")
    choose(page, "indoxhub (demo)", "Nova Reel")
    expect(page.locator("text=None from this model")).to_be_visible()
    choose(page, *SEEDANCE)
    expect(page.locator("#sound")).to_be_visible()


def test_the_cost_follows_the_takes(page):
    page.goto("/")
    choose(page, "indoxhub (demo)", "Nova Reel")
    expect(page.locator("#cost")).to_contain_text("About $0.48")
    page.click("[aria-label='One take more']")
    expect(page.locator("#cost")).to_contain_text("About $0.96")
    expect(page.locator("button:has-text('Generate 2 takes')")).to_be_visible()


def test_a_missing_frame_is_told_with_nothing_lost(page):
    page.goto("/")
    choose(page, "imgix (demo)", "Veo 3")
    page.fill("#prompt", "Walking towards the house")
    page.click("button:has-text('Generate')")
    expect(page.locator("#problems")).to_contain_text("Nothing was sent.")
    expect(page.locator("#problems")).to_contain_text("needs a first frame")
    expect(page.locator("#prompt")).to_have_value("Walking towards the house")


def test_ctrl_enter_sends(page):
    page.goto("/")
    choose(page, *SEEDANCE)
    page.fill("#prompt", "A road at night")
    page.keyboard.press("Control+Enter")
    expect(page.locator(".toast--success")).to_be_visible()


def test_the_pages_work_without_script(studio, chromium, session_state, frames):
    context = chromium.new_context(
        base_url=studio.url, storage_state=session_state, java_script_enabled=False
    )
    page = context.new_page()
    page.goto("/")
    page.fill("#prompt", "Plain and simple")
    page.set_input_files('input[name="first_frame_file"]', frames[0])
    page.click("button:has-text('Generate')")
    expect(page.locator(".toast--success")).to_be_visible()
    expect(page.locator("[data-picture]")).to_have_count(1)
    context.close()


def test_a_clip_can_be_remixed_extended_and_taken_away(page):
    page.goto("/")
    choose(page, *SEEDANCE)
    generate(page, "A comet over the sea")
    watch(page, "A comet over the sea")
    with page.expect_download() as download:
        page.click(".button[download]")
    assert re.fullmatch(r"dailies-\d+-a-comet-over-the-sea\.mp4", download.value.suggested_filename)
    clip = page.url
    page.click("text=Remix")
    expect(page.locator("#prompt")).to_have_value("A comet over the sea")
    page.goto(clip)
    extend = page.locator("text=Extend from last frame")
    for _ in range(40):
        if extend.count():
            break
        page.wait_for_timeout(500)
        page.reload()
    extend.click()
    expect(page.locator('[data-role="first_frame"] [data-picture]')).to_have_count(1)


def test_the_player_steps_frame_by_frame(page):
    page.goto("/gallery/")
    page.locator(".tile").first.click()
    until(page, "document.querySelector('#video').readyState >= 1")
    page.keyboard.press(".")
    page.keyboard.press(".")
    expect(page.locator("[data-frame]")).to_contain_text("frame 3 of")


def test_the_theme_is_kept(page):
    page.emulate_media(color_scheme="dark")
    page.goto("/queue/")
    with page.expect_response("**/theme/"):
        page.click(".sidebar [aria-label='Use the light theme']")
    expect(page.locator("html")).to_have_attribute("data-theme", "light")
    page.goto("/gallery/")
    expect(page.locator("html")).to_have_attribute("data-theme", "light")


@pytest.mark.parametrize("name", ["job", "asset", "provider", "provider/add"])
def test_the_admin_obeys_the_same_strict_policy(page, name):
    page.goto(f"/admin/studio/{name}/")
    expect(page.locator("#content")).to_be_visible()
