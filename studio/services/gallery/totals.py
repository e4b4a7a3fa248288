"""What a view comes to: clips, bytes and money, all together and by day."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Case, Count, DecimalField, IntegerField, Q, QuerySet, Sum, Value, When
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import gettext as _

from studio.models import Asset
from studio.providers.contract import Money
from studio.services.providers import spent_words

ALL_DAYS, OTHER_DAYS = -2, -1
ONE_DAY = timedelta(days=1)


@dataclass(slots=True)
class Sums:
    """Of several clips. What the demo made cost nothing and counts for nothing here."""

    clips: int = 0
    size_bytes: int = 0
    spent: dict[str, Decimal] = field(default_factory=dict)
    """By currency: what was charged, or else was to be expected."""
    estimated: int = 0
    unpriced: int = 0

    def add(self, row: dict[str, Any]) -> None:
        """One row of the query."""
        self.clips += row["clips"]
        self.size_bytes += row["size"] or 0
        self.estimated += row["estimated"]
        self.unpriced += row["unpriced"]
        known = (row["charged_sum"] or Decimal(0)) + (row["estimated_sum"] or Decimal(0))
        if known:
            currency = row["currency"] or "USD"
            self.spent[currency] = self.spent.get(currency, Decimal(0)) + known

    @property
    def cost_words(self) -> str:
        """ "$11.40", "about $11.40", "more than $11.40"; "" where no price is known."""
        if not self.spent:
            return ""
        known = " + ".join(spent_words(Money(_cents(s), c)) for c, s in sorted(self.spent.items()))
        if self.unpriced:
            return _("more than %(sum)s") % {"sum": known}
        return _("about %(sum)s") % {"sum": known} if self.estimated else known


def _cents(amount: Decimal) -> Decimal:
    """Whole cents where there are some: a day's sum need not show a tenth of a cent."""
    return amount.quantize(Decimal("0.01")) if amount >= 1 else amount


@dataclass(frozen=True, slots=True)
class Totals:
    """Of a view, without the money, and of each day that was asked for."""

    all: Sums
    days: dict[date, Sums]


def totals(clips: QuerySet[Asset], days: Iterable[date] = ()) -> Totals:
    """What these clips come to: one query, however many there are."""
    asked = sorted(set(days), reverse=True)
    found = Totals(Sums(), {day: Sums() for day in asked})
    for row in _rows(clips, asked):
        if row["bucket"] == ALL_DAYS:
            found.all.add(row)
        elif row["bucket"] != OTHER_DAYS:
            found.days[asked[row["bucket"]]].add(row)
    return found


def _rows(clips: QuerySet[Asset], days: list[date]) -> Iterable[Any]:
    """The sum of all, and those of the days; only of these the jobs are asked for the cost."""
    bare = clips.order_by()
    nothing = Value(None, output_field=DecimalField())
    everything = (
        bare.values(bucket=Value(ALL_DAYS), currency=Value(""))
        .annotate(clips=Count("pk"), size=Sum("size_bytes"))
        .annotate(charged_sum=nothing, estimated_sum=nothing)
        .annotate(estimated=Value(0), unpriced=Value(0))
    )
    if not days:
        return everything
    charged, estimated = Q(job__cost_charged__isnull=False), Q(job__cost_estimated__isnull=False)
    paid = Q(job__provider__is_demo=False)
    by_day = (
        bare.filter(within(days[-1], days[0]))
        .values(bucket=_bucket(days), currency=Coalesce("job__cost_currency", Value("")))
        .annotate(clips=Count("pk"), size=Sum("size_bytes"))
        .annotate(charged_sum=Sum("job__cost_charged", filter=paid))
        .annotate(estimated_sum=Sum("job__cost_estimated", filter=paid & ~charged))
        .annotate(estimated=Count("pk", filter=paid & ~charged & estimated))
        .annotate(unpriced=Count("pk", filter=paid & ~charged & ~estimated))
    )
    return everything.union(by_day, all=True)


def _bucket(days: list[date]) -> Case:
    """The place of a clip's day among these."""
    whens = [When(within(day, day), then=Value(place)) for place, day in enumerate(days)]
    return Case(*whens, default=Value(OTHER_DAYS), output_field=IntegerField())


def within(first: date, last: date) -> Q:
    """Made on these days or between them."""
    return Q(created_at__gte=_begin(first), created_at__lt=_begin(last + ONE_DAY))


def _begin(day: date) -> datetime:
    """Midnight, as the studio's clocks say it."""
    return timezone.make_aware(datetime.combine(day, time.min))
