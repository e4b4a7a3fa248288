"""A file counts as a video only when all of it is one."""

import pytest

from studio.media.errors import NotAVideo
from studio.media.probe import check_video, probe


def test_the_facts_of_a_video(make_video):
    facts = check_video(make_video(duration_s=2, size=(320, 180), fps=12))
    assert (facts.width, facts.height, facts.fps) == (320, 180, 12)
    assert facts.duration_s == pytest.approx(2, abs=0.1)
    assert facts.has_sound
    assert (facts.video_codec, facts.mime_type) == ("h264", "video/mp4")


def test_a_silent_video_says_so(make_video):
    assert not probe(make_video(has_sound=False)).has_sound


@pytest.mark.parametrize("share", [0.02, 0.3, 0.6, 0.9, 0.97])
def test_a_file_that_was_cut_off_is_refused_wherever_it_was_cut(make_video, share):
    path = make_video(duration_s=4, size=(640, 360))
    path.write_bytes(path.read_bytes()[: int(path.stat().st_size * share)])
    with pytest.raises(NotAVideo):
        check_video(path)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"<!doctype html><title>Sign in</title>",
        b'{"error": "try again"}',
        b"\0\0\0\x20ftypisom" + b"\0" * 500,
        b"\x1a\x45\xdf\xa3" + b"x" * 500,
        b"\x89PNG\r\n\x1a\n" + b"x" * 100,
        b"MZ" + b"\0" * 200,
    ],
)
def test_what_is_no_video_is_refused(tmp_path, content):
    path = tmp_path / "clip.mp4"
    path.write_bytes(content)
    with pytest.raises(NotAVideo):
        check_video(path)


@pytest.mark.parametrize("kind", ["text/html; charset=utf-8", "application/json"])
def test_a_video_that_was_declared_as_something_else_is_refused(make_video, kind):
    with pytest.raises(NotAVideo, match="no video"):
        check_video(make_video(), kind)


def test_sound_alone_is_no_video(make_video):
    with pytest.raises(NotAVideo):
        check_video(make_video(has_picture=False))


def test_damage_in_the_middle_is_found_or_harmless_but_never_fatal(make_video):
    path = make_video(duration_s=3)
    content = bytearray(path.read_bytes())
    start = content.index(b"moov") + 40
    content[start : start + 200] = b"\xff" * 200
    path.write_bytes(content)
    with pytest.raises(NotAVideo):
        check_video(path)
