"""Looking: asking a provider how a job is getting on, and what its answer means for the job."""

import logging
from datetime import datetime, timedelta

from django.conf import settings
from django.utils import timezone

from studio.models import Job, Lease
from studio.models.job_state import JobState
from studio.providers import client
from studio.providers.contract import HttpCall, RemoteState, RemoteStatus, Reply
from studio.providers.errors import JobUnknown, KeyRejected, ProviderError
from studio.providers.redaction import redact
from studio.services import timing
from studio.services.engine.killpoints import KillPoint, reach
from studio.services.providers import health_after

logger = logging.getLogger(__name__)

LONGEST_WAIT_S = 60.0
UNKNOWN_AFTER = 3
"""A provider that says so often in a row that it knows no such job is believed."""
ENDED = (RemoteStatus.FAILED, RemoteStatus.CANCELLED, RemoteStatus.SUCCEEDED)


def look(job: Job, lease: Lease) -> None:
    """Ask once, and write down what was said."""
    try:
        reply = client.send(job.provider.account, question(job))
        state = job.provider.adapter.parse_poll(reply.body)
    except ProviderError as e:
        no_news(job, lease, e)
        return
    reach(KillPoint.LOOK_ANSWERED, job.pk)
    hear(job, lease, state, reply)


def question(job: Job) -> HttpCall:
    return job.provider.adapter.build_poll(job.remote_id, job.provider.options)


def ask(job: Job) -> RemoteState:
    """The job's state at its provider, now. Raises ProviderError."""
    reply = client.send(job.provider.account, question(job))
    return job.provider.adapter.parse_poll(reply.body)


def hear(job: Job, lease: Lease, state: RemoteState, reply: Reply) -> None:
    """Write down what the provider said of a job."""
    if state.status in ENDED and not _lacks_address(state):
        if not job.keep(lease, for_s=settings.LEASE_S):
            # Another worker has the job now, and hears the same.
            return
        job.events.create(
            message=f"The provider says: {state.status}",
            detail=redact(reply.body, secrets=job.provider.secrets),
        )
        reach(KillPoint.NEWS_TOLD, job.pk)
    _note_cost(job, lease, state)
    reach(KillPoint.NEWS_COST_KEPT, job.pk)
    NEWS[state.status](job, lease, state)


def _lacks_address(state: RemoteState) -> bool:
    """Seen in the field: finished, but the address comes with a later answer."""
    return state.status is RemoteStatus.SUCCEEDED and not (state.video_url or state.video_ref)


def state_of(state: RemoteState) -> JobState:
    """Our word for a job that is still under way there."""
    is_waiting = state.status is RemoteStatus.WAITING
    return JobState.WAITING if is_waiting else JobState.GENERATING


def is_quiet(job: Job, state: RemoteState, now: datetime) -> bool:
    """True if the answer changes nothing that needs a line or a decision: then it can be
    written together with others."""
    if state.status in ENDED or job.state != state_of(state) or state.cost is not None:
        return False
    return not (job.look_attempts or job.error or _is_overdue(job, now))


def _under_way(job: Job, lease: Lease, state: RemoteState) -> None:
    to, moment = state_of(state), next_look_at(job)
    _ask_when_overdue(job, lease)
    if job.state != to:
        job.follow(lease, to, state.progress_percent, next_look_at=moment)
        return
    if state.progress_percent != job.progress_percent or job.look_attempts or job.error:
        job.note(lease, progress_percent=state.progress_percent, look_attempts=0, error="")
    job.release(lease, next_look_at=moment)


def _ask_when_overdue(job: Job, lease: Lease) -> None:
    if _is_overdue(job, timezone.now()):
        job.ask_person(_overdue_words(job), lease=lease)


def _is_overdue(job: Job, now: datetime) -> bool:
    return bool(job.deadline_at and now >= job.deadline_at and not job.question)


