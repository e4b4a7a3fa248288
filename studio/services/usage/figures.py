"""The figures: read from the jobs in a few queries, however many there are.

A job counts on the day on which it was asked for, by the studio's own clock. Sums of different
currencies never meet.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any

from django.contrib.auth.models import User
from django.db.models import (
    Case,
    CharField,
    Count,
    DurationField,
    ExpressionWrapper,
    F,
    Q,
    Sum,
    Value,
    When,
    Window,
)
from django.db.models.functions import RowNumber, TruncDate
from django.utils import timezone

from studio.models import Job, Provider, ProviderModel, Role
from studio.models.job_queries import JobQuerySet
from studio.providers.contract import Money
from studio.services import budgets, members
from studio.services.history import Wanted
from studio.services.usage.asked import Asked, By

State = Job.State
COLUMNS = {By.PROVIDER: "provider", By.MODEL: "provider_model", By.MEMBER: "owner"}
SHARES = (50, 90)
"""Shares of the clips, in per cent, whose time to finish is told."""
PLACED = ("place", "count", "group_place", "group_count")


class Standing(StrEnum):
    """What is known of a job's price."""

    DEMO = "demo"
    SETTLED = "settled"
    PERHAPS = "perhaps charged"
    UNSENT = "not sent"
    FREE = "not charged"
    ESTIMATED = "estimated"
    UNKNOWN = "unknown"


def standing() -> Case:
    """The one that holds of a job, as a column."""
    rules = {
        Standing.DEMO: Q(provider__is_demo=True),
        Standing.SETTLED: Q(cost_charged__isnull=False),
        Standing.PERHAPS: Q(state=State.UNCONFIRMED)
        | Q(state=State.QUEUED, unclear_since__isnull=False),
        Standing.UNSENT: Q(state=State.QUEUED),
        Standing.FREE: budgets.ended_free(),
        Standing.ESTIMATED: Q(cost_estimated__isnull=False),
    }
    whens = [When(rule, then=Value(name.value)) for name, rule in rules.items()]
    return Case(*whens, default=Value(Standing.UNKNOWN.value), output_field=CharField())


@dataclass(slots=True)
class Spent:
    """Of one currency."""

    settled: Decimal = Decimal(0)
    estimated: Decimal = Decimal(0)

    @property
    def all(self) -> Decimal:
        return self.settled + self.estimated


@dataclass(slots=True)
class Tally:
    """What several jobs come to. What the demo made cost nothing."""

    states: Counter[str] = field(default_factory=Counter)
    standings: Counter[str] = field(default_factory=Counter)
    spent: dict[str, Spent] = field(default_factory=lambda: defaultdict(Spent))
    """By currency."""
    perhaps_spent: dict[str, Decimal] = field(default_factory=lambda: defaultdict(Decimal))

    def add(self, row: Mapping[str, Any]) -> None:
        """One row of the query."""
        self.states[row["state"]] += row["jobs"]
        self.standings[row["standing"]] += row["jobs"]
        currency = row["cost_currency"] or "USD"
        estimated = round(row["estimated"] or Decimal(0), 4)
        if row["standing"] == Standing.SETTLED:
            self.spent[currency].settled += round(row["charged"], 4)
        elif row["standing"] == Standing.ESTIMATED:
            self.spent[currency].estimated += estimated
        elif row["standing"] == Standing.PERHAPS and estimated:
            self.perhaps_spent[currency] += estimated

    @property
    def asked(self) -> int:
        return self.states.total()

    @property
    def ready(self) -> int:
        return self.states[State.READY]

    @property
    def failed(self) -> int:
        """With those that were made, but whose link ended before the file was here."""
        return self.states[State.FAILED] + self.states[State.EXPIRED]

    @property
    def cancelled(self) -> int:
        return self.states[State.CANCELLED]

    @property
    def open(self) -> int:
        """Those whose end is not known yet."""
        return self.asked - self.ready - self.failed - self.cancelled

    @property
    def success_percent(self) -> int | None:
        """Of those that ended by themselves; rounded down, so that 100 means all."""
        ended = self.ready + self.failed
        return self.ready * 100 // ended if ended else None

    @property
    def unpriced(self) -> int:
        return self.standings[Standing.UNKNOWN]

    @property
    def perhaps(self) -> int:
        return self.standings[Standing.PERHAPS]

    @property
    def demo(self) -> int:
        return self.standings[Standing.DEMO]

    @property
    def costs(self) -> list[tuple[Money, Money | None]]:
        """Each currency's sum, and how much of it is estimated."""
        return [
            (
                Money(spent.all, currency),
                Money(spent.estimated, currency) if spent.estimated else None,
            )
            for currency, spent in sorted(self.spent.items())
        ]

    @property
    def perhaps_costs(self) -> list[Money]:
        return [Money(amount, currency) for currency, amount in sorted(self.perhaps_spent.items())]


@dataclass(frozen=True, slots=True)
class Pace:
    """How long clips took from being sent to being here."""

    median_s: float
    most_s: float
    """Nine of ten took no longer."""


@dataclass(frozen=True, slots=True)
class Group:
    """A provider, model or member, and what its jobs come to."""

    key: int
    name: str
    tally: Tally
    pace: Pace | None
    history: str
    """Its jobs in the history, as a query."""


