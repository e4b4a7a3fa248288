"""A clip carries its origin, and loses nothing by it."""

import av
import pytest

from studio.media.errors import MediaError
from studio.media.metadata import embed, read, read_sidecar, write_sidecar

DOCUMENT = {"prompt": 'Mist über "dem See"\n— langsam, 35 mm 🎬', "seed": 7, "inputs": [1, 2]}


def payload(path):
    with av.open(str(path)) as container:
        return [bytes(packet) for packet in container.demux() if packet.size]


def test_the_document_is_read_back_from_the_file(make_video, tmp_path):
    tagged = tmp_path / "tagged.mp4"
    embed(make_video(), tagged, DOCUMENT)
    assert read(tagged) == DOCUMENT


def test_pictures_and_sound_are_the_same_bytes(make_video, tmp_path):
    video, tagged = make_video(), tmp_path / "tagged.mp4"
    embed(video, tagged, DOCUMENT)
    assert sorted(payload(tagged)) == sorted(payload(video))


def test_the_file_still_starts_fast(make_video, tmp_path):
    tagged = tmp_path / "tagged.mp4"
    embed(make_video(), tagged, DOCUMENT)
    content = tagged.read_bytes()
    assert content.index(b"moov") < content.index(b"mdat")


def test_a_source_without_an_ending_can_be_labelled(make_video, tmp_path):
    embed(make_video("clip.part"), tmp_path / "clip.tagged", DOCUMENT)
    assert read(tmp_path / "clip.tagged") == DOCUMENT


def test_a_foreign_file_has_no_document(make_video):
    assert read(make_video()) is None


def test_what_is_no_video_cannot_be_labelled(tmp_path):
    (tmp_path / "page.mp4").write_text("<html>")
    with pytest.raises(MediaError):
        embed(tmp_path / "page.mp4", tmp_path / "tagged.mp4", DOCUMENT)


def test_the_sidecar_stands_beside_the_file(make_video):
    video = make_video()
    write_sidecar(video, DOCUMENT)
    assert read_sidecar(video) == DOCUMENT
    assert video.with_suffix(".json").exists()


def test_a_missing_sidecar_is_none(make_video):
    assert read_sidecar(make_video()) is None
