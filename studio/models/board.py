"""Storyboards: shots in a row."""

from datetime import UTC, datetime

from django.conf import settings
from django.contrib.auth.models import User
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
    changed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )

    class Meta:
        ordering = ["-changed_at", "-pk"]

    def __str__(self) -> str:
        return self.name

    @property
    def version(self) -> str:
        """Another one after every change."""
        return f"{int(self.changed_at.timestamp())}.{self.changed_at.microsecond:06d}"

    def change(self, seen: str, by: User) -> bool:
        """The right to change what was seen: one guarded UPDATE. False: somebody was quicker."""
        moment = Board.moment_of(seen)
        mine = Board.objects.filter(pk=self.pk, changed_at=moment) if moment else None
        won = mine is not None and mine.update(changed_at=timezone.now(), changed_by=by) == 1
        self.refresh_from_db()
        return won

    @staticmethod
    def moment_of(version: str) -> datetime | None:
        """The moment that a version names; None where it is none."""
        try:
            whole, _, micros = version.partition(".")
            seconds = datetime.fromtimestamp(int(whole), tz=UTC)
            return seconds.replace(microsecond=int(micros))
        except (ValueError, OverflowError, OSError):
            return None


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
    follows = models.ForeignKey(
        "self",
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="followers",
        help_text="The shot whose last picture is to be this one's first.",
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

    # -- Its clip ----------------------------------------------------------------------------

    @property
    def out_s(self) -> float:
        """Where it ends, in seconds of its clip."""
        return self.trim_out_s if self.trim_out_s is not None else self.clip_length_s

    @property
    def clip_length_s(self) -> float:
        return (self.clip.duration_s or 0.0) if self.clip is not None else 0.0

    @property
    def is_missing(self) -> bool:
        """True while no clip was made for it."""
        return self.clip_id is None
