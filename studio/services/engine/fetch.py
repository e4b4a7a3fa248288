"""Fetching: bringing the finished video home before its link ends.

The file counts as a clip only after it was demuxed and partly decoded, and it gets its final
name only while the job's row is held in the transaction that makes it ready: a worker that
lost its lease renames nothing.
"""

import hashlib
import logging
import os
import time
import uuid
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from studio.media.errors import MediaError, NotAVideo
from studio.media.metadata import embed, write_sidecar
from studio.media.probe import VideoFacts, check_video
from studio.models import Asset, Job, Lease
from studio.providers import client, downloads
from studio.providers.contract import RemoteStatus
from studio.providers.errors import JobUnknown, KeyRejected, ProviderError, UnexpectedReply
from studio.services.engine.look import ask
from studio.services.provenance import describe

logger = logging.getLogger(__name__)

LEASE_S = 120.0
TELL_EVERY_S = 1.0
BAD_FILES = 5
"""So many files in a row that are no video, and the provider is believed to have no other."""
DEAD_LINKS = 5
LONGEST_WAIT_S = 60.0
EXTENSIONS = {"video/mp4": ".mp4", "video/webm": ".webm"}


class LostLease(Exception):
    """Another worker holds the job now; whatever this step made is thrown away."""


@dataclass(frozen=True, slots=True)
class Downloaded:
    """A file as the provider sent it, not yet a clip."""

    path: Path
    sha256: str
    declared_mime: str


def fetch(job: Job, lease: Lease) -> None:
    """Download, check and store the video of a job that the provider has made."""
    job.note(lease, fetch_attempts=F("fetch_attempts") + 1)
    job.refresh_from_db()
    part = _part_path(lease)
    try:
        _store(job, lease, _download(job, lease, _address(job), part))
    except LostLease:
        logger.warning("Job %s was taken over while its file was fetched.", job.pk)
    except (JobUnknown, KeyRejected) as e:
        _renew_link(job, lease, e)
    except NotAVideo as e:
        _bad_file(job, lease, e)
    except ProviderError as e:
        if e.permanent:
            _bad_file(job, lease, e)
        else:
            _later(job, lease, e.message, retry_after_s=e.retry_after_s)
    except OSError as e:
        text = f"The file could not be written: {e.strerror}. It is fetched again in a minute."
        _later(job, lease, text, retry_after_s=LONGEST_WAIT_S)
    finally:
        for leftover in (part, _tagged_path(part)):
            leftover.unlink(missing_ok=True)


def _part_path(lease: Lease) -> Path:
    folder = Path(settings.MEDIA_ROOT) / "incoming"
    folder.mkdir(parents=True, exist_ok=True)
    return folder / f"{lease.token.hex}.part"


def _tagged_path(part: Path) -> Path:
    return part.with_suffix(".tagged")


def _address(job: Job) -> str:
    """Where to download from now. Resolves a reference right before it is used."""
    adapter, provider = job.provider.adapter, job.provider
    if job.video_ref and adapter.build_resolve and adapter.parse_resolve:
        reply = client.send(provider.account, adapter.build_resolve(job.video_ref))
        return adapter.parse_resolve(reply.body)
    if not job.video_url or _has_ended(job):
        raise JobUnknown(f"{provider.name}'s link to this clip has ended.")
    return job.video_url


def _has_ended(job: Job) -> bool:
    return job.video_expires_at is not None and job.video_expires_at <= timezone.now()


def _download(job: Job, lease: Lease, address: str, part: Path) -> Downloaded:
    digest, cap = hashlib.sha256(), settings.MAX_VIDEO_MB * 1_000_000
    with (
        downloads.open_download(job.provider.account, address) as download,
        part.open("wb") as file,
    ):
        expected = int(download.headers.get("content-length") or 0)
        told_at = time.monotonic()
        for chunk in download.iter_bytes():
            file.write(chunk)
            digest.update(chunk)
            if file.tell() > cap:
                raise NotAVideo(f"The file is larger than {settings.MAX_VIDEO_MB} MB.")
            if time.monotonic() - told_at > TELL_EVERY_S:
                told_at = time.monotonic()
                _tell(job, lease, file.tell(), expected)
        size_bytes = file.tell()
        file.flush()
        os.fsync(file.fileno())
    if expected and size_bytes != expected:
        raise NotAVideo(f"The file broke off at {size_bytes} of {expected} bytes.")
    return Downloaded(part, digest.hexdigest(), download.headers.get("content-type", ""))


