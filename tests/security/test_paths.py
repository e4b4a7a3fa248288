"""No address, name or field leads to a file that is not meant (rows 4, 5, 7 to 10, 14, 15, 23)."""

import asyncio
import os
import re
import uuid
import zipfile
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import httpx
import pytest
from django.test import Client
from django.urls import Resolver404, resolve
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from studio.front import MediaFront
from studio.media.handover import FILE_HEADER
from studio.models import Asset, Job
from studio.services.bundle import bundle, file_name
from tests.live import ROOT, LiveStudio
from tests.security.front import files_below, raw
from tests.security.routes import Route, every_route
from tests.security.traversals import every_traversal
from tests.security.world import World
from tests.views.forms import form

TRAVERSALS = every_traversal()
TEXTS = [route for route in every_route() if {"str", "path", "slug"} & set(route.kinds.values())]
NUMBERS = [route for route in every_route() if {"int", "uuid"} & set(route.kinds.values())]
SECRETS = (b"root:x:0", b"SQLite format", b"PRIVATE KEY", b'"database"')


def body_of(answer: Any) -> bytes:
    """Without what is another at each request: its token, and the address to come back to."""
    return re.sub(rb'[A-Za-z0-9]{64}|name="next" value="[^"]*"', b"", answer.content)


# -- Addresses -----------------------------------------------------------------------------------


def test_there_are_two_hundred_ways_and_some_addresses_to_try_them_on():
    assert len(set(TRAVERSALS)) >= 200
    assert {"public_image", "setup", "words"} <= {route.name for route in TEXTS}


@pytest.mark.parametrize("route", TEXTS, ids=lambda route: route.name)
def test_no_way_of_writing_leads_out_of_an_address_with_a_text(route: Route, browser: Client, db):
    """CVE-2026-56671 (GHSA-pj59-g5vv-74q4), CVE-2023-51449: and all are answered alike, so that
    nobody learns what there is."""
    names = list(route.kinds)
    usual = browser.get(route.path(dict.fromkeys(names, "nothing-there")))
    assert usual.status_code == 404
    alike = {body_of(usual), body_of(browser.get("/no/such/address/"))}
    for text in TRAVERSALS:
        answer = browser.get(route.path(dict.fromkeys(names, text)))
        assert answer.status_code in {404, 301}, text
        assert answer.status_code == 301 or body_of(answer) in alike, text


@pytest.mark.parametrize("route", NUMBERS, ids=lambda route: route.name)
def test_an_address_with_a_number_takes_nothing_else(route: Route):
    """The converters of Django refuse it: no view is asked."""
    for text in TRAVERSALS:
        address = unquote(route.path(dict.fromkeys(route.kinds, text)))
        try:
            found = resolve(address)
        except Resolver404:
            continue
        assert str(found.route) != route.route or text in {"0", "-1"}, text


def test_over_the_wire_nothing_of_the_data_folder_can_be_had(studio: LiveStudio):
    """CVE-2025-67303: no key, database, log or setting is reachable over the web."""
    names = [str(path.relative_to(studio.data_dir)) for path in studio.data_dir.iterdir()]
    assert {"secret.key", "field.key", "queue.key", "studio.sqlite3"} <= set(names)
    folders = ("/", "/media/", "/static/", "/static/../", "/media/../", "/data/", "/static/%2e%2e/")
    for target in [folder + name for folder in folders for name in names]:
        status, answer = raw(studio, target, "Host: localhost")
        assert status in {301, 302, 400, 404}, target
        for name in ("secret.key", "field.key", "queue.key"):
            assert (studio.data_dir / name).read_bytes().strip() not in answer


def test_over_the_wire_no_way_of_writing_leads_out_of_the_static_folder(studio: LiveStudio):
    """CVE-2026-56671: also where no client tidies the address first."""
    for text in TRAVERSALS:
        for folder in ("/static/", "/p/"):
            status, answer = raw(studio, folder + text, "Host: localhost")
            assert status in {0, 301, 302, 400, 404, 414, 431}, text
            assert not any(secret in answer for secret in SECRETS), text


