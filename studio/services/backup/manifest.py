"""`manifest.json`: what a backup holds. Written last, so a backup without it is not finished."""

import hashlib
import json
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path, PurePosixPath
from typing import Any

from studio.services.backup.files import FileFact, write_whole
from studio.services.backup.problems import BackupProblem

FORMAT = 1
NAME = "manifest.json"
DATABASE = "studio.sqlite3"
KEYS = "keys.json"
MEDIA = "media/"


@dataclass(frozen=True, slots=True)
class Manifest:
    """A backup's table of contents. `problems`: what was wrong in the studio already."""

    made_at: str
    app_version: str
    migrations: list[str]
    database: FileFact
    files: list[FileFact]
    keys: FileFact | None = None
    problems: list[str] = field(default_factory=list)

    @property
    def everything(self) -> list[FileFact]:
        """All files of the backup but the manifest itself."""
        return [self.database, *([self.keys] if self.keys else []), *self.files]

    @property
    def size_bytes(self) -> int:
        return sum(fact.size_bytes for fact in self.everything)

    @property
    def made_on(self) -> str:
        return f"{datetime.fromisoformat(self.made_at):%Y-%m-%d %H:%M %Z}"


def write(manifest: Manifest, folder: Path) -> None:
    """The last step of a backup."""
    text = json.dumps({"format": FORMAT, **asdict(manifest)}, ensure_ascii=False, indent=1)
    write_whole(folder / NAME, text.encode())


def read(folder: Path) -> tuple[Manifest, str]:
    """The manifest with its own sha256. Raises BackupProblem for what is no finished backup."""
    if not folder.is_dir():
        raise BackupProblem(f"{folder} is no folder. Give the folder that `backup` made.")
    try:
        content = (folder / NAME).read_bytes()
    except OSError as e:
        raise BackupProblem(
            f"{folder} holds no {NAME} that can be read ({e.strerror}), so it is no backup, or "
            "one that was cut off while it was made. Take another one."
        ) from e
    return _parsed(content, folder), hashlib.sha256(content).hexdigest()


def _parsed(content: bytes, folder: Path) -> Manifest:
    try:
        said = json.loads(content)
        _require_known_format(said)
        return _built(said)
    except (ValueError, KeyError, TypeError, AttributeError) as e:
        raise BackupProblem(
            f"The {NAME} in {folder} cannot be read ({type(e).__name__}: {e}). It was changed or "
            "damaged; take another backup."
        ) from e


def _require_known_format(said: dict[str, Any]) -> None:
    if said["format"] != FORMAT:
        raise BackupProblem(
            f"This backup has format {said['format']}, and this Dailies knows {FORMAT} only. "
            "Update Dailies first."
        )


def _built(said: dict[str, Any]) -> Manifest:
    made_at = str(said["made_at"])
    datetime.fromisoformat(made_at)
    return Manifest(
        made_at=made_at,
        app_version=str(said["app_version"]),
        migrations=[str(name) for name in said["migrations"]],
        database=_fact(said["database"], DATABASE),
        files=[_media_fact(each) for each in said["files"]],
        keys=_fact(said["keys"], KEYS) if said["keys"] else None,
        problems=[str(problem) for problem in said["problems"]],
    )


def _fact(said: dict[str, Any], path: str) -> FileFact:
    if said["path"] != path:
        raise ValueError(f"{said['path']!r} stands in the place of {path}")
    return FileFact(path, int(said["size_bytes"]), str(said["sha256"]))


def _media_fact(said: dict[str, Any]) -> FileFact:
    """A file below `media/`, and nowhere else: its name is a place to write to."""
    path = str(said["path"])
    parts = PurePosixPath(path).parts
    if not path.startswith(MEDIA) or ".." in parts or "/".join(parts) != path or "\0" in path:
        raise ValueError(f"{path!r} is no place in the media folder")
    return _fact(said, path)
