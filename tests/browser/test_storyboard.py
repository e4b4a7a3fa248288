"""A storyboard in a real browser: from clips to a film that is taken away."""

import re
from pathlib import Path

import av
import pytest
from playwright.sync_api import Page, expect

from tests.browser.steps import until
from tests.live import LiveStudio

MADE_MS = 120_000
PROVIDER, MODEL = "getimg.ai (demo)", "seedance-v1-5-pro"


def make_clip(studio: LiveStudio, prompt: str) -> None:
    words = ("--provider", PROVIDER, "--model", MODEL, "--prompt", prompt)
    studio.manage("generate", *words, "--duration", "5", "--sound", "--wait", "120")


def new_board(page: Page, name: str) -> None:
    page.goto("/boards/")
    page.fill("#name", name)
    page.locator("button", has_text="New board").click()
    expect(page.locator("#board-name")).to_have_text(name)


def add_clips(page: Page, *words: str) -> None:
    """Pick the newest clip of each of these prompts."""
    count = page.locator(".shot").count()
    for each in words:
        page.click("#add-open")
        page.fill("#pick-words", each)
        page.keyboard.press("Enter")
        expect(page.locator("#sheet-dialog")).to_have_attribute("data-address", re.compile("q="))
        found = page.locator(".pick-clip", has_text=each).first
        expect(found).to_be_visible()
        found.locator("input").check()
        page.click("#add-picked")
        count += 1
        expect(page.locator(".shot")).to_have_count(count)


def wait_for_clips(page: Page, count: int) -> None:
    """Wait until so many shots of the board have their clip."""
    expect(page.locator(".shot[data-src]")).to_have_count(count, timeout=MADE_MS)


def names(page: Page) -> list[str]:
    return [text.strip() for text in page.locator(".shot-name").all_text_contents()]


def saved(page: Page, address: str) -> object:
    """The answer to the change that the block makes."""
    return page.expect_response(re.compile(address))


def pictures_of(path: Path) -> tuple[int, float, float]:
    """How many pictures a film has, how long it is, and how loud its loudest sample is."""
    with av.open(str(path)) as film:
        length_s = float(film.streams.video[0].duration * film.streams.video[0].time_base)
        count = sum(1 for _ in film.decode(video=0))
    with av.open(str(path)) as film:
        loudest = max(float(abs(frame.to_ndarray()).max()) for frame in film.decode(audio=0))
    return count, length_s, loudest


@pytest.fixture(scope="module")
def clips(studio: LiveStudio, session_state: dict[str, object]) -> None:
    for prompt in ("Cabin at dusk by the lake", "Aurora over the ridge"):
        make_clip(studio, prompt)


def test_a_clip_is_extended_twice_and_all_of_it_exported(page, clips, tmp_path):
    new_board(page, "Keeper of the light")
    add_clips(page, "Cabin at dusk by the lake")

    for count in (2, 3):
        with page.expect_response(re.compile("/extend/")):
            page.click("#extend")
        expect(page.locator(".shot")).to_have_count(count)
        page.click("#make-missing")
        expect(page.locator("#sheet-title")).to_contain_text("Make 1 shot? About $")
        page.click("#make-now")
        wait_for_clips(page, count)
    add_clips(page, "Aurora over the ridge")

    page.locator(".shot-box").nth(0).click()
    expect(page.locator("#shot-title")).to_have_text("Shot 1")
    with saved(page, "/trim/"):
        page.locator('[name="trim_out"]').fill("0:03.5")
        page.keyboard.press("Enter")
    expect(page.locator("#board-sum")).to_contain_text("4 shots · 0:19")
    with saved(page, "/join/"):
        page.locator("#join label", has_text="Dissolve").click()
    with saved(page, "/join/"):
        page.locator('[name="transition_s"]').fill("0.8")
        page.keyboard.press("Enter")
    expect(page.locator("#stage-controls [data-length]")).to_have_text("0:17.7")

    page.reload()
    expect(page.locator('[name="trim_out"]')).to_have_value("0:03.5")
    expect(page.locator(".shot .join").first).to_have_attribute("title", "Dissolve, 0.8 s")

    page.click("#export")
    page.click("#export-now")
    film = page.locator(".film").first
    expect(film).to_contain_text("from 4 shots")
    expect(film).to_contain_text("Ready", timeout=MADE_MS)
    with page.expect_download() as download:
        film.locator("text=Download").click()
    assert download.value.suggested_filename == "dailies-film-keeper-of-the-light.mp4"
    path = tmp_path / "film.mp4"
    download.value.save_as(path)
    count, length_s, loudest = pictures_of(path)
    expected_s = 3.5 + 5 + 5 + 5 - 0.8
    assert length_s == pytest.approx(expected_s, abs=1 / 24 + 0.01)
    assert count == pytest.approx(expected_s * 24, abs=1)
    assert loudest > 0.01


