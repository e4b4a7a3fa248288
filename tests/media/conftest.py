"""Real files, made here."""

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image

MP4 = ("mp4", "libx264", "aac")
WEBM = ("webm", "libvpx", "libopus")
SOUND_FRAME = 960
"""Samples; a length that both AAC and Opus take."""


@pytest.fixture
def make_video(tmp_path: Path) -> Callable[..., Path]:
    """An MP4 (WebM by its name) whose picture brightens from frame to frame."""

    def make(
        name: str = "clip.mp4",
        *,
        duration_s: float = 2.0,
        size: tuple[int, int] = (320, 180),
        fps: int = 12,
        has_sound: bool = True,
        has_picture: bool = True,
        sound_s: float | None = None,
        first_frame: int = 0,
        rotation: int = 0,
        movflags: str = "faststart",
    ) -> Path:
        path = tmp_path / name
        kind, video_codec, sound_codec = WEBM if path.suffix == ".webm" else MP4
        with av.open(str(path), "w", format=kind, options={"movflags": movflags}) as container:
            if has_picture:
                video = container.add_stream(video_codec, rate=fps)
                video.width, video.height, video.pix_fmt = *size, "yuv420p"
                video.gop_size = 12
                if rotation:
                    video.set_display_rotation(rotation)
            if has_sound:
                sound = container.add_stream(sound_codec, rate=48000)
                sound.layout = "stereo"
            if has_picture:
                frames = int(duration_s * fps)
                for index in range(frames):
                    grey = np.full((size[1], size[0], 3), 60 + 150 * index // frames, np.uint8)
                    frame = av.VideoFrame.from_ndarray(grey, format="rgb24")
                    frame.pts, frame.time_base = first_frame + index, Fraction(1, fps)
                    container.mux(video.encode(frame))
                container.mux(video.encode(None))
            if has_sound:
                _hum(container, sound, duration_s if sound_s is None else sound_s)
        return path

    return make


def _hum(container: av.container.OutputContainer, stream: av.AudioStream, length_s: float) -> None:
    for index in range(int(length_s * 48000) // SOUND_FRAME):
        wave = np.sin(np.arange(SOUND_FRAME) / 20.0).astype(np.float32) * 0.1
        frame = av.AudioFrame.from_ndarray(np.stack([wave, wave]), format="fltp", layout="stereo")
        frame.sample_rate, frame.pts, frame.time_base = (
            48000,
            index * SOUND_FRAME,
            Fraction(1, 48000),
        )
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