def _overdue_words(job: Job) -> str:
    since = job.accepted_at or job.created_at
    minutes = (timezone.now() - since).total_seconds() / 60
    return (
        f"{job.provider.name} has worked on this clip for {minutes:.0f} min, far longer than it "
        "should. Dailies goes on asking once a minute and fetches it when it is ready. Wait on, or "
        "look at the provider's own page and stop following it here; it may be charged all the "
        "same."
    )


def next_look_at(job: Job) -> datetime:
    """When to ask again about a job that is not ready yet."""
    now = timezone.now()
    wait_s = timing.next_look_s(job, job.provider.adapter.pacing, now)
    return now + timedelta(seconds=wait_s)


def _succeeded(job: Job, lease: Lease, state: RemoteState) -> None:
    if _lacks_address(state):
        _ask_when_overdue(job, lease)
        job.release(lease, next_look_at=next_look_at(job))
        return
    job.start_fetch(
        lease,
        video_url=state.video_url,
        video_ref=state.video_ref,
        video_expires_at=state.video_expires_at,
    )
    reach(KillPoint.MADE, job.pk)


def _failed(job: Job, lease: Lease, state: RemoteState) -> None:
    if job.cancel_asked_at:
        _cancelled(job, lease, state)
        return
    reason = state.reason or "It gave no reason."
    job.fail(
        f"{job.provider.name} could not make this clip: {reason.rstrip('.')}. "
        f"{_charge_words(state)} Change the prompt or the images and send it again.",
        lease=lease,
    )


def _charge_words(state: RemoteState) -> str:
    if state.cost is None:
        return "It does not say whether it charged for it."
    return "It charged for it." if state.cost.amount else "Nothing was charged."


def _cancelled(job: Job, lease: Lease, state: RemoteState) -> None:
    by_us = "Cancelled as you asked." if job.cancel_asked_at else "Cancelled by the provider."
    note = job.provider.adapter.cancel_note if job.cancel_asked_at else ""
    job.cancel(
        f"{by_us} {note}".strip(),
        lease=lease,
        allowed=(Job.State.WAITING, Job.State.GENERATING),
    )


NEWS = {
    RemoteStatus.WAITING: _under_way,
    RemoteStatus.RUNNING: _under_way,
    RemoteStatus.SUCCEEDED: _succeeded,
    RemoteStatus.FAILED: _failed,
    RemoteStatus.CANCELLED: _cancelled,
}


def _note_cost(job: Job, lease: Lease, state: RemoteState) -> None:
    if state.cost is not None:
        Job.objects.filter(pk=job.pk, lease_token=lease.token).update(
            cost_charged=state.cost.amount, cost_currency=state.cost.currency
        )


def no_news(job: Job, lease: Lease, error: ProviderError) -> None:
    """The question failed. The job goes on at the provider, so asking goes on too."""
    logger.warning("Look at job %s: %s", job.pk, error.message)
    if isinstance(error, KeyRejected):
        job.provider.pause(health_after(error), error.message)
    # Denials count in a row: what went wrong last time stands in the job's note.
    is_first_denial = isinstance(error, JobUnknown) and job.error != error.message
    attempts = 1 if is_first_denial else job.look_attempts + 1
    if isinstance(error, JobUnknown) and attempts >= UNKNOWN_AFTER:
        job.fail(
            f"{job.provider.name} no longer knows this clip ({job.remote_id}). It may have been "
            "charged. Look at the provider's own page before you send it again.",
            lease=lease,
        )
        return
    _ask_when_overdue(job, lease)
    job.note(lease, look_attempts=attempts, error=error.message)
    job.release(lease, next_look_at=_again_at(error, attempts))


def _again_at(error: ProviderError, attempts: int) -> datetime:
    wait_s = error.retry_after_s
    if wait_s is None:
        wait_s = min(LONGEST_WAIT_S, 2.0 * 2 ** min(attempts, 6)) * min(
            1.0, settings.LOOK_INTERVAL_FACTOR
        )
    return timezone.now() + timedelta(seconds=wait_s)
