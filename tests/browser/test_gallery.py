"""The gallery as people use it: finding, choosing, acting, undoing; by mouse, by keys alone, and
without a script."""

import json
import zipfile

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from tests.browser.steps import until

COPIES = 70
MANY = f"""
import os, uuid
from datetime import timedelta
from django.utils import timezone
from studio.models import Asset, Job
first = Asset.objects.get(kind="video", job__prompt="Lantern 0")
for number in range(1, {COPIES}):
    job, clip = Job.objects.get(pk=first.job_id), Asset.objects.get(pk=first.pk)
    at = timezone.now() - timedelta(hours=number)
    job.pk = None
    job.video, job.state, job.error = None, "failed", "Not yet."
    job.idempotency_key = job.batch = uuid.uuid4()
    job.remote_id, job.prompt, job.created_at = f"copy-{{number}}", f"Lantern {{number}}", at
    job.save(force_insert=True)
    clip.pk, clip.job, clip.created_at = uuid.uuid4(), job, at
    clip.relative_path = f"clips/copies/{{clip.pk}}.mp4"
    clip.path.parent.mkdir(parents=True, exist_ok=True)
    os.link(first.path, clip.path)
    clip.save(force_insert=True)
    Job.objects.filter(pk=job.pk).update(state="ready", video=clip, error="")
"""


@pytest.fixture(scope="module")
def lanterns(studio, session_state):
    """One clip that was really made, and 69 older ones of the same file."""
    words = ("--provider", "getimg.ai (demo)", "--prompt", "Lantern 0", "--wait", "90")
    studio.ask(command=["generate", *words])
    studio.ask(MANY)


@pytest.fixture
def gallery(page, lanterns):
    page.goto("/gallery/?q=lantern")
    return page


def shown(page):
    return page.locator(".tile[id]:not([hidden])")


def prompts(page):
    return page.locator(".tile[id]:not([hidden]) .tile-words b").all_text_contents()


def test_scrolling_brings_the_older_ones_each_once(gallery):
    expect(shown(gallery)).to_have_count(60)
    gallery.keyboard.press("End")
    expect(shown(gallery)).to_have_count(COPIES)
    assert prompts(gallery) == [f"Lantern {number}" for number in range(COPIES)]


def test_going_back_from_a_clip_finds_the_place(gallery):
    gallery.keyboard.press("End")
    expect(shown(gallery)).to_have_count(COPIES)
    tile = shown(gallery).filter(has_text="Lantern 66")
    tile.locator(".tile-link").click()
    gallery.wait_for_url("**/clips/**")
    gallery.go_back()
    expect(tile).to_be_in_viewport()


def test_the_trash_gives_back_what_undo_is_pressed_for(gallery):
    before = prompts(gallery)[:4]
    shown(gallery).nth(1).click(modifiers=["Control"])
    shown(gallery).nth(2).click(modifiers=["Shift"])
    expect(gallery.locator("#picked-count")).to_have_text("2 selected")
    gallery.click("#picked >> text=Move to trash")
    expect(gallery.locator("#count")).to_contain_text("68 clips")
    assert prompts(gallery)[:2] == [before[0], before[3]]
    gallery.click(".toast >> text=Undo")
    expect(gallery.locator("#count")).to_contain_text("70 clips")
    assert prompts(gallery)[:4] == before


def test_a_clip_is_restored_from_the_trash(gallery):
    shown(gallery).nth(3).click(modifiers=["Control"])
    gallery.click("#picked >> text=Move to trash")
    expect(gallery.locator(".toast")).to_contain_text("1 clip moved to the trash.")
    gallery.goto("/gallery/?state=trash&q=lantern")
    expect(shown(gallery)).to_have_count(1)
    shown(gallery).first.locator(".tile-pick").check()
    gallery.click("#picked >> text=Restore")
    expect(gallery.locator(".empty")).to_be_visible()
    gallery.goto("/gallery/?q=lantern")
    expect(gallery.locator("#count")).to_contain_text("70 clips")


