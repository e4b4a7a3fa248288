"""Pictures out of a video are the right ones."""

import av
import pytest
from PIL import Image, ImageChops

from studio.media.errors import NotAVideo
from studio.media.frames import (
    write_first_frame,
    write_frame_at,
    write_last_frame,
    write_poster,
    write_preview,
)
from studio.media.probe import probe


def decoded(path):
    with av.open(str(path)) as container:
        return [frame.to_image() for frame in container.decode(video=0)]


def same(left, right):
    return ImageChops.difference(left.convert("RGB"), right.convert("RGB")).getbbox() is None


def test_first_and_last_frame_are_exactly_the_first_and_the_last(make_video, tmp_path):
    video, first, last = make_video(), tmp_path / "first.png", tmp_path / "last.png"
    write_first_frame(video, first)
    write_last_frame(video, last)
    frames = decoded(video)
    assert same(Image.open(first), frames[0])
    assert same(Image.open(last), frames[-1])


@pytest.mark.parametrize(
    "unlike_most",
    [
        {"name": "clip.webm"},
        {"first_frame": 18},
        {"movflags": "frag_keyframe+empty_moov"},
        {"has_sound": False, "fps": 1, "duration_s": 5},
    ],
)
def test_the_last_frame_is_exact_in_unusual_files_too(make_video, tmp_path, unlike_most):
    video, last = make_video(**unlike_most), tmp_path / "last.png"
    write_last_frame(video, last)
    frames = decoded(video)
    assert same(Image.open(last), frames[-1])
    assert not same(frames[-1], frames[-2])


@pytest.mark.parametrize("index", [0, 1, 7, 23])
def test_a_frame_at_a_second_is_the_one_shown_then(make_video, tmp_path, index):
    video, target = make_video(fps=12, duration_s=2), tmp_path / "at.png"
    write_frame_at(video, (index + 0.5) / 12, target)
    assert same(Image.open(target), decoded(video)[index])


def test_a_poster_is_modest_in_size(make_video, tmp_path):
    target = tmp_path / "poster.jpg"
    write_poster(make_video(size=(1920, 1080), duration_s=1), target)
    with Image.open(target) as poster:
        assert poster.size == (1280, 720)


def test_a_preview_is_small_silent_and_short(make_video, tmp_path):
    target = tmp_path / "preview.mp4"
    write_preview(make_video(size=(1280, 720), duration_s=6), target)
    facts = probe(target)
    assert facts.width == 480
    assert not facts.has_sound
    assert facts.duration_s == pytest.approx(4, abs=0.2)


def test_a_preview_stands_upright(make_video, tmp_path):
    target = tmp_path / "preview.mp4"
    write_preview(make_video(size=(320, 180), rotation=90), target)
    facts = probe(target)
    assert (facts.width, facts.height) == (180, 320)


def test_a_poster_is_no_black_picture(make_video, tmp_path):
    target = tmp_path / "poster.jpg"
    write_poster(make_video("clip.webm"), target)
    with Image.open(target) as poster:
        assert poster.getpixel((10, 10))[0] > 40


def test_a_video_without_pictures_gives_none(make_video, tmp_path):
    with pytest.raises(NotAVideo):
        write_poster(make_video(has_picture=False), tmp_path / "poster.jpg")
