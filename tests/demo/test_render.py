"""The clips themselves: what was asked for is what the file holds."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image, ImageOps

from studio.demo import scenes
from studio.demo.render import render
from studio.demo.spec import Spec

SMALL = Spec(prompt="Waves at sunset", width=320, height=180, duration_s=2)


@pytest.fixture
def picture(tmp_path: Path) -> Callable[[int, tuple[int, int]], Path]:
    """A colourful photograph-like picture: picture(seed, size)."""

    def make(seed: int, size: tuple[int, int]) -> Path:
        spots = np.random.default_rng(seed).integers(0, 255, (6, 9, 3), dtype=np.uint8)
        path = tmp_path / f"{seed}.png"
        Image.fromarray(spots).resize(size, Image.Resampling.BICUBIC).save(path)
        return path

    return make


def frames_of(path: Path) -> list[np.ndarray]:
    with av.open(str(path)) as container:
        return [frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)]


def difference(frame: np.ndarray, picture: Path) -> float:
    """Mean difference per channel (0 to 255) to the picture cropped to the frame."""
    size = (frame.shape[1], frame.shape[0])
    with Image.open(picture) as image:
        wanted = np.asarray(ImageOps.fit(image, size, Image.Resampling.LANCZOS), np.int16)
    return float(np.abs(frame.astype(np.int16) - wanted).mean())


@pytest.mark.parametrize(
    ("width", "height", "duration_s", "has_sound"),
    [(320, 180, 2, True), (114, 202, 1, False), (192, 192, 3, True)],
)
def test_a_clip_has_the_size_length_and_tracks_asked_for(
    tmp_path: Path, width: int, height: int, duration_s: int, has_sound: bool
):
    spec = Spec(
        prompt="Waves", width=width, height=height, duration_s=duration_s, has_sound=has_sound
    )
    render(spec, tmp_path / "clip.mp4")
    with av.open(str(tmp_path / "clip.mp4")) as container:
        video = container.streams.video[0]
        assert (video.width, video.height) == (width, height)
        assert (video.codec_context.name, video.pix_fmt) == ("h264", "yuv420p")
        assert (video.average_rate, video.frames) == (24, 24 * duration_s)
        assert [stream.codec_context.name for stream in container.streams.audio] == (
            ["aac"] if has_sound else []
        )
        assert container.duration == pytest.approx(duration_s * av.time_base, rel=0.02)


def test_a_clip_can_start_before_it_is_loaded_whole(tmp_path: Path):
    render(replace(SMALL, has_sound=True), tmp_path / "clip.mp4")
    data = (tmp_path / "clip.mp4").read_bytes()
    assert 0 < data.index(b"moov") < data.index(b"mdat")


@pytest.mark.parametrize("size", [(640, 360), (300, 500)])
def test_it_starts_at_the_first_picture_and_ends_at_the_last(
    tmp_path: Path, picture: Callable[[int, tuple[int, int]], Path], size: tuple[int, int]
):
    first, last = picture(1, size), picture(2, size)
    spec = replace(SMALL, first=str(first), last=str(last))
    render(spec, tmp_path / "clip.mp4")
    frames = frames_of(tmp_path / "clip.mp4")
    assert difference(frames[0], first) < 4
    assert difference(frames[-1], last) < 4
    assert difference(frames[0], last) > 20


def test_the_picture_moves(tmp_path: Path, picture: Callable[[int, tuple[int, int]], Path]):
    first = picture(1, (640, 360))
    render(replace(SMALL, first=str(first)), tmp_path / "clip.mp4")
    frames = frames_of(tmp_path / "clip.mp4")
    assert difference(frames[-1], first) > difference(frames[0], first) + 2


def test_the_caption_is_there_in_the_middle_only(
    tmp_path: Path, picture: Callable[[int, tuple[int, int]], Path]
):
    plain = picture(3, (320, 180))
    Image.new("RGB", (320, 180), (60, 90, 120)).save(plain)
    render(replace(SMALL, first=str(plain)), tmp_path / "clip.mp4")
    frames = frames_of(tmp_path / "clip.mp4")
    brightest = [int(frames[number][150:].max()) for number in (0, 24, 47)]
    assert brightest[1] > 170
    assert max(brightest[0], brightest[2]) < 130


@pytest.mark.parametrize("prompt", ["An aurora", "Neon city in the rain", "Snowy forest", "Xyz"])
def test_a_scene_of_its_own_is_drawn_and_moves(tmp_path: Path, prompt: str):
    render(replace(SMALL, prompt=prompt), tmp_path / "clip.mp4")
    frames = frames_of(tmp_path / "clip.mp4")
    assert frames[0].std() > 10
    assert np.abs(frames[0].astype(np.int16) - frames[-1]).mean() > 0.5


@pytest.mark.parametrize("place", scenes.PLACES)
def test_every_place_is_found_by_its_own_name(place: str):
    assert scenes.choose(f"A view of the {place}").place == place


def test_words_choose_time_and_weather():
    choice = scenes.choose("Mountains at night, snow falling")
    assert (choice.place, choice.time, choice.weather) == ("mountains", "night", "snow")


def test_the_same_prompt_gives_the_same_clip(tmp_path: Path):
    etags = [render(replace(SMALL, duration_s=1), tmp_path / f"{n}.mp4")[0] for n in range(2)]
    assert etags[0] == etags[1]
