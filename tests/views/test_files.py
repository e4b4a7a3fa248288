"""Uploads, and how files are handed over."""

from pathlib import Path
from threading import Thread

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import clear_script_prefix, set_script_prefix
from PIL import Image

from studio.media.handover import FILE_HEADER
from studio.models import Asset
from studio.services import assets


def upload(browser: Client, content: bytes, role: str = "first_frame", name: str = "a.png"):
    file = SimpleUploadedFile(name, content, "image/png")
    return browser.post("/uploads/images/", {"role": role, "file": file})


def test_an_upload_answers_with_its_filled_well(browser, png):
    answer = upload(browser, png().getvalue())
    assert str(Asset.objects.get().pk) in answer.content.decode()


@pytest.mark.parametrize("content", [b"<html><script>alert(1)</script>", b"<svg/>", b"", b"GIF89a"])
def test_an_upload_that_is_no_picture_says_what_is_accepted(browser, content):
    answer = upload(browser, content or b" ")
    assert answer.status_code == 422
    assert b"JPEG, PNG or WebP" in answer.content
    assert not Asset.objects.exists()


def test_an_upload_over_the_limit_says_the_limit(browser, settings):
    settings.MAX_UPLOAD_MB = 1
    assert b"larger than 1 MB" in upload(browser, b"x" * 1_100_000).content


def test_a_file_name_is_shown_as_text_only(browser, png):
    answer = upload(browser, png().getvalue(), name='"><img onerror=x>.png')
    assert b"<img onerror" not in answer.content


def test_a_file_is_handed_over_with_headers_that_make_it_harmless(browser, make_image):
    asset = make_image()
    answer = browser.get(f"/media/{asset.pk}/")
    assert answer.headers[FILE_HEADER] == str(asset.path)
    assert answer.headers["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Type"] == "image/png"
    assert answer.headers["Content-Disposition"].startswith("inline")


def test_a_small_copy_is_made_once_and_handed_over_as_harmlessly(browser, make_image):
    asset = make_image(size=(1600, 900))
    answer = browser.get(f"/media/{asset.pk}/small/")
    path = Path(answer.headers[FILE_HEADER])
    with Image.open(path) as small:
        assert small.size == (480, 270)
    made_at = path.stat().st_mtime_ns
    assert browser.get(f"/media/{asset.pk}/small/").headers["Content-Type"] == "image/jpeg"
    assert path.stat().st_mtime_ns == made_at
    assert answer.headers["Content-Security-Policy"] == "sandbox; default-src 'none'"


def test_a_frame_of_a_clip_can_be_fetched_by_a_provider_too(make_image):
    frame = make_image()
    Asset.objects.filter(pk=frame.pk).update(kind=Asset.Kind.FRAME)
    link = assets.public_link(frame, "https://studio.example")
    assert Client().get(link.removeprefix("https://studio.example")).status_code == 200


def test_a_download_has_a_sensible_name(browser, make_job, make_image):
    job = make_job(prompt='Storm: "swell"/../x')
    asset = make_image()
    Asset.objects.filter(pk=asset.pk).update(job=job)
    found = browser.get(f"/media/{asset.pk}/?download=1").headers["Content-Disposition"]
    assert found == f'attachment; filename="dailies-{job.pk}-storm-swell-x.png"'


def test_a_public_link_is_the_same_in_every_thread_under_a_path(make_image):
    base, image, made = "https://office.example/dailies", make_image(), []
    thread = Thread(target=lambda: made.append(assets.public_link(image, base)))
    thread.start()
    thread.join()
    set_script_prefix("/dailies/")
    made.append(assets.public_link(image, base))
    clear_script_prefix()
    assert all(link.startswith(f"{base}/p/") for link in made)


def test_a_public_link_gives_one_image_without_a_login_and_nothing_else(make_image, settings):
    link = assets.public_link(make_image(), "https://studio.example")
    path = link.removeprefix("https://studio.example")
    assert Client().get(path).status_code == 200
    assert Client().get(path[:-3] + "xx/").status_code == 404
