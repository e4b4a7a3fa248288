"""Pages of the gallery: from a place on, and what stands beside a clip."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.contrib.auth.models import User
from django.db.models import F, FilteredRelation, Q, QuerySet

from studio.models import Asset, Job
from studio.services import assets, seeing
from studio.services.gallery.filter import Filter
from studio.services.gallery.order import NEWEST, Cursor, behind, ordered
from studio.services.gallery.terms import READY

PER_PAGE = 60
MOST_AT_ONCE = 600
"""So many are shown again at once to somebody who comes back to a place far down."""
MOST_COUNTED = 1000
SHOWN_OF_A_CLIP = (
    *("kind", "size_bytes", "width", "height", "duration_s", "has_sound", "original_name"),
    *("is_favourite", "is_private", "rating", "created_at", "trashed_at", "owner__username"),
    *("job__prompt", "job__state", "job__cost_charged", "job__cost_estimated"),
    *("job__cost_currency", "job__error", "job__sent_at"),
    *("job__provider__name", "job__provider__is_demo"),
    "job__provider_model__name",
)
"""What a tile or line reads. All hundred columns of a clip and what belongs to it would be the
larger part of the page's time."""


@dataclass(frozen=True, slots=True)
class Page:
    """Clips (or jobs) from a place on. `older`: where the next page begins, None at the end."""

    items: list[Any]
    after: Cursor | None
    older: Cursor | None

    @property
    def newest(self) -> Cursor | None:
        """Right behind the first; None where there is nothing."""
        return Cursor.of(self.items[0]) if self.items else None

    @property
    def last(self) -> Cursor | None:
        """Right behind the last."""
        return Cursor.of(self.items[-1]) if self.items else None


def clips(view: Filter, user: User) -> QuerySet[Asset]:
    """The clips of this view that the member may see, in its order."""
    seen = assets.in_trash_for(user) if view.is_trash else assets.visible_to(user)
    return ordered(view.apply(seen.filter(kind=Asset.Kind.VIDEO)), view.sort)


def jobs(view: Filter, user: User) -> QuerySet[Job]:
    """The jobs of a view of jobs that the member may see, in its order."""
    return ordered(view.apply_to_jobs(seeing.jobs(user)), view.sort)


def page(
    view: Filter, user: User, *, after: Cursor | None = None, until: Cursor | None = None
) -> Page:
    """The next clips after a place; with `until`, all from the top to there, within reason."""
    rows: QuerySet[Any] = _with_all(jobs(view, user) if view.is_of_jobs else clips(view, user))
    size = PER_PAGE
    if until is not None:
        rows, size = rows.exclude(behind(until, view.sort)), MOST_AT_ONCE
    elif after is not None:
        rows = rows.filter(behind(after, view.sort))
    items = list(rows[: size + 1])
    shown = items[:size]
    is_more = len(items) > size or (until is not None and bool(items))
    return Page(shown, after, Cursor.of(shown[-1]) if is_more else None)


def _with_all(rows: QuerySet[Any]) -> Any:
    """With what a tile shows."""
    if rows.model is Job:
        return rows.select_related("owner", "provider", "provider_model")
    poster, preview = (Q(derived__kind=kind) for kind in (Asset.Kind.POSTER, Asset.Kind.PREVIEW))
    # Their keys are all that a tile needs of them; so they come along in one query.
    pictured = rows.annotate(
        poster_row=FilteredRelation("derived", condition=poster),
        preview_row=FilteredRelation("derived", condition=preview),
        poster_key=F("poster_row__pk"),
        preview_key=F("preview_row__pk"),
    )
    related = pictured.select_related("owner", "job__provider", "job__provider_model")
    return related.only(*SHOWN_OF_A_CLIP)


def shown_of(view: Filter, user: User, keys: Iterable[UUID]) -> list[Asset]:
    """Of these clips, those that the view shows, with what a tile shows."""
    return list(_with_all(clips(view, user)).filter(pk__in=list(keys)))


def count_newer(view: Filter, user: User, since: Cursor | None) -> int:
    """How many clips have come to the top of this view, counted up to a thousand."""
    if view.sort != NEWEST or view.state != READY:
        return 0
    rows = clips(view, user)
    if since is not None:
        rows = rows.filter(behind(since, view.sort, is_backwards=True))
    return rows.order_by()[:MOST_COUNTED].count()


@dataclass(frozen=True, slots=True)
class Neighbours:
    """The clips on both sides in a view; None at its ends."""

    before: Asset | None
    after: Asset | None


def neighbours(clip: Asset, view: Filter, user: User) -> Neighbours:
    """What stands beside this clip in the view, whether or not the view shows the clip itself."""
    shown = view.but(state=READY) if view.is_of_jobs else view
    place = Cursor.of(ordered(Asset.objects.filter(pk=clip.pk), shown.sort).get())
    rows = clips(shown, user)
    ahead = ordered(rows, shown.sort, is_backwards=True)
    return Neighbours(
        before=ahead.filter(behind(place, shown.sort, is_backwards=True)).first(),
        after=rows.filter(behind(place, shown.sort)).first(),
    )
