"""Fetching: bringing the finished video home before its link ends.

What has come stays in a part file (see `parts`), so whatever ends a try, the next one goes on
from there. The file counts as a clip only after it was demuxed and partly decoded, and it gets
its final name only while the job's row is held in the transaction that makes it ready: a worker
that lost its lease renames nothing.

A try that was cut short (connection, disk, dead link, busy server) counts for nothing: the clip
is paid for and still there. Only a server that keeps sending the wrong thing is given up.
"""

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from django.utils import timezone

from studio.media.errors import NotAVideo
from studio.media.probe import NO_VIDEO_TYPES, VideoFacts, check_video, mime_type_of
from studio.models import Job, Lease
from studio.providers import downloads
from studio.providers.errors import (
    JobUnknown,
    KeyRejected,
    NoAnswer,
    OutOfCredit,
    ProviderError,
    SettingMissing,
)
from studio.services import disk
from studio.services.engine import links, stopping, store
from studio.services.engine.holding import LostLease, hold
from studio.services.engine.killpoints import KillPoint, reach
from studio.services.engine.parts import Part, held_part

__all__ = ["LostLease", "fetch"]

logger = logging.getLogger(__name__)

TELL_EVERY_S = 1.0
WRONG_FILES = 5
"""So many wrong files in all, and the provider is believed to have no other."""
WRONG_FILE_WAIT_S = 5.0
LONGEST_WAIT_S = 60.0
LONGEST_RETRY_AFTER_S = 300.0
"""No server may put a paid clip off until its link has ended."""
NO_ROOM_WAIT_S = 30.0
MENDABLE = (KeyRejected, OutOfCredit, SettingMissing)
"""What a person has to put right; meanwhile the clip waits."""


class NoRoom(Exception):
    """The disk has too little room for this clip."""


class Stopped(Exception):
    """This process is to end; another goes on."""


class TooLarge(Exception):
    """The file is larger than the studio fetches."""


class OtherAnswer(NotAVideo):
    """What is sent now is no video at all; what came before may still be good."""


@dataclass(frozen=True, slots=True)
class Again:
    """The job is to be fetched again after `wait_s`; `words` say why, None: nothing to say."""

    wait_s: float
    words: str | None = None


def fetch(job: Job, lease: Lease) -> None:
    """Download, check and store the video of a job that the provider has made."""
    try:
        with held_part(job, lease) as part:
            again = _try(job, lease, part)
    except LostLease:
        logger.warning("Job %s was taken over while its file was fetched.", job.pk)
        return
    except OSError as e:
        again = _not_writable(job, e)
    # The part is free by now, so whoever comes next can go on with it.
    if again is not None:
        _put_off(job, lease, again)


def _try(job: Job, lease: Lease, part: Part) -> Again | None:
    """One try. None: the job has come to its end, good or bad, and the part is gone."""
    try:
        _bring_home(job, lease, part)
    except Stopped:
        return Again(0.0)
    except JobUnknown as e:
        return _dead_link(job, lease, part, e)
    except OtherAnswer as e:
        return _wrong_answer(job, lease, part, e)
    except (NotAVideo, TooLarge) as e:
        return _wrong_file(job, lease, part, e)
    except ProviderError as e:
        if e.permanent and not isinstance(e, MENDABLE):
            return _wrong_answer(job, lease, part, e)
        return _cut_short(job, part, e)
    except NoRoom as e:
        return Again(NO_ROOM_WAIT_S * _pace(), str(e))
    except OSError as e:
        return _not_writable(job, e)
    finally:
        part.tagged_path.unlink(missing_ok=True)
    part.remove()
    return None


def _bring_home(job: Job, lease: Lease, part: Part) -> None:
    reach(KillPoint.FETCH_BEGUN, job.pk)
    hold(job, lease)
    part.reread(_beat(job, lease, part))
    if not part.is_whole:
        _download(job, lease, part)
    reach(KillPoint.PART_WHOLE, job.pk)
    hold(job, lease)
    facts = _checked(part)
    reach(KillPoint.PART_CHECKED, job.pk)
    store.store(job, lease, part, facts)


# -- The bytes -------------------------------------------------------------------------------


