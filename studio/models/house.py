"""What the owner said about the studio as a whole when it was set up."""

from django.db import models
from django.db.models import Q


class House(models.Model):
    """The studio's own row; there is one at most."""

    name = models.CharField(max_length=60, default="Dailies")
    is_on_lan = models.BooleanField(
        "on the LAN", default=False, help_text="Listen for other machines from the next start."
    )

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(pk=1), name="one_house")]

    def __str__(self) -> str:
        return self.name
