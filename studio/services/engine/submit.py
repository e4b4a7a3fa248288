"""Submitting: the one step that costs money.

Intent is committed before the request leaves, the receipt before anything else. What an
unclear answer means depends on the API: with an idempotency key the same request may be
repeated, without one a person (or the API's own list) has to say whether it ran.
"""

import logging
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from studio.models import Job, Lease, Provider
from studio.providers import client
from studio.providers.contract import HttpCall, RemoteStatus, Submitted
from studio.providers.errors import KeyRejected, OutOfCredit, ProviderError
from studio.providers.redaction import redact
from studio.services import delivery
from studio.services.providers import health_after

logger = logging.getLogger(__name__)

RESERVE_S = 60.0
"""A lease outlives the longest wait for an answer by this much."""
PAUSED = timedelta(seconds=30)
LONGEST_WAIT_S = 60.0


def submit(job: Job, lease: Lease) -> None:
    """Send the job, if its provider has a place for it now."""
    provider = job.provider
    if provider.is_paused or not provider.is_enabled:
        job.release(lease, next_look_at=timezone.now() + PAUSED)
        return
    if free_at := next_place(provider, timezone.now()):
        # Asked before any picture is delivered: an upload for each try would be a waste.
        job.release(lease, next_look_at=free_at)
        return
    try:
        inputs = delivery.deliver(job)
        call = provider.adapter.build_submit(job.request(inputs), provider.options)
    except ProviderError as e:
        _not_sent(job, lease, e)
        return
    if _begin(job, lease, call):
        _send(job, lease, call)


def _begin(job: Job, lease: Lease, call: HttpCall) -> bool:
    """Commit the intent, if the provider's limits leave room. From then on money may be spent.

    Counting and moving share one transaction, so two workers cannot take the last place.
    """
    if not job.keep(lease, for_s=call.read_timeout_s + RESERVE_S):
        return False
    with transaction.atomic():
        free_at = next_place(job.provider, timezone.now())
        if free_at is None:
            return job.begin_submit(lease)
    job.release(lease, next_look_at=free_at)
    return False


def next_place(provider: Provider, now: datetime) -> datetime | None:
    """None if a job may be sent now, else when to ask again."""
    limits = provider.limits
    jobs = Job.objects.filter(provider=provider)
    if limits.concurrent_jobs and jobs.at_provider().count() >= limits.concurrent_jobs:
        return now + timedelta(seconds=2)
    if limits.creates_per_minute:
        minute = timedelta(seconds=60)
        sent = jobs.filter(sent_at__gt=now - minute).order_by("-sent_at")
        place = limits.creates_per_minute - 1
        for oldest in sent.values_list("sent_at", flat=True)[place : place + 1]:
            return (oldest or now) + minute
    return None


def _send(job: Job, lease: Lease, call: HttpCall) -> None:
    provider = job.provider
    try:
        reply = client.send(provider.account, call)
        submitted = provider.adapter.parse_submit(reply.body)
    except ProviderError as e:
        _refused_or_unclear(job, lease, e)
        return
    _accepted(job, submitted, redact(reply.body, secrets=provider.secrets))


def _accepted(job: Job, submitted: Submitted, reply: object) -> None:
    job.keep_receipt(submitted.remote_id)
    job.refresh_from_db()
    job.events.create(message=f"The provider's id is {submitted.remote_id}", detail=reply)
    cost = submitted.cost or submitted.state.cost
    if cost is not None:
        Job.objects.filter(pk=job.pk).update(cost_charged=cost.amount, cost_currency=cost.currency)
    if submitted.state.status is RemoteStatus.SUCCEEDED:
        job.start_fetch(
            None,
            video_url=submitted.state.video_url,
            video_ref=submitted.state.video_ref,
            video_expires_at=submitted.state.video_expires_at,
        )
    else:
        interval_s = job.provider.adapter.pacing.interval_s * settings.LOOK_INTERVAL_FACTOR
        job.accept(wait_s=interval_s)


def _not_sent(job: Job, lease: Lease, error: ProviderError) -> None:
    """Something went wrong before the paid request: nothing was charged."""
    if _pauses(job.provider, error) or not error.permanent:
        job.events.create(message=error.message, detail=_detail(job, error))
        job.release(lease, next_look_at=_again_at(job, error))
        return
    job.fail(_uncharged(error), lease=lease, detail=_detail(job, error))


def _refused_or_unclear(job: Job, lease: Lease, error: ProviderError) -> None:
    logger.warning("Submit of job %s: %s", job.pk, error.message)
    if error.may_be_accepted:
        _unclear(job, lease, error)
    elif _pauses(job.provider, error) or not error.permanent:
        job.put_back(lease, _uncharged(error), next_look_at=_again_at(job, error))
    else:
        job.fail(_uncharged(error), lease=lease, detail=_detail(job, error))


def _unclear(job: Job, lease: Lease | None, error: ProviderError) -> None:
    """It may have been accepted. Repeat only what the API recognises as a repetition."""
    if may_repeat(job) and lease is not None:
        text = f"{error.message} It is asked again with the same key, which is not charged twice."
        job.put_back(lease, text, next_look_at=_again_at(job, error))
        return
    job.doubt(doubtful(job, error.message), lease=lease)


def may_repeat(job: Job) -> bool:
    """True while the API still knows the job's idempotency key."""
    life_s = job.provider.adapter.idempotency_life_s
    if life_s is None or job.sent_at is None:
        return False
    return timezone.now() - job.created_at < timedelta(seconds=life_s)


def recover(job: Job, lease: Lease) -> None:
    """A job found in SUBMITTING: its worker died between sending and storing the answer."""
    if job.remote_id:
        job.accept()
    elif may_repeat(job):
        job.put_back(
            lease,
            "The worker stopped while sending. It is asked again with the same key, which is "
            "not charged twice.",
            next_look_at=timezone.now(),
        )
    else:
        job.doubt(doubtful(job, "The worker stopped while sending this clip."), lease=lease)


def doubtful(job: Job, what_happened: str) -> str:
    """The text of an unconfirmed job: what happened, what to do, what about the money."""
    sent = f"{job.sent_at:%H:%M}" if job.sent_at else "that time"
    return (
        f"{what_happened} {job.provider.name} may have accepted and charged this clip. Dailies "
        f"will not send it again by itself. Look at {job.provider.name}'s own list of jobs for "
        f"{sent} UTC, then say what you found."
    )


def _pauses(provider: Provider, error: ProviderError) -> bool:
    """Pause the provider's queue when only a person can mend it."""
    if not isinstance(error, (KeyRejected, OutOfCredit)):
        return False
    provider.pause(health_after(error), error.message)
    return True


def _uncharged(error: ProviderError) -> str:
    """The error's text, saying once that nothing was charged."""
    if "charged" in error.message:
        return error.message
    return f"{error.message} Nothing was charged."


def _detail(job: Job, error: ProviderError) -> object:
    return redact(error.detail, secrets=job.provider.secrets) or None


def _again_at(job: Job, error: ProviderError) -> datetime:
    """When to try again: what the API asks for, else 2, 4, 8 ... 60 s."""
    wait_s = error.retry_after_s
    if wait_s is None:
        wait_s = min(LONGEST_WAIT_S, 2.0 * 2 ** min(job.submit_attempts, 6))
    return timezone.now() + timedelta(seconds=wait_s)
