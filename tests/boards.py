"""Storyboards for the tests: clips with real files, boards of them."""

import uuid
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from django.contrib.auth.models import User

from studio.models import Asset, Board, Job, Shot
from studio.services import boards
from studio.services.assets import new_path, sha256_of
from tests.factories import new_member


def write_clip(path: Path, length_s: float, *, size: tuple[int, int] = (64, 36)) -> None:
    """A small real video that brightens, at 24 pictures a second."""
    with av.open(str(path), "w", format="mp4") as container:
        video = container.add_stream("libx264", rate=24)
        video.width, video.height, video.pix_fmt = *size, "yuv420p"
        count = round(length_s * 24)
        for index in range(count):
            picture = np.full((size[1], size[0], 3), 40 + 180 * index // count, np.uint8)
            frame = av.VideoFrame.from_ndarray(picture, format="rgb24")
            frame.pts, frame.time_base = index, Fraction(1, 24)
            container.mux(video.encode(frame))
        container.mux(video.encode(None))


@pytest.fixture
def make_clip(owner, make_job, make_provider, settings, tmp_path) -> Callable[..., Asset]:
    """A clip with its ready job; `has_file` writes a real small video."""
    settings.MEDIA_ROOT = tmp_path / "media"
    made: list[Any] = []

    def make(
        prompt: str = "Mist over a lake",
        *,
        length_s: float = 2.0,
        has_file: bool = False,
        **job: Any,
    ) -> Asset:
        made.append(made[0] if made else make_provider())
        done = make_job(made[0], prompt=prompt, **job)
        key = uuid.uuid4()
        relative = new_path("clips", ".mp4", key)
        path = Path(settings.MEDIA_ROOT) / relative
        if has_file:
            write_clip(path, length_s)
        clip = Asset.objects.create(
            id=key,
            kind=Asset.Kind.VIDEO,
            relative_path=relative,
            sha256=sha256_of(path) if has_file else "0" * 64,
            size_bytes=path.stat().st_size if has_file else 1,
            mime_type="video/mp4",
            width=64,
            height=36,
            duration_s=length_s,
            fps=24.0,
            owner=owner,
            job=done,
        )
        Job.objects.filter(pk=done.pk).update(
            state=Job.State.READY, sent_at=done.created_at, video=clip
        )
        clip.refresh_from_db()
        return clip

    return make


@pytest.fixture
def board(owner) -> Board:
    return boards.create("Keeper of the light", owner)


@pytest.fixture
def make_shots(board, owner, make_clip) -> Callable[..., list[Shot]]:
    """Shots of so many seconds each on the board."""

    def make(*lengths_s: float, **clip: Any) -> list[Shot]:
        clips = [
            make_clip(f"Shot number {index}", length_s=length_s, **clip)
            for index, length_s in enumerate(lengths_s)
        ]
        made = boards.add_clips(board, clips, owner)
        board.refresh_from_db()
        return made

    return make


@pytest.fixture
def jonas(db: None) -> User:
    return new_member("jonas", password="a long enough one")
