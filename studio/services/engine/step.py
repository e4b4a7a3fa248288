"""One step of one job: hold it, do what its state asks for, let go.

A step makes at most one call that can cost money. It is safe to run it twice, late or never:
only the holder of the lease gets past `claim`, and the sweep finds what was forgotten.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.utils import timezone
from structlog.contextvars import bound_contextvars

from studio.models import Job, Lease, Provider
from studio.models.job import UNCLEAR_BLAMES
from studio.services.engine import fetch, look, quarantine, stopping, submit, turns
from studio.services.engine.keeper import kept
from studio.services.engine.killpoints import KillPoint, reach

logger = logging.getLogger(__name__)

STEPS: dict[str, Callable[[Job, Lease], None]] = {
    Job.State.QUEUED: submit.submit,
    Job.State.SUBMITTING: submit.recover,
    Job.State.WAITING: look.look,
    Job.State.GENERATING: look.look,
    Job.State.FETCHING: fetch.fetch,
}


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the caller has to ring for next: the same bell again in `delay_s`, a fetch
    (`is_made`), the companions of a new clip (`clip_id`). None of them: nothing."""

    delay_s: float | None = None
    is_made: bool = False
    clip_id: UUID | None = None


def step(job_id: int) -> Outcome:
    """Take one step of this job, if it is due and nobody else holds it."""
    job = Job.objects.select_related("provider", "provider_model").get(pk=job_id)
    outcome = _take(job)
    if outcome is None or not job.is_worked_on:
        return outcome or Outcome()
    return Outcome(_seconds_until(job.next_look_at), outcome.is_made, outcome.clip_id)


def send_next(provider_id: int) -> Outcome:
    """Send the next job of this provider, if it has a place; says when to look again."""
    provider = Provider.objects.get(pk=provider_id)
    job = turns.next_to_send(provider, timezone.now())
    outcome = _take(job) if job is not None else None
    provider.refresh_from_db()
    again_at = turns.wanted_again_at(provider, timezone.now())
    if again_at is None or not provider.take_bell(again_at):
        delay_s = None
    else:
        delay_s = _seconds_until(again_at)
    return Outcome(delay_s, bool(outcome and outcome.is_made))


def fetch_next() -> Outcome:
    """Fetch the made clip whose link ends first; says when to look again."""
    job = turns.next_to_fetch(timezone.now())
    if job is None:
        return Outcome()
    outcome = _take(job) or Outcome()
    again_at = turns.fetch_wanted_again_at()
    return Outcome(None if again_at is None else _seconds_until(again_at), clip_id=outcome.clip_id)


def _take(job: Job) -> Outcome | None:
    """Take the step that is due. None: another worker was faster, or this one is to end."""
    if stopping.is_stopping():
        return None
    lease = job.claim(for_s=settings.LEASE_S)
    if lease is None:
        return None
    reach(KillPoint.CLAIMED, job.pk)
    with bound_contextvars(job_id=job.pk, provider=job.provider.name):
        _take_held(job, lease)
    reach(KillPoint.STEP_ENDED, job.pk)
    return Outcome(is_made=job.state == Job.State.FETCHING, clip_id=job.video_id)


def _take_held(job: Job, lease: Lease) -> None:
    before = job.state
    if job.crashes >= UNCLEAR_BLAMES:
        quarantine.run(job, lease)
    else:
        run(job, lease)
    job.refresh_from_db()
    if job.state != before:
        logger.info("Job %s: %s -> %s.", job.pk, before, job.state)


def run(job: Job, lease: Lease) -> None:
    """The step itself, by the holder of the lease."""
    with bound_contextvars(job_id=job.pk, provider=job.provider.name):
        try:
            with kept(job, lease):
                STEPS[job.state](job, lease)
        except Exception:
            # A fault of our own: keep the job, tell the log, and come back later.
            logger.exception("A step of job %s failed.", job.pk)
            job.release(lease, next_look_at=timezone.now() + turns.FAULT_REST)


def _seconds_until(moment: datetime) -> float:
    return max(0.0, (moment - timezone.now()).total_seconds())
