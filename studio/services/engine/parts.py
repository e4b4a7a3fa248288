"""Part files: what has come of a clip that is not whole yet.

`incoming/<key of the job>-<token of the lease>.part` holds the provider's bytes, and the `.json`
beside it what is needed to go on with them. A part is locked for as long as it is used. So a
worker that was frozen past its lease and its successor never write the same file, and when a
worker dies in any way the next one goes on with its bytes.
"""

import fcntl
import functools
import hashlib
import io
import json
import logging
import os
import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, fields
from pathlib import Path

from django.conf import settings

from studio.models import Job, Lease
from studio.providers.downloads import CannotResume, Download, is_strong

logger = logging.getLogger(__name__)

REREAD_BYTES = 1_000_000
LONGEST_WAIT_S = 60.0
OURS = re.compile(r"(?P<key>[0-9a-f]{32})-[0-9a-f]{32}\.(part|json|json\.new|tagged)")
BOOT_ID = Path("/proc/sys/kernel/random/boot_id")


@functools.cache
def boot_id() -> str:
    """What tells this start of the machine from all others; "" where the system has no such."""
    try:
        return BOOT_ID.read_text().strip()
    except OSError:
        return ""


@dataclass(slots=True)
class Notes:
    """What is known of a part and of the tries so far."""

    etag: str = ""
    total_bytes: int | None = None
    mime_type: str = ""
    boot_id: str = ""
    furthest_bytes: int = 0
    idle_tries: int = 0
    """Tries in a row that brought nothing new."""
    dead_links: int = 0
    unknowns: int = 0
    wrong_sha256: str = ""

    def count_try(self, size_bytes: int) -> None:
        """A try has ended early with so many bytes held."""
        self.idle_tries = 1 if size_bytes > self.furthest_bytes else self.idle_tries + 1
        self.furthest_bytes = max(size_bytes, self.furthest_bytes)

    @property
    def wait_s(self) -> float:
        """1, 2, 4 .. 60 s; from the start again whenever a try brought something."""
        return float(min(LONGEST_WAIT_S, 2.0 ** min(max(0, self.idle_tries - 1), 10)))

    def forget_file(self) -> None:
        self.etag, self.total_bytes, self.mime_type = "", None, ""


def _notes_at(path: Path) -> Notes:
    """The notes in this file; empty ones where they make no sense."""
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return Notes()
    is_sound = isinstance(document, dict) and all(
        isinstance(document.get(field.name), int | None if default is None else type(default))
        for field in fields(Notes)
        for default in [field.default]
    )
    return Notes(**document) if is_sound and len(document) == len(fields(Notes)) else Notes()


class Part:
    """A part file that is open and locked; nobody else reads or writes it."""

    def __init__(self, path: Path, file: io.FileIO) -> None:
        self.path = path
        self._file = file
        self._digest = hashlib.sha256()
        self.size_bytes = os.fstat(file.fileno()).st_size
        self.notes = _notes_at(self._notes_path)

    @property
    def _notes_path(self) -> Path:
        return self.path.with_suffix(".json")

    @property
    def tagged_path(self) -> Path:
        """Where the copy with its origin written into it is made."""
        return self.path.with_suffix(".tagged")

    @property
    def sha256(self) -> str:
        """Of the bytes that were written and read again since the part was opened."""
        return self._digest.hexdigest()

    @property
    def is_whole(self) -> bool:
        return 0 < self.size_bytes == self.notes.total_bytes

    @property
    def missing_bytes(self) -> int | None:
        total_bytes = self.notes.total_bytes
        return None if total_bytes is None else max(0, total_bytes - self.size_bytes)

    @property
    def can_go_on(self) -> bool:
        """True if its bytes may be trusted. A power cut can leave holes in a file that was not
        synced, so they must be of this boot; where the system cannot tell, they are not."""
        notes = self.notes
        is_of_this_boot = bool(notes.boot_id) and notes.boot_id == boot_id()
        return is_of_this_boot and self.size_bytes > 0 and (is_strong(notes.etag) or self.is_whole)

    def reread(self, between: Callable[[], None]) -> None:
        """Make the checksum of the bytes that are here already, calling `between` often."""
        self._digest = hashlib.sha256()
        self._file.seek(0)
        while block := self._file.read(REREAD_BYTES):
            self._digest.update(block)
            between()

    def begin(self, download: Download) -> None:
        """Take what this download sends next. Raises CannotResume for the rest of another file.

        Bytes of an older file go before the notes of a new one come.
        """
        if download.start:
            if self.notes.total_bytes not in (None, download.total_bytes):
                raise CannotResume("The file has another length now. It is fetched from its start.")
        else:
            self._cut_to_nothing()
            self.notes.etag, self.notes.mime_type = download.etag, download.mime_type
        self.notes.total_bytes, self.notes.boot_id = download.total_bytes, boot_id()
        self.notes.dead_links = 0
        self._save()

    def write(self, chunk: bytes) -> None:
        """Add bytes. What was written before an OSError is counted and stays."""
        view = memoryview(chunk)
        while view:
            count = self._file.write(view) or 0
            self._digest.update(view[:count])
            self.size_bytes += count
            view = view[count:]

    def empty(self) -> None:
        """Forget the bytes, but not how the tries went."""
        self._cut_to_nothing()
        self.notes.forget_file()
        self._save()

    def _cut_to_nothing(self) -> None:
        self._file.seek(0)
        self._file.truncate()
        self.size_bytes, self._digest = 0, hashlib.sha256()

    def sync(self) -> None:
        """Onto the disk itself. Bytes that could not be synced are lost without a trace in what
        is read afterwards, so they are not kept."""
        try:
            os.fsync(self._file.fileno())
        except OSError:
            self.empty()
            raise

    def save_quietly(self) -> None:
        """Keep the notes, where there is room for them."""
        try:
            self._save()
        except OSError as e:
            logger.warning("The notes of %s could not be written: %s", self.path.name, e.strerror)

    def _save(self) -> None:
        draft = self.path.with_suffix(".json.new")
        draft.write_text(json.dumps(asdict(self.notes)), encoding="utf-8")
        draft.replace(self._notes_path)

    def remove(self) -> None:
        """Delete it. The part goes last: it is what the others are found by."""
        for suffix in (".tagged", ".json.new", ".json", ".part"):
            self.path.with_suffix(suffix).unlink(missing_ok=True)

    def close(self) -> None:
        """Let go of it; the next worker may take it up."""
        self._file.close()


