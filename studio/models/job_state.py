"""The states of a job: what each means stands in `models/job.py`."""

from django.db import models
from django.utils.translation import pgettext_lazy


class JobState(models.TextChoices):
    QUEUED = "queued", pgettext_lazy("state", "Queued")
    SUBMITTING = "submitting", pgettext_lazy("state", "Sending")
    WAITING = "waiting", pgettext_lazy("state", "Waiting")
    GENERATING = "generating", pgettext_lazy("state", "Generating")
    FETCHING = "fetching", pgettext_lazy("state", "Fetching")
    READY = "ready", pgettext_lazy("state", "Ready")
    FAILED = "failed", pgettext_lazy("state", "Failed")
    CANCELLED = "cancelled", pgettext_lazy("state", "Cancelled")
    EXPIRED = "expired", pgettext_lazy("state", "Expired")
    UNCONFIRMED = "unconfirmed", pgettext_lazy("state", "Unconfirmed")


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
