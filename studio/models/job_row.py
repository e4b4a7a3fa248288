"""The columns of a job, what must hold of them, and what they say about it."""

import time
import uuid
from datetime import datetime

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from studio.models.asset import Asset
from studio.models.job_queries import JobQuerySet
from studio.models.job_state import FINISHED, WORKED, JobState
from studio.models.provider import Provider, ProviderModel
from studio.providers.contract import Money


def now_us() -> int:
    """The present in microseconds: whoever comes later goes behind."""
    return time.time_ns() // 1000


class MadeAs(models.TextChoices):
    """How a clip came out of another one."""

    REMIX = "remix", "Remix"
    RETAKE = "retake", "Retake"
    EXTENSION = "extension", "Extension"


class JobRow(models.Model):
    """One clip asked for, as a row."""

    State = JobState
    MadeAs = MadeAs
    WORKED = WORKED
    FINISHED = FINISHED

    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="jobs"
    )
    provider = models.ForeignKey(Provider, on_delete=models.PROTECT, related_name="jobs")
    provider_model = models.ForeignKey(ProviderModel, on_delete=models.PROTECT, related_name="jobs")
    batch = models.UUIDField(help_text="One press of the button; its takes share it.")
    press = models.UUIDField(
        null=True, editable=False, help_text="What was asked for at that press, and by whom."
    )
    variant = models.PositiveSmallIntegerField(
        default=0, help_text="Which model and prompt of the press, where there were several."
    )
    take = models.PositiveSmallIntegerField(default=1)
    source = models.ForeignKey(
        "studio.Job",
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="versions",
        help_text="The clip this one was remixed, retaken or extended from.",
    )
    made_as = models.CharField(max_length=10, choices=MadeAs, blank=True, default="")
    is_private = models.BooleanField(
        "private", default=False, help_text="For its owner and managers alone."
    )

    prompt = models.TextField()
    negative_prompt = models.TextField(blank=True, default="")
    duration_s = models.PositiveIntegerField(null=True, blank=True)
    aspect_ratio = models.CharField(max_length=12, blank=True, default="")
    resolution = models.CharField(max_length=20, blank=True, default="")
    has_sound = models.BooleanField(null=True, blank=True)
    seed = models.BigIntegerField(null=True, blank=True)
    extras = models.JSONField(default=dict, blank=True)

    state = models.CharField(max_length=20, choices=State, default=State.QUEUED)
    progress_percent = models.PositiveSmallIntegerField(null=True, blank=True)
    error = models.TextField(blank=True, default="", help_text="For the person waiting.")
    question = models.TextField(
        blank=True, default="", help_text="What a person has to decide; empty: nothing."
    )
    is_set_aside = models.BooleanField("set aside", default=False)
    idempotency_key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    key_used_at = models.DateTimeField(null=True, blank=True, editable=False)
    key_sent_with = models.JSONField(
        null=True,
        blank=True,
        editable=False,
        help_text="The references to the inputs that were sent first with this key.",
    )
    unclear_since = models.DateTimeField(
        null=True,
        blank=True,
        editable=False,
        help_text="A send that had no clear answer; the provider may have accepted it.",
    )
    remote_id = models.CharField("id at the API", max_length=200, blank=True, default="")
    video_ref = models.CharField(max_length=2000, blank=True, default="")
    video_url = models.TextField(blank=True, default="", help_text="Cleared once fetched.")
    video_expires_at = models.DateTimeField(null=True, blank=True)
    video = models.OneToOneField(
        Asset, on_delete=models.PROTECT, null=True, blank=True, related_name="made_by"
    )

    cost_estimated = models.DecimalField(max_digits=12, decimal_places=4, null=True, blank=True)
    cost_charged = models.DecimalField(max_digits=12, decimal_places=4, null=True, blank=True)
    cost_currency = models.CharField(max_length=8, blank=True, default="")

    submit_attempts = models.PositiveIntegerField(default=0)
    look_attempts = models.PositiveIntegerField(default=0)
    fetch_attempts = models.PositiveIntegerField(default=0)
    crashes = models.PositiveSmallIntegerField(default=0, editable=False)
    next_look_at = models.DateTimeField(default=timezone.now)
    lease_token = models.UUIDField(null=True, blank=True, editable=False)
    lease_until = models.DateTimeField(null=True, blank=True, editable=False)
    is_held = models.BooleanField(
        "held", default=False, help_text="Not sent until somebody lets it go on."
    )
    not_before = models.DateTimeField(
        null=True, blank=True, help_text="Sent at this time or later, as its member wished."
    )
    rank = models.BigIntegerField(
        default=now_us, help_text="Its member's own order of what is not sent yet, lowest first."
    )
    cancel_asked_at = models.DateTimeField(null=True, blank=True)

    created_at = models.DateTimeField(default=timezone.now)
    sent_at = models.DateTimeField(null=True, blank=True)
    accepted_at = models.DateTimeField(null=True, blank=True)
    deadline_at = models.DateTimeField(
        null=True, blank=True, help_text="After this a person is asked."
    )
    made_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    changed_at = models.DateTimeField(default=timezone.now)

    objects = JobQuerySet.as_manager()

    class Meta:
        abstract = True
        ordering = ["-created_at", "-id"]
        indexes = [
            models.Index(fields=["state", "next_look_at"], name="job_due"),
            models.Index(fields=["-created_at", "-id"], name="job_newest"),
            models.Index(fields=["provider", "state"], name="job_at_provider"),
            models.Index(fields=["owner", "-created_at"], name="job_by_owner"),
            models.Index(fields=["provider", "owner", "-sent_at"], name="job_turns"),
            models.Index(fields=["provider_model", "-made_at"], name="job_durations"),
            models.Index(fields=["remote_id"], name="job_remote_id"),
            models.Index(fields=["changed_at"], name="job_changed"),
            models.Index(fields=["state", "-created_at", "-id"], name="job_by_state"),
            models.Index(fields=["provider", "-created_at", "-id"], name="job_by_provider"),
            models.Index(fields=["provider_model", "-created_at", "-id"], name="job_by_model"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["batch", "variant", "take"], name="one_job_per_take"),
            models.UniqueConstraint(
                fields=["provider", "remote_id"],
                condition=~Q(remote_id=""),
                name="one_job_per_remote_id",
            ),
            models.CheckConstraint(condition=~Q(prompt=""), name="job_has_prompt"),
            models.CheckConstraint(
                condition=~Q(state__in=["waiting", "generating"]) | ~Q(remote_id=""),
                name="followed_job_has_remote_id",
            ),
            models.CheckConstraint(
                condition=~Q(state="ready") | Q(video__isnull=False), name="ready_job_has_video"
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["failed", "expired", "unconfirmed"]) | ~Q(error=""),
                name="ended_job_says_why",
            ),
            models.CheckConstraint(
                condition=Q(is_set_aside=False) | ~Q(question=""), name="job_set_aside_asks"
            ),
            models.CheckConstraint(
                condition=Q(state__in=["queued", "cancelled", "failed"]) | Q(sent_at__isnull=False),
                name="sent_job_has_sent_at",
            ),
        ]

    def __str__(self) -> str:
        return f"Job {self.pk}: {self.prompt[:40]}"

    # -- What it is --------------------------------------------------------------------------

    @property
    def is_finished(self) -> bool:
        return self.state in self.FINISHED

    @property
    def is_worked_on(self) -> bool:
        return self.state in self.WORKED

    @property
    def is_unsent(self) -> bool:
        """True for what can still be changed, as far as this row knows (see UNSENT).

        A worker may have it in its hands for a moment, only to find that it is not its turn. No
        news comes of that, so a page must not offer less for it; whoever presses then is told.
        """
        is_clear = self.unclear_since is None and not self.remote_id
        return self.state == self.State.QUEUED and not self.is_set_aside and is_clear

    def is_for_later(self, now: datetime) -> bool:
        """True for what its member wished for a time that has not come."""
        return self.not_before is not None and self.not_before > now

    @property
    def can_cancel_there(self) -> bool:
        """True where the API can cancel what it has accepted."""
        return self.provider.adapter.build_cancel is not None

    @property
    def estimated(self) -> Money | None:
        return Money(self.cost_estimated, self.cost_currency) if self.cost_estimated else None

    @property
    def charged(self) -> Money | None:
        known = self.cost_charged is not None
        return Money(self.cost_charged, self.cost_currency) if known else None  # type: ignore[arg-type]
