"""Orders of the gallery, and places in them.

A place is the last clip's own values, not a page number: what is made or deleted meanwhile moves
nothing, and nothing comes twice.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import F, FloatField, Q, QuerySet, Value
from django.db.models.functions import Cast, Coalesce
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
NEWEST, OLDEST = "newest", "oldest"
TIME_SORTS = (NEWEST, OLDEST)


@dataclass(frozen=True, slots=True)
class Sort:
    """`by`: what comes before the time; None: nothing does."""

    words: str | Promise
    by: Any = None
    is_rising: bool = False


SORTS = {
    NEWEST: Sort(_("Newest")),
    OLDEST: Sort(_("Oldest"), is_rising=True),
    "longest": Sort(_("Longest"), by=F("duration_s")),
    "best": Sort(_("Best rated"), by=F("rating")),
    "dearest": Sort(_("Dearest"), by=Coalesce("job__cost_charged", "job__cost_estimated")),
}


@dataclass(frozen=True, slots=True)
class Cursor:
    """A place right behind one clip (or job) in an order."""

    value: float
    at: datetime
    key: str

    @classmethod
    def of(cls, row: Any) -> "Cursor":
        """Right behind this row of an ordered queryset."""
        key = row.pk.hex if isinstance(row.pk, UUID) else str(row.pk)
        return cls(float(getattr(row, "sort_value", 0.0)), row.created_at, key)

    def __str__(self) -> str:
        return f"{self.value!r}~{(self.at - EPOCH) // MICROSECOND}~{self.key}"

    @classmethod
    def read(cls, text: str) -> "Cursor | None":
        """The place that an address names; None where it names none."""
        value, _, rest = text.partition("~")
        micros, _, key = rest.partition("~")
        try:
            at = EPOCH + int(micros) * MICROSECOND
            return cls(float(value), at, UUID(key).hex if len(key) == 32 else str(int(key)))
        except (ValueError, OverflowError):
            return None


def ordered(rows: QuerySet[Any], sort: str, *, is_backwards: bool = False) -> QuerySet[Any]:
    """In this order; those that are alike in it from the newest on."""
    how = SORTS[sort]
    sign = "" if how.is_rising != is_backwards else "-"
    if how.by is None:
        return rows.order_by(f"{sign}created_at", f"{sign}pk")
    value = Coalesce(Cast(how.by, FloatField()), Value(0.0))
    valued: QuerySet[Any] = rows.annotate(sort_value=value)
    return valued.order_by(f"{sign}sort_value", f"{sign}created_at", f"{sign}pk")


def behind(cursor: Cursor, sort: str, *, is_backwards: bool = False) -> Q:
    """What comes behind this place in the order (in front of it, backwards)."""
    how = SORTS[sort]
    side = "gt" if how.is_rising != is_backwards else "lt"
    later = Q(**{f"created_at__{side}": cursor.at})
    later |= Q(**{"created_at": cursor.at, f"pk__{side}": cursor.key})
    if how.by is None:
        # Said twice, so that the database looks for the place in its index.
        return Q(**{f"created_at__{side}e": cursor.at}) & later
    return Q(**{f"sort_value__{side}": cursor.value}) | Q(sort_value=cursor.value) & later
