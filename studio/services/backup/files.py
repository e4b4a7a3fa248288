"""Copying and weighing files: hashed on the way, and on the disk itself before they count."""

import hashlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from studio.services.backup.problems import Damaged
from studio.services.durable import make_folder, sync_folder

CHUNK_BYTES = 1024 * 1024
PART = ".part"


@dataclass(frozen=True, slots=True)
class FileFact:
    """What a file has to be. `path` is relative to the backup, with slashes."""

    path: str
    size_bytes: int
    sha256: str


def weigh(path: Path, name: str) -> FileFact:
    """The fact of a file as it lies there. Raises OSError."""
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
        return FileFact(name, file.tell(), digest)


def write_part(source: Path, destination: Path, name: str) -> FileFact:
    """Copy to `destination` with `.part` behind it, and say what was copied.

    Raises FileNotFoundError where there is nothing to copy, Damaged where it cannot be read, and
    OSError where the copy cannot be written.
    """
    if not destination.parent.exists():
        make_folder(destination.parent)
    try:
        with part_of(destination).open("wb") as taken:
            digest, size_bytes = hashlib.sha256(), 0
            for chunk in _chunks_of(source, name):
                digest.update(chunk)
                size_bytes += taken.write(chunk)
            taken.flush()
            os.fsync(taken.fileno())
    except (FileNotFoundError, Damaged):
        part_of(destination).unlink(missing_ok=True)
        raise
    return FileFact(name, size_bytes, digest.hexdigest())


def _chunks_of(path: Path, name: str) -> Iterator[bytes]:
    try:
        with path.open("rb") as file:
            while chunk := file.read(CHUNK_BYTES):
                yield chunk
    except FileNotFoundError:
        raise
    except OSError as e:
        raise Damaged(f"{name}: cannot be read ({e.strerror})") from e


def part_of(destination: Path) -> Path:
    return destination.with_name(destination.name + PART)


def write_whole(path: Path, content: bytes, *, mode: int = 0o644) -> None:
    """Whole or not at all, and on the disk itself. Raises OSError."""
    part_of(path).unlink(missing_ok=True)
    descriptor = os.open(part_of(path), os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    part_of(path).replace(path)
    sync_folder(path.parent)


def names_below(folder: Path) -> Iterator[str]:
    """Every file below it by its relative name; links to folders are not followed."""
    for parent, _folders, names in os.walk(folder):
        for name in names:
            yield str((Path(parent) / name).relative_to(folder))
