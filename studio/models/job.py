"""One clip asked for, from the press of the button to the file on disk.

    queued -> submitting -> waiting -> generating -> fetching -> ready

and the ends failed, cancelled, expired (made, but its link ended before we got it) and
unconfirmed (perhaps accepted and charged; a person or evidence resolves it).

Nobody but the transition methods here writes `state`. Each is one guarded UPDATE in one
transaction with its event: the row count says whether the caller won. A worker holds a job by
a lease; its writes carry the lease's token, so a worker that was frozen past its lease changes
nothing any more.
"""

import uuid
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.contrib.auth.models import User
from django.db import models, transaction
from django.db.models import F, Q
from django.utils import timezone

from studio.models.asset import Asset
from studio.models.provider import Provider, ProviderModel
from studio.providers.contract import GenerationRequest, Input, InputRole, Money


@dataclass(frozen=True, slots=True)
class Lease:
    """The right to take one step of one job, until `until`."""

    token: uuid.UUID
    until: datetime


class JobQuerySet(models.QuerySet["Job"]):
    def worked_on(self) -> "JobQuerySet":
        """Those that a worker still has something to do for."""
        return self.filter(state__in=Job.WORKED)

    def unfinished(self) -> "JobQuerySet":
        """Those whose end is open, with the ones that wait for a person."""
        return self.filter(state__in=[*Job.WORKED, Job.State.UNCONFIRMED])

    def due(self, now: datetime) -> "JobQuerySet":
        """Those that want a step now and that nobody holds."""
        return self.worked_on().filter(
            Q(lease_until=None) | Q(lease_until__lte=now), next_look_at__lte=now
        )

    def at_provider(self) -> "JobQuerySet":
        """Those that take up one of a provider's places."""
        return self.filter(
            state__in=[Job.State.SUBMITTING, Job.State.WAITING, Job.State.GENERATING]
        )

    def for_cards(self) -> "JobQuerySet":
        """With all that a card or row shows."""
        return self.select_related("provider", "provider_model", "owner", "video").prefetch_related(
            "inputs__asset", "video__derived"
        )


