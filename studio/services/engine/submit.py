"""Submitting: the one step that costs money.

Intent is committed before the request leaves, the receipt before anything else. What an
unclear answer means depends on the API: with an idempotency key the same request may be
repeated while the API knows the key, without one a person (or the API's own list) has to say
whether it ran.
"""

import logging
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from studio.models import Job, Lease, Provider
from studio.models.provider import BREAK_AFTER
from studio.providers import client
from studio.providers.contract import HttpCall, Input, InputRole, RemoteStatus, Submitted
from studio.providers.errors import (
    KeyRejected,
    NoAnswer,
    OutOfCredit,
    ProviderDown,
    ProviderError,
    RateLimited,
    UnexpectedReply,
    Unreachable,
)
from studio.providers.redaction import redact
from studio.services import delivery, disk, timing
from studio.services.engine.killpoints import KillPoint, reach
from studio.services.engine.turns import PAUSED_FOR, next_place
from studio.services.providers import health_after

logger = logging.getLogger(__name__)

SHORTEST_WAIT_S = 1.0
LONGEST_WAIT_S = 60.0
BREAK_S = 15.0
LONGEST_BREAK_S = 300.0
KEY_MARGIN = timedelta(minutes=10)
"""A key counts as forgotten this long before the API forgets it: clocks differ."""
FAULTS = (Unreachable, NoAnswer, ProviderDown, UnexpectedReply)
"""Each of them may mean that nobody is in, or somebody else: a sign-in page is one."""
FOR_A_PERSON = (KeyRejected, OutOfCredit)
FREE = ("Nothing was charged.", "Nothing was sent or charged.")
NOT_SENT = "Nothing was sent."


def submit(job: Job, lease: Lease) -> None:
    """Send the job, if its provider has a place for it now."""
    if job.remote_id:
        _follow(job)
    elif job.unclear_since and not may_repeat(job):
        job.doubt(doubtful(job, "This clip could not be asked for again in time."), lease=lease)
    elif free_at := next_place(job.provider, timezone.now()):
        # Asked before any picture is delivered: an upload for each try would be a waste.
        job.release(lease, next_look_at=free_at)
    elif disk.is_low() and not job.unclear_since:
        job.note(lease, error=disk.low_words())
        job.release(lease, next_look_at=timezone.now() + PAUSED_FOR)
    else:
        _prepare_and_send(job, lease)


def _prepare_and_send(job: Job, lease: Lease) -> None:
    reach(KillPoint.PLACE_FOUND, job.pk)
    try:
        inputs = _inputs(job)
        reach(KillPoint.INPUTS_DELIVERED, job.pk)
        call = job.provider.adapter.build_submit(job.request(inputs), job.provider.options)
    except ProviderError as e:
        _not_sent(job, lease, e)
        return
    send_by = timezone.now() + timedelta(seconds=settings.LEASE_S / 2)
    if _begin(job, lease, inputs):
        reach(KillPoint.INTENT_COMMITTED, job.pk)
        # A worker that was frozen here must not send what others have given up by now.
        if timezone.now() < send_by:
            _send(job, lease, call)
        else:
            text = _free(job, "The worker was held up before it could send this clip.")
            job.put_back(lease, text, next_look_at=timezone.now())


def _inputs(job: Job) -> tuple[Input, ...]:
    """The inputs as the API is given them. A repetition with the same key gives the very same
    ones: it has to be the same request."""
    if job.key_sent_with is not None:
        return tuple(Input(InputRole(role), reference) for role, reference in job.key_sent_with)
    return delivery.deliver(job)


def _begin(job: Job, lease: Lease, inputs: tuple[Input, ...]) -> bool:
    """Commit the intent, if the provider's limits leave room. From then on money may be spent.

    Counting and moving share one transaction that holds the provider's row, so two workers
    cannot take the last place.
    """
    if not job.keep(lease, for_s=settings.LEASE_S):
        return False
    reach(KillPoint.LEASE_KEPT, job.pk)
    has_key = job.provider.adapter.idempotency_life_s is not None
    sent_with = [[given.role.value, given.reference] for given in inputs] if has_key else None
    with transaction.atomic():
        provider = Provider.objects.select_for_update().get(pk=job.provider_id)
        free_at = next_place(provider, timezone.now())
        if free_at is None:
            return job.begin_submit(lease, sent_with=sent_with)
    job.release(lease, next_look_at=free_at)
    return False


