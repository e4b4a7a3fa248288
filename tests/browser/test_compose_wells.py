"""Pictures in their wells: pasted, dragged, taken from the gallery or out of a clip."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.steps import DROP, PASTE, SEEDANCE, choose, generate, packed, watch

DRAG = """(from, selector) => {
    const to = document.querySelector(selector);
    const transfer = new DataTransfer();
    const fire = (place, type) => place.dispatchEvent(
        new DragEvent(type, {dataTransfer: transfer, bubbles: true, cancelable: true}));
    fire(from, "dragstart"); fire(to, "dragover"); fire(to, "drop"); fire(from, "dragend");
}"""


@pytest.fixture
def composing(page: Page) -> Page:
    page.goto("/")
    choose(page, *SEEDANCE)
    return page


def picture(page: Page, role: str):
    return page.locator(f'[data-role="{role}"] [data-picture] input[name="{role}"]')


def test_a_picture_that_is_dragged_to_the_other_well_changes_places(composing, frames):
    page = composing
    for path in frames:
        page.evaluate(PASTE, packed(path))
    expect(page.locator("[data-picture]")).to_have_count(2)
    first = picture(page, "first_frame").get_attribute("value")
    last = picture(page, "last_frame").get_attribute("value")
    page.locator('[data-role="first_frame"] [data-picture]').evaluate(
        DRAG, '[data-role="last_frame"]'
    )
    assert picture(page, "first_frame").get_attribute("value") == last
    assert picture(page, "last_frame").get_attribute("value") == first


def test_a_picture_is_taken_from_the_gallery_by_keyboard(composing, frames):
    page = composing
    page.set_input_files('input[name="first_frame_file"]', frames[0])
    expect(picture(page, "first_frame")).to_have_count(1)
    page.locator('[data-pick="last_frame"]').focus()
    page.keyboard.press("Enter")
    page.keyboard.type("first.png")
    expect(page.locator("#library .library-item").first).to_contain_text("first.png")
    page.locator("#library .library-item").first.focus()
    page.keyboard.press("Enter")
    expect(page.locator("#library")).to_be_hidden()
    expect(picture(page, "last_frame")).to_have_count(1)


def test_a_frame_of_a_clip_becomes_the_first_frame(composing):
    page = composing
    generate(page, "A clip to take a frame of")
    watch(page, "A clip to take a frame of")
    page.goto("/")
    page.click('[data-pick="first_frame"]')
    page.click("text=Frame of a clip")
    page.locator("#library .library-item", has_text="A clip to take a frame of").first.click()
    page.locator("#at-s").fill("2.5")
    expect(page.locator("[data-said]")).to_contain_text("frame 61")
    page.click("text=Use this frame")
    expect(page.locator("#library")).to_be_hidden()
    expect(picture(page, "first_frame")).to_have_count(1)


def test_a_clip_of_dailies_that_is_dropped_fills_the_form(composing, tmp_path):
    page = composing
    generate(page, "A heron lands on still water")
    watch(page, "A heron lands on still water")
    clip = tmp_path / "heron.mp4"
    clip.write_bytes(page.request.get(page.locator("#video").get_attribute("src")).body())
    page.goto("/")
    page.fill("#prompt", "Half a thought")
    expect(page.locator("#saved")).to_have_text("Saved")
    drop = DROP.replace("image/png", "video/mp4")
    page.locator('[data-role="first_frame"]').evaluate(drop, packed(clip))
    expect(page.locator(".toast--success")).to_contain_text("filled from this clip")
    expect(page.locator("#prompt")).to_have_value("A heron lands on still water")
    expect(page.locator("[data-source]")).to_contain_text("Remix of")
    page.click("text=Bring back your earlier draft")
    expect(page.locator("#prompt")).to_have_value("Half a thought")


def test_references_have_wells_of_their_own(page, frames):
    page.goto("/")
    choose(page, "indoxhub (demo)", "Veo 3.1")
    page.click("text=References")
    page.set_input_files('input[name="reference_file"]', list(frames))
    expect(picture(page, "reference")).to_have_count(2)
    page.click("text=Frames")
    expect(page.locator('[data-role="reference"]')).to_be_hidden()


def test_a_small_screen_folds_the_settings_into_a_sheet(composing):
    page = composing
    page.set_viewport_size({"width": 390, "height": 844})
    expect(page.locator("#options")).to_be_hidden()
    page.click("#fold button:has-text('16:9')")
    expect(page.locator("#options")).to_be_visible()
    with page.expect_response("**/compose/options/"):
        page.locator("label:has(input[value='9:16'])").click()
    expect(page.locator("#options")).to_be_visible()
    page.click("#sheet button:has-text('Done')")
    expect(page.locator("#fold")).to_contain_text("9:16")
