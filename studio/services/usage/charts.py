"""The figures as stacked columns, a day each: where everything stands, in per cent of the picture,
and the same numbers as a table.

Per cents, since the page draws them at any width without a script, and text keeps its size. They
are texts: a decimal comma would not be understood.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import chain, count
from math import ceil

from django.utils.formats import date_format, number_format
from django.utils.translation import gettext as _

from studio.providers.contract import Money
from studio.services.providers import spent_words
from studio.services.usage.figures import Report, Tally

COLOURS = 5
"""Groups with a colour of their own; the rest is drawn together."""
REST = 0
PLOT_PERCENT = 88
"""The height of the columns; the days stand under them."""
COLUMN_SHARE = 0.78
MOST_TICKS = 4
MOST_DAY_NAMES = 8

Parts = tuple[Decimal, Decimal]
"""What is certain, and what is estimated."""
Value = Callable[[Tally], Parts]
Words = Callable[[Decimal], str]


@dataclass(frozen=True, slots=True)
class Series:
    """Groups that are drawn in one colour."""

    colour: int
    name: str
    keys: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Segment:
    """A part of a column."""

    colour: int
    is_estimated: bool
    y: str
    height: str


@dataclass(frozen=True, slots=True)
class Column:
    """A day. `label` is empty where the names would stand too close; `is_minor`: it is left out on
    small screens."""

    x: str
    width: str
    slot_x: str
    slot_width: str
    middle: str
    label: str
    is_minor: bool
    told: str
    segments: list[Segment]


@dataclass(frozen=True, slots=True)
class Row:
    """A day in the table."""

    day: date
    cells: list[str]
    sum: str


@dataclass(frozen=True, slots=True)
class Chart:
    """One picture with its table."""

    id: str
    title: str
    summary: str
    series: list[Series]
    ticks: list[tuple[str, str]]
    """The words and the height of each line, the highest first."""
    columns: list[Column]
    rows: list[Row]
    sums: list[str]
    has_estimates: bool
    unpriced: int
    """Clips that are not in it, since nobody knows what they cost."""


def charts(report: Report) -> list[Chart]:
    """The cost of each currency, then the clips; nothing where nothing is to be drawn."""
    numbers = count(1)
    found = [
        _chart(report, f"cost-{next(numbers)}", _cost_title(report, currency), *_costs(currency))
        for currency, spent in sorted(report.total.spent.items())
        if spent.all
    ]
    if report.total.ready:
        found.append(_chart(report, "clips", _("Clips per day"), _clips, _count_words))
    return found


def _cost_title(report: Report, currency: str) -> str:
    if len(report.total.spent) == 1:
        return _("Cost per day")
    return _("Cost per day in %(currency)s") % {"currency": currency}


def _costs(currency: str) -> tuple[Value, Words]:
    def value(tally: Tally) -> Parts:
        spent = tally.spent.get(currency)
        return (spent.settled, spent.estimated) if spent else (Decimal(0), Decimal(0))

    return value, lambda amount: spent_words(Money(amount, currency))


def _clips(tally: Tally) -> Parts:
    return Decimal(tally.ready), Decimal(0)


def _count_words(amount: Decimal) -> str:
    return number_format(int(amount), use_l10n=True, force_grouping=True)


def _chart(report: Report, name: str, title: str, value: Value, words: Words) -> Chart:
    series = _series(report, value)
    table = [[_parts(report, day, each, value) for each in series] for day in report.asked.days]
    sums = [sum(_added(parts), Decimal(0)) for parts in table]
    step = _step(max(sums), is_whole=value is _clips)
    top = step * ceil(max(sums) / step)
    return Chart(
        id=name,
        title=title,
        summary=_summary(report, sums, words),
        series=series,
        ticks=list(_ticks(step, top, words)),
        columns=list(_columns(report.asked.days, series, table, top, words)),
        rows=[
            Row(day, [_known(parts, words) for parts in row], _known(_added(row), words))
            for day, row in zip(report.asked.days, table, strict=True)
        ],
        sums=[_cell(_added(each), words) for each in (*zip(*table, strict=True), chain(*table))],
        has_estimates=any(parts[1] for row in table for parts in row),
        unpriced=0 if value is _clips else report.total.unpriced,
    )


# -- What is drawn -------------------------------------------------------------------------------


def _series(report: Report, value: Value) -> list[Series]:
    """A colour for each of the largest groups, the same one in every chart of the page."""
    coloured = sorted(report.groups[:COLOURS], key=lambda group: group.name.casefold())
    rest = tuple(group.key for group in report.groups[COLOURS:])
    every = [
        *(Series(colour, g.name, (g.key,)) for colour, g in enumerate(coloured, 1)),
        Series(REST, _("Others"), rest),
    ]
    drawn = {group.key for group in report.groups if any(value(group.tally))}
    return [series for series in every if drawn & set(series.keys)]


def _parts(report: Report, day: date, series: Series, value: Value) -> Parts:
    there = (report.cells.get((day, key)) for key in series.keys)
    return _added([value(tally) for tally in there if tally])


def _added(parts: Iterable[Parts]) -> Parts:
    certain = estimated = Decimal(0)
    for one, other in parts:
        certain, estimated = certain + one, estimated + other
    return certain, estimated


def _step(most: Decimal, *, is_whole: bool) -> Decimal:
    """Between two lines: 1, 2 or 5 of some size, so that there are few of them."""
    least = most / MOST_TICKS
    size = Decimal(10) ** least.adjusted()
    step = next(size * each for each in (1, 2, 5, 10) if size * each >= least)
    return max(step, Decimal(1)) if is_whole else step


def _ticks(step: Decimal, top: Decimal, words: Words) -> Iterator[tuple[str, str]]:
    for number in range(int(top / step), -1, -1):
        yield words(step * number), _percent(PLOT_PERCENT * (1 - step * number / top))


def _columns(
    days: Sequence[date],
    series: list[Series],
    table: list[list[Parts]],
    top: Decimal,
    words: Words,
) -> Iterator[Column]:
    slot, every = 100 / len(days), -(-len(days) // MOST_DAY_NAMES)
    for number, (day, row) in enumerate(zip(days, table, strict=True)):
        yield Column(
            x=_percent(slot * (number + (1 - COLUMN_SHARE) / 2)),
            width=_percent(slot * COLUMN_SHARE),
            slot_x=_percent(slot * number),
            slot_width=_percent(slot),
            middle=_percent(slot * (number + 0.5)),
            label="" if number % every else date_format(day, "j M"),
            is_minor=number % (2 * every) != 0,
            told=_told(day, series, row, words),
            segments=list(_segments(series, row, top)),
        )


def _segments(series: list[Series], row: list[Parts], top: Decimal) -> Iterator[Segment]:
    """From the bottom up: of each series what is certain, then what is estimated."""
    under = Decimal(0)
    for each, parts in zip(series, row, strict=True):
        for is_estimated, amount in enumerate(parts):
            if amount:
                under += amount
                y, height = PLOT_PERCENT * (1 - under / top), PLOT_PERCENT * amount / top
                yield Segment(each.colour, bool(is_estimated), _percent(y), _percent(height))


def _percent(number: float | Decimal) -> str:
    return f"{number:.3f}%"


# -- What is said --------------------------------------------------------------------------------


def _told(day: date, series: list[Series], row: list[Parts], words: Words) -> str:
    """What stands beside the pointer."""
    lines = [
        f"{each.name}: {_cell(parts, words)}"
        for each, parts in zip(series, row, strict=True)
        if any(parts)
    ]
    return "\n".join([f"{date_format(day)}: {_cell(_added(row), words)}", *lines])


def _cell(parts: Parts, words: Words) -> str:
    """ "$4.10 ($1.20 estimated)"."""
    certain, estimated = parts
    if not estimated:
        return words(certain)
    said = {"sum": words(certain + estimated), "estimated": words(estimated)}
    return _("%(sum)s (%(estimated)s estimated)") % said


def _known(parts: Parts, words: Words) -> str:
    """The same, but nothing is no zero: a price may only not be known."""
    return _cell(parts, words) if any(parts) else ""


def _summary(report: Report, sums: list[Decimal], words: Words) -> str:
    most = max(sums)
    return _("%(sum)s from %(first)s to %(last)s; the most on %(day)s: %(most)s.") % {
        "sum": words(sum(sums, Decimal(0))),
        "first": date_format(report.asked.first),
        "last": date_format(report.asked.last),
        "day": date_format(report.asked.days[sums.index(most)]),
        "most": words(most),
    }