def _tell(job: Job, lease: Lease, size_bytes: int, expected: int) -> None:
    """Progress for the page; also keeps the lease of a long download."""
    percent = min(99, size_bytes * 100 // expected) if expected else None
    held = job.note(lease, progress_percent=percent)
    if not (held and job.keep(lease, for_s=LEASE_S)):
        raise LostLease


def _store(job: Job, lease: Lease, downloaded: Downloaded) -> None:
    facts = check_video(downloaded.path, downloaded.declared_mime)
    ready = _with_metadata(job, downloaded.path, facts)
    clip = _clip_row(job, ready, downloaded.sha256, facts)
    clip.path.parent.mkdir(parents=True, exist_ok=True)
    with transaction.atomic():
        clip.save(force_insert=True)
        if not job.complete(lease, clip):
            raise LostLease
        os.replace(ready, clip.path)
        _sync_folder(clip.path.parent)
    write_sidecar(clip.path, describe(job))


def _with_metadata(job: Job, path: Path, facts: VideoFacts) -> Path:
    """A copy with prompt and parameters in it; the file as it came where that fails."""
    if facts.mime_type != "video/mp4":
        return path
    tagged = _tagged_path(path)
    try:
        embed(path, tagged, describe(job))
    except MediaError as e:
        logger.warning("Job %s keeps its file untagged: %s", job.pk, e.detail or e.message)
        return path
    with tagged.open("rb") as file:
        os.fsync(file.fileno())
    return tagged


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
        job=job,
    )


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _renew_link(job: Job, lease: Lease, error: ProviderError) -> None:
    """The link is dead. Reading the job again gives a fresh one, while the provider has it."""
    try:
        state = ask(job)
        if state.status is not RemoteStatus.SUCCEEDED:
            raise UnexpectedReply(f"{job.provider.name} says {state.status} of a finished clip.")
    except JobUnknown:
        job.expire(lease, _lost(job))
        return
    except ProviderError as e:
        _later(job, lease, e.message, retry_after_s=e.retry_after_s)
        return
    if job.fetch_attempts >= DEAD_LINKS and state.video_url == job.video_url:
        job.expire(lease, _lost(job))
        return
    job.note(
        lease,
        video_url=state.video_url,
        video_ref=state.video_ref,
        video_expires_at=state.video_expires_at,
    )
    _later(job, lease, error.message, retry_after_s=min(LONGEST_WAIT_S, job.fetch_attempts - 1.0))


def _lost(job: Job) -> str:
    charged = (
        f" It was charged: {job.cost_charged} {job.cost_currency}."
        if job.cost_charged
        else (" It was most likely charged.")
    )
    return (
        f"{job.provider.name} made this clip, but its link ended before the file was here, and "
        f"the provider gives no new one.{charged} Look at the provider's own page for it."
    )


def _bad_file(job: Job, lease: Lease, error: NotAVideo | ProviderError) -> None:
    """What came is no clip, or nothing came for a reason that will stay. A few more tries, then
    an honest end."""
    if job.fetch_attempts >= BAD_FILES:
        job.fail(
            f"{job.provider.name} sent {BAD_FILES} times something that is no whole video: "
            f"{error.message} It was most likely charged. Look at the provider's own page for it.",
            lease=lease,
            detail=error.detail or None,
        )
        return
    text = f"{job.provider.name} sent something that is no whole video: {error.message}"
    job.events.create(message=text, detail=error.detail or None)
    _later(job, lease, text)


def _later(job: Job, lease: Lease, message: str, *, retry_after_s: float | None = None) -> None:
    """Say why, and fetch again: the provider still has the file."""
    logger.warning("Fetch of job %s: %s", job.pk, message)
    wait_s = retry_after_s
    if wait_s is None:
        wait_s = min(LONGEST_WAIT_S, 2.0 ** min(job.fetch_attempts, 6))
        wait_s *= min(1.0, settings.LOOK_INTERVAL_FACTOR)
    job.note(lease, error=message, progress_percent=None)
    job.release(lease, next_look_at=timezone.now() + timedelta(seconds=wait_s))
