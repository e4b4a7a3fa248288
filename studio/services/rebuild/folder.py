"""What the media folder holds: clips with their documents, their companions, and pictures."""

import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings

from studio.media import metadata
from studio.media.errors import MediaError
from studio.models import Asset
from studio.services.drafts import uuid_of

Document = dict[str, Any]
VIDEOS = (".mp4", ".webm")
CLIP_FOLDERS = ("clips", "films")
PICTURE_FOLDERS = {"images": Asset.Kind.IMAGE, "frames": Asset.Kind.FRAME}
PICTURE_TYPES = {".jpg": "image/jpeg", ".png": "image/png"}


@dataclass(frozen=True, slots=True)
class Found:
    """One file. `key` is the one it had, as its name says; a stranger's file gets one from its
    name, so that it is the same one every time."""

    path: Path
    key: uuid.UUID
    document: Document

    @property
    def relative_path(self) -> str:
        return str(self.path.relative_to(settings.MEDIA_ROOT))

    @property
    def is_of_job(self) -> bool:
        """True where it is told what was asked for, and of whom."""
        said = self.document
        texts = all(isinstance(said.get(name), str) for name in ("api", "model", "prompt"))
        return texts and bool(said["prompt"].strip()) and bool(uuid_of(str(said.get("batch"))))

    @property
    def place(self) -> Document:
        """What tells its job from all others."""
        return place_in(self.document)

    def text(self, name: str) -> str:
        value = self.document.get(name)
        return value if isinstance(value, str) else ""

    def number(self, name: str) -> int | None:
        value = self.document.get(name)
        return value if type(value) is int else None

    @property
    def file(self) -> Document:
        """What was known of the file itself when it was stored."""
        said = self.document.get("file")
        return said if isinstance(said, dict) else {}


def place_in(document: Document) -> Document:
    """Press, variant and take; the first ones where an older document does not say them."""
    return {
        "batch": uuid_of(str(document.get("batch"))),
        "variant": document.get("variant") or 0,
        "take": document.get("take") or 1,
    }


def clips() -> Iterator[Found]:
    """Every video that is no companion of another. A film's file comes as a clip: the board that
    it was made of stands in no file."""
    for folder in CLIP_FOLDERS:
        for path in sorted((Path(settings.MEDIA_ROOT) / folder).rglob("*")):
            if path.suffix in VIDEOS and "." not in path.stem and path.is_file():
                yield Found(path, _key(path), _document(path))


def _key(path: Path) -> uuid.UUID:
    relative = str(path.relative_to(settings.MEDIA_ROOT))
    return uuid_of(path.stem) or uuid.uuid5(uuid.NAMESPACE_URL, relative)


def _document(path: Path) -> Document:
    """What stands beside the file, else in it."""
    try:
        return metadata.read_sidecar(path) or metadata.read_stranger(path) or {}
    except MediaError:
        # Whether it is a video at all is asked when its row is made.
        return {}


def pictures() -> Iterator[tuple[str, Found]]:
    """Uploaded pictures and frames, each with its kind."""
    for folder, kind in PICTURE_FOLDERS.items():
        for path in sorted((Path(settings.MEDIA_ROOT) / folder).rglob("*")):
            if path.suffix in PICTURE_TYPES and path.is_file():
                yield kind, Found(path, _key(path), {})


def companion(clip: Asset, kind: str) -> Path | None:
    """The companion of this kind that lies beside the clip, the latest of several."""
    beside = clip.path.parent.glob(f"{clip.path.stem}.{kind}*")
    named = [path for path in beside if path.stem[len(clip.path.stem) + 1 :].split("-")[0] == kind]
    return max(named, key=lambda path: path.stat().st_mtime, default=None)
