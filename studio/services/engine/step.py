"""One step of one job: hold it, do what its state asks for, let go.

A step makes at most one call that can cost money. It is safe to run it twice, late or never:
only the holder of the lease gets past `claim`, and the sweep finds what was forgotten.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.utils import timezone

from studio.models import Job, Lease
from studio.services.engine import fetch, look, submit

logger = logging.getLogger(__name__)

LEASE_S = 120.0

STEPS: dict[str, Callable[[Job, Lease], None]] = {
    Job.State.QUEUED: submit.submit,
    Job.State.SUBMITTING: submit.recover,
    Job.State.WAITING: look.look,
    Job.State.GENERATING: look.look,
    Job.State.FETCHING: fetch.fetch,
}


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the caller has to do next: ring again in `delay_s`, or (with `made`) give the new
    clip its poster and previews. Neither: this chain of bells ends here."""

    delay_s: float | None = None
    made: UUID | None = None


def step(job_id: int) -> Outcome:
    """Take one step of this job, if it is due and nobody else holds it."""
    job = Job.objects.select_related("provider", "provider_model").get(pk=job_id)
    lease = job.claim(for_s=LEASE_S)
    if lease is None:
        return Outcome()
    try:
        STEPS[job.state](job, lease)
    except Exception:
        # A fault of our own: keep the job, tell the log, and come back later.
        logger.exception("A step of job %s failed.", job.pk)
        job.release(lease, next_look_at=timezone.now() + look.PATIENCE)
    job.refresh_from_db()
    return _next(job)


def _next(job: Job) -> Outcome:
    if job.state == Job.State.READY:
        return Outcome(made=job.video_id)
    if not job.is_worked_on:
        return Outcome()
    return Outcome(delay_s=_seconds_until(job.next_look_at))


def _seconds_until(moment: datetime) -> float:
    return max(0.0, (moment - timezone.now()).total_seconds())
