"""Deleting clips for good.

The clip's row stays as the mark of what was there, so that its job's history, its cost and the
clips made from it stay true; its file and its companions go. What other work still needs stays: a
last frame that another clip began with, or that stands in somebody's draft. A clip that a
storyboard shows, or that somebody else made, is not deleted at all; the reason is told.

The order is what any interruption leaves true: first one transaction that says that the clip is
gone and which files are to follow, then the files. Whatever is left then, the sweep removes.
"""

import json
import logging
import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from uuid import UUID

from django.conf import settings
from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import F, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from studio.media.metadata import sidecar_of
from studio.models import (
    Asset,
    CollectionItem,
    FileToRemove,
    Film,
    JobInput,
    Preset,
    SavedDraft,
    Shot,
)
from studio.models.job_state import FINISHED
from studio.services import assets, library, members, thumbs
from studio.services.durable import sync_folder

logger = logging.getLogger(__name__)

UUID_TEXT = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
AT_ONCE = 200
"""Clips in one transaction: others want to write too."""


# -- What can go -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Plan:
    """Which clips can be deleted for good, and why the others stay."""

    clips: list[Asset]
    kept: dict[UUID, str]

    @property
    def size_bytes(self) -> int:
        """What the disk gets back at least."""
        return sum(clip.size_bytes for clip in self.clips)

    @property
    def reasons(self) -> list[str]:
        """Why some stay, each reason once."""
        return list(dict.fromkeys(self.kept.values()))


def plan(clips: Sequence[Asset], user: User | None) -> Plan:
    """Look at what else needs these clips, and whose they are; None: the studio itself asks."""
    kept = _reasons(clips) | (_of_others(clips, user) if user else {})
    return Plan([clip for clip in clips if clip.pk not in kept], kept)


def _of_others(clips: Iterable[Asset], user: User) -> dict[UUID, str]:
    """The trash is everybody's, since there is a way back; what has none is not."""
    words = _("Only whoever made a clip or a manager deletes it for good.")
    others = (clip for clip in clips if not members.may_direct(user, clip.owner_id))
    return {clip.pk: words for clip in others}


def whole_trash(user: User, until: datetime) -> QuerySet[Asset]:
    """All clips that lay in the trash at that moment."""
    trash: QuerySet[Asset] = assets.in_trash_for(user)
    return trash.filter(kind=Asset.Kind.VIDEO, trashed_at__lte=until).order_by("-trashed_at", "pk")


def _reasons(clips: Sequence[Asset]) -> dict[UUID, str]:
    keys = {clip.pk for clip in clips}
    films = Film.objects.filter(state__in=[Film.State.QUEUED, Film.State.RENDERING])
    in_films = json.dumps(list(films.values_list("plan", flat=True)))
    found = {key: _("A film is being made of it just now.") for key in keys if str(key) in in_films}
    inputs = JobInput.objects.filter(asset__kind=Asset.Kind.VIDEO, asset__trashed_at__isnull=False)
    for key in inputs.exclude(job__state__in=FINISHED).values_list("asset", flat=True):
        found[key] = _("A clip under way is made from it.")
    shots = Shot.objects.filter(clip__trashed_at__isnull=False)
    for clip, board in shots.values_list("clip", "board__name").distinct():
        words = _("It is on the storyboard “%(name)s”. Take it off there first.")
        found[clip] = words % {"name": board}
    return {key: reason for key, reason in found.items() if key in keys}


# -- Deleting --------------------------------------------------------------------------------------


def erase(clips: Sequence[Asset], user: User) -> str:
    """Delete these clips of the trash for good, as far as nothing needs them."""
    gone = kept = 0
    reasons: dict[str, None] = {}
    for start in range(0, len(clips), AT_ONCE):
        found = _erase_some([clip.pk for clip in clips[start : start + AT_ONCE]], user)
        remove_files()
        gone, kept = gone + len(found.clips), kept + len(found.kept)
        reasons |= dict.fromkeys(found.reasons)
    return " ".join([_gone_words(gone), *_kept_words(kept, reasons)])


def _gone_words(count: int) -> str:
    return ngettext(
        "%(count)s clip deleted for good.", "%(count)s clips deleted for good.", count
    ) % {"count": count}


def _kept_words(count: int, reasons: Iterable[str]) -> list[str]:
    if not count:
        return []
    words = ngettext("%(count)s stays.", "%(count)s stay.", count) % {"count": count}
    return [words, *reasons]


@transaction.atomic
def _erase_some(keys: Collection[UUID], user: User) -> Plan:
    """Mark the clips and note their files. Asked again inside: a storyboard may be quicker."""
    there = assets.in_trash_for(user).filter(pk__in=keys, kind=Asset.Kind.VIDEO)
    found = plan(list(there.select_for_update()), user)
    mark_gone(found.clips, user)
    return found


