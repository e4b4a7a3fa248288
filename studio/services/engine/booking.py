"""The looks' visits to the database: writing what was heard, claiming what is due.

Answers that change nothing are written together, the others in one transaction for each fifty:
with a disk that is asked to keep every commit, thousands of single ones would be the bottleneck.
"""

import logging
import uuid
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import islice

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from structlog.contextvars import bound_contextvars

from studio.models import Job, Lease, Provider
from studio.models.job_queries import JobQuerySet
from studio.providers.contract import RemoteState, Reply
from studio.providers.errors import ProviderError
from studio.services import timing
from studio.services.engine import look, turns
from studio.services.engine.followed import Following
from studio.services.engine.killpoints import KillPoint, reach

logger = logging.getLogger(__name__)

BUNCH = 50
STEP_S = 0.05
AFTER_HELD_S = 0.5
"""How soon to ask again after an answer that the API had held back as long as it would."""


@dataclass(frozen=True, slots=True)
class Heard:
    """An answer to the question of `asked_at`; `was_held`: the API held it back as long as it
    would."""

    job: Job
    state: RemoteState
    reply: Reply
    asked_at: datetime
    was_held: bool = False


@dataclass(frozen=True, slots=True)
class Unheard:
    """A question that had no answer."""

    job: Job
    error: ProviderError


News = Heard | Unheard


@dataclass(slots=True)
class Moved:
    """What a visit brought about: how many clips are to be fetched, and which providers have a
    place free."""

    made: int = 0
    freed: set[int] = field(default_factory=set)

    def __bool__(self) -> bool:
        return bool(self.made or self.freed)

    def note(self, job: Job) -> None:
        if job.state in {Job.State.WAITING, Job.State.GENERATING}:
            return
        self.freed.add(job.provider_id)
        self.made += job.state == Job.State.FETCHING


class Desk:
    """Holds jobs under one token for as long as the loop lives."""

    def __init__(self, following: Following) -> None:
        self._following = following
        self._token = uuid.uuid4()

    def claim(self, at_most: int, *, ahead_s: float = 0.0) -> list[Job]:
        """Hold jobs whose providers want to be asked now or in `ahead_s`, the longest due
        first."""
        self._following.refresh()
        now = timezone.now()
        lease, soon = self._lease(now), now + timedelta(seconds=ahead_s)
        found = Job.objects.claim_looks(
            lease, soon, at_most=at_most, providers=self._following.unlimited()
        )
        for provider_id, room in self._following.limited():
            room = min(room, at_most - len(found))
            found += Job.objects.claim_looks(lease, soon, at_most=room, providers=[provider_id])
        for job in found:
            reach(KillPoint.LOOKS_CLAIMED, job.pk)
        return found

    def _lease(self, now: datetime) -> Lease:
        return Lease(self._token, now + timedelta(seconds=settings.LEASE_S / 2))

    def forgotten(self) -> Moved:
        """What wants a send or a fetch and has had no bell for a while: the worker that was to
        ring for it is dead, or the queue was lost. One of several workers is told."""
        a_while_ago = timezone.now() - timedelta(seconds=settings.LEASE_S / 12)
        long_due = Job.objects.due(a_while_ago)
        to_send = long_due.filter(state__in=[Job.State.QUEUED, Job.State.SUBMITTING])
        waiting = Provider.objects.filter(pk__in=to_send.values("provider"))
        silent = {each.pk for each in waiting if each.take_silence(a_while_ago)}
        job = turns.next_to_fetch(a_while_ago)
        return Moved(1 if job is not None else 0, silent)

    def renew(self, job_ids: Iterable[int]) -> None:
        """Keep holding the jobs that are being asked about."""
        self._held(job_ids).update(lease_until=self._lease(timezone.now()).until)

    def _held(self, job_ids: Iterable[int]) -> JobQuerySet:
        return Job.objects.filter(pk__in=list(job_ids), lease_token=self._token)

    def let_go(self) -> None:
        """Hold nothing any more."""
        Job.objects.filter(lease_token=self._token).update(lease_token=None, lease_until=None)

    def book(self, news: Sequence[News]) -> Moved:
        """Write down what was heard."""
        now, moved = timezone.now(), Moved()
        quiet: list[Heard] = []
        loud: list[News] = []
        for each in news:
            if isinstance(each, Heard):
                self._note_answer(each.job)
            if isinstance(each, Heard) and look.is_quiet(each.job, each.state, now):
                quiet.append(each)
            else:
                loud.append(each)
        self._book_quiet(quiet, now)
        for bunch in _bunches(loud):
            with transaction.atomic():
                for each in bunch:
                    self._tell(each)
            for each in bunch:
                moved.note(each.job)
                reach(KillPoint.LOOKS_BOOKED, each.job.pk)
        return moved

    @transaction.atomic
    def _book_quiet(self, news: Sequence[Heard], now: datetime) -> None:
        """One UPDATE for all with the same progress, one for all asked again at the same time."""
        shown: dict[int | None, list[int]] = defaultdict(list)
        again: dict[datetime, list[int]] = defaultdict(list)
        for each in news:
            if each.state.progress_percent != each.job.progress_percent:
                shown[each.state.progress_percent].append(each.job.pk)
            again[self._again_at(each, now)].append(each.job.pk)
        for progress, job_ids in shown.items():
            self._held(job_ids).update(progress_percent=progress, changed_at=now)
        for again_at, job_ids in again.items():
            self._held(job_ids).update(next_look_at=again_at, lease_token=None, lease_until=None)

    def _again_at(self, news: Heard, now: datetime) -> datetime:
        """An interval counts from question to question, but a slow API has half of it to itself;
        in steps, so that many jobs share a moment."""
        if news.was_held:
            wait_s = AFTER_HELD_S * float(settings.LOOK_INTERVAL_FACTOR)
            return now + timedelta(seconds=wait_s)
        pacing = self._following.of(news.job).adapter.pacing
        wait_s = timing.next_look_s(news.job, pacing, now)
        unix_s = max(news.asked_at.timestamp() + wait_s, now.timestamp() + wait_s / 2)
        return datetime.fromtimestamp(round(unix_s / STEP_S) * STEP_S, UTC)

    def _tell(self, news: News) -> None:
        """Write down one answer, and what it made of the job."""
        job, before = news.job, news.job.state
        job.provider = self._following.of(job).provider
        with bound_contextvars(job_id=job.pk, provider=job.provider.name):
            self._book_loud(news)
            if job.state != before:
                logger.info("Job %s: %s -> %s.", job.pk, before, job.state)

    def _book_loud(self, news: News) -> None:
        job, lease = news.job, self._lease(timezone.now())
        try:
            with transaction.atomic():
                if isinstance(news, Heard):
                    look.hear(job, lease, news.state, news.reply)
                else:
                    self._note_error(job, news.error)
                    look.no_news(job, lease, news.error)
        except Exception:
            # One job's answer that trips us must not undo what the others were told.
            logger.exception("An answer about job %s could not be written down.", job.pk)
            job.release(lease, next_look_at=timezone.now() + turns.FAULT_REST)

    def _note_answer(self, job: Job) -> None:
        followed = self._following.of(job)
        if followed.note_answer():
            followed.provider.note_answer()

    def _note_error(self, job: Job, error: ProviderError) -> None:
        if self._following.of(job).note_error(error):
            job.provider.note_silence(error.message)


def _bunches(news: list[News]) -> Iterator[list[News]]:
    rest = iter(news)
    while bunch := list(islice(rest, BUNCH)):
        yield bunch
