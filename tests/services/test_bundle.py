"""Clips to take away, many in one zip."""

import io
import json
import zipfile

from studio.models import Asset
from studio.services.bundle import MISSING, bundle
from tests.clips import CONTENT


def opened(clips: list[Asset]) -> zipfile.ZipFile:
    packed = bundle(clips)
    content = b"".join(packed.chunks)
    assert len(content) == packed.size_bytes
    return zipfile.ZipFile(io.BytesIO(content))


def test_a_zip_has_each_clip_with_its_origin_beside_it(add_clip):
    clip = add_clip("Storm swell", has_files=True)
    name = f"dailies-{clip.job_id}-storm-swell"
    with opened([clip]) as packed:
        assert packed.namelist() == [f"{name}.mp4", f"{name}.json"]
        assert packed.read(f"{name}.mp4") == CONTENT
        assert json.loads(packed.read(f"{name}.json")) == {"prompt": "as the sidecar has it"}
        assert packed.testzip() is None


def test_a_clip_without_a_sidecar_has_its_origin_from_the_database(add_clip):
    clip = add_clip("Storm swell", has_files=True)
    clip.path.with_suffix(".json").unlink()
    with opened([clip]) as packed:
        document = json.loads(packed.read(packed.namelist()[1]))
    assert (document["prompt"], document["job"]) == ("Storm swell", clip.job_id)


def test_two_files_never_have_one_name(add_clip):
    first, second = add_clip("Same", has_files=True), add_clip("Same", has_files=True)
    second.job_id = first.job_id
    with opened([first, second]) as packed:
        assert len(set(packed.namelist())) == 4


def test_a_file_that_is_not_there_is_told_in_the_zip(add_clip):
    there, lost = add_clip("There", has_files=True), add_clip("Lost", has_files=True)
    lost.path.unlink()
    with opened([there, lost]) as packed:
        assert packed.read(MISSING).decode() == f"dailies-{lost.job_id}-lost.mp4"