@pytest.mark.parametrize("path", ["/file=/etc/passwd", "/view?filename=../x", "/proxy=http://a/"])
def test_there_is_no_address_that_fetches_or_opens_what_it_is_told(browser, path):
    """GHSA-3qqg-pgqq-3695: an open proxy; CVE-2023-51449: a file by its path."""
    assert browser.get(path).status_code == 404


# -- The front's own check -----------------------------------------------------------------------


def test_the_front_sends_a_file_if_and_only_if_it_is_really_inside(tmp_path: Path):
    """CVE-2024-47164 (GHSA-77xq-6g77-h274): against what the operating system says, with links."""
    root, ask = _tree(tmp_path)
    parts = ["..", ".", "in", "out", "link", "loop", "media", "media-2", "file", "", "a\tb", "ä"]

    @settings(max_examples=400, deadline=None, suppress_health_check=list(HealthCheck))
    @given(st.lists(st.sampled_from(parts), max_size=7), st.booleans())
    @example(["..", "media-2", "file"], False)
    @example(["link", "file"], False)
    @example(["in", "..", "..", "media", "file"], False)
    def agrees(names: list[str], is_absolute: bool) -> None:
        path = os.path.join("/" if is_absolute else str(root), *names)
        real = os.path.realpath(path)
        is_inside = os.path.commonpath([real, root]) == str(root) and os.path.isfile(real)
        assert (ask(path) == 200) is is_inside, path

    agrees()


def _tree(tmp_path: Path) -> tuple[Path, Callable[[str], int]]:
    """A media folder beside others, with links out of it; and how the front answers for a path."""
    root = tmp_path.resolve() / "media"
    for folder in (root / "in", tmp_path / "out", tmp_path / "media-2"):
        folder.mkdir(parents=True)
        (folder / "file").write_text("x")
    (root / "file").write_text("x")
    (root / "link").symlink_to(tmp_path / "out")
    (root / "loop").symlink_to(root / "loop")
    (root / "in" / "link").symlink_to(root)
    told: list[str] = []

    def pages(environ: dict[str, Any], start: Callable[..., Any]) -> list[bytes]:
        start("200 OK", [("Content-Type", "image/png"), (FILE_HEADER, told[-1])])
        return [b""]

    front = MediaFront(pages, media_root=root, threads=1)

    def ask(path: str) -> int:
        told.append(path.encode().decode("latin-1"))
        return asyncio.run(_status(front, path))

    return root, ask


async def _status(front: MediaFront, path: str) -> int:
    transport = httpx.ASGITransport(front)
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as web:
        return (await web.get("/")).status_code


# -- Fields and names ----------------------------------------------------------------------------

FILES = ["/etc/passwd", "../../secret.key", "file:///etc/passwd", "images/2026/11/x.png", "0"]


@pytest.mark.parametrize("role", ["first_frame", "last_frame", "reference", "source_video"])
def test_a_clip_is_made_from_pictures_of_the_studio_only(browser, getimg, role):
    """CVE-2026-56673 (GHSA-rvxv-29p8-pxgq): a job's input named a file of the server."""
    for path in [*FILES, str(uuid.uuid4())]:
        browser.post("/", form(getimg, **{role: path}))
    assert not Asset.objects.exists()
    for job in Job.objects.all():
        assert not job.inputs.exists()


def test_a_row_of_a_table_names_no_file_of_the_server(browser, getimg):
    """CVE-2026-56673: the same for many clips at once."""
    for path in FILES:
        text = f"prompt,first_frame\nMist,{path}\n"
        answer = browser.post("/compose/batch/", {"text": text})
        assert answer.status_code in {200, 422}
        assert not any(secret in answer.content for secret in SECRETS)
        browser.post("/compose/batch/", {"text": text, "queue": "1", "line": ["2"]})
    assert not Job.objects.filter(inputs__isnull=False).exists()


