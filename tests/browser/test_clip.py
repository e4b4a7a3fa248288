"""Watching a clip, taking it apart and going on from it."""

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from tests.browser.conftest import empty_the_form
from tests.browser.steps import SEEDANCE, choose, generate, until, watch

NOW = "document.querySelector('#video').currentTime"


@pytest.fixture(scope="module")
def clip(studio, chromium, session_state):
    """The address of a clip that every test here may look at."""
    context = chromium.new_context(base_url=studio.url, storage_state=session_state)
    page = context.new_page()
    empty_the_form(studio)
    make(page, "A lighthouse in the rain")
    address = page.url
    wait_for_companions(page)
    context.close()
    return address


def make(page, prompt):
    """Make a clip with this prompt and open it."""
    page.goto("/")
    choose(page, *SEEDANCE)
    generate(page, prompt)
    watch(page, prompt)


def wait_for_companions(page):
    for _ in range(60):
        if page.locator(".strip-pictures").count():
            return
        page.wait_for_timeout(500)
        page.reload()
    raise AssertionError("the clip has no filmstrip")


def at_rest(page):
    until(page, "document.querySelector('#video').readyState >= 2")
    until(page, "!document.querySelector('#video').seeking")


def test_frames_are_stepped_exactly_one_by_one(page, clip):
    page.goto(clip)
    at_rest(page)
    fps = float(page.locator("[data-player]").get_attribute("data-fps"))
    for number in (2, 3, 4, 5):
        page.keyboard.press(".")
        at_rest(page)
        assert page.evaluate(NOW) == pytest.approx((number - 0.5) / fps, abs=0.002)
        expect(page.locator("[data-frame]")).to_have_text(re.compile(f"frame {number} of"))
    page.keyboard.press(",")
    expect(page.locator("[data-frame]")).to_have_text(re.compile("frame 4 of"))


def test_the_filmstrip_is_a_slider_for_the_mouse_and_for_keys(page, clip):
    page.goto(clip)
    at_rest(page)
    slider = page.get_by_role("slider", name="Position")
    box = slider.bounding_box()
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + 10)
    at_rest(page)
    length_s = page.evaluate("document.querySelector('#video').duration")
    assert page.evaluate(NOW) == pytest.approx(length_s / 2, abs=0.15)
    slider.focus()
    page.keyboard.press("Home")
    until(page, f"{NOW} < 0.05")
    page.keyboard.press("ArrowRight")
    expect(slider).to_have_attribute("aria-valuetext", re.compile("frame 2 of"))


def test_space_plays_and_loop_speed_and_sound_are_remembered(page, clip):
    page.goto(clip)
    at_rest(page)
    page.evaluate("document.querySelector('#video').muted = true")
    page.keyboard.press(" ")
    until(page, f"{NOW} > 0.3")
    page.keyboard.press("k")
    expect(page.get_by_role("button", name="Play", exact=True)).to_be_visible()
    page.click("[data-do=loop]")
    page.select_option("[data-speed]", "0.5")
    page.reload()
    expect(page.locator("[data-do=loop]")).to_have_attribute("aria-pressed", "false")
    assert page.evaluate("document.querySelector('#video').playbackRate") == 0.5
    page.evaluate("localStorage.clear()")


def test_stars_and_tags_change_while_the_clip_plays_on(page, clip):
    page.goto(clip)
    at_rest(page)
    page.evaluate("document.querySelector('#video').muted = true")
    page.keyboard.press(" ")
    page.keyboard.press("s")
    expect(page.locator("#clip-star-button")).to_have_attribute("aria-pressed", "true")
    page.click("#star-4")
    expect(page.locator("#clip-order .is-on")).to_have_count(4)
    page.fill("#new-tag", "night, water")
    page.press("#new-tag", "Enter")
    expect(page.locator("#clip-order .name")).to_have_count(2)
    expect(page.locator("#new-tag")).to_have_value("")
    assert page.evaluate("!document.querySelector('#video').paused")
    page.click("[aria-label='Take the tag night off']")
    expect(page.locator("#clip-order .name")).to_have_count(1)
    page.click("#clip-star-button")
    expect(page.locator("#clip-star-button")).to_have_attribute("aria-pressed", "false")


def test_a_frame_of_a_chosen_second_becomes_the_last_frame(page, clip):
    page.goto(clip)
    at_rest(page)
    page.click("summary:has-text('Use frame as')")
    page.fill("#at-s", "2.5")
    page.press("#at-s", "Tab")
    until(page, f"Math.abs({NOW} - 2.5) < 0.01")
    page.click("button:has-text('Last frame of a new clip')")
    expect(page.locator('[data-role="last_frame"] [data-picture]')).to_have_count(1)