class Job(models.Model):
    """One clip asked for."""

    class State(models.TextChoices):
        QUEUED = "queued", "Queued"
        SUBMITTING = "submitting", "Sending"
        WAITING = "waiting", "Waiting"
        GENERATING = "generating", "Generating"
        FETCHING = "fetching", "Fetching"
        READY = "ready", "Ready"
        FAILED = "failed", "Failed"
        CANCELLED = "cancelled", "Cancelled"
        EXPIRED = "expired", "Expired"
        UNCONFIRMED = "unconfirmed", "Unconfirmed"

    WORKED = (
        State.QUEUED,
        State.SUBMITTING,
        State.WAITING,
        State.GENERATING,
        State.FETCHING,
    )
    FINISHED = frozenset({State.READY, State.FAILED, State.CANCELLED, State.EXPIRED})

    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="jobs"
    )
    provider = models.ForeignKey(Provider, on_delete=models.PROTECT, related_name="jobs")
    provider_model = models.ForeignKey(ProviderModel, on_delete=models.PROTECT, related_name="jobs")
    batch = models.UUIDField(help_text="One press of the button; its takes share it.")
    take = models.PositiveSmallIntegerField(default=1)

    prompt = models.TextField()
    negative_prompt = models.TextField(blank=True, default="")
    duration_s = models.PositiveIntegerField(null=True, blank=True)
    aspect_ratio = models.CharField(max_length=12, blank=True, default="")
    resolution = models.CharField(max_length=20, blank=True, default="")
    has_sound = models.BooleanField(null=True, blank=True)
    seed = models.BigIntegerField(null=True, blank=True)
    extras = models.JSONField(default=dict, blank=True)

    state = models.CharField(max_length=20, choices=State, default=State.QUEUED)
    progress_percent = models.PositiveSmallIntegerField(null=True, blank=True)
    error = models.TextField(blank=True, default="", help_text="For the person waiting.")
    idempotency_key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    remote_id = models.CharField("id at the API", max_length=200, blank=True, default="")
    video_ref = models.CharField(max_length=2000, blank=True, default="")
    video_url = models.TextField(blank=True, default="", help_text="Cleared once fetched.")
    video_expires_at = models.DateTimeField(null=True, blank=True)
    video = models.OneToOneField(
        Asset, on_delete=models.PROTECT, null=True, blank=True, related_name="made_by"
    )

    cost_estimated = models.DecimalField(max_digits=12, decimal_places=4, null=True, blank=True)
    cost_charged = models.DecimalField(max_digits=12, decimal_places=4, null=True, blank=True)
    cost_currency = models.CharField(max_length=8, blank=True, default="")

    submit_attempts = models.PositiveIntegerField(default=0)
    look_attempts = models.PositiveIntegerField(default=0)
    fetch_attempts = models.PositiveIntegerField(default=0)
    next_look_at = models.DateTimeField(default=timezone.now)
    lease_token = models.UUIDField(null=True, blank=True, editable=False)
    lease_until = models.DateTimeField(null=True, blank=True, editable=False)
    cancel_asked_at = models.DateTimeField(null=True, blank=True)

    created_at = models.DateTimeField(default=timezone.now)
    sent_at = models.DateTimeField(null=True, blank=True)
    accepted_at = models.DateTimeField(null=True, blank=True)
    made_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    changed_at = models.DateTimeField(default=timezone.now)

    objects = JobQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-id"]
        indexes = [
            models.Index(fields=["state", "next_look_at"], name="job_due"),
            models.Index(fields=["-created_at", "-id"], name="job_newest"),
            models.Index(fields=["provider", "state"], name="job_at_provider"),
            models.Index(fields=["owner", "-created_at"], name="job_by_owner"),
            models.Index(fields=["remote_id"], name="job_remote_id"),
            models.Index(fields=["changed_at"], name="job_changed"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["batch", "take"], name="one_job_per_take"),
            models.UniqueConstraint(
                fields=["provider", "remote_id"],
                condition=~Q(remote_id=""),
                name="one_job_per_remote_id",
            ),
            models.CheckConstraint(condition=~Q(prompt=""), name="job_has_prompt"),
            models.CheckConstraint(
                condition=~Q(state__in=["waiting", "generating"]) | ~Q(remote_id=""),
                name="followed_job_has_remote_id",
            ),
            models.CheckConstraint(
                condition=~Q(state="ready") | Q(video__isnull=False), name="ready_job_has_video"
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["failed", "expired", "unconfirmed"]) | ~Q(error=""),
                name="ended_job_says_why",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["queued", "cancelled", "failed"]) | Q(sent_at__isnull=False),
                name="sent_job_has_sent_at",
            ),
        ]

    def __str__(self) -> str:
        return f"Job {self.pk}: {self.prompt[:40]}"

    # -- What it is --------------------------------------------------------------------------

    @property
    def is_finished(self) -> bool:
        return self.state in self.FINISHED

    @property
    def is_worked_on(self) -> bool:
        return self.state in self.WORKED

    @property
    def can_cancel_there(self) -> bool:
        """True where the API can cancel what it has accepted."""
        return self.provider.adapter.build_cancel is not None

    @property
    def thumb(self) -> Asset | None:
        """What shows the job at a glance: its poster, else the first picture given."""
        if self.video is not None and self.video.poster is not None:
            return self.video.poster
        pictures = (given.asset for given in self.inputs.all())
        return next((asset for asset in pictures if asset.kind != Asset.Kind.VIDEO), None)

    @property
    def estimated(self) -> Money | None:
        return Money(self.cost_estimated, self.cost_currency) if self.cost_estimated else None

    @property
    def charged(self) -> Money | None:
        known = self.cost_charged is not None
        return Money(self.cost_charged, self.cost_currency) if known else None  # type: ignore[arg-type]

    def request(self, references: Collection[Input] = ()) -> GenerationRequest:
        """The request in the adapters' terms; `references` replace the bare inputs."""
        bare = (Input(InputRole(given.role)) for given in self.inputs.all())
        return GenerationRequest(
            model=self.provider_model.model_id,
            prompt=self.prompt,
            negative_prompt=self.negative_prompt,
            duration_s=self.duration_s,
            aspect_ratio=self.aspect_ratio,
            resolution=self.resolution,
            has_sound=self.has_sound,
            seed=self.seed,
            inputs=tuple(references or bare),
            extras=self.extras,
            idempotency_key=str(self.idempotency_key),
        )

    # -- Holding it --------------------------------------------------------------------------

    def claim(self, *, for_s: float) -> Lease | None:
        """Hold this job for one step. None: not due, finished, or held by another worker."""
        now = timezone.now()
        lease = Lease(uuid.uuid4(), now + timedelta(seconds=for_s))
        won = (
            Job.objects.due(now)
            .filter(pk=self.pk)
            .update(lease_token=lease.token, lease_until=lease.until)
        )
        self.refresh_from_db()
        return lease if won == 1 else None

    def release(self, lease: Lease, *, next_look_at: datetime) -> bool:
        """Let go of the job; it wants its next step at `next_look_at`."""
        return self._write(lease, next_look_at=next_look_at, lease_token=None, lease_until=None)

    def keep(self, lease: Lease, *, for_s: float) -> bool:
        """Lengthen the lease of a long step. False: it was lost, so stop."""
        return self._write(lease, lease_until=timezone.now() + timedelta(seconds=for_s))

    def note(self, lease: Lease, **columns: Any) -> bool:
        """Write columns that are seen on the page but are no transition."""
        return self._write(lease, changed_at=timezone.now(), **columns)

    def _write(self, lease: Lease, **columns: Any) -> bool:
        """Write columns, if the lease is still ours."""
        return Job.objects.filter(pk=self.pk, lease_token=lease.token).update(**columns) == 1

    # -- Moving it ---------------------------------------------------------------------------

    def begin_submit(self, lease: Lease) -> bool:
        """QUEUED -> SUBMITTING: from here on money may be spent. Commit before sending."""
        return self._move(
            {self.State.QUEUED},
            self.State.SUBMITTING,
            "Sending to the provider",
            lease=lease,
            sent_at=timezone.now(),
            submit_attempts=F("submit_attempts") + 1,
            error="",
        )

    def put_back(self, lease: Lease, message: str, *, next_look_at: datetime) -> bool:
        """SUBMITTING -> QUEUED after an answer that says clearly: nothing was started."""
        return self._move(
            {self.State.SUBMITTING},
            self.State.QUEUED,
            message,
            lease=lease,
            next_look_at=next_look_at,
            error=message,
        )

    def doubt(self, message: str, *, lease: Lease | None = None) -> bool:
        """SUBMITTING -> UNCONFIRMED: it may have been accepted and charged."""
        return self._move(
            {self.State.SUBMITTING}, self.State.UNCONFIRMED, message, lease=lease, error=message
        )

    def keep_receipt(self, remote_id: str) -> None:
        """Store an id that was just received, whatever became of the lease.

        An id is the only proof of a paid job, so it is never thrown away.
        """
        Job.objects.filter(pk=self.pk, remote_id="").update(
            remote_id=remote_id, accepted_at=timezone.now()
        )

    def accept(self, *, wait_s: float = 0.0, actor: User | None = None) -> bool:
        """SUBMITTING or UNCONFIRMED -> WAITING, once its remote id is stored."""
        return self._move(
            {self.State.SUBMITTING, self.State.UNCONFIRMED},
            self.State.WAITING,
            "Accepted by the provider",
            actor=actor,
            guard=~Q(remote_id=""),
            error="",
            next_look_at=timezone.now() + timedelta(seconds=wait_s),
        )

    def follow(
        self, lease: Lease, state: State, progress_percent: int | None, *, next_look_at: datetime
    ) -> bool:
        """WAITING or GENERATING -> the one that the provider's answer says."""
        return self._move(
            {self.State.WAITING, self.State.GENERATING},
            state,
            f"{state.label} at the provider",
            lease=lease,
            progress_percent=progress_percent,
            next_look_at=next_look_at,
            error="",
        )

    def start_fetch(self, lease: Lease | None, **video: Any) -> bool:
        """-> FETCHING: the provider has made it. `video`: video_url, video_ref,
        video_expires_at."""
        return self._move(
            {self.State.SUBMITTING, self.State.WAITING, self.State.GENERATING},
            self.State.FETCHING,
            "Made; fetching the file",
            lease=lease,
            made_at=timezone.now(),
            next_look_at=timezone.now(),
            error="",
            progress_percent=None,
            **video,
        )

    def complete(self, lease: Lease, video: Asset) -> bool:
        """FETCHING -> READY, with the file on disk."""
        return self._move(
            {self.State.FETCHING},
            self.State.READY,
            "On disk",
            lease=lease,
            video=video,
            video_url="",
            finished_at=timezone.now(),
            error="",
        )

    def expire(self, lease: Lease, message: str) -> bool:
        """FETCHING -> EXPIRED: made, but the link ended before we got it."""
        return self._end({self.State.FETCHING}, self.State.EXPIRED, message, lease=lease)

    def fail(
        self,
        message: str,
        *,
        lease: Lease | None = None,
        actor: User | None = None,
        detail: Any = None,
    ) -> bool:
        """Any unfinished state -> FAILED. A finished job keeps its outcome."""
        unfinished = set(self.State) - self.FINISHED
        return self._end(
            unfinished, self.State.FAILED, message, lease=lease, actor=actor, detail=detail
        )

    def cancel(
        self,
        message: str,
        *,
        lease: Lease | None = None,
        actor: User | None = None,
        allowed: Collection[State] = (State.QUEUED,),
    ) -> bool:
        """-> CANCELLED, from QUEUED unless a step knows better."""
        return self._end(set(allowed), self.State.CANCELLED, message, lease=lease, actor=actor)

    def requeue(self, *, actor: User) -> bool:
        """UNCONFIRMED -> QUEUED: a person found that it never ran. New key, new send."""
        return self._move(
            {self.State.UNCONFIRMED},
            self.State.QUEUED,
            "Sent again by hand: it never ran at the provider",
            actor=actor,
            error="",
            idempotency_key=uuid.uuid4(),
            next_look_at=timezone.now(),
        )

    def _end(self, allowed: set[State], to: State, message: str, **how: Any) -> bool:
        return self._move(
            allowed, to, message, error=message, finished_at=timezone.now(), video_url="", **how
        )

    def _move(
        self,
        allowed: set[State],
        to: State,
        message: str,
        *,
        lease: Lease | None = None,
        actor: User | None = None,
        detail: Any = None,
        guard: Q | None = None,
        **columns: Any,
    ) -> bool:
        """One guarded UPDATE and its event. A move ends the step, so it frees the lease,
        except where the same step goes on (SUBMITTING)."""
        if to is not self.State.SUBMITTING:
            columns |= {"lease_token": None, "lease_until": None}
        columns |= {"state": to, "changed_at": timezone.now()}
        mine = Job.objects.filter(guard or Q(), pk=self.pk, state__in=allowed)
        if lease is not None:
            mine = mine.filter(lease_token=lease.token)
        with transaction.atomic():
            before = mine.values_list("state", flat=True).first()
            moved = before is not None and mine.update(**columns) == 1
            if moved:
                self.events.create(
                    from_state=before or "",
                    to_state=to,
                    message=message,
                    actor=actor,
                    detail=detail,
                )
        self.refresh_from_db()
        return moved
