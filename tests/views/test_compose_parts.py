"""Around the form: presets, recent prompts, pictures of the studio, and clips from a CSV."""

import re
from fractions import Fraction

import av
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image

from studio.media import metadata
from studio.models import Asset, Job, Preset
from studio.services import assets
from tests.factories import new_member
from tests.views.forms import form

PART = {"HTTP_HX_REQUEST": "true"}


def test_the_form_is_kept_as_a_preset_and_used(browser, owner, getimg):
    fields = form(getimg, prompt="A comet", preset_name="Comets", preset_shared="on")
    assert "Saved as" in browser.post("/compose/presets/save/", fields, **PART).content.decode()
    preset = Preset.objects.get()
    assert (preset.name, preset.is_shared) == ("Comets", True)
    assert "preset_name" not in preset.content
    browser.post("/compose/draft/clear/")
    assert "A comet" in browser.get(f"/?preset={preset.pk}").content.decode()


def test_a_name_that_is_taken_is_told_at_its_field(browser, getimg):
    fields = form(getimg, preset_name="Comets")
    browser.post("/compose/presets/save/", fields, **PART)
    text = browser.post("/compose/presets/save/", fields, **PART).content.decode()
    assert 'id="preset_name-error"' in text
    assert Preset.objects.count() == 1


def test_only_its_owner_changes_a_preset(browser, owner):
    preset = Preset.objects.create(owner=owner, name="Ours", is_shared=True)
    other = Client()
    other.force_login(new_member("noor"))
    address = f"/compose/presets/{preset.pk}/"
    assert other.post(address, {"action": "delete"}).status_code == 404
    assert browser.post(address, {"action": "rename", "name": "Mine"}).status_code == 302
    assert Preset.objects.get().name == "Mine"
    browser.post(address, {"action": "delete"})
    assert not Preset.objects.exists()


def test_recent_prompts_are_a_page_and_a_part_of_one(browser, getimg, make_job):
    make_job(getimg, prompt="A comet")
    assert b"<html" in browser.get("/compose/recent/?q=comet").content
    part = browser.get("/compose/recent/?q=comet", **PART)
    assert b"<html" not in part.content
    assert b"A comet" in part.content
    assert part.headers["Vary"].startswith("HX-Request")


# -- Pictures ------------------------------------------------------------------------------------


def test_pictures_are_found_by_the_name_of_their_file(browser, make_image):
    make_image("teal")
    make_image("coral")
    text = browser.get("/compose/pictures/?q=coral").content.decode()
    assert "coral.png" in text
    assert "teal.png" not in text


def test_a_picture_is_taken_by_script_and_by_link(browser, getimg, make_image):
    picture = make_image()
    address = f"/compose/pictures/{picture.pk}/?role=last_frame"
    part = browser.get(address, HTTP_X_REQUESTED_WITH="fetch").content.decode()
    assert f'name="last_frame" value="{picture.pk}"' in part
    assert browser.get(address).headers["Location"] == f"/?last_frame={picture.pk}"


@pytest.fixture
def clip(owner, make_job, getimg, tmp_path) -> Asset:
    """A clip of a real file, two seconds long."""
    path = tmp_path / "comet.mp4"
    with av.open(str(path), "w") as container:
        video = container.add_stream("libx264", rate=12)
        video.width, video.height, video.pix_fmt = 320, 180, "yuv420p"
        for index in range(24):
            frame = av.VideoFrame.from_image(Image.new("RGB", (320, 180), (10 * index, 0, 0)))
            frame.pts, frame.time_base = index, Fraction(1, 12)
            container.mux(video.encode(frame))
        container.mux(video.encode(None))
    with path.open("rb") as file:
        stored = assets.store_video(file, owner=owner, name=path.name)
    stored.job = make_job(getimg, prompt="A comet")
    stored.save()
    return stored


def test_a_frame_of_a_clip_is_taken_once(browser, clip):
    assert b"A comet" in browser.get("/compose/pictures/?kind=clips").content
    assert b"Use this frame" in browser.get(f"/compose/clips/{clip.pk}/").content
    for _ in range(2):
        asked = {"at_s": "1.5", "role": "first_frame"}
        answer = browser.post(f"/compose/clips/{clip.pk}/frame/", asked)
    frame = Asset.objects.get(kind=Asset.Kind.FRAME)
    assert (frame.parent, frame.at_s) == (clip, 1.5)
    assert answer.headers["Location"] == f"/?first_frame={frame.pk}"


@pytest.mark.parametrize("at_s", ["", "soon", "nan", "inf"])
def test_a_second_that_is_none_is_told(browser, clip, at_s):
    answer = browser.post(f"/compose/clips/{clip.pk}/frame/", {"at_s": at_s})
    assert answer.status_code == 422
    assert not Asset.objects.filter(kind=Asset.Kind.FRAME).exists()