def test_a_clip_is_extended_twice_and_its_versions_show_the_chain(page):
    make(page, "A kite rises")
    wait_for_companions(page)
    first = page.url
    for prompt in ("The kite turns", "The kite comes down"):
        page.click("text=Extend from last frame")
        expect(page.locator('[data-role="first_frame"] [data-picture]')).to_have_count(1)
        generate(page, prompt)
        watch(page, prompt)
        wait_for_companions(page)
    expect(page.locator(".version")).to_have_count(3)
    expect(page.locator("#versions .section-head")).to_contain_text("2 extensions")
    page.goto(first)
    expect(page.locator(".version")).to_have_count(3)
    expect(page.locator(".version", has_text="Extended")).to_have_count(2)
    page.locator(".version").nth(2).click()
    expect(page.locator("h1")).to_contain_text("The kite comes down")
    expect(page.locator(".made-from img")).to_have_count(1)


def test_a_version_under_way_appears_while_the_page_is_open(page, clip, studio):
    page.goto(clip)
    before = page.locator(".version").count()
    job = page.locator("a:has-text('Remix')").first.get_attribute("href")
    other = page.context.new_page()
    other.goto(job)
    other.fill("#prompt", "A lighthouse in the snow")
    other.click("button:has-text('Generate')")
    other.wait_for_selector(".toast--success")
    expect(page.locator(".version")).to_have_count(max(2, before + 1))
    expect(page.locator(".version", has_text="new prompt")).to_be_visible(timeout=60_000)


def test_the_arrows_walk_in_the_view_that_was_shared(page):
    for prompt in ("Walk one", "Something else", "Walk two"):
        page.goto("/")
        choose(page, *SEEDANCE)
        generate(page, prompt)
    watch(page, "Walk two")
    page.goto("/gallery/?q=walk")
    page.locator(".tile a.tile-link").first.click()
    expect(page.locator(".clip-head")).to_contain_text("1 of 2")
    page.keyboard.press("ArrowRight")
    expect(page.locator(".clip-head")).to_contain_text("2 of 2")
    expect(page.locator("h1")).to_contain_text("Walk one")
    page.keyboard.press("ArrowRight")
    expect(page.locator("h1")).to_contain_text("Walk one")
    page.click(".clip-head .back")
    expect(page).to_have_url(re.compile(r"/gallery/\?q=walk#clip-"))


def test_a_clip_is_trashed_and_brought_back(page):
    make(page, "A mistake")
    wait_for_companions(page)
    address = page.url
    page.click(".more-menu summary")
    page.click("button:has-text('Move to trash')")
    expect(page.locator(".toast--success")).to_contain_text("1 clip moved to the trash.")
    page.goto(address)
    expect(page.locator(".note")).to_contain_text("In the trash.")
    expect(page.locator("video")).to_have_count(0)
    page.click("button:has-text('Restore')")
    expect(page.locator("#video")).to_be_visible()


def test_sharing_copies_the_link_to_the_clip(page, clip):
    page.goto(f"{clip}?q=light")
    page.click("[data-share]")
    expect(page.locator(".toast--success")).to_contain_text("is copied")
    assert page.evaluate("navigator.clipboard.readText()") == clip


def test_without_script_the_clip_plays_and_a_frame_can_be_taken(
    studio, chromium, session_state, clip
):
    context = chromium.new_context(
        base_url=studio.url, storage_state=session_state, java_script_enabled=False
    )
    page = context.new_page()
    page.goto(clip)
    expect(page.locator("video[controls]")).to_be_visible()
    expect(page.locator("[data-transport]")).to_be_hidden()
    page.click("summary:has-text('Use frame as')")
    page.fill("#at-s", "1")
    page.click("button:has-text('Reference for a new clip')")
    expect(page.locator("[data-picture]")).not_to_have_count(0)
    context.close()


@pytest.mark.parametrize("theme", ["dark", "light"])
def test_the_clip_page_shuts_nobody_out(page, clip, theme):
    page.emulate_media(color_scheme=theme)
    page.goto(clip)
    at_rest(page)
    found = Axe().run(page).response["violations"]
    serious = [v for v in found if v["impact"] in {"serious", "critical"}]
    assert [(v["id"], [n["target"] for n in v["nodes"]]) for v in serious] == []


@pytest.mark.parametrize("width", [320, 390, 768, 1024, 1440, 3840])
def test_the_clip_page_never_scrolls_sideways(page, clip, width):
    page.set_viewport_size({"width": width, "height": 800})
    page.goto(clip)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