def test_deleting_for_good_asks_with_the_safe_answer_first(gallery):
    shown(gallery).filter(has_text="Lantern 59").click(modifiers=["Control"])
    gallery.click("#picked >> text=Move to trash")
    expect(gallery.locator(".toast")).to_contain_text("1 clip moved to the trash.")
    gallery.goto("/gallery/?state=trash")
    shown(gallery).filter(has_text="Lantern 59").locator(".tile-pick").check()
    gallery.click("#picked >> text=Delete for good")
    question = gallery.locator("dialog[open]")
    expect(question.locator("h2")).to_contain_text("Delete 1 clip, ")
    expect(question.locator("text=Keep it")).to_be_focused()
    gallery.keyboard.press("Enter")
    expect(question).to_have_count(0)
    gallery.click("#picked >> text=Restore")
    expect(gallery.locator(".toast").last).to_contain_text("back in the gallery")


def test_a_view_is_shared_by_its_address(gallery, studio, chromium, session_state):
    shown(gallery).nth(5).locator(".tile-link").focus()
    gallery.keyboard.press("4")
    expect(gallery.locator(".toast")).to_contain_text("1 clip with 4 stars.")
    gallery.click("text=More >> nth=0")
    gallery.select_option("#more-rating", "4")
    gallery.click("text=Show these")
    expect(shown(gallery)).to_have_count(1)
    context = chromium.new_context(base_url=studio.url, storage_state=session_state)
    other = context.new_page()
    other.goto(gallery.url)
    assert prompts(other) == prompts(gallery) == ["Lantern 5"]
    expect(other.locator(".chip.is-on")).to_contain_text("4 stars or more")
    context.close()


def test_everything_by_keys_alone(gallery):
    page = gallery
    page.locator("#q").focus()
    while not page.evaluate("document.activeElement.matches('.tile-link')"):
        page.keyboard.press("Tab")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("x")
    page.keyboard.press("Shift+ArrowRight")
    expect(page.locator("#picked-count")).to_have_text("2 selected")
    page.keyboard.press("f")
    expect(page.locator(".tile-star")).to_have_count(2)
    expect(page.locator("#picked-count")).to_have_text("2 selected")
    page.keyboard.press("Escape")
    page.keyboard.press("Escape")
    expect(page.locator("#picked")).to_be_hidden()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Home")
    until(page, "document.querySelector('.tile video.is-playing')")
    page.keyboard.press("Space")
    until(page, "!document.querySelector('.tile video')")
    page.keyboard.press("Delete")
    expect(page.locator("#count")).to_contain_text("69 clips")
    assert page.evaluate("document.activeElement.matches('.tile-link')")
    page.locator(".toast >> text=Undo").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#count")).to_contain_text("70 clips")
    page.keyboard.press("Control+a")
    expect(page.locator("#picked-count")).to_have_text("60 selected")
    page.keyboard.press("Escape")
    page.keyboard.press("Enter")
    page.wait_for_url("**/clips/**")


def test_chosen_clips_come_as_one_whole_zip(gallery, studio, tmp_path):
    for place in (0, 4):
        shown(gallery).nth(place).click(modifiers=["Control"])
    gallery.click("#picked-favourite")
    expect(gallery.locator(".toast")).to_contain_text("2 clips are favourites now.")
    expect(gallery.locator("#picked-download")).to_contain_text("MB")
    with gallery.expect_download() as download:
        gallery.click("#picked-download")
    download.value.save_as(tmp_path / "clips.zip")
    papers = (studio.data_dir / "media" / "clips").rglob("*.json")
    [first] = [each for each in papers if json.loads(each.read_text())["prompt"] == "Lantern 0"]
    with zipfile.ZipFile(tmp_path / "clips.zip") as packed:
        assert packed.testzip() is None
        videos = [name for name in packed.namelist() if name.endswith(".mp4")]
        assert len(videos) == 2
        assert packed.read(videos[0]) == first.with_suffix(".mp4").read_bytes()
        documents = [json.loads(packed.read(f"{name[:-4]}.json")) for name in videos]
    assert [document["prompt"] for document in documents] == ["Lantern 0", "Lantern 4"]


