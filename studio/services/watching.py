"""Looking at one clip: whether its file is there, and where it stands in the view it is seen in."""

from dataclasses import dataclass
from enum import Enum
from uuid import UUID

from django.contrib.auth.models import User

from studio.models import Asset
from studio.services import assets, gallery
from studio.services.gallery import Cursor, Filter
from studio.services.gallery.order import behind, ordered
from studio.services.gallery.paging import PER_PAGE
from studio.services.gallery.terms import READY


class FileState(Enum):
    """What the disk says about a clip's file."""

    THERE = "there"
    MISSING = "missing"
    CHANGED = "changed"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a clip stands in a view. `number` counts from 1; None: the view does not show it."""

    before: Asset | None
    after: Asset | None
    number: int | None
    total: int
    back: str
    """What the gallery's address has to say to show the clip again, without the "?"."""


def find(pk: UUID, user: User) -> Asset | None:
    """A clip that the member may see, also one in the trash."""
    for seen in (assets.visible_to(user), assets.in_trash_for(user)):
        clips = seen.filter(kind=Asset.Kind.VIDEO).select_related(
            "owner", "job__provider", "job__provider_model", "job__owner", "job__source__video"
        )
        if (found := clips.prefetch_related("derived", "tags").filter(pk=pk).first()) is not None:
            clip: Asset = found
            return clip
    return None


def file_state(clip: Asset) -> FileState:
    """Whether the file is on the disk, with as many bytes as were stored."""
    try:
        size_bytes = clip.path.stat().st_size
    except OSError:
        return FileState.MISSING
    return FileState.THERE if size_bytes == clip.size_bytes else FileState.CHANGED


def place_of(clip: Asset, view: Filter, user: User) -> Place:
    """The clip's neighbours and number in a view of the gallery."""
    beside = gallery.neighbours(clip, view, user)
    # A view of jobs shows no clips; the finished ones are what belongs there.
    shown = view.but(state=READY) if view.is_of_jobs else view
    rows = gallery.clips(shown, user)
    cursor = Cursor.of(ordered(Asset.objects.filter(pk=clip.pk), shown.sort).get())
    number = None
    if rows.filter(pk=clip.pk).exists():
        ahead = rows.filter(behind(cursor, shown.sort, is_backwards=True))
        number = ahead.order_by().count() + 1
    # What stands below the gallery's first page is found again by its place.
    back = shown.query
    if number is not None and number > PER_PAGE:
        back = f"{back}&until={cursor}" if back else f"until={cursor}"
    total = rows.order_by().count()
    return Place(beside.before, beside.after, number, total, back)
