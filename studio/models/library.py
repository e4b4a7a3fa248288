"""How a team puts its clips in order: tags and collections; and what is to leave the disk."""

from django.conf import settings
from django.db import models
from django.utils import timezone

from studio.models.asset import Asset


class Tag(models.Model):
    """A word that stands on clips; one spelling for the whole studio."""

    name = models.CharField(max_length=40, unique=True)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class Collection(models.Model):
    """Clips that belong together, under a name."""

    name = models.CharField(max_length=80)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="collections"
    )
    assets = models.ManyToManyField(
        Asset, through="studio.CollectionItem", related_name="collections"
    )
    is_private = models.BooleanField(
        "private", default=False, help_text="For its owner and managers alone."
    )
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["name", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["owner", "name"], name="one_collection_per_name"),
        ]

    def __str__(self) -> str:
        return self.name


class CollectionItem(models.Model):
    """One clip in one collection."""

    collection = models.ForeignKey(Collection, on_delete=models.CASCADE, related_name="items")
    asset = models.ForeignKey(Asset, on_delete=models.CASCADE, related_name="collection_items")
    added_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-added_at", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["collection", "asset"], name="once_per_collection"),
        ]

    def __str__(self) -> str:
        return f"{self.asset_id} in {self.collection_id}"


class FileToRemove(models.Model):
    """A file that no row speaks of any more and that is still to be taken off the disk.

    Written together with the change that made it superfluous, so that whatever is cut off between
    the two, the file goes later and no row ever speaks of a file that is gone.
    """

    relative_path = models.CharField(max_length=200, unique=True)
    since = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return self.relative_path