@contextmanager
def held_part(job: Job, lease: Lease) -> Iterator[Part]:
    """The part to fetch into: the longest one of this job that can be gone on with and that
    nobody holds, else a new one. The others that nobody holds are deleted."""
    folder = _incoming()
    folder.mkdir(parents=True, exist_ok=True)
    paths = folder.glob(f"{job.idempotency_key.hex}-*.part")
    earlier = [part for part in map(_locked, paths) if part is not None]
    earlier.sort(key=lambda part: part.size_bytes, reverse=True)
    part = next((part for part in earlier if part.can_go_on), None)
    for other in earlier:
        if other is not part:
            other.remove()
            other.close()
    part = part or _new(folder, job, lease, earlier[0].notes if earlier else Notes())
    try:
        yield part
    finally:
        part.close()


def _new(folder: Path, job: Job, lease: Lease, notes: Notes) -> Part:
    """An empty part that knows how the tries before it went."""
    path = folder / f"{job.idempotency_key.hex}-{lease.token.hex}.part"
    file = io.FileIO(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o644), "r+")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        file.close()
        raise
    part = Part(path, file)
    part.notes = notes
    part.notes.forget_file()
    return part


def _locked(path: Path) -> Part | None:
    """The part, held from now on; None if another holds it or it went away meanwhile."""
    try:
        file = io.FileIO(path, "r+")
    except OSError:
        return None
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if os.path.samestat(os.fstat(file.fileno()), path.stat()):
            return Part(path, file)
    except OSError as e:
        logger.debug("%s is not free: %s", path.name, e.strerror)
    file.close()
    return None


def _incoming() -> Path:
    return Path(settings.MEDIA_ROOT) / "incoming"


def remove_leftover_parts(older_than_s: float) -> int:
    """Delete what nobody holds in `incoming`: parts of jobs that are not being fetched any more,
    and anything older than this. Returns how many files went.

    The files are listed before the jobs are asked, so a part that is made meanwhile is not among
    them.
    """
    folder = _incoming()
    paths = sorted(folder.iterdir()) if folder.is_dir() else []
    fetching = Job.objects.filter(state=Job.State.FETCHING)
    wanted = {key.hex for key in fetching.values_list("idempotency_key", flat=True)}
    removed = 0
    for path in paths:
        match = OURS.fullmatch(path.name)
        is_wanted = match["key"] in wanted if match else True
        if (not is_wanted or _is_older(path, older_than_s)) and _remove(path, is_part=bool(match)):
            removed += 1
    return removed


def _is_older(path: Path, older_than_s: float) -> bool:
    try:
        return path.stat().st_mtime < time.time() - older_than_s
    except OSError:
        return False


def _remove(path: Path, *, is_part: bool) -> bool:
    """Delete a file, if it is no part (or companion of a part) that is held."""
    part_path = path.with_name(path.name.partition(".")[0]).with_suffix(".part")
    if not is_part or not part_path.exists():
        path.unlink(missing_ok=True)
        return True
    if (part := _locked(part_path)) is None:
        return False
    try:
        path.unlink(missing_ok=True)
    finally:
        part.close()
    return True
