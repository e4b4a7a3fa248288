"""What one answer of the gallery shows: clips by day, and what they come to."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import Any
from uuid import UUID

from django.contrib.auth.models import User
from django.utils import timezone

from studio.models import Asset
from studio.services.gallery.filter import Filter
from studio.services.gallery.order import Cursor
from studio.services.gallery.paging import Page, clips, jobs, page, shown_of
from studio.services.gallery.totals import Sums, Totals, totals, within

ALL = "all"


@dataclass(frozen=True, slots=True)
class Group:
    """Clips (or jobs) under one heading: those of a day, or all of them (`day` None).

    `sums`: of the whole day in this view, not only of what is shown. `is_continued`: the heading
    stands on the page already.
    """

    key: str
    day: date | None
    items: list[Any]
    sums: Sums | None = None
    is_continued: bool = False


@dataclass(frozen=True, slots=True)
class Screen:
    """The groups of a page. `sums`: of the whole view; None for parts, and for jobs."""

    page: Page
    groups: list[Group]
    sums: Sums | None = None
    job_count: int = 0


def whole(
    view: Filter, user: User, *, after: Cursor | None = None, until: Cursor | None = None
) -> Screen:
    """A page of its own."""
    shown = page(view, user, after=after, until=until)
    groups = _grouped(view, shown.items)
    if view.is_of_jobs:
        return Screen(shown, groups, job_count=jobs(view, user).count())
    found = totals(clips(view, user), [group.day for group in groups if group.day])
    return Screen(shown, _with_sums(groups, found), found.all)


def part(view: Filter, user: User, after: Cursor) -> Screen:
    """What follows on a page that is being read: its first day may have begun there."""
    shown = page(view, user, after=after)
    groups = _grouped(view, shown.items)
    begun = _key_of(view, timezone.localtime(after.at).date())
    if groups and groups[0].key == begun:
        groups[0] = Group(begun, groups[0].day, groups[0].items, is_continued=True)
    days = [group.day for group in groups if group.day and not group.is_continued]
    if view.is_of_jobs or not days:
        return Screen(shown, groups)
    rows = clips(view, user).filter(within(min(days), max(days)))
    return Screen(shown, _with_sums(groups, totals(rows, days)))


@dataclass(frozen=True, slots=True)
class Change:
    """What a page has to show anew after something was done with these clips. `gone`: keys of
    those that the view does not show any more."""

    clips: list[Asset]
    gone: list[UUID]
    sums: Sums
    days: dict[date, Sums]


def change(view: Filter, user: User, touched: Sequence[Asset]) -> Change:
    """The clips, and the sums of their days and of the view, as they are now."""
    there = shown_of(view, user, [clip.pk for clip in touched])
    keys = {clip.pk for clip in there}
    days = {timezone.localtime(clip.created_at).date() for clip in touched}
    found = totals(clips(view, user), days if view.has_days else ())
    gone = [clip.pk for clip in touched if clip.pk not in keys]
    return Change(there, gone, found.all, found.days)


def _grouped(view: Filter, items: Sequence[Any]) -> list[Group]:
    if not view.has_days:
        return [Group(ALL, None, list(items))] if items else []
    days = groupby(items, lambda item: timezone.localtime(item.created_at).date())
    return [Group(_key_of(view, day), day, list(of_day)) for day, of_day in days]


def _key_of(view: Filter, day: date) -> str:
    return day.isoformat() if view.has_days else ALL


def _with_sums(groups: list[Group], found: Totals) -> list[Group]:
    return [
        Group(g.key, g.day, g.items, found.days.get(g.day) if g.day else None, g.is_continued)
        for g in groups
    ]
