"""The states of a job: what each means stands in `models/job.py`."""

from django.db import models


class JobState(models.TextChoices):
    QUEUED = "queued", "Queued"
    SUBMITTING = "submitting", "Sending"
    WAITING = "waiting", "Waiting"
    GENERATING = "generating", "Generating"
    FETCHING = "fetching", "Fetching"
    READY = "ready", "Ready"
    FAILED = "failed", "Failed"
    CANCELLED = "cancelled", "Cancelled"
    EXPIRED = "expired", "Expired"
    UNCONFIRMED = "unconfirmed", "Unconfirmed"


WORKED = (
    JobState.QUEUED,
    JobState.SUBMITTING,
    JobState.WAITING,
    JobState.GENERATING,
    JobState.FETCHING,
)
LOOKED_AT = (JobState.WAITING, JobState.GENERATING)
"""Those that only a question to the provider can bring on."""
AT_PROVIDER = (JobState.SUBMITTING, *LOOKED_AT)
FINISHED = frozenset({JobState.READY, JobState.FAILED, JobState.CANCELLED, JobState.EXPIRED})
