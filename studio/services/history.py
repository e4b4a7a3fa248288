"""All jobs of all times, narrowed by what stands in the page's address."""

from collections.abc import Callable
from dataclasses import dataclass, fields
from datetime import date, datetime, time, timedelta
from typing import Any
from urllib.parse import urlencode

from django.contrib.auth.models import User
from django.http import QueryDict
from django.utils import timezone
from django.utils.dateparse import parse_date

from studio.models import Job, Provider, ProviderModel
from studio.models.job_queries import JobQuerySet

LONGEST_NUMBER = 17


def _day(text: str) -> date | None:
    try:
        return parse_date(text)
    except ValueError:
        return None


def _number(text: str) -> int | None:
    return int(text) if text.isdecimal() and len(text) <= LONGEST_NUMBER else None


def _state(text: str) -> str | None:
    return text if text in Job.State.values else None


def _words(text: str) -> str | None:
    return text.strip()[:200] or None


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which jobs are wanted. What an address says and nobody understands is left out."""

    state: str | None = None
    provider: int | None = None
    model: int | None = None
    member: int | None = None
    since: date | None = None
    until: date | None = None
    q: str | None = None

    @classmethod
    def from_query(cls, data: QueryDict) -> "Wanted":
        """As the address has it."""
        read: dict[str, Callable[[str], Any]] = {
            "state": _state,
            "provider": _number,
            "model": _number,
            "member": _number,
            "since": _day,
            "until": _day,
            "q": _words,
        }
        return cls(**{name: reads(data.get(name, "")) for name, reads in read.items()})

    @property
    def _given(self) -> dict[str, Any]:
        known = {each.name: getattr(self, each.name) for each in fields(self)}
        return {name: value for name, value in known.items() if value is not None}

    @property
    def query(self) -> str:
        """For an address, without the question mark."""
        return urlencode(self._given)

    @property
    def is_narrow(self) -> bool:
        return bool(self._given)

    def apply(self, jobs: JobQuerySet) -> JobQuerySet:
        """Those that are wanted, the newest first."""
        given = self._given
        for name, lookup in LOOKUPS.items():
            if name in given:
                jobs = jobs.filter(**{lookup: given[name]})
        if self.since:
            jobs = jobs.filter(created_at__gte=_midnight(self.since))
        if self.until and self.until < date.max:
            jobs = jobs.filter(created_at__lt=_midnight(self.until + timedelta(days=1)))
        for word in (self.q or "").split():
            jobs = jobs.filter(prompt__icontains=word)
        return jobs


LOOKUPS = {
    "state": "state",
    "provider": "provider",
    "model": "provider_model",
    "member": "owner",
}


def _midnight(day: date) -> datetime:
    """When a day begins, by the studio's own clock."""
    return timezone.make_aware(datetime.combine(day, time()))


def choices() -> dict[str, Any]:
    """What a list of jobs can be narrowed to."""
    return {
        "states": Job.State.choices,
        "providers": Provider.objects.values_list("pk", "name"),
        "models": ProviderModel.objects.filter(
            pk__in=Job.objects.order_by().values("provider_model")
        ),
        "members": User.objects.order_by("username").values_list("pk", "username"),
    }