def test_shots_are_put_in_another_order_by_keyboard(page, clips):
    new_board(page, "By hand")
    add_clips(page, "Cabin at dusk by the lake", "Aurora over the ridge")
    assert names(page) == ["Cabin at dusk by", "Aurora over the ridge"]
    first = page.locator(".shot-box").first
    first.focus()
    with saved(page, "/move/"):
        page.keyboard.press("Alt+ArrowRight")
    expect(page.locator(".shot-name").first).to_have_text("Aurora over the ridge")
    expect(page.locator(".shot-box").nth(1)).to_be_focused()
    page.click("#shot-menu summary")
    with saved(page, "/move/"):
        page.click("#move-left")
    expect(page.locator(".shot-name").first).to_have_text("Cabin at dusk by")
    page.reload()
    assert names(page) == ["Cabin at dusk by", "Aurora over the ridge"]


def test_a_shot_is_dragged_to_its_place_and_its_end_is_pulled(page, clips):
    new_board(page, "By mouse")
    add_clips(page, "Cabin at dusk by the lake", "Aurora over the ridge")
    boxes = [page.locator(".shot-box").nth(index).bounding_box() for index in (0, 1)]
    page.mouse.move(boxes[0]["x"] + 40, boxes[0]["y"] + 60)
    page.mouse.down()
    page.mouse.move(boxes[0]["x"] + 90, boxes[0]["y"] + 60, steps=4)
    page.mouse.move(boxes[1]["x"] + boxes[1]["width"], boxes[0]["y"] + 60, steps=8)
    with saved(page, "/move/"):
        page.mouse.up()
    expect(page.locator(".shot-name").first).to_have_text("Aurora over the ridge")

    handle = page.locator("#handle-out")
    handle.focus()
    with saved(page, "/trim/"):
        for _ in range(3):
            page.keyboard.press("Shift+ArrowLeft")
    expect(page.locator('[name="trim_out"]')).to_have_value("0:02.0")
    expect(page.locator("#handle-out")).to_have_attribute("aria-valuetext", "0:02.0")


def test_a_wrong_trim_stays_as_it_was_typed_and_says_why(page, clips):
    new_board(page, "Too long")
    add_clips(page, "Cabin at dusk by the lake")
    page.locator('[name="trim_out"]').fill("0:44")
    page.keyboard.press("Enter")
    expect(page.locator("#trim_out-error")).to_contain_text("The clip ends at 0:05.0")
    expect(page.locator('[name="trim_out"]')).to_have_value("0:44")
    expect(page.locator('[name="trim_out"]')).to_be_focused()


def test_all_missing_shots_are_made_once_with_their_cost_shown(page, studio):
    new_board(page, "Still to come")
    for number, prompt in enumerate(("Rain on the window", "The rain has gone"), start=1):
        page.click("#add-open")
        page.click("#add-missing")
        expect(page.locator("#shot-title")).to_have_text(f"Shot {number}")
        with saved(page, "/content/"):
            page.locator("textarea[name=prompt]").fill(prompt)
            page.keyboard.press("Tab")
        expect(page.locator(".shot-name").last).to_have_text(prompt)
    page.click("#make-missing")
    expect(page.locator("#sheet-title")).to_contain_text("Make 2 shots? About $")
    expect(page.locator(".make-list li")).to_have_count(2)
    page.click("#make-now")
    expect(page.locator(".toast--success")).to_contain_text("2 clips are in the queue")
    wait_for_clips(page, 2)
    page.reload()
    expect(page.locator(".shot[data-src]")).to_have_count(2)
    jobs = studio.json("jobs")["jobs"]
    for prompt in ("Rain on the window", "The rain has gone"):
        assert [job["prompt"] for job in jobs].count(prompt) == 1


