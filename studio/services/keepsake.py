"""What people have said of clips, kept beside the files: `library.json` in the media folder.

Stars, tags, collections and the trash stand in no clip's file, and neither does where a picture was
taken from. This one file holds all of that, so that `rebuild` finds it again. It is written anew
within a minute of a change; a single clip's document is never touched for it.

The file says which database it speaks of. One that speaks of another is left alone: after the loss
of a database an empty one must not empty it.
"""

import json
import logging
import os
import uuid
from collections import defaultdict
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db.migrations.recorder import MigrationRecorder
from django.db.models import Q

from studio.models import Asset, Collection

logger = logging.getLogger(__name__)

FORMAT = 1
NAME = "library.json"
SAID = (
    Q(is_private=True)
    | Q(is_favourite=True)
    | Q(rating__gt=0)
    | Q(trashed_at__isnull=False)
    | Q(job=None)
)
PICTURES = (Asset.Kind.IMAGE, Asset.Kind.FRAME)
Document = dict[str, Any]


def path() -> Path:
    return Path(settings.MEDIA_ROOT) / NAME


def database() -> str:
    """What tells this database from all others: the moment it was made."""
    first = MigrationRecorder.Migration.objects.order_by("id").first()
    return first.applied.isoformat() if first else ""


def document() -> Document:
    """All that people have said, as plain JSON."""
    return {
        "format": FORMAT,
        "database": database(),
        "clips": _clips(),
        "pictures": _pictures(),
        "collections": _collections(),
    }


def _clips() -> dict[str, Document]:
    tags = defaultdict(list)
    put = Asset.tags.through.objects.values_list("asset_id", "tag__name")
    for key, tag in put.order_by("tag__name"):
        tags[key].append(tag)
    of_clips = Asset.objects.filter(kind=Asset.Kind.VIDEO, erased_at=None).order_by("created_at")
    told = of_clips.filter(SAID | Q(pk__in=list(tags))).select_related("owner")
    return {str(clip.pk): _clip(clip, tags[clip.pk]) for clip in told}


def _clip(clip: Asset, tags: list[str]) -> Document:
    said: Document = {
        "favourite": clip.is_favourite,
        "rating": clip.rating,
        "tags": tags,
        "private": clip.is_private,
        "trashed_at": clip.trashed_at.isoformat() if clip.trashed_at else None,
    }
    if clip.job_id is None:
        said |= {"owner": clip.owner.get_username(), "name": clip.original_name}
    return said


def _pictures() -> dict[str, Document]:
    pictures = Asset.objects.filter(kind__in=PICTURES, trashed_at=None).order_by("created_at")
    columns = (
        *("pk", "kind", "owner__username", "original_name", "parent", "at_s"),
        *("created_at", "is_private"),
    )
    return {
        str(key): {
            "kind": kind,
            "owner": owner,
            "name": name,
            "parent": str(parent) if parent else None,
            "at_s": at_s,
            "created_at": created_at.isoformat(),
            "private": is_private,
        }
        for key, kind, owner, name, parent, at_s, created_at, is_private in pictures.values_list(
            *columns
        )
    }


def _collections() -> list[Document]:
    every = Collection.objects.select_related("owner").order_by("pk")
    return [
        {
            "name": each.name,
            "private": each.is_private,
            "owner": each.owner.get_username(),
            "created_at": each.created_at.isoformat(),
            "clips": [str(item.asset_id) for item in each.items.all()],
        }
        for each in every.prefetch_related("items")
    ]


def read() -> Document | None:
    """What stands there; None where nothing does, or nothing that can be read."""
    try:
        found = json.loads(path().read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return found if isinstance(found, dict) else None


def keep(*, takes_over: bool = False) -> bool:
    """Write the file if it says something else. False where it speaks of another database, unless
    it is taken over."""
    present, text = read(), json.dumps(document(), ensure_ascii=False, indent=1)
    if present is not None and present.get("database") != database() and not takes_over:
        logger.warning(
            "%s speaks of another database. `manage.py rebuild_gallery` takes it over.", path()
        )
        return False
    if present is None or json.dumps(present, ensure_ascii=False, indent=1) != text:
        _write(text)
    return True


def _write(text: str) -> None:
    """Whole or not at all. A full disk is told, and tried again by the next sweep."""
    draft = path().with_name(f"{NAME}.{uuid.uuid4().hex}.part")
    try:
        path().parent.mkdir(parents=True, exist_ok=True)
        with draft.open("w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path())
    except OSError as e:
        logger.warning("What people said of clips could not be written down: %s", e)
        draft.unlink(missing_ok=True)