@dataclass(frozen=True, slots=True)
class Report:
    """Everything that the page shows."""

    asked: Asked
    total: Tally
    pace: Pace | None
    groups: list[Group]
    """Those with the most jobs first."""
    cells: dict[tuple[date, int], Tally]
    """By day and group; what is missing is nothing."""
    perhaps: str
    """The unconfirmed ones in the history, as a query."""


# -- Whose jobs ----------------------------------------------------------------------------------


def people(viewer: User) -> dict[int, str]:
    """Those whose figures this account may see, by number."""
    if not members.may(viewer, Role.MANAGER):
        return {viewer.pk: viewer.get_username()}
    return dict(User.objects.order_by("username").values_list("pk", "username"))


def jobs_of(viewer: User, asked: Asked) -> JobQuerySet:
    """The jobs of these days: everybody's for a manager, else the viewer's own."""
    jobs = Job.objects.filter(
        created_at__gte=_midnight(asked.first),
        created_at__lt=_midnight(asked.last + timedelta(days=1)),
    )
    owner = _owner_of(viewer, asked)
    return jobs if owner is None else jobs.filter(owner=owner)


def _owner_of(viewer: User, asked: Asked) -> int | None:
    """Whose jobs alone; None: everybody's."""
    return asked.member if members.may(viewer, Role.MANAGER) else viewer.pk


def _midnight(day: date) -> datetime:
    """When a day begins, by the studio's own clock."""
    return timezone.make_aware(datetime.combine(day, time()))


# -- Counting ------------------------------------------------------------------------------------


def report(viewer: User, asked: Asked, names: Mapping[int, str]) -> Report:
    """The figures of these days; `names` are those of the members."""
    jobs, column = jobs_of(viewer, asked).order_by(), COLUMNS[asked.by]
    total = Tally()
    tallies: dict[int, Tally] = defaultdict(Tally)
    cells: dict[tuple[date, int], Tally] = defaultdict(Tally)
    for row in _rows(jobs, column):
        for tally in (total, tallies[row[column]], cells[row["day"], row[column]]):
            tally.add(row)
    paces, owner = _paces(jobs, column), _owner_of(viewer, asked)
    named = names if asked.by is By.MEMBER else _names(asked.by, tallies)
    groups = [
        Group(
            key,
            named.get(key, f"{key}"),
            tally,
            paces.get(key),
            _history(asked, owner, {asked.by: key}),
        )
        for key, tally in tallies.items()
    ]
    groups.sort(key=lambda group: (-group.tally.asked, group.name.casefold()))
    perhaps = _history(asked, owner, {"state": State.UNCONFIRMED})
    return Report(asked, total, paces.get(None), groups, cells, perhaps)


def _rows(jobs: JobQuerySet, column: str) -> Any:
    """A sum for each day, group, state, currency and standing."""
    return (
        jobs.annotate(day=TruncDate("created_at"), standing=standing())
        .values("day", "state", "standing", "cost_currency", column)
        .annotate(jobs=Count("pk"), charged=Sum("cost_charged"), estimated=Sum("cost_estimated"))
    )


def _names(by: By, keys: Iterable[int]) -> dict[int, str]:
    if by is By.PROVIDER:
        return dict(Provider.objects.values_list("pk", "name"))
    models = ProviderModel.objects.filter(pk__in=keys).select_related("provider")
    return {model.pk: str(model) for model in models}


def _history(asked: Asked, owner: int | None, narrowed: Mapping[str, Any]) -> str:
    """Of these days and this member, in the history, as a query."""
    wanted = {"since": asked.first, "until": asked.last, "member": owner, **narrowed}
    return Wanted(**wanted).query


# -- Time to finish ------------------------------------------------------------------------------


def _paces(jobs: JobQuerySet, column: str) -> dict[int | None, Pace]:
    """Of each group, and of all under None: the database numbers the clips from the quickest to
    the slowest, and only those at the wanted places are read."""
    took = ExpressionWrapper(F("finished_at") - F("sent_at"), DurationField())
    placed = (
        jobs.filter(state=State.READY, finished_at__gte=F("sent_at"))
        .annotate(took=took)
        .annotate(
            place=Window(RowNumber(), order_by="took"),
            count=Window(Count("pk")),
            group_place=Window(RowNumber(), partition_by=column, order_by="took"),
            group_count=Window(Count("pk"), partition_by=column),
        )
    )
    wanted = _is_at("place", "count") | _is_at("group_place", "group_count")
    rows = list(placed.filter(wanted).values("took", *PLACED, key=F(column)))
    if not rows:
        return {}
    by_key: dict[int, list[dict[str, Any]]] = defaultdict(list)
    for row in rows:
        by_key[row["key"]].append(row)
    paces: dict[int | None, Pace] = {None: _pace(rows, "place", "count")}
    return paces | {key: _pace(mine, "group_place", "group_count") for key, mine in by_key.items()}


def _is_at(place: str, count: str) -> Q:
    """True of the clips at the wanted places. A division of whole numbers leaves its rest out, so
    this rounds up."""
    median, most = ((F(count) * share + 99) / 100 for share in SHARES)
    return Q(**{place: median}) | Q(**{place: most})


def _pace(rows: list[dict[str, Any]], place: str, count: str) -> Pace:
    found = {row[place]: row["took"].total_seconds() for row in rows}
    median_s, most_s = (found[(rows[0][count] * share + 99) // 100] for share in SHARES)
    return Pace(median_s, most_s)
