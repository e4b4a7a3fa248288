"""Whether the studio can do its work now: what a probe asks, and what a manager reads."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from django.conf import settings
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone

from studio.models import Asset, Heartbeat, Job
from studio.services import disk
from studio.services.live import WORKER

MARKER = ".studio"
PROBE = "readiness"
BEAT_WITHIN = timedelta(seconds=85)
"""The worker beats once a minute; a dead one is told within 90 s."""
DUE_WITHIN = timedelta(minutes=3)
"""A step that is due is taken within seconds; the sweep looks after lost ones once a minute."""


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that has to be well; `told` says what was found."""

    name: str
    is_well: bool
    told: str


def checks() -> list[Check]:
    """Everything that is looked at. A database that does not answer leaves the rest unknown."""
    try:
        return [look() for look in (_database, _migrations, _media, _disk, _worker, _due)]
    except DatabaseError as e:
        return [
            Check("database", False, f"Does not answer: {type(e).__name__}."),
            _media(),
            _disk(),
        ]


def is_ready(found: list[Check]) -> bool:
    return all(check.is_well for check in found)


def _database() -> Check:
    """A real write: a disk that is full or read-only lets one read on."""
    Heartbeat.beat(PROBE)
    return Check("database", True, "Reads and writes.")


def _migrations() -> Check:
    executor = MigrationExecutor(connection)
    pending = len(executor.migration_plan(executor.loader.graph.leaf_nodes()))
    told = f"{pending} not applied. Restart the studio." if pending else "All applied."
    return Check("migrations", not pending, told)


def _media() -> Check:
    is_there = marker().exists()
    missing = f"{marker()} is missing: is the disk with the clips mounted?"
    return Check("media", is_there, "There." if is_there else missing)


def _disk() -> Check:
    return Check("disk", not disk.is_low(), f"{disk.free_bytes() // disk.MB} MB free.")


def _worker() -> Check:
    at = Heartbeat.objects.filter(name=WORKER).values_list("at", flat=True).first()
    if at is None:
        return Check("worker", False, "Was never seen.")
    age = timezone.now() - at
    return Check("worker", age <= BEAT_WITHIN, f"Last seen {age.total_seconds():.0f} s ago.")


def _due() -> Check:
    age_s = oldest_due_s()
    told = f"The oldest step is due for {age_s:.0f} s." if age_s else "Nothing is overdue."
    return Check("due", age_s <= DUE_WITHIN.total_seconds(), told)


def oldest_due_s() -> float:
    """For how long the step that waits longest has been due; 0 if none is."""
    now = timezone.now()
    # What is queued may wait for its turn for hours.
    due = Job.objects.due(now).exclude(state=Job.State.QUEUED)
    due_at = due.order_by("next_look_at").values_list("next_look_at", flat=True).first()
    return (now - due_at).total_seconds() if due_at else 0.0


# -- The folder of the clips -----------------------------------------------------------------------


def marker() -> Path:
    """A file that only the right folder has: an empty mount point looks like no clips at all."""
    return Path(settings.MEDIA_ROOT) / MARKER


def mark(tell: Callable[[str], None]) -> None:
    """Mark the folder of the clips at the start, unless it seems to be the wrong one."""
    folder = marker().parent
    folder.mkdir(parents=True, exist_ok=True)
    if marker().exists():
        return
    first = Asset.objects.filter(erased_at=None).order_by("-created_at").first()
    if first is not None and not any(folder.iterdir()):
        tell(f"{folder} is empty, but the database knows clips. Is its disk mounted?")
        return
    marker().write_text("The clips of a Dailies studio. Do not delete this file.\n")
