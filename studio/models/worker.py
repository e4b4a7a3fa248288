"""Signs of life."""

from datetime import timedelta

from django.db import models
from django.utils import timezone

ALIVE_FOR = timedelta(seconds=150)
"""The worker beats once a minute; two missed beats mean that it is gone."""


class Heartbeat(models.Model):
    """When a process of this name was last seen working."""

    name = models.CharField(max_length=60, primary_key=True)
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.name} at {self.at:%F %T}"

    @classmethod
    def beat(cls, name: str) -> None:
        cls.objects.update_or_create(name=name, defaults={"at": timezone.now()})

    @classmethod
    def is_alive(cls, name: str) -> bool:
        return cls.objects.filter(name=name, at__gte=timezone.now() - ALIVE_FOR).exists()
