"""Finding jobs: what is due, what takes a place at a provider, what a page shows."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Coalesce

from studio.models.job_state import AT_PROVIDER, LOOKED_AT, WORKED, JobState

if TYPE_CHECKING:
    from studio.models.job import Job

FOLLOWED_BY = (
    "provider",
    "provider_model",
    "duration_s",
    "remote_id",
    "state",
    "progress_percent",
    "error",
    "question",
    "look_attempts",
    "next_look_at",
    "lease_token",
    "accepted_at",
    "deadline_at",
)
"""Reading all fifty columns of each job was a quarter of the cost of a look's visit."""
ASSUMED_LINK_LIFE = timedelta(hours=1)
"""How long a link is taken to live where the API does not say."""
ASKING = Q(state=JobState.UNCONFIRMED) | Q(state__in=WORKED) & ~Q(question="")
"""What a person has to say something about."""
UNSENT = Q(
    state=JobState.QUEUED, unclear_since=None, remote_id="", is_set_aside=False, lease_token=None
)
"""Never sent, or refused so clearly that nothing was started, and in no worker's hands: what holds
then may still be changed. A lease that ended is one too; its worker may only be frozen."""


def sendable_from(now: datetime) -> Q:
    """Of what is queued: true if its member wished it for now or earlier."""
    return Q(not_before=None) | Q(not_before__lte=now)


@dataclass(frozen=True, slots=True)
class Lease:
    """The right to take one step of one job, until `until`."""

    token: UUID
    until: datetime


class JobQuerySet(models.QuerySet["Job"]):
    def worked_on(self) -> "JobQuerySet":
        """Those that a worker still has something to do for."""
        return self.filter(state__in=WORKED)

    def unfinished(self) -> "JobQuerySet":
        """Those whose end is open, with the ones that wait for a person."""
        return self.filter(state__in=[*WORKED, JobState.UNCONFIRMED])

    def asking(self) -> "JobQuerySet":
        """Those that a person has to say something about."""
        return self.filter(ASKING)

    def due(self, now: datetime) -> "JobQuerySet":
        """Those that want a step now and that nobody holds."""
        return self.worked_on().filter(
            Q(lease_until=None) | Q(lease_until__lte=now),
            ~Q(state=JobState.QUEUED) | Q(is_held=False) & sendable_from(now),
            next_look_at__lte=now,
            is_set_aside=False,
        )

    def unsent(self) -> "JobQuerySet":
        """Those that a person can still change."""
        return self.filter(UNSENT)

    def put_off(self, now: datetime) -> "JobQuerySet":
        """Those that are held, or wished for later."""
        queued = self.filter(state=JobState.QUEUED, is_set_aside=False)
        return queued.filter(Q(is_held=True) | ~sendable_from(now))

    def in_line(self, now: datetime) -> "JobQuerySet":
        """Those that wait for nothing but their turn, each member's in the member's own order."""
        waiting = self.filter(state=JobState.QUEUED, is_set_aside=False, is_held=False)
        return waiting.filter(sendable_from(now)).order_by("rank", "pk")

    def at_provider(self) -> "JobQuerySet":
        """Those that take up one of a provider's places."""
        return self.filter(state__in=AT_PROVIDER)

    def most_urgent_first(self) -> "JobQuerySet":
        """By the end of their link; an hour after they were made where the API does not say."""
        ends_at = Coalesce("video_expires_at", F("made_at") + ASSUMED_LINK_LIFE)
        return self.order_by(ends_at, "pk")

    def claim_looks(
        self, lease: Lease, now: datetime, *, at_most: int, providers: Collection[int]
    ) -> "list[Job]":
        """Hold up to `at_most` jobs at once whose provider (one of these) wants to be asked
        now, the longest due first. They know only what following them needs; the rest is read
        when it is asked for."""
        if at_most <= 0 or not providers:
            return []
        due = self.due(now).filter(state__in=LOOKED_AT, provider__in=providers)
        keys = list(due.order_by("next_look_at").values_list("pk", flat=True)[:at_most])
        if not keys:
            return []
        self.due(now).filter(pk__in=keys).update(lease_token=lease.token, lease_until=lease.until)
        return list(self.filter(pk__in=keys, lease_token=lease.token).only(*FOLLOWED_BY))

    def for_cards(self) -> "JobQuerySet":
        """With all that a card or row shows."""
        return self.select_related("provider", "provider_model", "owner", "video").prefetch_related(
            "inputs__asset", "video__derived"
        )

    def for_rows(self) -> "JobQuerySet":
        """With all that a row of the queue shows."""
        return self.for_cards().prefetch_related("versions")