def test_clips_are_tagged_and_found_by_the_tag(gallery):
    shown(gallery).nth(7).click(modifiers=["Control"])
    gallery.click("#picked-tag")
    gallery.keyboard.press("Enter")
    expect(gallery.locator("#error-tag")).to_have_text("Write a tag first.")
    gallery.fill("#tag", "Night watch")
    gallery.keyboard.press("Enter")
    expect(gallery.locator(".toast")).to_contain_text("1 clip tagged night watch.")
    gallery.goto("/gallery/?tag=night+watch")
    assert prompts(gallery) == ["Lantern 7"]
    gallery.click("[aria-label='night watch: leave it out']")
    expect(shown(gallery).nth(20)).to_be_attached()


def test_hovering_plays_and_scrubs_and_leaving_stops(gallery):
    gallery.goto("/gallery/?q=lantern+0")
    tile = gallery.locator(".tile[data-preview]").first
    tile.hover()
    expect(tile.locator("video.is-playing")).to_be_visible()
    expect(tile.locator(".tile-time")).to_contain_text("0:0")
    gallery.mouse.move(5, 5)
    expect(tile.locator("video")).to_have_count(0)


def test_a_new_clip_is_told_and_moves_nothing(gallery, studio):
    first = prompts(gallery)[0]
    words = ("--provider", "getimg.ai (demo)", "--prompt", "Lantern new", "--wait", "90")
    studio.ask(command=["generate", *words])
    expect(gallery.locator("#newer")).to_contain_text("1 new clip", timeout=15_000)
    assert prompts(gallery)[0] == first
    gallery.click("#newer a")
    assert prompts(gallery)[0] == "Lantern new"
    shown(gallery).first.locator(".tile-link").focus()
    gallery.keyboard.press("Delete")
    expect(gallery.locator(".toast")).to_contain_text("moved to the trash")


def test_nonsense_in_the_address_is_told(gallery):
    gallery.goto("/gallery/?model=x&ratio=9:1&sort=upwards&after=now&view=cube&tag=nobody")
    expect(gallery.locator(".note")).to_contain_text("Left out of this view")
    expect(shown(gallery).first).to_be_visible()


def test_the_gallery_works_without_script(studio, chromium, session_state, lanterns):
    context = chromium.new_context(
        base_url=studio.url, storage_state=session_state, java_script_enabled=False
    )
    page = context.new_page()
    page.goto("/gallery/?q=lantern")
    page.click("text=Older")
    assert prompts(page) == [f"Lantern {number}" for number in range(60, COPIES)]
    page.goto("/gallery/?q=lantern")
    page.click("text=Select")
    page.locator(".tile-pick").nth(2).check()
    page.click("#picked >> text=Move to trash")
    expect(page.locator("#count")).to_contain_text("69 clips")
    page.click("text=Undo")
    expect(page.locator("#count")).to_contain_text("70 clips")
    page.click("text=Favourites")
    page.wait_for_url("**/gallery/?q=lantern&favourites=1")
    context.close()


@pytest.mark.parametrize("theme", ["dark", "light"])
@pytest.mark.parametrize("query", ["view=rows", "view=list&select=1", "state=trash", "q=nothing"])
def test_no_view_shuts_anyone_out(gallery, theme, query):
    gallery.emulate_media(color_scheme=theme)
    gallery.goto(f"/gallery/?{query}")
    found = Axe().run(gallery).response["violations"]
    serious = [v for v in found if v["impact"] in {"serious", "critical"}]
    assert [(v["id"], [n["target"] for n in v["nodes"]][:3]) for v in serious] == []
    gallery.goto("/gallery/?view=rows")


@pytest.mark.parametrize("width", [320, 390, 900, 2560])
@pytest.mark.parametrize("look", ["rows", "grid", "list"])
def test_no_look_scrolls_sideways(gallery, look, width):
    gallery.set_viewport_size({"width": width, "height": 800})
    gallery.goto(f"/gallery/?view={look}&select=1")
    assert gallery.evaluate("document.documentElement.scrollWidth") <= width
    gallery.goto("/gallery/?view=rows")
