"""Which days, and by what: as the page's address says it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum
from urllib.parse import urlencode

from django.http import QueryDict
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.formats import date_format
from django.utils.translation import gettext as _

SPANS = {"7": 7, "30": 30, "90": 90, "month": 0}
"""Stretches of time that end today, in days; the month begins with its first day."""
STANDARD = "30"
MOST_DAYS = 366
FIRST_YEAR, LAST_YEAR = 2000, 2099
ENDS = ("from", "to")


class By(StrEnum):
    """What the figures are told apart by."""

    PROVIDER = "provider"
    MODEL = "model"
    MEMBER = "member"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """The days from `first` to `last`, both included."""

    first: date
    last: date
    span: str = ""
    """One of SPANS; empty where the days were chosen."""
    by: By = By.PROVIDER
    member: int | None = None
    typed: Mapping[str, str] = field(default_factory=dict)
    """The ends as they were written."""
    problems: Mapping[str, str] = field(default_factory=dict)
    """What was not understood, by field; a usual value stands in its place."""

    @property
    def days(self) -> list[date]:
        count = (self.last - self.first).days + 1
        return [self.first + timedelta(days=number) for number in range(count)]

    @property
    def query(self) -> str:
        """For an address, without the question mark."""
        said = {"span": self.span} if self.span else self._ends
        if self.by is not By.PROVIDER:
            said = said | {"by": self.by.value}
        return urlencode(said | ({"member": str(self.member)} if self.member else {}))

    @property
    def _ends(self) -> dict[str, str]:
        return dict(zip(ENDS, (self.first.isoformat(), self.last.isoformat()), strict=True))


def read(data: QueryDict, people: Mapping[int, str]) -> Asked:
    """What an address asks for; `people` are those whose figures may be chosen."""
    problems: dict[str, str] = {}
    typed = {name: data.get(name, "").strip()[:40] for name in ENDS}
    chosen = _chosen(typed, problems) if any(typed.values()) else None
    span = "" if chosen else _span(data.get("span", ""), problems)
    first, last = chosen or _ending_today(span)
    return Asked(
        first=first,
        last=last,
        span=span,
        by=_by(data.get("by", ""), problems),
        member=_member(data.get("member", ""), people, problems),
        typed=typed,
        problems=problems,
    )


def _span(text: str, problems: dict[str, str]) -> str:
    if text and text not in SPANS:
        problems["span"] = _("There is no such stretch of time. Choose one of these.")
    return text if text in SPANS else STANDARD


def _ending_today(span: str) -> tuple[date, date]:
    today = timezone.localdate()
    days = SPANS[span]
    return (today - timedelta(days=days - 1) if days else today.replace(day=1)), today


def _chosen(typed: Mapping[str, str], problems: dict[str, str]) -> tuple[date, date] | None:
    """The days between two that were written; one alone goes with today, or a month before."""
    found = {name: _day(text) for name, text in typed.items()}
    for name, text in typed.items():
        if text and found[name] is None:
            problems[name] = _("Write a day such as 2030-05-31.")
    if problems:
        return None
    last = found["to"] or timezone.localdate()
    first = found["from"] or last - timedelta(days=SPANS[STANDARD] - 1)
    if first > last:
        words = _("This is after the last day, %(last)s. Choose an earlier one.")
        problems["from"] = words % {"last": date_format(last)}
    elif (last - first).days >= MOST_DAYS:
        words = _("At most %(most)s days are shown at once. Choose a later one.")
        problems["from"] = words % {"most": MOST_DAYS}
    return None if problems else (first, last)


def _day(text: str) -> date | None:
    try:
        day = parse_date(text)
    except ValueError:
        return None
    return day if day and FIRST_YEAR <= day.year <= LAST_YEAR else None


def _by(text: str, problems: dict[str, str]) -> By:
    if text and text not in list(By):
        problems["by"] = _("The figures are told apart by provider, model or member.")
    return By(text) if text in list(By) else By.PROVIDER


def _member(text: str, people: Mapping[int, str], problems: dict[str, str]) -> int | None:
    """One of those whose figures may be chosen. Who may see only their own chooses nobody."""
    found = {str(key): key for key in people}.get(text)
    if text and found is None and len(people) > 1:
        problems["member"] = _("There is no such member. Choose another.")
    return found
