"""A file counts as a video only when all of it is one."""

from pathlib import Path

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


@pytest.mark.parametrize("name", ["clip.mp4", "clip.webm"])
@pytest.mark.parametrize("share", [0.02, 0.3, 0.6, 0.9, 0.97, 0.999])
def test_a_file_that_was_cut_off_is_refused_wherever_it_was_cut(make_video, name, share):
    path = make_video(name)
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


@pytest.mark.parametrize(
    "kind", ["text/html; charset=utf-8", "application/json", "Application/Problem+JSON"]
)
def test_a_video_that_was_declared_as_something_else_is_refused(make_video, kind):
    with pytest.raises(NotAVideo, match="no video"):
        check_video(make_video(), kind)


def test_sound_alone_is_no_video(make_video):
    with pytest.raises(NotAVideo):
        check_video(make_video(has_picture=False))


def test_a_file_in_pieces_is_refused_when_the_last_piece_is_cut_off(make_video):
    path = make_video(movflags="frag_keyframe+empty_moov")
    assert check_video(path).width == 320
    path.write_bytes(path.read_bytes()[:-200])
    with pytest.raises(NotAVideo):
        check_video(path)


def test_zeros_in_place_of_the_end_are_found(make_video):
    path = make_video(has_sound=False)
    content = path.read_bytes()
    path.write_bytes(content[:-400] + bytes(400))
    with pytest.raises(NotAVideo):
        check_video(path)


def test_padding_after_the_end_is_harmless(make_video):
    path = make_video()
    path.write_bytes(path.read_bytes() + bytes(100))
    assert check_video(path).duration_s == pytest.approx(2, abs=0.1)


def test_sound_may_go_on_after_the_pictures(make_video):
    assert check_video(make_video("clip.webm", sound_s=4)).mime_type == "video/webm"


def test_a_turned_video_is_measured_as_shown(make_video):
    facts = check_video(make_video(size=(320, 180), rotation=90))
    assert (facts.width, facts.height) == (180, 320)


def test_the_check_works_wherever_it_was_started(make_video, monkeypatch, tmp_path):
    path = make_video()
    monkeypatch.chdir(tmp_path)
    assert check_video(Path(path.name)).width == 320


def test_damage_in_the_middle_is_found_or_harmless_but_never_fatal(make_video):
    path = make_video(duration_s=3)
    content = bytearray(path.read_bytes())
    start = content.index(b"moov") + 40
    content[start : start + 200] = b"\xff" * 200
    path.write_bytes(content)
    with pytest.raises(NotAVideo):
        check_video(path)
