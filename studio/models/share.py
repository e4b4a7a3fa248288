"""Links by which somebody without an account watches one clip or one collection."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from studio.models.asset import Asset
from studio.models.library import Collection


class ShareLinkQuerySet(models.QuerySet["ShareLink"]):
    def open(self) -> "ShareLinkQuerySet":
        """Those that still work. A link ends with the account that made it."""
        now = timezone.now()
        return self.filter(revoked_at=None, expires_at__gt=now, created_by__is_active=True)


class ShareLink(models.Model):
    """One link to one clip or one collection. Only the hash of its token is kept."""

    token_hash = models.CharField(max_length=64, unique=True, editable=False)
    asset = models.ForeignKey(
        Asset, on_delete=models.CASCADE, null=True, blank=True, related_name="share_links"
    )
    collection = models.ForeignKey(
        Collection, on_delete=models.CASCADE, null=True, blank=True, related_name="share_links"
    )
    may_download = models.BooleanField(default=False)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="share_links"
    )
    created_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)
    opened_count = models.PositiveIntegerField(default=0)
    last_opened_at = models.DateTimeField(null=True, blank=True)

    objects = ShareLinkQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(asset=None, collection__isnull=False)
                | Q(asset__isnull=False, collection=None),
                name="shares_one_thing",
            ),
        ]

    def __str__(self) -> str:
        return f"link {self.pk}"