def _send(job: Job, lease: Lease, call: HttpCall) -> None:
    provider = job.provider
    said: object = None
    try:
        reply = client.send(provider.account, call)
        reach(KillPoint.ANSWERED, job.pk)
        said = redact(reply.body, secrets=provider.secrets)
        submitted = provider.adapter.parse_submit(reply.body)
    except ProviderError as e:
        _refused_or_unclear(job, lease, e, said or _detail(job, e))
        return
    _accepted(job, submitted, said)


def _accepted(job: Job, submitted: Submitted, reply: object) -> None:
    # Should the database fail now, the log has it.
    logger.info("Job %s is %s at %s.", job.pk, submitted.remote_id, job.provider.name)
    if not _keep_receipt(job, submitted):
        return
    reach(KillPoint.RECEIPT_KEPT, job.pk)
    job.events.create(message=f"The provider's id is {submitted.remote_id}", detail=reply)
    reach(KillPoint.RECEIPT_TOLD, job.pk)
    cost = submitted.cost or submitted.state.cost
    if cost is not None:
        Job.objects.filter(pk=job.pk).update(cost_charged=cost.amount, cost_currency=cost.currency)
    reach(KillPoint.COST_KEPT, job.pk)
    job.provider.note_answer()
    reach(KillPoint.ACCEPTED, job.pk)


def _keep_receipt(job: Job, submitted: Submitted) -> bool:
    """The id and what came with it in one commit: an answer that has the finished clip may be
    the only one that ever tells its address."""
    state, accept = submitted.state, _acceptance(job)
    with transaction.atomic():
        if not job.keep_receipt(submitted.remote_id):
            return False
        job.accept(**accept)
        if state.status is RemoteStatus.SUCCEEDED:
            job.start_fetch(
                None,
                video_url=state.video_url,
                video_ref=state.video_ref,
                video_expires_at=state.video_expires_at,
            )
    return True


def _follow(job: Job) -> None:
    """From now on the provider is asked how it is getting on."""
    job.accept(**_acceptance(job))


def _acceptance(job: Job) -> dict[str, Any]:
    """When a job that is accepted now is first asked about, and when a person is."""
    pacing = job.provider.adapter.pacing
    return {
        "wait_s": timing.first_look_s(job, pacing),
        "deadline_at": timing.deadline_of(pacing),
    }


def _not_sent(job: Job, lease: Lease, error: ProviderError) -> None:
    """Something went wrong before the paid request: nothing was charged by this try."""
    if _is_for_later(error):
        again_at = _again_at(job, error)
        _learn_from(job.provider, error, again_at)
        text = _free(job, error.message)
        job.events.create(message=text, detail=_detail(job, error))
        job.note(lease, error=text)
        job.release(lease, next_look_at=again_at)
        return
    _refused(job, lease, error)


def _refused_or_unclear(job: Job, lease: Lease, error: ProviderError, said: object) -> None:
    logger.warning("Submit of job %s: %s", job.pk, error.message)
    again_at = _again_at(job, error)
    _learn_from(job.provider, error, again_at)
    if error.may_be_accepted:
        # Whoever has to find out what became of it may find the id in here.
        job.events.create(message="The answer is not clear", detail=said)
        _unclear(job, lease, error, again_at)
    elif _is_for_later(error):
        # Refused so clearly that nothing was started by this try.
        job.put_back(lease, _free(job, error.message), next_look_at=again_at)
    else:
        _refused(job, lease, error)


def _refused(job: Job, lease: Lease, error: ProviderError) -> None:
    """Refused for good; but an earlier try may have been accepted all the same."""
    if job.unclear_since:
        job.doubt(doubtful(job, without_free(error.message)), lease=lease)
    else:
        job.fail(_free(job, error.message), lease=lease, detail=_detail(job, error))


