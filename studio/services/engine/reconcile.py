"""Evidence for unconfirmed jobs: the API's own list of jobs, where it has one."""

import logging
from collections.abc import Sequence
from datetime import timedelta

from django.conf import settings
from django.utils import timezone

from studio.models import Job
from studio.models.job_queries import JobQuerySet
from studio.providers import client
from studio.providers.contract import RemoteJob
from studio.providers.errors import ProviderError
from studio.services import timing

logger = logging.getLogger(__name__)

CLOCKS_DIFFER_BY = timedelta(minutes=2)
EVERY_S = 50.0
LISTS_NEEDED = 2
LIST_PAGE = 100
"""How many jobs an adapter asks for; a list as long as that may have left some out."""
SAME = (
    "negative_prompt",
    "duration_s",
    "aspect_ratio",
    "resolution",
    "has_sound",
    "seed",
    "extras",
)


def reconcile(job: Job) -> bool:
    """Settle an unconfirmed job by the API's own list, if that is due and the list can.

    Adopts a remote job that can only be this one (or one of its twins: the takes of one press
    are alike, so either may have either). Sends the job again where the list shows for certain
    that it never ran. False: no such evidence, so it is for a person to say.
    """
    adapter, provider = job.provider.adapter, job.provider
    if job.remote_id:
        # Its id came late, and the worker that had it died before it could go on.
        return job.accept(deadline_at=timing.deadline_of(adapter.pacing))
    if adapter.build_list is None or adapter.parse_list is None or not _is_my_turn(job):
        return False
    try:
        reply = client.send(provider.account, adapter.build_list(provider.options))
        listed = adapter.parse_list(reply.body)
    except ProviderError as e:
        logger.warning("Reconciling job %s: %s", job.pk, e.message)
        return False
    strangers = _strangers(job, listed)
    late = [remote for remote in strangers if _is_late(job, remote)]
    fitting = [remote for remote in late if _fits(job, remote)]
    if 1 <= len(fitting) <= _twins(job):
        kept = job.keep_receipt(fitting[0].remote_id)
        job.refresh_from_db()
        return kept and job.accept(deadline_at=timing.deadline_of(adapter.pacing))
    # A clip of the same words from before the send: perhaps the API's clock is behind ours.
    if late or any(_fits(job, remote) for remote in strangers):
        return False
    return _never_ran(job, listed)


def _is_my_turn(job: Job) -> bool:
    """True for one caller a minute, however many workers sweep."""
    now = timezone.now()
    next_at = now + timedelta(seconds=EVERY_S * settings.EVIDENCE_FACTOR)
    due = Job.objects.filter(pk=job.pk, state=Job.State.UNCONFIRMED, next_look_at__lte=now)
    return due.update(next_look_at=next_at) == 1


def _strangers(job: Job, listed: Sequence[RemoteJob]) -> list[RemoteJob]:
    """Those that are not known to be another job of ours."""
    ids = [remote.remote_id for remote in listed]
    known = set(
        Job.objects.filter(provider=job.provider, remote_id__in=ids).values_list(
            "remote_id", flat=True
        )
    )
    return [remote for remote in listed if remote.remote_id not in known]


def _is_late(job: Job, remote: RemoteJob) -> bool:
    """True unless it was certainly made before the send."""
    if job.sent_at is None or remote.created_at is None:
        return True
    return remote.created_at >= job.sent_at - CLOCKS_DIFFER_BY


def _never_ran(job: Job, listed: Sequence[RemoteJob]) -> bool:
    """Two lists, a minute apart and long enough after the send, that hold everything since then
    and nothing that could be this job: then it is sent again."""
    settles_s = job.provider.adapter.list_settles_s
    if settles_s is None or job.sent_at is None or len(listed) >= LIST_PAGE:
        return False
    if timezone.now() - job.sent_at < timedelta(seconds=settles_s * settings.EVIDENCE_FACTOR):
        return False
    absences = job.look_attempts + 1
    Job.objects.filter(pk=job.pk).update(look_attempts=absences)
    return absences >= LISTS_NEEDED and job.requeue(
        f"{job.provider.name}'s own list shows that it never ran there: sent again"
    )


def _fits(job: Job, remote: RemoteJob) -> bool:
    """Same prompt and model, made at a moment that the list tells."""
    is_told = bool(remote.prompt and remote.created_at)
    same_model = _same_model(job.provider_model.model_id, remote.model)
    return is_told and remote.prompt == job.prompt and same_model


def _twins(job: Job) -> int:
    """How many unconfirmed jobs the found ones may belong to; 0 where another job that might
    own them is not alike, or is being sent at this moment."""
    rivals: JobQuerySet = Job.objects.filter(
        provider=job.provider, provider_model=job.provider_model, prompt=job.prompt, remote_id=""
    ).filter(state__in=[Job.State.SUBMITTING, Job.State.UNCONFIRMED])
    mine = _nature(job)
    alike = [rival.state == Job.State.UNCONFIRMED and _nature(rival) == mine for rival in rivals]
    return len(alike) if all(alike) else 0


def _nature(job: Job) -> tuple[object, ...]:
    """Everything but the prompt that makes one clip differ from another."""
    inputs = [(given.role, given.asset_id) for given in job.inputs.all()]
    return (*(getattr(job, name) for name in SAME), inputs)


def _same_model(ours: str, theirs: str) -> bool:
    """`google/veo-3` and `veo-3` are the same model; lists leave the vendor out at times."""
    return ours.split("/")[-1] == theirs.split("/")[-1]
