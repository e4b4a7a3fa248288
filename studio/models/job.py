"""One clip asked for, from the press of the button to the file on disk.

    queued -> submitting -> waiting -> generating -> fetching -> ready

and the ends failed, cancelled, expired (made, but its link ended before we got it) and
unconfirmed (perhaps accepted and charged; a person or evidence resolves it). A job that asks a
person something keeps its state and has a `question`; one that is set aside is worked on no
more until it was answered.

Nobody but the transition methods here writes `state`. Each is one guarded UPDATE in one
transaction with its event: the row count says whether the caller won. A worker holds a job by
a lease; its writes carry the lease's token, so a worker that was frozen past its lease changes
nothing any more.
"""

import uuid
from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.db.models import Case, F, Q, When
from django.db.models.functions import Least
from django.utils import timezone

from studio.models.asset import Asset
from studio.models.job_queries import UNSENT, Lease
from studio.models.job_row import JobRow
from studio.models.job_state import JobState
from studio.providers.contract import GenerationRequest, Input, InputRole

UNCLEAR_BLAMES = 2
"""Leases that ended without a word, in a row, after which a job is suspected of killing its
worker; more than that is for `ask_person` to say."""


class Job(JobRow):
    """One clip asked for."""

    @property
    def thumb(self) -> Asset | None:
        """What shows the job at a glance: its poster, else the first picture given."""
        if self.video is not None and self.video.poster is not None:
            return self.video.poster
        pictures = (given.asset for given in self.inputs.all())
        return next((asset for asset in pictures if asset.kind != Asset.Kind.VIDEO), None)

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
        """Hold this job for one step. None: not due, finished, or held by another worker.

        A lease that ended without having been given back is a crash that this job may have
        caused.
        """
        now = timezone.now()
        lease = Lease(uuid.uuid4(), now + timedelta(seconds=for_s))
        blamed = Least(F("crashes") + 1, UNCLEAR_BLAMES)
        won = (
            Job.objects.due(now)
            .filter(pk=self.pk)
            .update(
                lease_token=lease.token,
                lease_until=lease.until,
                crashes=Case(When(lease_token=None, then=F("crashes")), default=blamed),
            )
        )
        self.refresh_from_db()
        return lease if won == 1 else None

    def release(self, lease: Lease, *, next_look_at: datetime) -> bool:
        """Let go of the job; it wants its next step at `next_look_at`."""
        return self._write(
            lease, next_look_at=next_look_at, lease_token=None, lease_until=None, crashes=0
        )

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

    def begin_submit(self, lease: Lease, *, sent_with: list[list[str]] | None = None) -> bool:
        """QUEUED -> SUBMITTING: from here on money may be spent. Commit before sending.

        `sent_with`: the inputs' references, kept where the API has an idempotency key: a
        repetition must be the same request.
        """
        now = timezone.now()
        return self._move(
            {self.State.QUEUED},
            self.State.SUBMITTING,
            "Sending to the provider",
            lease=lease,
            sent_at=now,
            key_used_at=self.key_used_at or now,
            key_sent_with=sent_with if self.key_sent_with is None else self.key_sent_with,
            submit_attempts=F("submit_attempts") + 1,
            error="",
        )

    def put_back(
        self, lease: Lease, message: str, *, next_look_at: datetime, is_unclear: bool = False
    ) -> bool:
        """SUBMITTING -> QUEUED: nothing was started, or (`is_unclear`) the API would recognise
        the same request."""
        return self._move(
            {self.State.SUBMITTING},
            self.State.QUEUED,
            message,
            lease=lease,
            next_look_at=next_look_at,
            error=message,
            unclear_since=self.unclear_since or (self.sent_at if is_unclear else None),
        )

    def doubt(self, message: str, *, lease: Lease | None = None, actor: User | None = None) -> bool:
        """SUBMITTING (or QUEUED, after an unclear send) -> UNCONFIRMED: it may have been
        accepted and charged."""
        unclear = Q(state=self.State.SUBMITTING) | Q(unclear_since__isnull=False)
        return self._move(
            {self.State.SUBMITTING, self.State.QUEUED},
            self.State.UNCONFIRMED,
            message,
            lease=lease,
            actor=actor,
            guard=unclear,
            error=message,
            look_attempts=0,
            next_look_at=timezone.now(),
        )

    def keep_receipt(self, remote_id: str) -> bool:
        """Store an id that was just received, whatever became of the lease.

        An id is the only proof of a paid job, so it is never thrown away: one that the row has
        no place for stands in the timeline. False: it has none.
        """
        mine = Job.objects.filter(pk=self.pk)
        try:
            with transaction.atomic():
                kept = mine.filter(remote_id="").update(
                    remote_id=remote_id, accepted_at=timezone.now(), unclear_since=None
                )
        except IntegrityError:
            kept = 0
        if not kept and not mine.filter(remote_id=remote_id).exists():
            self.events.create(
                message=f"The provider also gave this clip the id {remote_id}. It may be charged "
                "twice there; look at the provider's own page."
            )
            return False
        return True

    def accept(
        self,
        *,
        wait_s: float = 0.0,
        deadline_at: datetime | None = None,
        actor: User | None = None,
    ) -> bool:
        """-> WAITING, once its remote id is stored."""
        return self._move(
            {self.State.SUBMITTING, self.State.UNCONFIRMED, self.State.QUEUED},
            self.State.WAITING,
            "Accepted by the provider",
            actor=actor,
            guard=~Q(remote_id=""),
            error="",
            deadline_at=deadline_at,
            next_look_at=timezone.now() + timedelta(seconds=wait_s),
        )

    def follow(
        self, lease: Lease, state: JobState, progress_percent: int | None, *, next_look_at: datetime
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
            question=F("question"),
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
        allowed: Collection[JobState] = (JobState.QUEUED,),
    ) -> bool:
        """-> CANCELLED, from QUEUED unless a step knows better."""
        return self._end(set(allowed), self.State.CANCELLED, message, lease=lease, actor=actor)

    def requeue(self, message: str, *, actor: User | None = None) -> bool:
        """UNCONFIRMED -> QUEUED: it never ran, as `message` says. New key, new send."""
        return self._move(
            {self.State.UNCONFIRMED},
            self.State.QUEUED,
            message,
            actor=actor,
            guard=Q(remote_id=""),
            error="",
            look_attempts=0,
            idempotency_key=uuid.uuid4(),
            key_used_at=None,
            key_sent_with=None,
            unclear_since=None,
            next_look_at=timezone.now(),
        )

    def follow_again(self, *, actor: User, deadline_at: datetime) -> bool:
        """An end that is not READY -> WAITING: a person wants the provider asked once more."""
        return self._move(
            self.FINISHED - {self.State.READY},
            self.State.WAITING,
            "Followed again",
            actor=actor,
            guard=~Q(remote_id=""),
            error="",
            finished_at=None,
            cancel_asked_at=None,
            look_attempts=0,
            fetch_attempts=0,
            deadline_at=deadline_at,
            next_look_at=timezone.now(),
        )

    # -- Asking a person ---------------------------------------------------------------------

    def ask_person(self, question: str, *, lease: Lease, sets_aside: bool = False) -> bool:
        """Put a question to a person; the job goes on meanwhile unless it is set aside."""
        return self._tell(
            question, lease=lease, question=question, is_set_aside=sets_aside, crashes=0
        )

    def go_on(self, *, actor: User, deadline_at: datetime | None) -> bool:
        """A person answered: go on as before."""
        return self._tell(
            "Goes on, as asked",
            actor=actor,
            guard=~Q(question=""),
            question="",
            is_set_aside=False,
            crashes=0,
            deadline_at=deadline_at,
            next_look_at=timezone.now(),
        )

    def change_unsent(self, message: str, *, actor: User, **columns: Any) -> bool:
        """Change what is asked for, or when it is sent. False: it was sent (or claimed for that)
        in between, and nothing was changed."""
        return self._tell(message, actor=actor, guard=UNSENT, **columns)

    def _tell(
        self,
        message: str,
        *,
        lease: Lease | None = None,
        actor: User | None = None,
        guard: Q | None = None,
        **columns: Any,
    ) -> bool:
        """Columns and a line of the timeline, while the state stays."""
        mine = Job.objects.worked_on().filter(guard or Q(), pk=self.pk)
        if lease is not None:
            mine = mine.filter(lease_token=lease.token)
        with transaction.atomic():
            told = mine.update(changed_at=timezone.now(), **columns) == 1
            if told:
                self.events.create(message=message, actor=actor)
        self.refresh_from_db()
        return told

    def _end(self, allowed: Collection[JobState], to: JobState, message: str, **how: Any) -> bool:
        return self._move(
            allowed, to, message, error=message, finished_at=timezone.now(), video_url="", **how
        )

    def _move(
        self,
        allowed: Collection[JobState],
        to: JobState,
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
        if to not in {self.State.SUBMITTING, self.State.QUEUED}:
            columns |= {"crashes": 0}
        answered = {"question": "", "is_set_aside": False}
        columns = answered | columns | {"state": to, "changed_at": timezone.now()}
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
