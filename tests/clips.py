"""Finished clips for the tests of the gallery: a job with its clip, and files where they matter."""

import json
import uuid
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as studio_settings
from django.utils import timezone
from PIL import Image

from studio.models import Asset, Job

CONTENT = b"pictures and sound of a clip"
COLUMNS = frozenset({"width", "height", "duration_s", "has_sound", "is_favourite", "rating"})


@pytest.fixture
def add_clip(owner, make_job, make_provider, settings, tmp_path) -> Callable[..., Asset]:
    """A clip with its ready job, a minute older than the last; `has_files`: with a file of its
    own, a sidecar and companions."""
    settings.MEDIA_ROOT = tmp_path / "media"
    made: list[Asset] = []

    def add(prompt: str = "Mist over a lake", *, has_files: bool = False, **given: Any) -> Asset:
        columns = {name: given.pop(name) for name in COLUMNS & set(given)}
        at = given.pop("at", timezone.now() - timedelta(minutes=len(made)))
        by, trashed_at = given.pop("by", owner), given.pop("trashed_at", None)
        provider = given.pop("provider", None) or (made[0].job.provider if made else None)
        job = make_job(provider or make_provider(), prompt=prompt, **given)
        clip = Asset.objects.create(
            kind=Asset.Kind.VIDEO,
            relative_path=f"clips/2026/11/{uuid.uuid4()}.mp4",
            **_facts(CONTENT if has_files else b"x"),
            **{"width": 1280, "height": 720, "duration_s": 5.0} | columns,
            fps=24,
            mime_type="video/mp4",
            owner=by,
            job=job,
            created_at=at,
            trashed_at=trashed_at,
        )
        ended = {"state": Job.State.READY, "sent_at": at, "video": clip, "owner": by}
        Job.objects.filter(pk=job.pk).update(**ended)
        if has_files:
            _write(clip)
        made.append(clip)
        return clip

    return add


def _facts(content: bytes) -> dict[str, Any]:
    return {"sha256": "0" * 64, "size_bytes": len(content)}


def _write(clip: Asset) -> None:
    clip.path.parent.mkdir(parents=True, exist_ok=True)
    clip.path.write_bytes(CONTENT)
    clip.path.with_suffix(".json").write_text(json.dumps({"prompt": "as the sidecar has it"}))
    for kind in (Asset.Kind.POSTER, Asset.Kind.LAST_FRAME):
        path = clip.path.with_name(f"{clip.path.stem}.{kind}.png")
        Image.new("RGB", (32, 18), "teal").save(path)
        relative = path.relative_to(Path(studio_settings.MEDIA_ROOT))
        Asset.objects.create(
            kind=kind,
            parent=clip,
            relative_path=str(relative),
            **_facts(path.read_bytes()),
            mime_type="image/png",
            width=32,
            height=18,
            owner=clip.owner,
        )


def files_of(clip: Asset) -> set[str]:
    """What stands on the disk of this clip, by the ends of the names."""
    mine = clip.path.parent.glob(f"{clip.path.stem}*")
    return {path.name.removeprefix(clip.path.stem) for path in mine}
