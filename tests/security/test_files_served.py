"""Every address that answers with a file answers with the same headers (rows 1, 3, 14, 26, 30)."""

from typing import Any

import httpx
import pytest
from django.conf import settings as django_settings
from django.test import Client

from studio.media.handover import FILE_HEADER
from studio.models import Asset
from studio.services.engine.afterwork import finish_clip
from tests.live import LiveStudio
from tests.security.front import signed_in
from tests.security.routes import every_route
from tests.security.world import World

OURS = {"image/png", "image/jpeg", "video/mp4", "video/webm"}
PAGES = {"text/html", "text/javascript", "application/manifest+json"}
FOR_PROGRAMS = {"text/plain", "application/json"}
"""How the studio is doing; no browser runs either, as long as it may not guess."""
TAKEN_AWAY = {"text/csv", "application/zip"}
"""Made by us from the database; always as an attachment."""
HARMLESS = {
    "Content-Security-Policy": "sandbox; default-src 'none'",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Referrer-Policy": "same-origin",
    "X-Frame-Options": "DENY",
    "Cache-Control": "private, max-age=31536000, immutable",
}


def kind_of(answer: Any) -> str:
    return str(answer.headers.get("Content-Type", "")).partition(";")[0]


@pytest.fixture
def answers(world: World, browser: Client) -> dict[str, Any]:
    """What every address says to a GET, asked for with each kind of file in its place."""
    finish_clip(world.clip.pk)
    found: dict[str, Any] = {}
    for route in every_route():
        for asset in Asset.objects.all() if "uuid" in route.kinds.values() else [world.image]:
            address = world.address(route, **({"pk": asset.pk} if "pk" in route.kinds else {}))
            found[f"{route.name} of {asset.kind}"] = browser.get(address)
    return found


def test_all_that_return_files_return_the_same_headers(answers):
    """CVE-2026-56672 (GHSA-53g8-45wq-pcv8): a second endpoint had missed the fix of the first."""
    files = {name: answer for name, answer in answers.items() if FILE_HEADER in answer.headers}
    assert {"media of video", "media of poster", "media_small of image"} <= set(files)
    for name, answer in files.items():
        # What a link shows is kept by no browser: after its end there is to be nothing.
        kept = {"Cache-Control": "private, no-store"} if name.startswith("shared_file") else {}
        wanted = HARMLESS | kept
        assert {key: answer.headers.get(key) for key in wanted} == wanted, name
        assert answer.headers["Content-Type"] in OURS, name
        assert answer.headers["ETag"], name


def test_nothing_else_returns_anything_but_pages(answers):
    """CVE-2024-10099, CVE-2026-33749: no address serves a stored file as a page of ours."""
    for name, answer in answers.items():
        assert answer.headers["X-Content-Type-Options"] == "nosniff", name
        assert "default-src 'none'" in answer.headers["Content-Security-Policy"], name
        if FILE_HEADER in answer.headers or answer.status_code in {204, 302, 405}:
            continue
        kind = kind_of(answer)
        assert kind in PAGES | FOR_PROGRAMS | TAKEN_AWAY, name
        if kind in TAKEN_AWAY:
            assert answer.headers["Content-Disposition"].startswith("attachment"), name


def test_no_page_may_open_a_blob_or_a_frame():
    """CVE-2026-33749, CVE-2026-110849: a file became a document of our origin through `blob:`."""
    policy = django_settings.CONTENT_SECURITY_POLICY["DIRECTIVES"]
    with_blobs = {name for name, sources in policy.items() if {"blob:", "data:"} & set(sources)}
    assert with_blobs <= {"img-src", "media-src"}
    assert policy["default-src"] == ["'none'"]
    assert not {"frame-src", "child-src", "object-src", "worker-src"} & set(policy)


def test_over_the_wire_the_headers_are_the_same_and_say_no_path(studio: LiveStudio, png):
    """GHSA-3pf9-5cjv-2w7q: thumbnails too; and the front keeps what it was told for itself."""
    with signed_in(studio) as web:
        form = {"role": "first_frame"}
        files = {"file": ("a.png", png(size=(900, 600)).getvalue(), "image/png")}
        shown = web.post("/uploads/images/", data=form, files=files)
        key = shown.text.partition("/media/")[2][:36]
        for address in (f"/media/{key}/", f"/media/{key}/small/", f"/media/{key}/?download=1"):
            answer = web.get(address)
            assert answer.status_code == 200
            assert {name: answer.headers.get(name) for name in HARMLESS} == HARMLESS
            assert FILE_HEADER not in answer.headers
            assert str(studio.data_dir) not in str(answer.headers)
            assert answer.headers["Content-Type"] in OURS
        assert httpx.get(f"{studio.url}/media/{key}/").status_code == 302
