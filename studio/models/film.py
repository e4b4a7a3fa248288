"""Films: what storyboards are exported to.

    queued -> rendering -> ready | failed

and cancelled. As with jobs, nobody but the transition methods writes `state`, each is one guarded
UPDATE, and a worker holds a film by a lease that dies with it.
"""

import uuid
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from studio.models.asset import Asset
from studio.models.board import Board
from studio.models.job_queries import Lease

MOST_ATTEMPTS = 3
"""A film whose renderer died so often is given up."""


class FilmQuerySet(models.QuerySet["Film"]):
    def due(self, now: datetime) -> "FilmQuerySet":
        """Those to be rendered that nobody holds, the oldest first."""
        free = Q(lease_until=None) | Q(lease_until__lte=now)
        return self.filter(free, state__in=Film.OPEN).order_by("created_at", "pk")


class Film(models.Model):
    """One export of a board: a background job with its progress, and its file once it is done.

    `plan` is the board as it was when the export was asked for: later changes do not touch it.
    """

    class State(models.TextChoices):
        QUEUED = "queued", "Queued"
        RENDERING = "rendering", "Rendering"
        READY = "ready", "Ready"
        FAILED = "failed", "Failed"
        CANCELLED = "cancelled", "Cancelled"

    OPEN = (State.QUEUED, State.RENDERING)

    board = models.ForeignKey(Board, on_delete=models.CASCADE, related_name="films")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="films")
    plan = models.JSONField()
    state = models.CharField(max_length=10, choices=State, default=State.QUEUED)
    progress_percent = models.PositiveSmallIntegerField(default=0)
    error = models.TextField(blank=True, default="")
    file = models.OneToOneField(
        Asset, on_delete=models.PROTECT, null=True, blank=True, related_name="film"
    )
    lease_token = models.UUIDField(null=True, blank=True, editable=False, default=None)
    lease_until = models.DateTimeField(null=True, blank=True, editable=False)
    attempts = models.PositiveSmallIntegerField(default=0, editable=False)
    key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    created_at = models.DateTimeField(default=timezone.now)
    finished_at = models.DateTimeField(null=True, blank=True)
    changed_at = models.DateTimeField(default=timezone.now)

    objects = FilmQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-pk"]
        indexes = [models.Index(fields=["state", "lease_until"], name="film_due")]
        constraints = [
            models.CheckConstraint(
                condition=~Q(state="ready") | Q(file__isnull=False), name="ready_film_has_file"
            ),
            models.CheckConstraint(
                condition=~Q(state="failed") | ~Q(error=""), name="failed_film_says_why"
            ),
        ]

    def __str__(self) -> str:
        return f"Film of board {self.board_id}"

    @property
    def is_open(self) -> bool:
        """True while a worker has something to do for it."""
        return self.state in self.OPEN

    # -- Holding it --------------------------------------------------------------------------

    def claim(self, *, for_s: float) -> Lease | None:
        """Hold it for rendering. None: it is not due, or another worker was quicker."""
        now = timezone.now()
        lease = Lease(uuid.uuid4(), now + timedelta(seconds=for_s))
        won = (
            Film.objects.due(now)
            .filter(pk=self.pk, attempts__lt=MOST_ATTEMPTS)
            .update(
                state=self.State.RENDERING,
                lease_token=lease.token,
                lease_until=lease.until,
                attempts=F("attempts") + 1,
                progress_percent=0,
                changed_at=now,
            )
        )
        self.refresh_from_db()
        return lease if won == 1 else None

    def keep(self, lease: Lease, *, for_s: float, percent: int | None = None) -> bool:
        """Lengthen the lease, and tell how far it is where that is news. False: it was cancelled,
        or another worker has it; so stop."""
        now = timezone.now()
        columns: dict[str, Any] = {"lease_until": now + timedelta(seconds=for_s)}
        if percent is not None:
            columns |= {"progress_percent": percent, "changed_at": now}
        return self._held(lease).update(**columns) == 1

    # -- Moving it ---------------------------------------------------------------------------

    def give_back(self, lease: Lease, *, counts: bool) -> bool:
        """RENDERING -> QUEUED: another try later; it `counts` unless it was our own doing."""
        attempts = F("attempts") if counts else F("attempts") - 1
        return self._move(self._held(lease), self.State.QUEUED, attempts=attempts)

    def complete(self, lease: Lease, file: Asset) -> bool:
        """RENDERING -> READY, with the file on disk."""
        return self._end(self._held(lease), self.State.READY, file=file, progress_percent=100)

    def fail(self, message: str, *, lease: Lease | None = None) -> bool:
        """-> FAILED. Without a lease only what nobody holds any more."""
        mine = self._held(lease) if lease else Film.objects.due(timezone.now()).filter(pk=self.pk)
        return self._end(mine, self.State.FAILED, error=message)

    def cancel(self) -> bool:
        """-> CANCELLED: whoever renders it finds its lease gone."""
        mine = Film.objects.filter(pk=self.pk, state__in=self.OPEN)
        return self._end(mine, self.State.CANCELLED)

    def _held(self, lease: Lease) -> "models.QuerySet[Film]":
        return Film.objects.filter(pk=self.pk, state=self.State.RENDERING, lease_token=lease.token)

    def _end(self, mine: "models.QuerySet[Film]", to: State, **columns: Any) -> bool:
        return self._move(mine, to, finished_at=timezone.now(), **columns)

    def _move(self, mine: "models.QuerySet[Film]", to: State, **columns: Any) -> bool:
        """One guarded UPDATE, which frees the lease."""
        free = {"lease_token": None, "lease_until": None, "changed_at": timezone.now()}
        moved = mine.update(state=to, **free, **columns) == 1
        self.refresh_from_db()
        return moved
