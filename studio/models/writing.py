"""What a member has written and not sent: the draft on the compose page, and presets.

`content` is what stands in the form, by its own field names (see services.drafts).
"""

from django.conf import settings
from django.db import models
from django.utils import timezone


class SavedDraft(models.Model):
    """What stands in a member's compose form; it survives reload, lost lines and logins."""

    owner = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="draft"
    )
    content = models.JSONField(default=dict)
    earlier_content = models.JSONField(
        default=dict, blank=True, help_text="What stood there before a remix or a preset."
    )
    saved_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return f"Draft of {self.owner_id}"


class Preset(models.Model):
    """A form's content under a name, to be used again; shared with the team or not."""

    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="presets"
    )
    name = models.CharField(max_length=80)
    content = models.JSONField(default=dict)
    is_shared = models.BooleanField("shared", default=False)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["name", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["owner", "name"], name="one_preset_per_name"),
        ]

    def __str__(self) -> str:
        return self.name
