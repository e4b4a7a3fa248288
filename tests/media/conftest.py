"""Real files, made here."""

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image


@pytest.fixture
def make_video(tmp_path: Path) -> Callable[..., Path]:
    """An MP4 whose picture brightens from frame to frame."""

    def make(
        name: str = "clip.mp4",
        *,
        duration_s: float = 2.0,
        size: tuple[int, int] = (320, 180),
        fps: int = 12,
        has_sound: bool = True,
        has_picture: bool = True,
    ) -> Path:
        path = tmp_path / name
        with av.open(str(path), "w", format="mp4", options={"movflags": "faststart"}) as container:
            if has_picture:
                video = container.add_stream("libx264", rate=fps)
                video.width, video.height, video.pix_fmt = *size, "yuv420p"
            if has_sound:
                sound = container.add_stream("aac", rate=48000)
                sound.layout = "stereo"
            if has_picture:
                frames = int(duration_s * fps)
                for index in range(frames):
                    grey = np.full((size[1], size[0], 3), 60 + 150 * index // frames, np.uint8)
                    container.mux(video.encode(av.VideoFrame.from_ndarray(grey, format="rgb24")))
                container.mux(video.encode(None))
            if has_sound:
                _hum(container, sound, duration_s)
        return path

    return make


def _hum(container: av.container.OutputContainer, stream: av.AudioStream, length_s: float) -> None:
    for index in range(int(length_s * 48000) // 1024):
        wave = np.sin(np.arange(1024) / 20.0).astype(np.float32) * 0.1
        frame = av.AudioFrame.from_ndarray(np.stack([wave, wave]), format="fltp", layout="stereo")
        frame.sample_rate, frame.pts, frame.time_base = 48000, index * 1024, Fraction(1, 48000)
        container.mux(stream.encode(frame))
    container.mux(stream.encode(None))


@pytest.fixture
def make_picture(tmp_path: Path) -> Callable[..., Path]:
    def make(
        name: str = "picture.png", *, size: tuple[int, int] = (64, 36), **save: object
    ) -> Path:
        path = tmp_path / name
        Image.linear_gradient("L").convert("RGB").resize(size).save(path, **save)
        return path

    return make
