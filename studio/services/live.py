"""What every page shows of what is going on, and whether that is news."""

import hashlib
import math
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth.models import User
from django.db.models import Count, Max, Q, Subquery, Value
from django.utils import timezone

from studio.models import Asset, Board, Film, Heartbeat, Job, Provider
from studio.models.job_queries import ASKING, JobQuerySet, sendable_from
from studio.models.job_state import LOOKED_AT, WORKED
from studio.services import disk, seeing, timing

State = Job.State
WORKER = "worker"
LATELY = timedelta(minutes=10)
MOST_TOLD = 20
MOST_LOOKED_THROUGH = 500
"""Clips under way that the soonest end is looked for among, the longest under way first."""
SHOWN_OF_A_PROVIDER = (
    "name",
    "is_enabled",
    "health",
    "health_note",
    "paused_at",
    "sends_held_until",
    "faults_in_a_row",
    "creates_per_minute",
    "concurrent_jobs",
)
MOMENTS = {
    "job_at": (Job, "changed_at"),
    "asset_at": (Asset, "created_at"),
    "trashed_at": (Asset, "trashed_at"),
    "film_at": (Film, "changed_at"),
}


def version() -> str:
    """Changes whenever anything that the live parts of a page show has changed. Ask before
    reading what is shown: then news in between are shown with the next poll.

    Two queries. Each moment is the end of an index, so it costs the same with ten jobs and with
    a million; asked for together they would be a scan.
    """
    moments = {name: Subquery(_last(model, column)) for name, (model, column) in MOMENTS.items()}
    accounts = Provider.objects.order_by("pk").annotate(**moments)
    found: list[Any] = list(accounts.values_list(*SHOWN_OF_A_PROVIDER, *moments))
    # Without any account nothing is made, but clips of old are there all the same.
    found = found or [Asset.objects.aggregate(Max("created_at"), Max("trashed_at"))]
    seen = repr((found, Heartbeat.is_alive(WORKER), disk.room().seen))
    return hashlib.sha256(seen.encode()).hexdigest()[:16]


def _last(model: Any, column: str) -> Any:
    known = model.objects.filter(**{f"{column}__isnull": False}).order_by(f"-{column}")
    return known.values(column)[:1]


def true_until(seen: str, until: datetime | None) -> str:
    """The version `seen` of a page on which the clock alone changes something at `until`."""
    return f"{seen}-{math.ceil(until.timestamp())}" if until else seen


def is_current(shown: str) -> bool:
    """True for the version of a page that shows the present state."""
    seen, _, until = shown.partition("-")
    is_over = until[:12].isdecimal() and timezone.now().timestamp() >= int(until[:12])
    return not is_over and seen == version()


# -- What is shown everywhere --------------------------------------------------------------------


def counts(user: User) -> dict[str, int]:
    """Clips in the gallery, storyboards; jobs that are going on, those of them that wait their
    turn and those of this member; and jobs that wait for a person."""
    queued = Q(state=State.QUEUED)
    put_off = queued & (Q(is_held=True) | ~sendable_from(timezone.now()))
    going = Q(state__in=WORKED) & ~put_off
    found: dict[str, int] = (
        seeing.jobs(user)
        .unfinished()
        .aggregate(
            running=Count("pk", filter=going),
            waiting=Count("pk", filter=going & queued),
            mine=Count("pk", filter=going & Q(owner=user)),
            needs=Count("pk", filter=ASKING),
        )
    )
    clips = seeing.files(user).filter(kind=Asset.Kind.VIDEO, trashed_at=None)
    rows = _counted(clips, "clips").union(_counted(Board.objects.all(), "boards"), all=True)
    return found | {"clips": 0, "boards": 0} | dict(rows)


def _counted(rows: Any, name: str) -> Any:
    """One row with the name and the count, so that several counts are one question."""
    named = rows.order_by().annotate(named=Value(name)).values("named")
    return named.annotate(count=Count("pk")).values_list("named", "count")


@dataclass(frozen=True, slots=True)
class Strip:
    """The live strip beyond the counts: when the next clip is made, and what has ended."""

    left_s: float | None
    ended: list[Job]

    @property
    def true_until(self) -> datetime | None:
        """When the passing of time alone makes something else true."""
        return None if self.left_s is None else timezone.now() + timedelta(seconds=self.left_s)


def strip(user: User) -> Strip:
    """For this member."""
    return Strip(_soonest_left_s(timezone.now()), ended_lately(user))


def _soonest_left_s(now: datetime) -> float | None:
    """How long until the first of the clips under way is usually made, in seconds."""
    followed = Job.objects.filter(state__in=LOOKED_AT, accepted_at__isnull=False)
    known = followed.order_by("accepted_at").values_list(
        "provider_model", "duration_s", "accepted_at"
    )
    left_s = (
        timing.left_s(timing.usual(model_id, duration_s), (now - accepted_at).total_seconds())
        for model_id, duration_s, accepted_at in known[:MOST_LOOKED_THROUGH]
        if accepted_at
    )
    return min((seconds for seconds in left_s if seconds is not None), default=None)


def ended_lately(user: User) -> list[Job]:
    """This member's clips that came to an end, or to a question, within the last minutes."""
    return list(_ended_since(user, timezone.now() - LATELY)[:MOST_TOLD])


def _ended_since(user: User, since: datetime) -> JobQuerySet:
    told = Q(state__in=[State.READY, State.FAILED, State.EXPIRED, State.UNCONFIRMED])
    told |= ASKING
    ended = Job.objects.filter(told, owner=user, changed_at__gt=since)
    return ended.only("prompt", "state", "question", "video").order_by("-changed_at")