def test_a_prompt_is_kept_while_it_is_written(page, studio):
    new_board(page, "Careful")
    page.click("#add-open")
    page.click("#add-missing")
    words = page.locator("textarea[name=prompt]")
    words.click()
    with saved(page, "/content/"):
        page.keyboard.type("Fog over")
    page.keyboard.type(" the harbour")
    expect(page.locator(".shot-name")).to_have_text("Fog over the harbour")
    expect(words).to_be_focused()
    expect(words).to_have_value("Fog over the harbour")
    page.reload()
    expect(words).to_have_value("Fog over the harbour")


def test_two_people_on_one_board_do_not_overwrite_each_other(page, clips):
    new_board(page, "Shared")
    add_clips(page, "Cabin at dusk by the lake")
    address = page.url
    other = page.context.new_page()
    other.route("**/live/*", lambda route: route.abort())
    other.goto(address)
    with saved(page, "/name/"):
        page.locator("[id^=shot-name]").fill("Mine")
        page.keyboard.press("Enter")
    other.locator('[name="trim_out"]').fill("0:02.0")
    other.keyboard.press("Enter")
    expect(other.locator("#board-notes")).to_contain_text("mara changed this board a moment ago")
    expect(other.locator("[id^=shot-name]").first).to_have_value("Mine")
    other.click("text=Make my change now")
    expect(other.locator("#board-sum")).to_contain_text("0:02")
    other.close()
    expect(page.locator('[name="trim_out"]')).to_have_value("0:02.0")


def test_a_removed_shot_comes_back(page, clips):
    new_board(page, "Second thoughts")
    add_clips(page, "Cabin at dusk by the lake", "Aurora over the ridge")
    page.locator(".shot-box").first.click()
    expect(page.locator("#shot-title")).to_have_text("Shot 1")
    page.click("#shot-menu summary")
    page.click("#remove-shot")
    expect(page.locator(".shot")).to_have_count(1)
    page.click("text=Put it back")
    expect(page.locator(".shot")).to_have_count(2)
    assert names(page) == ["Cabin at dusk by", "Aurora over the ridge"]


def test_the_preview_plays_through_a_transition(page, clips):
    new_board(page, "Preview")
    add_clips(page, "Cabin at dusk by the lake", "Aurora over the ridge")
    page.locator(".shot-box").first.click()
    expect(page.locator("#shot-title")).to_have_text("Shot 1")
    with saved(page, "/trim/"):
        page.locator('[name="trim_out"]').fill("0:01.5")
        page.keyboard.press("Enter")
    with saved(page, "/join/"):
        page.locator("#join label", has_text="Dissolve").click()
    expect(page.locator("#stage-controls [data-length]")).to_have_text("0:06.0")
    page.click("[data-do=mute]")
    page.click("[data-do=play]")
    both = "[...document.querySelectorAll('.layer')].every(v => Number(v.style.opacity) > 0.1)"
    until(page, both)
    second = "document.querySelector('[data-now]').textContent > '0:02.0'"
    until(page, second)
    page.click("[data-do=play]")
    shown = "[...document.querySelectorAll('.layer')].find(v => v.style.opacity === '1')"
    assert page.evaluate(f"{shown}.paused")
    at_s = page.evaluate(f"{shown}.currentTime")
    now = page.locator("[data-now]").text_content()
    assert at_s == pytest.approx(float(now.split(":")[1]) - 1.0, abs=0.3)


def test_a_board_works_without_script(studio, chromium, session_state, clips):
    context = chromium.new_context(
        base_url=studio.url, storage_state=session_state, java_script_enabled=False
    )
    page = context.new_page()
    new_board(page, "Plain")
    page.click("#add-open")
    page.locator(".pick-clip", has_text="Cabin").first.locator("input").check()
    page.click("#add-picked")
    page.locator('[name="trim_out"]').fill("0:02.0")
    page.locator("form[data-trim] button").click()
    expect(page.locator("#board-sum")).to_contain_text("1 shot · 0:02")
    page.click("#export")
    page.click("#export-now")
    expect(page.locator(".film")).to_contain_text("from 1 shot")
    context.close()