def test_the_next_clip_begins_with_the_last_picture_of_this_one(browser, clip):
    text = browser.get(f"/?extend={clip.pk}").content.decode()
    frame = Asset.objects.get(kind=Asset.Kind.FRAME)
    assert f'name="first_frame" value="{frame.pk}"' in text
    assert 'name="made_as" value="extension"' in text


# -- From a CSV ----------------------------------------------------------------------------------

ROWS = "prompt,duration_s,takes\nMist,5,1\nRain,7,1\nSnow,10,2\n"


def token_in(text: str) -> str:
    return re.search(r'name="batch" value="([\w-]+)"', text)[1]


def test_the_preview_shows_every_row_and_sends_nothing(browser, getimg):
    text = browser.post("/compose/batch/", {"text": ROWS}).content.decode()
    for words in ("Mist", "Snow", "makes 5 or 10 seconds", "Queue 3 of 4 clips"):
        assert words in text
    assert not Job.objects.exists()


def test_the_good_rows_are_sent_once_by_one_press(browser, getimg):
    text = browser.post("/compose/batch/", {"text": ROWS}).content.decode()
    pressed = {"text": ROWS, "line": ["2", "4"], "batch": token_in(text), "queue": "1"}
    for _ in range(2):
        assert browser.post("/compose/batch/", pressed).status_code == 302
    made = Job.objects.order_by("variant", "take").values_list("prompt", "variant", "take")
    assert list(made) == [("Mist", 0, 1), ("Snow", 1, 1), ("Snow", 1, 2)]


def test_a_bad_row_is_not_sent_even_if_it_is_ticked(browser, getimg):
    pressed = {"text": ROWS, "line": ["3"], "queue": "1"}
    answer = browser.post("/compose/batch/", pressed)
    assert answer.status_code == 422
    assert "Nothing was sent" in answer.content.decode()
    assert not Job.objects.exists()


def test_the_total_follows_the_ticks(browser, make_provider):
    make_provider("indoxhub", name="Hub")
    rows = "prompt,model\nMist,Nova Reel\nRain,Nova Reel"
    text = browser.post("/compose/batch/total/", {"text": rows, "line": "2"}).content.decode()
    assert "About $0.48" in text
    assert "Queue 1 of 2 clips" in text


def test_a_file_is_read_as_well(browser, getimg):
    file = SimpleUploadedFile("rows.csv", "\ufeffprompt;takes\nMist;2\n".encode(), "text/csv")
    assert "Queue 2 clips" in browser.post("/compose/batch/", {"file": file}).content.decode()


def test_what_is_no_csv_is_told_and_what_was_pasted_stays(browser, getimg):
    answer = browser.post("/compose/batch/", {"text": "just words"})
    assert answer.status_code == 422
    assert "just words" in answer.content.decode()


def test_the_template_is_a_csv_to_begin_with(browser, getimg):
    answer = browser.get("/compose/batch/template/")
    assert answer.headers["Content-Disposition"] == 'attachment; filename="dailies-clips.csv"'
    text = answer.content.decode("utf-8-sig")
    assert "Queue 1 clip" in browser.post("/compose/batch/", {"text": text}).content.decode()


# -- From a clip's own file ----------------------------------------------------------------------


@pytest.fixture
def dailies_clip(clip, getimg, tmp_path) -> bytes:
    """The file of a clip that carries what it was asked for with."""
    path = tmp_path / "carried.mp4"
    model = {"api": "getimg", "provider": "Team", "model": "seedance-v1-5-pro"}
    document = {"prompt": "A comet over the sea", "duration_s": 10, **model}
    metadata.embed(clip.path, path, document)
    return path.read_bytes()


def test_a_clip_of_dailies_fills_the_form(browser, dailies_clip):
    file = SimpleUploadedFile("carried.mp4", dailies_clip, "video/mp4")
    text = browser.post("/uploads/clips/", {"file": file}, follow=True).content.decode()
    assert "The form is filled from this clip" in text
    assert "A comet over the sea" in text
    assert 'value="10" checked' in text


@pytest.mark.parametrize("content", [b"no video at all", b""])
def test_what_is_no_clip_is_said_and_the_draft_stays(browser, getimg, content):
    browser.post("/compose/draft/", form(getimg, prompt="Half a thought"))
    file = SimpleUploadedFile("a.mp4", content or b" ", "video/mp4")
    answer = browser.post("/uploads/clips/", {"file": file}, HTTP_X_REQUESTED_WITH="fetch")
    assert answer.status_code == 422
    assert "Half a thought" in browser.get("/").content.decode()


def test_a_clip_of_another_program_says_what_is_missing(browser, clip):
    file = SimpleUploadedFile("a.mp4", clip.path.read_bytes(), "video/mp4")
    answer = browser.post("/uploads/clips/", {"file": file}, HTTP_X_REQUESTED_WITH="fetch")
    assert "says nothing of how it was made" in answer.content.decode()
