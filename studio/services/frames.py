"""Pictures that a person takes out of a clip: to make other clips from, or as its poster."""

import math
import uuid
from collections.abc import Callable
from pathlib import Path

from django.conf import settings
from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import ProtectedError
from PIL import Image

from studio.media.frames import write_frame_at, write_poster_at
from studio.models import Asset, FileToRemove
from studio.services import assets
from studio.services.erasing import remove_files


def frame_at(clip: Asset, at_s: float, user: User) -> Asset:
    """The picture that the clip shows at this second, clamped to its length, as a file of its own.

    The same second asked for again, and by anybody, is the same picture. Raises NotAVideo.
    """
    shown_s = _clamped(clip, at_s)
    key = uuid.uuid5(clip.pk, f"frame at {shown_s:.3f}")
    if (made := Asset.objects.filter(pk=key).first()) is not None:
        return made
    relative = assets.new_path("frames", ".png", key)
    facts = _write(relative, lambda path: write_frame_at(clip.path, shown_s, path))
    columns = {
        "kind": Asset.Kind.FRAME,
        "mime_type": "image/png",
        "owner": clip.owner if clip.is_private else user,
    }
    columns |= {"parent": clip, "at_s": shown_s, "original_name": f"frame at {shown_s:g} s"}
    return Asset.objects.get_or_create(pk=key, defaults=facts | columns)[0]


def second_in(text: str) -> float:
    """A second of a clip as people write it, with a point or a comma. Raises ValueError."""
    seconds = float(text.replace(",", "."))
    if not math.isfinite(seconds):
        raise ValueError("not a finite number")
    return seconds


def use_as_poster(clip: Asset, at_s: float) -> Asset:
    """Show this second of the clip wherever it is shown as a picture. Raises NotAVideo.

    It is a file of another name: browsers keep what they have of the old one.
    """
    shown_s = _clamped(clip, at_s)
    if made := clip.derived.filter(kind=Asset.Kind.POSTER, at_s=shown_s).first():
        return made
    key = uuid.uuid4()
    name = f"{clip.path.stem}.poster-{key.hex[:8]}.jpg"
    relative = str(Path(clip.relative_path).with_name(name))
    facts = _write(relative, lambda path: write_poster_at(clip.path, shown_s, path))
    columns = {"kind": Asset.Kind.POSTER, "mime_type": "image/jpeg", "owner": clip.owner}
    columns |= {"parent": clip, "job": clip.job, "at_s": shown_s}
    with transaction.atomic():
        Asset.objects.select_for_update().get(pk=clip.pk)
        _let_go(clip)
        poster = Asset.objects.create(pk=key, **facts, **columns)
    remove_files()
    return poster


def _clamped(clip: Asset, at_s: float) -> float:
    return round(min(max(at_s, 0.0), clip.duration_s or 0.0), 3)


def _write(relative: str, write: Callable[[Path], None]) -> dict[str, object]:
    """Write a picture, whole or not at all, and say what it is. Whoever else writes the same one
    at this moment writes the same bytes."""
    path = Path(settings.MEDIA_ROOT) / relative
    # Beside the part files: what a killed process leaves there is tidied up.
    draft = Path(settings.MEDIA_ROOT) / "incoming" / f"draft-{uuid.uuid4().hex}{path.suffix}"
    draft.parent.mkdir(parents=True, exist_ok=True)
    try:
        write(draft)
        with Image.open(draft) as picture:
            width, height = picture.size
        sha256, size_bytes = assets.sha256_of(draft), draft.stat().st_size
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)
    facts = {"relative_path": relative, "sha256": sha256, "size_bytes": size_bytes}
    return facts | {"width": width, "height": height}


def _let_go(clip: Asset) -> None:
    """The poster that the clip had goes; one that another clip was made from stays, as a frame."""
    for old in clip.derived.filter(kind=Asset.Kind.POSTER):
        try:
            with transaction.atomic():
                old.delete()
        except ProtectedError:
            Asset.objects.filter(pk=old.pk).update(kind=Asset.Kind.FRAME)
        else:
            FileToRemove.objects.get_or_create(relative_path=old.relative_path)