def _is_for_later(error: ProviderError) -> bool:
    return not error.permanent or isinstance(error, FOR_A_PERSON)


def _learn_from(provider: Provider, error: ProviderError, again_at: datetime) -> None:
    """What one job was told holds for all: an API that is busy or down is left alone, and one
    where only a person can mend something waits for them."""
    if isinstance(error, FAULTS):
        faults = provider.note_fault(error.message)
        if faults >= BREAK_AFTER:
            wait_s = min(LONGEST_BREAK_S, BREAK_S * 2.0 ** min(faults - BREAK_AFTER, 6))
            provider.hold_sends(timezone.now() + timedelta(seconds=wait_s))
        return
    provider.note_answer()
    if isinstance(error, RateLimited):
        provider.hold_sends(again_at)
    elif isinstance(error, FOR_A_PERSON):
        provider.pause(health_after(error), error.message)


def _unclear(job: Job, lease: Lease, error: ProviderError, again_at: datetime) -> None:
    """It may have been accepted. Repeat only what the API recognises as a repetition."""
    if may_repeat(job):
        text = f"{error.message} It is asked again with the same key, which is not charged twice."
        job.put_back(lease, text, next_look_at=again_at, is_unclear=True)
        return
    job.doubt(doubtful(job, error.message), lease=lease)


def may_repeat(job: Job) -> bool:
    """True while the API still knows the job's idempotency key."""
    life_s = job.provider.adapter.idempotency_life_s
    if life_s is None or job.key_used_at is None:
        return False
    return timezone.now() - job.key_used_at < timedelta(seconds=life_s) - KEY_MARGIN


def recover(job: Job, lease: Lease) -> None:
    """A job found in SUBMITTING: its worker died between sending and storing the answer."""
    reach(KillPoint.RECOVERING, job.pk)
    if job.remote_id:
        _follow(job)
    elif may_repeat(job):
        job.put_back(
            lease,
            "The worker stopped while sending. It is asked again with the same key, which is "
            "not charged twice.",
            next_look_at=timezone.now(),
            is_unclear=True,
        )
    else:
        job.doubt(doubtful(job, "The worker stopped while sending this clip."), lease=lease)


def doubtful(job: Job, what_happened: str) -> str:
    """The text of an unconfirmed job: what happened, what to do, what about the money."""
    name, adapter = job.provider.name, job.provider.adapter
    sent = f"{job.sent_at:%H:%M}" if job.sent_at else "that time"
    alone = "Dailies will not send it again by itself."
    if adapter.list_settles_s is not None:
        alone = (
            f"Dailies looks for it in {name}'s own list: found there, it is followed; surely not "
            f"there {adapter.list_settles_s / 60:.0f} min after the send, it is sent again."
        )
    return (
        f"{what_happened} {name} may have accepted and charged this clip. {alone} Look at {name}'s "
        f"own list of jobs for {sent} UTC, then say what you found."
    )


def _free(job: Job, text: str) -> str:
    """The text of a try that cost nothing, with the truth about money."""
    if job.unclear_since:
        return (
            f"{without_free(text)} An earlier send was not answered clearly and may have been "
            "accepted; it is repeated with the same key, which is not charged twice."
        )
    return text if any(words in text for words in FREE) else f"{text} Nothing was charged."


def without_free(text: str) -> str:
    """The text of one call without its word about money: it may not be the whole truth."""
    for words in (*FREE, NOT_SENT):
        text = text.replace(f" {words}", "")
    return text


def _detail(job: Job, error: ProviderError) -> object:
    return redact(error.detail, secrets=job.provider.secrets) or None


def _again_at(job: Job, error: ProviderError) -> datetime:
    """When to try again: what the API asks for, else (or if that is "at once") 2, 4, 8 ... 60 s."""
    own_s = min(LONGEST_WAIT_S, 2.0 * 2 ** min(job.submit_attempts, 6))
    wait_s = max(SHORTEST_WAIT_S, error.retry_after_s or own_s)
    return timezone.now() + timedelta(seconds=wait_s)
