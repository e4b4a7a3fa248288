"""Files on our own disk: where they live, how they come in."""

import hashlib
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from django.conf import settings
from django.contrib.auth.models import User
from django.core import signing
from django.utils import timezone

from studio.media.errors import ImageTooLarge
from studio.media.probe import check_video
from studio.media.uploads import reencode_image
from studio.models import Asset
from studio.services import seeing
from studio.services.places import path_in_studio

LINK_SALT = "studio.public-image"
LINK_LIFE_S = 6 * 3600
"""How long an API may fetch an image from us: submits can wait in its own queue for hours."""


def new_path(kind: str, extension: str, name: uuid.UUID) -> str:
    """`kind/2026/11/NAME.ext` below MEDIA_ROOT, with its folder made."""
    relative = Path(kind, f"{timezone.now():%Y/%m}", f"{name}{extension}")
    (Path(settings.MEDIA_ROOT) / relative.parent).mkdir(parents=True, exist_ok=True)
    return str(relative)


def sha256_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@contextmanager
def spooled(content: IO[bytes], limit_mb: int) -> Iterator[Path]:
    """The bytes in a file of our own, counted while they are read."""
    folder = Path(settings.MEDIA_ROOT) / "incoming"
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / uuid.uuid4().hex
    try:
        with path.open("wb") as file:
            while chunk := content.read(256 * 1024):
                file.write(chunk)
                if file.tell() > limit_mb * 1_000_000:
                    raise ImageTooLarge(
                        f"The file is larger than {limit_mb} MB. Use a smaller one."
                    )
        yield path
    finally:
        path.unlink(missing_ok=True)


def store_image(content: IO[bytes], *, owner: User, name: str = "", **origin: Any) -> Asset:
    """An uploaded picture, re-encoded: what is stored was written by us.

    Raises NotAnImage or ImageTooLarge, worded for the person who uploaded it.
    """
    key = uuid.uuid4()
    with spooled(content, settings.MAX_UPLOAD_MB) as path:
        stem = Path(settings.MEDIA_ROOT) / new_path("images", "", key)
        facts = reencode_image(path, stem)
    return Asset.objects.create(
        id=key,
        kind=Asset.Kind.IMAGE,
        relative_path=str(facts.path.relative_to(settings.MEDIA_ROOT)),
        sha256=sha256_of(facts.path),
        size_bytes=facts.size_bytes,
        mime_type=facts.mime_type,
        width=facts.width,
        height=facts.height,
        owner=owner,
        original_name=Path(name).name[:255],
        **origin,
    )


def store_video(content: IO[bytes], *, owner: User, name: str = "") -> Asset:
    """A clip from outside, checked to be a whole video. Raises NotAVideo."""
    key = uuid.uuid4()
    with spooled(content, settings.MAX_VIDEO_MB) as incoming:
        facts = check_video(incoming)
        relative = new_path("clips", ".mp4", key)
        incoming.rename(Path(settings.MEDIA_ROOT) / relative)
    path = Path(settings.MEDIA_ROOT) / relative
    return Asset.objects.create(
        id=key,
        kind=Asset.Kind.VIDEO,
        relative_path=relative,
        sha256=sha256_of(path),
        size_bytes=facts.size_bytes,
        mime_type=facts.mime_type,
        width=facts.width,
        height=facts.height,
        duration_s=facts.duration_s,
        fps=facts.fps,
        has_sound=facts.has_sound,
        owner=owner,
        original_name=Path(name).name[:255],
    )


def visible_to(user: User) -> "Any":
    """The files this member may see, without the trash."""
    return seeing.files(user).filter(trashed_at=None)


def in_trash_for(user: User) -> "Any":
    """The trash that this member may look into: in a shared studio, everybody's."""
    return seeing.files(user).filter(trashed_at__isnull=False)


def public_link(asset: Asset, base: str) -> str:
    """A signed address under which an API may fetch this image for LINK_LIFE_S."""
    token = signing.dumps(str(asset.pk), salt=LINK_SALT)
    return f"{base}{path_in_studio('public_image', token)}"


def from_public_link(token: str) -> Asset | None:
    """The image behind a signed link; None if the link is wrong or too old."""
    try:
        key = signing.loads(token, salt=LINK_SALT, max_age=LINK_LIFE_S)
    except signing.BadSignature:
        return None
    return Asset.objects.filter(pk=key, mime_type__startswith="image/").first()
