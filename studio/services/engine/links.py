"""The link to a finished clip: where to fetch from now, and a fresh one when it has ended."""

import logging
from datetime import datetime, timedelta

from django.utils import timezone

from studio.models import Job, Lease
from studio.providers import client
from studio.providers.contract import RemoteStatus
from studio.providers.errors import JobUnknown, ProviderError
from studio.services.engine.holding import LostLease
from studio.services.engine.look import UNKNOWN_AFTER, ask
from studio.services.engine.parts import Notes

logger = logging.getLogger(__name__)

DEAD_LINKS = 5
"""So many dead links in a row, and one whose time is over is believed to be lost."""
ASSUMED_LIFE = timedelta(days=1)
"""How long a dead link is asked for anew where the provider does not say when it ends."""


def address(job: Job, lease: Lease) -> str:
    """Where to download from now. Resolves a reference right before it is used.

    A link whose time is over by our clock is renewed first, but tried all the same: the clock
    may be wrong, and the provider may be down while its files are not. Raises ProviderError.
    """
    adapter, provider = job.provider.adapter, job.provider
    if job.video_ref and adapter.build_resolve and adapter.parse_resolve:
        reply = client.send(provider.account, adapter.build_resolve(job.video_ref))
        return adapter.parse_resolve(reply.body)
    if _is_past_its_end(job):
        try:
            _renew(job, lease)
        except ProviderError as e:
            logger.info("Job %s keeps its old link: %s", job.pk, e.message)
    if not job.video_url:
        raise JobUnknown(f"{provider.name} has given no link to this clip yet.")
    return job.video_url


def has_a_new_one(job: Job, lease: Lease, notes: Notes) -> bool:
    """Ask the provider for a fresh link after a dead one, and write it down.

    False: the clip is lost. Either the provider says again and again that it does not know it,
    or all its links are dead although their time is over. Raises ProviderError when the provider
    could not be asked.
    """
    notes.dead_links += 1
    try:
        _renew(job, lease)
        notes.unknowns = 0
    except JobUnknown:
        notes.unknowns += 1
    is_over = notes.dead_links >= DEAD_LINKS and _believed_end(job) <= timezone.now()
    return not is_over and notes.unknowns < UNKNOWN_AFTER


def _renew(job: Job, lease: Lease) -> None:
    state = ask(job)
    if state.status is not RemoteStatus.SUCCEEDED or not (state.video_url or state.video_ref):
        logger.warning("Job %s is finished, but now its provider says %s", job.pk, state.status)
        return
    held = job.note(
        lease,
        video_url=state.video_url,
        video_ref=state.video_ref,
        video_expires_at=state.video_expires_at,
    )
    if not held:
        raise LostLease
    job.refresh_from_db()


def _is_past_its_end(job: Job) -> bool:
    return job.video_expires_at is not None and job.video_expires_at <= timezone.now()


def _believed_end(job: Job) -> datetime:
    return job.video_expires_at or (job.made_at or job.created_at) + ASSUMED_LIFE


def lost_words(job: Job) -> str:
    """For the person waiting: the clip was made and did not get here."""
    return (
        f"{job.provider.name} made this clip, but its link ended before the file was here, and "
        f"the provider gives no new one. {charge_words(job)} Look at the provider's own page "
        "for it."
    )


def charge_words(job: Job) -> str:
    if job.cost_charged:
        return f"It was charged: {job.cost_charged} {job.cost_currency}."
    return "It was most likely charged."
