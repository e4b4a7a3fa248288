"""Retention: what the settings say need not be kept for ever. Without them everything is kept.

Each rule names what is old, and of that what nothing needs any more. A dry run asks the same
questions as a real one, which asks them again in the transaction that deletes: a clip that was
taken out of the trash meanwhile, or put on a storyboard, stays. What is deleted goes the way of
`erasing`: rows first, then files, and whatever is cut off between the two is finished by the sweep.
"""

import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet, Sum, TextField
from django.db.models.functions import Cast, Length
from django.utils import timezone

from studio.models import Asset, Heartbeat, Job, JobEvent, ShareLink
from studio.models.job_state import FINISHED
from studio.services import erasing, health

logger = logging.getLogger(__name__)

EVERY = timedelta(days=1)
LAST_RUN = "retention"
NEVER = datetime(2000, 1, 1, tzinfo=UTC)
AT_ONCE = 200
"""Things in one transaction: others want to write too."""
UNUSED = {"used_by": None, "shots": None, "collection_items": None}
"""No input of a clip, on no storyboard, in no collection."""


class RetentionProblem(Exception):
    """Nothing was deleted; the message says why, and what to do."""


@dataclass(frozen=True, slots=True)
class Leaving:
    """One thing that goes: its files (below MEDIA_ROOT), or the replies in a job's timeline."""

    key: Any
    name: str
    since: datetime
    size_bytes: int
    files: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Rule:
    """`old` finds what is old enough, `look` what of these nothing needs, `remove` takes that."""

    name: str
    setting: str
    title: str
    old: Callable[[datetime], QuerySet[Any]]
    look: Callable[[QuerySet[Any]], list[Leaving]]
    remove: Callable[[Sequence[Any]], None]

    @property
    def days(self) -> int:
        """0: this rule is off."""
        return int(getattr(settings, self.setting))


@dataclass(frozen=True, slots=True)
class Result:
    """What a rule has deleted, or in a dry run would."""

    rule: Rule
    days: int
    leaving: list[Leaving]
    old_count: int

    @property
    def size_bytes(self) -> int:
        return sum(each.size_bytes for each in self.leaving)

    @property
    def kept_count(self) -> int:
        """Old enough, but something needs them."""
        return self.old_count - len(self.leaving)

    @property
    def words(self) -> str:
        kept = f" Kept because something needs them: {self.kept_count}." if self.kept_count else ""
        return (
            f"{self.rule.title % {'days': self.days}}: {len(self.leaving)}, "
            f"{self.size_bytes / 10**6:,.1f} MB.{kept}"
        )


# -- Running ---------------------------------------------------------------------------------------


def rules_on() -> list[Rule]:
    """The rules that the settings switch on."""
    return [rule for rule in RULES if rule.days]


def run(*, is_dry: bool) -> list[Result]:
    """Apply the rules that are on, or only say what they would delete. Raises RetentionProblem."""
    _require_the_disk()
    now = timezone.now()
    return [_apply(rule, now - timedelta(days=rule.days), is_dry=is_dry) for rule in rules_on()]


def run_if_due() -> None:
    """What the worker does: once a day, on one of the workers."""
    if not rules_on() or not _is_mine(timezone.now()):
        return
    try:
        for result in run(is_dry=False):
            logger.info("%s", result.words)
    except RetentionProblem as e:
        logger.warning("%s", e)


def _is_mine(now: datetime) -> bool:
    """True for exactly one caller a day."""
    Heartbeat.objects.get_or_create(name=LAST_RUN, defaults={"at": NEVER})
    return Heartbeat.objects.filter(name=LAST_RUN, at__lte=now - EVERY).update(at=now) == 1


def _require_the_disk() -> None:
    """Without it the rows would go, and the files come back with the disk."""
    if not health.marker().exists():
        raise RetentionProblem(
            f"{health.marker()} is missing: is the disk with the clips mounted? Nothing was "
            "deleted. Mount it, or start the studio once on a new folder."
        )


def _apply(rule: Rule, until: datetime, *, is_dry: bool) -> Result:
    keys = list(rule.old(until).values_list("pk", flat=True))
    step = _look if is_dry else _take
    leaving = [each for part in _parts(keys) for each in step(rule, until, part)]
    return Result(rule, rule.days, leaving, len(keys))


def _parts(keys: Sequence[Any]) -> Iterator[Sequence[Any]]:
    return (keys[start : start + AT_ONCE] for start in range(0, len(keys), AT_ONCE))