def _download(job: Job, lease: Lease, part: Part) -> None:
    _require_room(job, part.missing_bytes)
    address = links.address(job, lease)
    reach(KillPoint.ADDRESS_FOUND, job.pk)
    try:
        _receive(job, lease, part, address)
    except downloads.CannotResume as e:
        logger.info("Job %s starts again: %s %s", job.pk, e.message, e.detail)
        part.empty()
        _receive(job, lease, part, address)
    _require_length(part)


def _receive(job: Job, lease: Lease, part: Part, address: str) -> None:
    beat = _beat(job, lease, part)
    hold(job, lease)
    with downloads.open_download(
        job.provider.account,
        address,
        stall_s=settings.DOWNLOAD_STALL_S,
        resume_from=part.size_bytes,
        etag=part.notes.etag,
    ) as download:
        _require_allowed_size(download.total_bytes or 0)
        _require_video_type(download)
        part.begin(download)
        reach(KillPoint.PART_OPENED, job.pk)
        _require_room(job, part.missing_bytes)
        for chunk in download.iter_bytes():
            part.write(chunk)
            reach(KillPoint.PART_GROWN, job.pk)
            _require_allowed_size(part.size_bytes)
            beat()


def _beat(job: Job, lease: Lease, part: Part) -> Callable[[], None]:
    """What to call at every chunk: it keeps the lease, tells the page and looks at the disk at
    most once a second, and ends the step when this process is to end."""
    told_at = time.monotonic()

    def beat() -> None:
        nonlocal told_at
        if stopping.is_stopping():
            raise Stopped
        if time.monotonic() - told_at < TELL_EVERY_S:
            return
        told_at = time.monotonic()
        hold(job, lease)
        job.note(lease, progress_percent=_percent(part), error="")
        _require_room(job, None)

    return beat


def _checked(part: Part) -> VideoFacts:
    """The facts of a whole video. Raises NotAVideo."""
    try:
        return check_video(part.path, part.notes.mime_type)
    except NotAVideo as e:
        if stopping.is_stopping():
            # Whoever ends this process may have ended the check's own process with it.
            raise Stopped from e
        raise


