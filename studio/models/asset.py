"""Media files on our own disk."""

import uuid
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone


class AssetQuerySet(models.QuerySet["Asset"]):
    def clips(self) -> "AssetQuerySet":
        """Generated videos that are not in the trash, newest first, with all a tile needs."""
        return (
            self.filter(kind=Asset.Kind.VIDEO, trashed_at=None)
            .select_related("owner", "job__provider", "job__provider_model")
            .prefetch_related("derived")
            .order_by("-created_at", "-id")
        )


class Asset(models.Model):
    """One media file below MEDIA_ROOT. The file never changes once the row exists."""

    class Kind(models.TextChoices):
        IMAGE = "image", "Image"
        VIDEO = "video", "Video"
        POSTER = "poster", "Poster"
        PREVIEW = "preview", "Preview"
        FIRST_FRAME = "first_frame", "First frame"
        LAST_FRAME = "last_frame", "Last frame"
        FILMSTRIP = "filmstrip", "Filmstrip"
        FRAME = "frame", "Frame"
        FILM = "film", "Film"

    DERIVED = (Kind.POSTER, Kind.PREVIEW, Kind.FIRST_FRAME, Kind.LAST_FRAME, Kind.FILMSTRIP)
    """Companions of a clip, one of each. A FRAME is a picture somebody took out of a clip at a
    second, a FILM what a storyboard was exported to."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(max_length=20, choices=Kind)
    relative_path = models.CharField(max_length=200, unique=True)
    sha256 = models.CharField(max_length=64)
    downloaded_sha256 = models.CharField(
        max_length=64,
        blank=True,
        default="",
        help_text="Of the bytes as the provider sent them, before prompt and parameters were "
        "written into the file.",
    )
    size_bytes = models.PositiveBigIntegerField()
    mime_type = models.CharField(max_length=60)
    width = models.PositiveIntegerField()
    height = models.PositiveIntegerField()
    duration_s = models.FloatField(null=True, blank=True)
    fps = models.FloatField(null=True, blank=True)
    has_sound = models.BooleanField(default=False)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="assets"
    )
    job = models.ForeignKey(
        "studio.Job", on_delete=models.PROTECT, null=True, blank=True, related_name="assets"
    )
    parent = models.ForeignKey(
        "self", on_delete=models.CASCADE, null=True, blank=True, related_name="derived"
    )
    at_s = models.FloatField(
        null=True, blank=True, help_text="The second of the parent this was taken from."
    )
    original_name = models.CharField(max_length=255, blank=True, default="")
    is_private = models.BooleanField(
        "private", default=False, help_text="For its owner and managers alone."
    )
    is_favourite = models.BooleanField("favourite", default=False)
    rating = models.PositiveSmallIntegerField(default=0, help_text="0 (none) to 5 stars.")
    tags = models.ManyToManyField("studio.Tag", blank=True, related_name="assets")
    created_at = models.DateTimeField(default=timezone.now)
    trashed_at = models.DateTimeField(null=True, blank=True)
    erased_at = models.DateTimeField(
        null=True,
        blank=True,
        editable=False,
        help_text="Deleted for good: the row stays for the history of its job, the file is gone.",
    )

    objects = AssetQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at"]
        indexes = [
            models.Index(fields=["kind", "trashed_at", "-created_at", "-id"], name="gallery"),
            models.Index(fields=["created_at"], name="asset_created"),
            models.Index(fields=["trashed_at"], name="asset_trashed"),
            models.Index(fields=["owner", "kind", "-created_at"], name="asset_by_owner"),
            models.Index(fields=["erased_at"], name="asset_erased"),
            models.Index(fields=["kind", "-created_at", "-id"], name="asset_by_kind"),
            models.Index(fields=["parent", "kind"], name="asset_companions"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["parent", "kind"],
                condition=Q(
                    kind__in=["poster", "preview", "first_frame", "last_frame", "filmstrip"]
                ),
                name="one_of_each_derived_kind",
            ),
            models.CheckConstraint(condition=Q(rating__lte=5), name="asset_rating_to_5"),
            models.CheckConstraint(
                condition=~Q(kind="video") | Q(duration_s__gt=0), name="video_has_duration"
            ),
            models.CheckConstraint(
                condition=Q(size_bytes__gt=0, width__gt=0, height__gt=0), name="asset_has_content"
            ),
            models.CheckConstraint(
                condition=Q(erased_at=None) | Q(trashed_at__isnull=False),
                name="only_trash_is_erased",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.id}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """What is taken out of a private clip is private, as the clip is now: it may have become so
        while the picture was being made."""
        if self._state.adding and self.parent_id and not self.is_private:
            private = Asset.objects.filter(pk=self.parent_id, is_private=True)
            self.is_private = private.exists()
        super().save(*args, **kwargs)

    @property
    def path(self) -> Path:
        return Path(settings.MEDIA_ROOT) / self.relative_path

    @property
    def extension(self) -> str:
        return self.path.suffix

    @property
    def aspect(self) -> float:
        """Width by height."""
        return self.width / self.height

    def _derived(self, kind: str) -> "Asset | None":
        return next((asset for asset in self.derived.all() if asset.kind == kind), None)

    @property
    def poster(self) -> "Asset | None":
        return self._derived(self.Kind.POSTER)

    @property
    def preview(self) -> "Asset | None":
        return self._derived(self.Kind.PREVIEW)

    @property
    def filmstrip(self) -> "Asset | None":
        return self._derived(self.Kind.FILMSTRIP)

    @property
    def facts(self) -> dict[str, Any]:
        """Size and shape, as the command line and the admin show them."""
        names = ("size_bytes", "mime_type", "width", "height", "duration_s", "fps", "has_sound")
        return {name: getattr(self, name) for name in names}
