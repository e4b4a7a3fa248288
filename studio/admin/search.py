"""Finding rows among millions: by an id, or by words in the newest ones."""

from typing import Any

from django.db.models import Q, QuerySet

from studio.models import Job
from studio.services.drafts import uuid_of
from studio.services.history import Wanted

SEARCHED = 50_000
"""Rows whose words are read: no index helps there, and this many take about a tenth of a second."""
SHORTEST_BEGINNING = 6
MOST_BY_ID = 100
LAST = "\U0010ffff"
LONGEST_NUMBER = 17


def jobs(among: QuerySet[Any], text: str) -> QuerySet[Any]:
    """The jobs with this number or id at the API; else those of the newest whose prompt has all
    the words."""
    known = _by_id(text)
    if known:
        return among.filter(pk__in=known)
    return Wanted(q=text).apply(_newest(among))  # type: ignore[arg-type]


def assets(among: QuerySet[Any], text: str) -> QuerySet[Any]:
    """The file of this id; else those of the newest with this in their name, or this sha256."""
    key = uuid_of(text)
    if key is not None:
        return among.filter(pk=key)
    return _newest(among).filter(Q(original_name__icontains=text) | Q(sha256=text))


def _by_id(text: str) -> list[int]:
    """Jobs of this number, or with this id at the API or one that begins so."""
    is_id = Q(remote_id=text)
    if len(text) >= SHORTEST_BEGINNING:
        # A range, since LIKE could not use the index.
        is_id |= Q(remote_id__gte=text, remote_id__lt=text + LAST)
    number = text.removeprefix("#")
    if number.isdecimal() and len(number) <= LONGEST_NUMBER:
        is_id |= Q(pk=int(number))
    return list(Job.objects.filter(is_id).order_by().values_list("pk", flat=True)[:MOST_BY_ID])


def _newest(rows: QuerySet[Any]) -> QuerySet[Any]:
    """Down to a moment: a range of an index, whatever else narrows them."""
    moments = rows.order_by("-created_at").values_list("created_at", flat=True)
    oldest = next(iter(moments[SEARCHED - 1 : SEARCHED]), None)
    return rows.filter(created_at__gte=oldest) if oldest else rows
