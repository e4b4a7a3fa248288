"""What a restored studio must not send by itself.

A backup is older than the moment in which it is restored. A clip that it has as waiting may have
been sent since, by the studio that the backup was made of; sending it again would be paid twice.
So nothing that was never accepted goes out before a person has looked.
"""

from collections.abc import Iterator

from django.db import transaction
from django.db.models import Q

from studio.models import Job, JobEvent
from studio.models.job_state import JobState
from studio.providers import registry

WORDS = (
    "Held, because the studio was restored from a backup of {made_on}: it may have been sent after "
    "that. Look at the provider's own page before you let it go on, or it may be paid twice."
)


def hold_unsent(using: str, made_on: str) -> int:
    """Hold every clip in this database that a worker would send; how many."""
    words = WORDS.format(made_on=made_on)
    with transaction.atomic(using=using):
        jobs = Job.objects.using(using).filter(_sendable(), is_held=False)
        keys = list(jobs.values_list("pk", flat=True))
        free = {"is_held": True, "lease_token": None, "lease_until": None}
        Job.objects.using(using).filter(_sendable()).update(**free)
        JobEvent.objects.using(using).bulk_create(
            JobEvent(job_id=key, message=words) for key in keys
        )
    return len(keys)


def _sendable() -> Q:
    """Queued, or queued again once it is settled that it never ran.

    Not those that are repeated with the key of their first send: that is never charged twice, and
    a person could not let them go on.
    """
    never = Q(state=JobState.QUEUED, unclear_since=None)
    in_doubt = Q(state=JobState.UNCONFIRMED)
    cut_off = Q(state=JobState.SUBMITTING) & ~Q(provider__adapter_slug__in=_with_key())
    return Q(remote_id="") & (never | in_doubt | cut_off)


def _with_key() -> Iterator[str]:
    """APIs that recognise a repetition."""
    return (slug for slug, each in registry.ADAPTERS.items() if each.idempotency_life_s is not None)
