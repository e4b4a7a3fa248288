"""Storing: a checked file becomes the job's clip.

The order is what a power cut leaves whole: the file on the disk itself, its name, the folder on
the disk itself, and only then the row that says that it is there.
"""

import hashlib
import logging
import os
import uuid
from pathlib import Path

from django.db import transaction

from studio.media.errors import MediaError
from studio.media.metadata import embed, write_sidecar
from studio.media.probe import VideoFacts
from studio.models import Asset, Job, Lease
from studio.services import disk
from studio.services.durable import make_folder, sync_file, sync_folder
from studio.services.engine.holding import LostLease, hold
from studio.services.engine.killpoints import KillPoint, reach
from studio.services.engine.parts import Part
from studio.services.provenance import beside, describe

logger = logging.getLogger(__name__)

EXTENSIONS = {"video/mp4": ".mp4", "video/webm": ".webm"}


def store(job: Job, lease: Lease, part: Part, facts: VideoFacts) -> None:
    """Make the clip of this file and end the job with it. Raises LostLease."""
    hold(job, lease)
    ready = _with_metadata(job, part, facts)
    reach(KillPoint.TAGGED, job.pk)
    hold(job, lease)
    clip = _clip_row(job, ready, part.sha256, facts)
    make_folder(clip.path.parent)
    _tell_origin(job, clip)
    reach(KillPoint.SIDECAR_WRITTEN, job.pk)
    _finish(job, lease, clip, ready)
    reach(KillPoint.READY_COMMITTED, job.pk)


def _with_metadata(job: Job, part: Part, facts: VideoFacts) -> Path:
    """A copy with prompt and parameters in it, or else the file as it came; on the disk itself."""
    if facts.mime_type != "video/mp4" or not disk.has_room_for(part.size_bytes):
        return _as_it_came(part)
    try:
        embed(part.path, part.tagged_path, describe(job))
    except MediaError as e:
        logger.warning("Job %s keeps its file untagged: %s", job.pk, e.detail or e.message)
        return _as_it_came(part)
    sync_file(part.tagged_path)
    return part.tagged_path


def _as_it_came(part: Part) -> Path:
    """The file under a second name where the disk has such: the part stays until the commit."""
    part.sync()
    try:
        part.tagged_path.unlink(missing_ok=True)
        part.tagged_path.hardlink_to(part.path)
    except OSError:
        return part.path
    return part.tagged_path


def _finish(job: Job, lease: Lease, clip: Asset, ready: Path) -> None:
    """The file gets its name and the job its end, together. Raises LostLease."""
    with transaction.atomic():
        hold(job, lease)
        clip.save(force_insert=True)
        reach(KillPoint.CLIP_ROW_WRITTEN, job.pk)
        if not job.complete(lease, clip):
            raise LostLease
        reach(KillPoint.READY_WRITTEN, job.pk)
        os.replace(ready, clip.path)
        reach(KillPoint.RENAMED, job.pk)
        sync_folder(clip.path.parent)
        reach(KillPoint.FOLDER_SYNCED, job.pk)


def _tell_origin(job: Job, clip: Asset) -> None:
    """The same as in the file and more, beside it. The clip gets ready with or without that; it
    stands there first, so that no death between the two leaves a clip without it."""
    try:
        write_sidecar(clip.path, beside(job, clip))
    except OSError as e:
        logger.warning("Job %s has no file beside its clip: %s", job.pk, e.strerror)


def _clip_row(job: Job, path: Path, downloaded_sha256: str, facts: VideoFacts) -> Asset:
    """The clip's row. Its name follows from the job, so a fetch that was cut off between the
    rename and the commit is overwritten by the next one and leaves nothing behind."""
    key = uuid.uuid5(job.idempotency_key, "clip")
    folder = f"clips/{job.created_at:%Y/%m}"
    with path.open("rb") as file:
        sha256 = hashlib.file_digest(file, "sha256").hexdigest()
    return Asset(
        id=key,
        kind=Asset.Kind.VIDEO,
        relative_path=f"{folder}/{key}{EXTENSIONS[facts.mime_type]}",
        sha256=sha256,
        downloaded_sha256=downloaded_sha256,
        size_bytes=path.stat().st_size,
        mime_type=facts.mime_type,
        width=facts.width,
        height=facts.height,
        duration_s=facts.duration_s,
        fps=facts.fps,
        has_sound=facts.has_sound,
        owner=job.owner,
        is_private=job.is_private,
        job=job,
    )
