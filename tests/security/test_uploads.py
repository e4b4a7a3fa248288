"""Hostile uploads: what is kept was written by us, and carries nothing (rows 1, 2, 26, 29, 34).

The figure of this project is: three hundred of them, none stored as sent, no place left in one,
less than 400 MB of memory, each within three seconds.
"""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image

from studio.models import Asset
from tests.live import ROOT
from tests.security.hostile import MARK, NO_PICTURES, SCRIPT, hostile

COUNT = 300
MOST_MEMORY_KB = 400_000
LONGEST_S = 3.0
NOTES = {"exif", "xmp", "XML:com.adobe.xmp", "comment", "Comment", "icc_profile"}
ENDS = {".png": b"IEND\xaeB`\x82", ".jpg": b"\xff\xd9"}


@pytest.fixture(scope="module")
def taken_in(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    """What became of each: the path of what was kept, or why it was refused."""
    given, kept = tmp_path_factory.mktemp("hostile"), tmp_path_factory.mktemp("kept")
    for each in hostile(COUNT):
        (given / each.name).write_bytes(each.content)
    command = [sys.executable, "-m", "tests.security.keep_pictures", str(given), str(kept)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    found = [json.loads(line) for line in done.stdout.splitlines()]
    return [each | {"given": given / each["name"]} for each in found]


def kept(taken_in: list[dict[str, Any]]) -> list[tuple[Path, Path]]:
    """What was given and what was kept of it."""
    return [(e["given"], Path(e["answer"])) for e in taken_in if e["answer"].startswith("/")]


def test_three_hundred_hostile_pictures_are_all_answered(taken_in):
    refused = {each["answer"] for each in taken_in if not each["answer"].startswith("/")}
    assert len(taken_in) == COUNT
    assert {each.partition(":")[0] for each in refused} == {"NotAnImage", "ImageTooLarge"}
    assert len(kept(taken_in)) > 40


def test_none_of_them_takes_much_memory_or_time(taken_in):
    assert max(each["memory_kb"] for each in taken_in) < MOST_MEMORY_KB
    assert [e["name"] for e in taken_in if e["took_s"] > LONGEST_S] == []


def test_nothing_is_kept_as_it_was_sent_and_nothing_it_carried(taken_in):
    """CVE-2024-10099, GHSA-3pf9-5cjv-2w7q: a script in or behind a picture; and no EXIF."""
    for given, mine in kept(taken_in):
        content = mine.read_bytes()
        assert content != given.read_bytes(), given.name
        assert SCRIPT not in content, given.name
        assert MARK not in content, given.name
        assert content.endswith(ENDS[mine.suffix]), given.name


def test_where_a_picture_was_taken_is_in_none_of_them(taken_in):
    for given, mine in kept(taken_in):
        with Image.open(mine) as image:
            if not given.name.startswith("large"):
                image.load()  # What stands behind the pixels of a PNG is only read with them.
            assert not image.getexif(), given.name
            assert not NOTES & set(image.info), given.name


def test_what_is_no_picture_is_never_kept(taken_in):
    """CVE-2026-56670 (GHSA-rj8c-c4p8-3c5h): SVG, under whatever name and behind whatever bytes."""
    names = {given.name for given, _ in kept(taken_in)}
    assert [name for name in names if name.partition("-behind")[0] in NO_PICTURES] == []
    assert not names & {"GIF", "BMP", "TIFF", "ICO", "PPM", "TGA", "PCX", "SGI", "AVIF", "DDS"}


# -- Through the page ----------------------------------------------------------------------------


def upload(browser: Client, content: bytes, name: str, mime_type: str) -> Any:
    file = SimpleUploadedFile(name, content, mime_type)
    return browser.post("/uploads/images/", {"role": "first_frame", "file": file})


@pytest.mark.parametrize(
    ("kind", "name", "mime_type"),
    [
        ("html", "page.png", "image/png"),
        ("html", "page.jpg", "text/html"),
        ("svg", "logo.svg", "image/svg+xml"),
        ("svg-prolog", "logo.png", "image/png"),
        ("svg-bom", "logo.png", "image/svg+xml"),
        ("path", "/etc/passwd", "image/png"),
    ],
)
def test_a_page_that_calls_itself_a_picture_is_refused(browser, settings, kind, name, mime_type):
    """CVE-2024-10099 and CVE-2026-56670: by its content, whatever it says it is."""
    answer = upload(browser, NO_PICTURES[kind], name, mime_type)
    assert answer.status_code == 422
    assert b"JPEG, PNG or WebP" in answer.content
    assert not Asset.objects.exists()
    assert [p for p in Path(settings.MEDIA_ROOT).rglob("*") if p.is_file()] == []


def test_a_picture_is_kept_under_our_name_and_type_whatever_it_calls_itself(browser, png):
    """CVE-2026-111984, CVE-2024-38519: neither name nor ending nor type is the sender's."""
    for name in ("../../x.html", '"><img onerror=alert(1)>.svg', "a.png\r\nX: y", "a.php%00.png"):
        upload(browser, png().getvalue(), name, "text/html")
    for asset in Asset.objects.all():
        assert asset.relative_path.endswith(f"/{asset.pk}.png")
        assert asset.mime_type == "image/png"
        assert "/" not in asset.original_name


@pytest.mark.parametrize("address", ["/uploads/images/", "/uploads/clips/"])
@pytest.mark.parametrize(
    "body",
    [
        {"role": "first_frame", "file": "/etc/passwd"},
        {"role": "first_frame", "file": {"path": "/etc/passwd", "mimetype": "image/png"}},
        {"files": {"file": {"filepath": "/etc/passwd", "originalFilename": "a.png"}}},
    ],
)
def test_a_file_comes_only_as_a_file(browser, address, body):
    """CVE-2026-21858 (GHSA-v4pr-fm98-w9pg): JSON in place of an upload named a server's file."""
    script = {"X-Requested-With": "fetch"}
    answer = browser.post(
        address, json.dumps(body), content_type="application/json", headers=script
    )
    assert (answer.status_code, Asset.objects.count()) == (422, 0)
    flat = {name: str(value) for name, value in body.items()}
    answer = browser.post(address, flat, headers=script)
    assert (answer.status_code, Asset.objects.count()) == (422, 0)