def _percent(part: Part) -> int | None:
    total_bytes = part.notes.total_bytes
    return min(99, part.size_bytes * 100 // total_bytes) if total_bytes else None


def _require_allowed_size(size_bytes: int) -> None:
    if size_bytes > settings.MAX_VIDEO_MB * 1_000_000:
        raise TooLarge(
            f"The file is larger than {settings.MAX_VIDEO_MB} MB. Whoever runs this studio can "
            "raise MAX_VIDEO_MB."
        )


def _require_video_type(download: downloads.Download) -> None:
    """A sign-in page of some network must not replace the bytes that are here already."""
    declared = download.mime_type.partition(";")[0].strip().lower()
    if download.start == 0 and declared.startswith(NO_VIDEO_TYPES):
        raise OtherAnswer(f"It was sent as {declared}, which is no video.")


def _require_length(part: Part) -> None:
    """Exactly as long as announced: a shorter one goes on, a longer one is another file."""
    total_bytes = part.notes.total_bytes
    if total_bytes is None or part.size_bytes == total_bytes:
        return
    told = f"{part.size_bytes} of {total_bytes} bytes"
    if part.size_bytes > total_bytes:
        raise NotAVideo("More came than was announced.", detail=told)
    raise NoAnswer("The file broke off. It is fetched on from there.", detail=told)


def _require_room(job: Job, expected_bytes: int | None) -> None:
    if not disk.has_room_for(expected_bytes):
        more = f" and this clip needs {expected_bytes / 1e6:.0f} MB" if expected_bytes else ""
        raise NoRoom(
            f"The studio's disk has {disk.free_bytes() / 1e6:.0f} MB free{more}, while "
            f"{settings.DISK_HARD_MB} MB have to stay free. {_safe_there(job)}"
        )


def _safe_there(job: Job) -> str:
    ends_at = job.video_expires_at
    when = f" ({timezone.localtime(ends_at):%d %B, %H:%M})" if ends_at else ""
    return (
        f"The clip is safe at {job.provider.name} until its link ends{when}, and nothing is "
        "charged again. Free some room; it is fetched by itself then."
    )


# -- What went wrong -------------------------------------------------------------------------


def _cut_short(job: Job, part: Part, error: ProviderError) -> Again:
    """Nothing is wrong with the file; it is only not here yet."""
    logger.warning("Fetch of job %s: %s %s", job.pk, error.message, error.detail)
    part.notes.count_try(part.size_bytes)
    part.save_quietly()
    asked_s = min(error.retry_after_s or 0.0, LONGEST_RETRY_AFTER_S)
    wait_s = LONGEST_WAIT_S if isinstance(error, MENDABLE) else part.notes.wait_s
    return Again(max(asked_s, wait_s * _pace()), error.message)


def _not_writable(job: Job, error: OSError) -> Again:
    logger.warning("Fetch of job %s: %s", job.pk, error)
    words = (
        f"The studio could not write this clip to its disk: {error.strerror}. {_safe_there(job)}"
    )
    return Again(NO_ROOM_WAIT_S * _pace(), words)


def _dead_link(job: Job, lease: Lease, part: Part, error: JobUnknown) -> Again | None:
    """The link is dead. Reading the job again gives a fresh one, while the provider has it."""
    hold(job, lease)
    try:
        if links.has_a_new_one(job, lease, part.notes):
            return _cut_short(job, part, error)
    except ProviderError as e:
        return _cut_short(job, part, e)
    job.expire(lease, links.lost_words(job))
    part.remove()
    return None


def _wrong_file(job: Job, lease: Lease, part: Part, error: NotAVideo | TooLarge) -> Again | None:
    """What has come is no clip. It is thrown away, and the next try begins with nothing."""
    part.notes.count_try(part.size_bytes)
    is_cut_off = isinstance(error, NotAVideo) and _may_be_cut_off(part)
    part.empty()
    if is_cut_off:
        return Again(part.notes.wait_s * _pace(), f"The file is not whole yet: {error}")
    return _wrong_answer(job, lease, part, error)


def _wrong_answer(
    job: Job, lease: Lease, part: Part, error: NotAVideo | TooLarge | ProviderError
) -> Again | None:
    """Not the clip, or nothing, for a reason that will stay. A few more tries, then an honest
    end. A second refusal may mean the question for the rest, so the next is for the whole."""
    count, words = job.fetch_attempts + 1, _wrong_words(job, error)
    detail = getattr(error, "detail", "") or None
    if not job.note(lease, fetch_attempts=count, progress_percent=None):
        raise LostLease
    if count >= WRONG_FILES:
        told = f"{words} That came {count} times. {links.charge_words(job)}"
        told = f"{told} Look at the provider's own page for it."
        job.fail(told, lease=lease, detail=detail)
        part.remove()
        return None
    job.events.create(message=words, detail=detail)
    if isinstance(error, ProviderError) and count > 1:
        part.empty()
    return Again(min(LONGEST_WAIT_S, WRONG_FILE_WAIT_S * 2 ** (count - 1)) * _pace(), words)


def _may_be_cut_off(part: Part) -> bool:
    """True for the beginning of a video of which no length was told, unless the same came
    before: without a length a broken connection looks like the end of the file."""
    sha256, before = part.sha256, part.notes.wrong_sha256
    part.notes.wrong_sha256 = sha256
    if part.notes.total_bytes is not None or sha256 == before:
        return False
    try:
        return bool(mime_type_of(part.path))
    except NotAVideo:
        return False


def _wrong_words(job: Job, error: NotAVideo | TooLarge | ProviderError) -> str:
    name = job.provider.name
    if isinstance(error, NotAVideo):
        return f"{name} sent something that is no whole video: {error}"
    return f"{name}'s file could not be fetched: {error}"


def _put_off(job: Job, lease: Lease, again: Again) -> None:
    if again.words is not None:
        job.note(lease, error=again.words)
    job.release(lease, next_look_at=timezone.now() + timedelta(seconds=again.wait_s))


def _pace() -> float:
    return float(min(1.0, settings.LOOK_INTERVAL_FACTOR))
