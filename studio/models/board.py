"""Storyboards: shots in a row, and the films they are exported to."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from studio.models.asset import Asset


class Board(models.Model):
    """A storyboard under a name."""

    name = models.CharField(max_length=80)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="boards"
    )
    created_at = models.DateTimeField(default=timezone.now)
    changed_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-changed_at", "-pk"]

    def __str__(self) -> str:
        return self.name


class Shot(models.Model):
    """One place on a board: a clip, or what is still to be made for it."""

    class Transition(models.TextChoices):
        CUT = "cut", "Cut"
        DISSOLVE = "dissolve", "Dissolve"
        BLACK = "black", "Black"

    board = models.ForeignKey(Board, on_delete=models.CASCADE, related_name="shots")
    position = models.PositiveIntegerField(default=0)
    name = models.CharField(max_length=80, blank=True, default="")
    clip = models.ForeignKey(
        Asset, on_delete=models.PROTECT, null=True, blank=True, related_name="shots"
    )
    content = models.JSONField(
        default=dict, blank=True, help_text="What to make, as the compose form keeps it."
    )
    job = models.ForeignKey(
        "studio.Job", on_delete=models.SET_NULL, null=True, blank=True, related_name="shots"
    )
    trim_in_s = models.FloatField(default=0.0)
    trim_out_s = models.FloatField(null=True, blank=True, help_text="Empty: to the end.")
    transition = models.CharField(max_length=10, choices=Transition, default=Transition.CUT)
    transition_s = models.FloatField(default=0.5, help_text="Into the next shot; not for a cut.")

    class Meta:
        ordering = ["board", "position", "pk"]
        constraints = [
            models.CheckConstraint(condition=Q(trim_in_s__gte=0), name="shot_starts_in_clip"),
            models.CheckConstraint(
                condition=Q(trim_out_s=None) | Q(trim_out_s__gt=F("trim_in_s")),
                name="shot_has_length",
            ),
            models.CheckConstraint(
                condition=Q(transition_s__gt=0, transition_s__lte=5), name="transition_is_short"
            ),
        ]

    def __str__(self) -> str:
        return f"Shot {self.position + 1} of board {self.board_id}"


class Film(models.Model):
    """One export of a board: a background job with its progress, and its file once it is done.

    `plan` is the board as it was when the export was asked for: later changes do not touch it.
    """

    class State(models.TextChoices):
        QUEUED = "queued", "Queued"
        RENDERING = "rendering", "Rendering"
        READY = "ready", "Ready"
        FAILED = "failed", "Failed"
        CANCELLED = "cancelled", "Cancelled"

    board = models.ForeignKey(Board, on_delete=models.CASCADE, related_name="films")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="films")
    plan = models.JSONField()
    state = models.CharField(max_length=10, choices=State, default=State.QUEUED)
    progress_percent = models.PositiveSmallIntegerField(default=0)
    error = models.TextField(blank=True, default="")
    file = models.OneToOneField(
        Asset, on_delete=models.PROTECT, null=True, blank=True, related_name="film"
    )
    lease_token = models.UUIDField(null=True, blank=True, editable=False, default=None)
    lease_until = models.DateTimeField(null=True, blank=True, editable=False)
    attempts = models.PositiveSmallIntegerField(default=0, editable=False)
    key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    created_at = models.DateTimeField(default=timezone.now)
    finished_at = models.DateTimeField(null=True, blank=True)
    changed_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-created_at", "-pk"]
        indexes = [models.Index(fields=["state", "lease_until"], name="film_due")]
        constraints = [
            models.CheckConstraint(
                condition=~Q(state="ready") | Q(file__isnull=False), name="ready_film_has_file"
            ),
            models.CheckConstraint(
                condition=~Q(state="failed") | ~Q(error=""), name="failed_film_says_why"
            ),
        ]

    def __str__(self) -> str:
        return f"Film of board {self.board_id}"