def _look(rule: Rule, until: datetime, keys: Sequence[Any]) -> list[Leaving]:
    return rule.look(rule.old(until).filter(pk__in=keys))


def _take(rule: Rule, until: datetime, keys: Sequence[Any]) -> list[Leaving]:
    with transaction.atomic():
        leaving = _look(rule, until, keys)
        rule.remove([each.key for each in leaving])
    erasing.remove_files()
    return leaving


# -- Clips in the trash ----------------------------------------------------------------------------


def _old_trash(until: datetime) -> QuerySet[Asset]:
    trash = Asset.objects.filter(kind=Asset.Kind.VIDEO, erased_at=None, trashed_at__lte=until)
    return trash.order_by("trashed_at", "pk")


def _loose_clips(old: QuerySet[Asset]) -> list[Leaving]:
    ended = Q(job=None) | Q(job__state__in=FINISHED)
    clips = erasing.plan(_unused(old.filter(ended, is_favourite=False)), None).clips
    files = erasing.files_of(clips)
    return [_leaving(clip, clip.trashed_at or NEVER, files[clip.pk]) for clip in clips]


def _erase(keys: Sequence[Any]) -> None:
    erasing.mark_gone(list(Asset.objects.filter(pk__in=keys)), None)


# -- Uploaded pictures -----------------------------------------------------------------------------


def _old_uploads(until: datetime) -> QuerySet[Asset]:
    """What somebody brought; pictures that were taken out of a clip are theirs to delete."""
    uploads = Asset.objects.filter(kind=Asset.Kind.IMAGE, parent=None, created_at__lte=until)
    return uploads.order_by("created_at", "pk")


def _loose_uploads(old: QuerySet[Asset]) -> list[Leaving]:
    found = _unused(old.filter(is_favourite=False, derived=None))
    return [_leaving(each, each.created_at, erasing.picture_files(each)) for each in found]


def _drop(keys: Sequence[Any]) -> None:
    erasing.drop_pictures(Asset.objects.filter(pk__in=keys))


def _unused(found: QuerySet[Asset]) -> list[Asset]:
    """Those that no clip, storyboard, collection, open link, draft or preset knows."""
    shared = ShareLink.objects.open().filter(asset=OuterRef("pk"))
    named = erasing.named_in_forms()
    loose = found.filter(~Exists(shared), **UNUSED)
    return [each for each in loose if each.pk not in named]


def _leaving(asset: Asset, since: datetime, paths: Sequence[Path]) -> Leaving:
    there = [path for path in paths if path.is_file()]
    root = Path(settings.MEDIA_ROOT)
    return Leaving(
        key=asset.pk,
        name=asset.relative_path,
        since=since,
        size_bytes=sum(path.stat().st_size for path in there),
        files=tuple(str(path.relative_to(root)) for path in there),
    )


# -- Replies in timelines --------------------------------------------------------------------------


def _old_jobs(until: datetime) -> QuerySet[Job]:
    """Jobs that ended before then and keep a reply."""
    ended = Job.objects.filter(state__in=FINISHED, finished_at__lte=until)
    replies = JobEvent.objects.filter(job=OuterRef("pk"), detail__isnull=False)
    return ended.filter(Exists(replies)).order_by("pk")


def _replies(old: QuerySet[Job]) -> list[Leaving]:
    kept = old.order_by("pk").filter(events__detail__isnull=False)
    sums = kept.annotate(size=Sum(Length(Cast("events__detail", TextField()))))
    found = sums.values_list("pk", "finished_at", "size")
    return [Leaving(key, f"job {key}", since or NEVER, size) for key, since, size in found]


def _empty(keys: Sequence[Any]) -> None:
    JobEvent.objects.filter(job__in=keys, detail__isnull=False).update(detail=None)


RULES = (
    Rule(
        name="trash",
        setting="TRASH_DAYS",
        title="Clips in the trash for %(days)s days or more",
        old=_old_trash,
        look=_loose_clips,
        remove=_erase,
    ),
    Rule(
        name="uploads",
        setting="UPLOAD_DAYS",
        title="Unused pictures uploaded %(days)s days ago or earlier",
        old=_old_uploads,
        look=_loose_uploads,
        remove=_drop,
    ),
    Rule(
        name="events",
        setting="EVENT_DAYS",
        title="Replies to jobs that ended %(days)s days ago or earlier",
        old=_old_jobs,
        look=_replies,
        remove=_empty,
    ),
)
