"""After a fetch: poster, preview, first and last frame, filmstrip. Never holds up the clip."""

import logging
import uuid
from collections.abc import Callable
from pathlib import Path

from django.conf import settings
from PIL import Image
from structlog.contextvars import bound_contextvars

from studio.media.errors import MediaError
from studio.media.frames import (
    write_filmstrip,
    write_first_frame,
    write_last_frame,
    write_poster,
    write_preview,
)
from studio.media.probe import probe
from studio.models import Asset
from studio.services.assets import sha256_of
from studio.services.engine.killpoints import KillPoint, reach

logger = logging.getLogger(__name__)

Writer = Callable[[Path, Path], None]
WRITERS: dict[str, tuple[Writer, str, str]] = {
    Asset.Kind.POSTER: (write_poster, ".jpg", "image/jpeg"),
    Asset.Kind.LAST_FRAME: (write_last_frame, ".png", "image/png"),
    Asset.Kind.FIRST_FRAME: (write_first_frame, ".png", "image/png"),
    Asset.Kind.FILMSTRIP: (write_filmstrip, ".jpg", "image/jpeg"),
    Asset.Kind.PREVIEW: (write_preview, ".mp4", "video/mp4"),
}


def finish_clip(clip_id: uuid.UUID) -> None:
    """Make whatever of a clip's companions is not there yet."""
    clip = Asset.objects.filter(pk=clip_id, erased_at=None).first()
    if clip is None:
        return
    with bound_contextvars(job_id=clip.job_id):
        _finish(clip)


def _finish(clip: Asset) -> None:
    there = set(clip.derived.values_list("kind", flat=True))
    for kind, (write, extension, mime_type) in WRITERS.items():
        if kind in there:
            continue
        try:
            _derive(clip, kind, write, extension, mime_type)
        except MediaError as e:
            logger.warning("Clip %s has no %s: %s", clip.pk, kind, e.message)


def _derive(clip: Asset, kind: str, write: Writer, extension: str, mime_type: str) -> None:
    key = uuid.uuid5(clip.pk, kind)
    path = clip.path.with_name(f"{clip.path.stem}.{kind}{extension}")
    # Beside the part files: what a killed worker leaves there is tidied up.
    draft = Path(settings.MEDIA_ROOT) / "incoming" / f"draft-{uuid.uuid4().hex}{path.suffix}"
    draft.parent.mkdir(parents=True, exist_ok=True)
    try:
        write(clip.path, draft)
        size_bytes, (width, height) = draft.stat().st_size, _shape(draft, mime_type)
        draft.replace(path)
        reach(KillPoint.COMPANION_WRITTEN, clip.job_id or 0)
    finally:
        draft.unlink(missing_ok=True)
    Asset.objects.get_or_create(
        parent=clip,
        kind=kind,
        defaults={
            "id": key,
            "relative_path": str(Path(clip.relative_path).with_name(path.name)),
            "sha256": sha256_of(path),
            "size_bytes": size_bytes,
            "mime_type": mime_type,
            "width": width,
            "height": height,
            "owner": clip.owner,
            "job": clip.job,
        },
    )


def _shape(path: Path, mime_type: str) -> tuple[int, int]:
    if mime_type.startswith("image/"):
        with Image.open(path) as image:
            return image.size
    facts = probe(path)
    return facts.width, facts.height
