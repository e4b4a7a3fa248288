"""A clip carries its origin, and loses nothing by it."""

import av
import pytest

from studio.media.errors import MediaError, NotAVideo
from studio.media.metadata import embed, read, read_sidecar, read_stranger, write_sidecar
from studio.media.probe import probe

DOCUMENT = {"prompt": 'Mist über "dem See"\n— langsam, 35 mm 🎬', "seed": 7, "inputs": [1, 2]}


def payload(path):
    with av.open(str(path)) as container:
        return [(p.stream.type, bytes(p)) for p in container.demux() if p.size]


def test_the_document_is_read_back_from_the_file(make_video, tmp_path):
    tagged = tmp_path / "tagged.mp4"
    embed(make_video(), tagged, DOCUMENT)
    assert read(tagged) == DOCUMENT


def test_pictures_and_sound_are_the_same_bytes(make_video, tmp_path):
    video, tagged = make_video(), tmp_path / "tagged.mp4"
    embed(video, tagged, DOCUMENT)
    assert sorted(payload(tagged)) == sorted(payload(video))


def test_a_turned_clip_stays_turned(make_video, tmp_path):
    tagged = tmp_path / "tagged.mp4"
    embed(make_video(size=(320, 180), rotation=90), tagged, DOCUMENT)
    facts = probe(tagged)
    assert (facts.width, facts.height) == (180, 320)


def test_the_prompt_is_its_description_and_its_beginning_the_title(make_video, tmp_path):
    tagged, prompt = tmp_path / "tagged.mp4", "a long\nway " * 40
    embed(make_video(), tagged, {"prompt": prompt})
    with av.open(str(tagged)) as container:
        assert container.metadata["description"] == prompt
        assert container.metadata["title"] == ("a long way " * 40)[:80]


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


def test_a_strangers_file_is_read_the_same(make_video, tmp_path):
    tagged = tmp_path / "tagged.mp4"
    embed(make_video(), tagged, DOCUMENT)
    assert read_stranger(tagged) == DOCUMENT
    assert read_stranger(make_video()) is None


def test_a_strangers_file_that_is_no_video_is_refused(tmp_path):
    (tmp_path / "page.mp4").write_text("<html>")
    with pytest.raises(NotAVideo):
        read_stranger(tmp_path / "page.mp4")
    (tmp_path / "half.mp4").write_bytes(b"\0\0\0\x18ftypisom" + b"\0" * 100)
    with pytest.raises(NotAVideo):
        read_stranger(tmp_path / "half.mp4")
