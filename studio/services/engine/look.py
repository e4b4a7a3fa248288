"""Looking: asking a provider how a job is getting on."""

import logging
from datetime import datetime, timedelta

from django.conf import settings
from django.utils import timezone

from studio.models import Job, Lease
from studio.providers import client
from studio.providers.contract import RemoteState, RemoteStatus
from studio.providers.errors import JobUnknown, ProviderError
from studio.providers.redaction import redact

logger = logging.getLogger(__name__)

PATIENCE = timedelta(seconds=60)
"""How long to wait after something that asking more often cannot mend."""
LONGEST_WAIT_S = 60.0
UNKNOWN_AFTER = 3
"""A provider that says so often in a row that it knows no such job is believed."""


def look(job: Job, lease: Lease) -> None:
    """Ask once, and write down what was said."""
    try:
        state = ask(job)
    except ProviderError as e:
        _no_news(job, lease, e)
        return
    _note_cost(job, state)
    NEWS[state.status](job, lease, state)


def ask(job: Job) -> RemoteState:
    """The job's state at its provider. Raises ProviderError."""
    adapter, provider = job.provider.adapter, job.provider
    reply = client.send(provider.account, adapter.build_poll(job.remote_id, provider.options))
    state = adapter.parse_poll(reply.body)
    if state.status in {RemoteStatus.FAILED, RemoteStatus.CANCELLED, RemoteStatus.SUCCEEDED}:
        job.events.create(
            message=f"The provider says: {state.status}",
            detail=redact(reply.body, secrets=provider.secrets),
        )
    return state


def _under_way(job: Job, lease: Lease, state: RemoteState) -> None:
    to = Job.State.WAITING if state.status is RemoteStatus.WAITING else Job.State.GENERATING
    moment = next_look(job)
    if job.state != to:
        job.follow(lease, to, state.progress_percent, next_look_at=moment)
        return
    if state.progress_percent != job.progress_percent or job.look_attempts:
        job.note(lease, progress_percent=state.progress_percent, look_attempts=0, error="")
    job.release(lease, next_look_at=moment)


def next_look(job: Job) -> datetime:
    """After the API's advised interval; once a minute when it takes far longer than usual."""
    pacing = job.provider.adapter.pacing
    since = job.accepted_at or job.created_at
    if timezone.now() - since > timedelta(seconds=pacing.deadline_s):
        return timezone.now() + PATIENCE
    return timezone.now() + timedelta(seconds=pacing.interval_s * settings.LOOK_INTERVAL_FACTOR)


def _succeeded(job: Job, lease: Lease, state: RemoteState) -> None:
    if not (state.video_url or state.video_ref):
        # Seen in the field: finished, but the address comes with a later answer.
        job.release(lease, next_look_at=next_look(job))
        return
    job.start_fetch(
        lease,
        video_url=state.video_url,
        video_ref=state.video_ref,
        video_expires_at=state.video_expires_at,
    )


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


def _note_cost(job: Job, state: RemoteState) -> None:
    if state.cost is not None:
        Job.objects.filter(pk=job.pk).update(
            cost_charged=state.cost.amount, cost_currency=state.cost.currency
        )


def _no_news(job: Job, lease: Lease, error: ProviderError) -> None:
    """The question failed. The job goes on at the provider, so asking goes on too."""
    logger.warning("Look at job %s: %s", job.pk, error.message)
    attempts = job.look_attempts + 1
    if isinstance(error, JobUnknown) and attempts >= UNKNOWN_AFTER:
        job.fail(
            f"{job.provider.name} no longer knows this clip ({job.remote_id}). It may have been "
            "charged. Look at the provider's own page before you send it again.",
            lease=lease,
        )
        return
    job.note(lease, look_attempts=attempts, error=error.message)
    job.release(lease, next_look_at=_again_at(error, attempts))


def _again_at(error: ProviderError, attempts: int) -> datetime:
    wait_s = error.retry_after_s
    if wait_s is None:
        wait_s = min(LONGEST_WAIT_S, 2.0 * 2 ** min(attempts, 6)) * min(
            1.0, settings.LOOK_INTERVAL_FACTOR
        )
    return timezone.now() + timedelta(seconds=wait_s)
