"""What hangs on a job: the pictures given to it, and its timeline."""

from django.conf import settings
from django.db import models
from django.utils import timezone

from studio.models.asset import Asset
from studio.providers.contract import InputRole

ROLES = [
    (InputRole.FIRST_FRAME.value, "First frame"),
    (InputRole.LAST_FRAME.value, "Last frame"),
    (InputRole.REFERENCE.value, "Reference"),
    (InputRole.SOURCE_VIDEO.value, "Clip to extend"),
]


class JobInput(models.Model):
    """A picture (or clip) given to a job, in its role."""

    job = models.ForeignKey("studio.Job", on_delete=models.CASCADE, related_name="inputs")
    role = models.CharField(max_length=20, choices=ROLES)
    asset = models.ForeignKey(Asset, on_delete=models.PROTECT, related_name="used_by")
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["role", "position"]
        constraints = [
            models.UniqueConstraint(fields=["job", "role", "position"], name="one_input_per_place"),
        ]

    def __str__(self) -> str:
        return f"{self.role} of job {self.job_id}"


class JobEvent(models.Model):
    """One line of a job's timeline: append-only."""

    job = models.ForeignKey("studio.Job", on_delete=models.CASCADE, related_name="events")
    at = models.DateTimeField(default=timezone.now)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True
    )
    from_state = models.CharField(max_length=20, blank=True, default="")
    to_state = models.CharField(max_length=20, blank=True, default="")
    message = models.TextField()
    detail = models.JSONField(null=True, blank=True, help_text="The provider's reply, redacted.")

    class Meta:
        ordering = ["at", "id"]
        indexes = [models.Index(fields=["job", "at"], name="job_timeline")]

    def __str__(self) -> str:
        return self.message
