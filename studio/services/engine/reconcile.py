"""Evidence for unconfirmed jobs: the API's own list of jobs, where it has one."""

import logging
from datetime import timedelta

from studio.models import Job
from studio.providers import client
from studio.providers.contract import RemoteJob
from studio.providers.errors import ProviderError

logger = logging.getLogger(__name__)

CLOCKS_DIFFER_BY = timedelta(minutes=2)


def reconcile(job: Job) -> bool:
    """Adopt the one remote job that can only be this one. False: no such evidence.

    Never concludes that a job did not run: that is for a person to say.
    """
    adapter, provider = job.provider.adapter, job.provider
    if adapter.build_list is None or adapter.parse_list is None:
        return False
    try:
        reply = client.send(provider.account, adapter.build_list(provider.options))
        listed = adapter.parse_list(reply.body)
    except ProviderError as e:
        logger.warning("Reconciling job %s: %s", job.pk, e.message)
        return False
    fitting = [remote for remote in listed if _fits(job, remote)]
    if len(fitting) != 1:
        return False
    job.keep_receipt(fitting[0].remote_id)
    job.refresh_from_db()
    return job.accept()


def _fits(job: Job, remote: RemoteJob) -> bool:
    """Same prompt and model, made after we sent ours, and nobody else's."""
    if not (remote.prompt and remote.created_at and job.sent_at):
        return False
    same = remote.prompt == job.prompt and _same_model(job.provider_model.model_id, remote.model)
    in_time = remote.created_at >= job.sent_at - CLOCKS_DIFFER_BY
    known = Job.objects.filter(provider=job.provider, remote_id=remote.remote_id)
    return same and in_time and not known.exists()


def _same_model(ours: str, theirs: str) -> bool:
    """`google/veo-3` and `veo-3` are the same model; lists leave the vendor out at times."""
    return ours.split("/")[-1] == theirs.split("/")[-1]
