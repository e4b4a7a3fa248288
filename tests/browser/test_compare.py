"""Takes side by side, in step, and the best of them picked."""

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from tests.browser.conftest import empty_the_form
from tests.browser.steps import MADE_MS, SEEDANCE, choose, generate, until

TIMES = "[...document.querySelectorAll('video')].map(v => v.currentTime)"
READY = "[...document.querySelectorAll('video')].every(v => v.readyState >= 3)"


@pytest.fixture(scope="module")
def takes(studio, chromium, session_state):
    """The address where three takes of one press are compared."""
    context = chromium.new_context(base_url=studio.url, storage_state=session_state)
    page = context.new_page()
    empty_the_form(studio)
    page.goto("/")
    choose(page, *SEEDANCE)
    page.click("[aria-label='One take more']")
    page.click("[aria-label='One take more']")
    generate(page, "A train crosses a viaduct")
    page.goto("/queue/")
    rows = page.locator(".row", has_text="A train crosses a viaduct")
    for at in range(3):
        expect(rows.nth(at).locator("text=Ready")).to_be_visible(timeout=MADE_MS)
    rows.first.locator("text=Watch").click()
    page.wait_for_selector("#video")
    address = page.locator("text=Compare takes").get_attribute("href")
    context.close()
    return address


def test_three_takes_play_in_step(page, takes):
    page.goto(takes)
    expect(page.locator("h1")).to_have_text("Compare 3 takes")
    until(page, READY)
    page.keyboard.press(" ")
    until(page, f"{TIMES}.every(t => t > 0.8)")
    apart = []
    for _ in range(8):
        times = page.evaluate(TIMES)
        apart.append(max(times) - min(times))
        page.wait_for_timeout(250)
    assert max(apart) < 0.12, apart
    page.keyboard.press(" ")
    until(page, "[...document.querySelectorAll('video')].every(v => v.paused && !v.seeking)")
    times = page.evaluate(TIMES)
    assert max(times) - min(times) < 0.01


def test_one_bar_steps_and_scrubs_them_all(page, takes):
    page.goto(takes)
    until(page, READY)
    page.keyboard.press(".")
    until(page, "[...document.querySelectorAll('video')].every(v => !v.seeking)")
    assert page.evaluate(TIMES) == pytest.approx([1.5 / 24] * 3, abs=0.003)
    slider = page.get_by_role("slider", name="Position")
    box = slider.bounding_box()
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    until(page, f"{TIMES}.every(t => t > 2.2 && t < 2.8)")


def test_only_one_is_heard(page, takes):
    page.goto(takes)
    assert sum(page.evaluate("[...document.querySelectorAll('video')].map(v => !v.muted)")) <= 1


def test_the_best_is_picked_the_rest_is_trashed_and_all_is_undone(page, takes):
    page.goto(takes)
    until(page, READY)
    page.keyboard.press("b")
    expect(page.locator("#compare-B")).to_have_class(re.compile("is-picked"))
    expect(page).to_have_url(re.compile("pick="))
    page.keyboard.press("c")
    expect(page.locator("#compare-C")).to_have_class(re.compile("is-picked"))
    page.keyboard.press("b")
    expect(page.locator("#compare-B")).to_have_class(re.compile("is-picked"))
    page.click("text=Keep B, trash 2")
    expect(page.locator(".toast--success")).to_contain_text("2 clips moved to the trash.")
    expect(page.locator("#clip-star-button")).to_have_attribute("aria-pressed", "true")
    page.click("text=Undo")
    expect(page.locator(".toast--success").last).to_contain_text("2 clips are back")
    page.goto(takes)
    expect(page.locator("h1")).to_have_text("Compare 3 takes")
    page.keyboard.press("b")
    for at, letter in enumerate("ABC"):
        name = page.locator("[data-clip]").nth(at).get_attribute("data-letter")
        assert name == letter


def test_the_layouts_and_a_wipe_for_two(page, takes):
    two = "&".join(takes.split("&")[:2])
    page.goto(two)
    page.click("[data-layout=wipe]")
    expect(page.locator("#compare")).to_have_class(re.compile("is-wipe"))
    slider = page.get_by_role("slider", name="How much of A is shown")
    slider.focus()
    page.keyboard.press("Home")
    clip = "document.querySelector('#compare-B .compare-picture').style.clipPath"
    assert page.evaluate(clip) == "inset(0px 0px 0px 0%)"
    page.click("[data-layout=side]")
    assert page.evaluate(clip) == ""
    page.evaluate("localStorage.clear()")


def test_without_script_they_play_by_themselves_and_one_can_be_picked(
    studio, chromium, session_state, takes
):
    context = chromium.new_context(
        base_url=studio.url, storage_state=session_state, java_script_enabled=False
    )
    page = context.new_page()
    page.goto(takes)
    expect(page.locator("video[controls]")).to_have_count(3)
    page.locator("button:has-text('Pick')").nth(1).click()
    expect(page.locator("text=Keep B, trash 2")).to_be_visible()
    page.locator("button:has-text('Picked')").first.click()
    context.close()


@pytest.mark.parametrize("theme", ["dark", "light"])
def test_the_compare_page_shuts_nobody_out(page, takes, theme):
    page.emulate_media(color_scheme=theme)
    for address in (takes, takes.split("&")[0]):
        page.goto(address)
        found = Axe().run(page).response["violations"]
        serious = [v for v in found if v["impact"] in {"serious", "critical"}]
        assert [(v["id"], [n["target"] for n in v["nodes"]]) for v in serious] == []


@pytest.mark.parametrize("width", [320, 390, 768, 1024, 1440, 3840])
def test_the_compare_page_never_scrolls_sideways(page, takes, width):
    page.set_viewport_size({"width": width, "height": 800})
    for address in (takes, takes.split("&")[0]):
        page.goto(address)
        assert page.evaluate("document.documentElement.scrollWidth") <= width