def mark_gone(clips: Sequence[Asset], user: User | None) -> None:
    """Mark them and note their files, in the transaction in which the caller asked for a `plan`."""
    gone = [clip.pk for clip in clips]
    Asset.objects.filter(pk__in=gone).update(erased_at=timezone.now(), is_favourite=False)
    Asset.tags.through.objects.filter(asset__in=gone).delete()
    CollectionItem.objects.filter(asset__in=gone).delete()
    library.note(clips, user, "Deleted for good.")
    _let_go(path for clip in clips for path in (clip.path, sidecar_of(clip.path)))
    _drop_companions(gone)


def drop_pictures(pictures: Iterable[Asset]) -> None:
    """Delete the rows of pictures that nothing needs, and note their files; in a transaction."""
    loose = list(pictures)
    Asset.objects.filter(pk__in=[each.pk for each in loose]).delete()
    _let_go(path for each in loose for path in picture_files(each))


def files_of(clips: Iterable[Asset]) -> dict[UUID, list[Path]]:
    """What leaves the disk with each clip: its file, the one beside it, its loose companions'."""
    found = {clip.pk: [clip.path, sidecar_of(clip.path)] for clip in clips}
    for each in _loose(found):
        if each.parent_id:
            found[each.parent_id] += picture_files(each)
    return found


def picture_files(picture: Asset) -> list[Path]:
    """A picture's file, and where its small copy is if anybody has looked at it."""
    return [picture.path, thumbs.path_of(picture)]


def _drop_companions(clips: Collection[UUID]) -> None:
    """The rows of what hangs on these clips and nothing else needs; their files are noted."""
    drop_pictures(_loose(clips))


def _loose(clips: Collection[UUID]) -> list[Asset]:
    """The companions of these clips that nothing else needs."""
    companions = Asset.objects.filter(parent__in=clips, kind__in=Asset.DERIVED)
    needed = _needed(companions)
    return [each for each in companions if each.pk not in needed]


def _needed(companions: Iterable[Asset]) -> set[UUID]:
    """Those that a clip was made with, or that stand in a draft, a preset or a shot to be made."""
    keys = {companion.pk for companion in companions}
    used = JobInput.objects.filter(asset__in=keys).values_list("asset", flat=True)
    return set(used) | keys & named_in_forms()


def named_in_forms() -> set[UUID]:
    """What stands in a draft, a preset or a shot to be made."""
    written = json.dumps([list(_contents(model)) for model in (SavedDraft, Preset, Shot)])
    return {UUID(found) for found in UUID_TEXT.findall(written)}


def _contents(model: type[SavedDraft] | type[Preset] | type[Shot]) -> Iterator[object]:
    columns = ["content", "earlier_content"] if model is SavedDraft else ["content"]
    yield from model._default_manager.values_list(*columns)


def _let_go(paths: Iterable[Path]) -> None:
    root = Path(settings.MEDIA_ROOT)
    files = [FileToRemove(relative_path=str(path.relative_to(root))) for path in paths]
    FileToRemove.objects.bulk_create(files, ignore_conflicts=True)


# -- The files -------------------------------------------------------------------------------------


def remove_files() -> None:
    """Take the noted files off the disk; after a power cut they are still noted, or gone."""
    noted = list(FileToRemove.objects.order_by("pk"))
    done, folders = [], set()
    for file in noted:
        path = Path(settings.MEDIA_ROOT) / file.relative_path
        if not _is_inside(path):
            logger.error("%s is not in the media folder, so it is left alone.", path)
            done.append(file.pk)
            continue
        try:
            path.unlink(missing_ok=True)
        except OSError as e:
            logger.warning("%s is not wanted any more and could not be removed: %s", path, e)
            continue
        done.append(file.pk)
        folders.add(path.parent)
    for folder in folders:
        if folder.exists():
            sync_folder(folder)
    FileToRemove.objects.filter(pk__in=done).delete()


def _is_inside(path: Path) -> bool:
    """True for a file that really is in the media folder, wherever links lead."""
    return path.parent.resolve().is_relative_to(Path(settings.MEDIA_ROOT).resolve())


def sweep() -> None:
    """Finish what was cut off: companions that were made while their clip was deleted, and files
    that are noted still."""
    late = Asset.objects.filter(parent__erased_at__lt=F("created_at"), kind__in=Asset.DERIVED)
    with transaction.atomic():
        _drop_companions({each.parent_id for each in late if each.parent_id})
    remove_files()