def test_no_name_that_somebody_gives_writes_into_our_own_code(browser, world, png):
    """CVE-2026-123790: the name of something saved led into the folder of the plug-ins."""
    before = files_below(ROOT / "studio") | files_below(ROOT / "templates")
    for name in (
        "../../studio/providers/x.py",
        "/work/x",
        "..\\studio\\x.py",
        "studio.providers.x",
    ):
        named = {"name": name, "new_collection": name, "preset_name": name, "tag": name}
        every = named | {"clip": str(world.clip.pk), "prompt": name, "new_board": name}
        for action in ("collect", "tag"):
            browser.post("/gallery/do/", every | {"action": action})
        browser.post("/compose/presets/save/", every)
        browser.post("/boards/", every)
        browser.post("/boards/add/", every)
        file = png()
        file.name = name
        browser.post("/uploads/images/", {"role": "first_frame", "file": file})
    after = files_below(ROOT / "studio") | files_below(ROOT / "templates")
    assert {path for path in after.keys() ^ before.keys() if not path.endswith(".pyc")} == set()


@given(prompt=st.text(), name=st.text(), extension=st.sampled_from([".mp4", ".webm", ".png"]))
@example(prompt="../../etc/passwd", name="/etc/passwd", extension=".mp4")
@example(prompt="\x00\r\n\\..\\", name="con", extension=".png")
def test_a_file_that_is_taken_away_has_a_plain_name(prompt: str, name: str, extension: str):
    """GHSA-28cf-xvcf-hw6m: a template of names led out of its folder."""
    for job in (Job(pk=7, prompt=prompt), None):
        asset = Asset(relative_path=f"clips/x{extension}", original_name=name, job=job)
        assert re.fullmatch(r"dailies(-[a-z0-9]+)+\.(mp4|webm|png)", file_name(asset))


def test_a_zip_holds_names_of_ours_only(add_clip):
    """CVE-2025-6237: a bulk download that was led by its names."""
    clips = [add_clip(name, has_files=True) for name in ("../../x", "/etc/passwd", "..\\x", ".")]
    packed = BytesIO(b"".join(bundle(clips).chunks))
    for name in zipfile.ZipFile(packed).namelist():
        assert re.fullmatch(r"dailies(-[a-z0-9]+)+\.(mp4|json)", name)


def test_no_get_deletes_or_changes_anything(browser, world: World, settings):
    """CVE-2025-6237: the download deleted what it had been asked for."""
    columns = ("pk", "trashed_at", "erased_at", "is_favourite", "rating")
    files = files_below(Path(settings.MEDIA_ROOT)).keys()
    rows = list(Asset.objects.values_list(*columns))
    said = {"action": "delete", "confirmed": "1", "do": "cancel", "clip": str(world.clip.pk)}
    for route in every_route():
        browser.get(world.address(route), said)
    assert list(Asset.objects.values_list(*columns)) == rows
    assert files <= files_below(Path(settings.MEDIA_ROOT)).keys()
    assert Job.objects.get(pk=world.unsent.pk).state == Job.State.QUEUED


@pytest.mark.parametrize("path", ["../outside.txt", "clips/../../outside.txt", "link/outside.txt"])
def test_deleting_takes_keys_and_stays_inside_the_media_folder(
    browser, add_clip, settings, tmp_path, path
):
    """CVE-2024-11042: any file could be deleted by its path. Ours are named by the database, and
    even a row that leads outside deletes nothing there."""
    clip, outside = add_clip(has_files=True), tmp_path / "outside.txt"
    outside.write_text("stays")
    (Path(settings.MEDIA_ROOT) / "link").symlink_to(tmp_path)
    browser.post("/gallery/do/", {"action": "trash", "clip": path})
    assert not Asset.objects.exclude(trashed_at=None).exists()
    browser.post("/gallery/do/", {"action": "trash", "clip": str(clip.pk)})
    Asset.objects.filter(pk=clip.pk).update(relative_path=path)
    browser.post("/gallery/do/", {"action": "delete", "clip": str(clip.pk), "confirmed": "1"})
    assert Asset.objects.get(pk=clip.pk).erased_at is not None
    assert outside.read_text() == "stays"
