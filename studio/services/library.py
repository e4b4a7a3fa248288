"""What people do with clips that are there: stars, tags, collections, the trash.

Every function takes any number of clips, writes in one transaction and returns a sentence for the
person who pressed the button. Deleting for good stands in `erasing`.
"""

from collections.abc import Iterable, Sequence
from uuid import UUID

from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from studio.models import Asset, Collection, CollectionItem, JobEvent, Tag
from studio.services import assets, seeing

MOST_STARS = 5
TAG_CHARS = Tag._meta.get_field("name").max_length
NAME_CHARS = Collection._meta.get_field("name").max_length


class NotDone(Exception):
    """Nothing was changed. The message says why, and `field` which field it stands at."""

    def __init__(self, message: str, field: str = "") -> None:
        super().__init__(message)
        self.message, self.field = message, field


def clips_of(keys: Iterable[UUID], user: User, *, in_trash: bool = False) -> list[Asset]:
    """The clips with these keys that the member may see, each once, in the order given."""
    seen = assets.in_trash_for(user) if in_trash else assets.visible_to(user)
    known = seen.filter(kind=Asset.Kind.VIDEO).in_bulk(list(keys))
    return [known[key] for key in dict.fromkeys(keys) if key in known]


def count_words(count: int) -> str:
    """ "1 clip", "3 clips"."""
    return ngettext("%(count)s clip", "%(count)s clips", count) % {"count": count}


# -- Stars ---------------------------------------------------------------------------------------


def favour(clips: Sequence[Asset], *, is_on: bool = True) -> str:
    """Make these favourites, or none any more."""
    _update(clips, is_favourite=is_on)
    if is_on:
        return ngettext(
            "%(count)s clip is a favourite now.", "%(count)s clips are favourites now.", len(clips)
        ) % {"count": len(clips)}
    return ngettext(
        "%(count)s clip is no favourite any more.",
        "%(count)s clips are no favourites any more.",
        len(clips),
    ) % {"count": len(clips)}


def rate(clips: Sequence[Asset], stars: int) -> str:
    """Give 1 to 5 stars, or 0 for none. Raises NotDone."""
    if not 0 <= stars <= MOST_STARS:
        raise NotDone(_("A clip has no more than five stars."), "rating")
    _update(clips, rating=stars)
    if not stars:
        return _("%(clips)s without stars.") % {"clips": count_words(len(clips))}
    given = ngettext("%(count)s star", "%(count)s stars", stars) % {"count": stars}
    return _("%(clips)s with %(stars)s.") % {"clips": count_words(len(clips)), "stars": given}


def _update(clips: Sequence[Asset], **columns: object) -> None:
    """One that was deleted for good meanwhile stays as it is."""
    there = Asset.objects.filter(pk__in=[clip.pk for clip in clips], erased_at=None)
    there.update(**columns)
    for clip in clips:
        for name, value in columns.items():
            setattr(clip, name, value)


# -- Tags ----------------------------------------------------------------------------------------


def clean_tags(text: str) -> list[str]:
    """Tags as they are kept, from a text with commas between. Raises NotDone."""
    parts = text.replace(";", ",").split(",")
    names = [" ".join(part.strip().lstrip("#").split()) for part in parts]
    names = list(dict.fromkeys(name.lower() for name in names if name))
    if not names:
        raise NotDone(_("Write a tag first."), "tag")
    if any(len(name) > (TAG_CHARS or 0) for name in names):
        words = _("A tag has at most %(most)s letters. Nothing was changed.")
        raise NotDone(words % {"most": TAG_CHARS}, "tag")
    return names


@transaction.atomic
def tag(clips: Sequence[Asset], text: str) -> str:
    """Put these tags on the clips; new ones come to be. Raises NotDone."""
    names = clean_tags(text)
    Tag.objects.bulk_create([Tag(name=name) for name in names], ignore_conflicts=True)
    tags = list(Tag.objects.filter(name__in=names))
    put = Asset.tags.through
    rows = [put(asset_id=clip.pk, tag_id=each.pk) for clip in clips for each in tags]
    put.objects.bulk_create(rows, ignore_conflicts=True)
    return _("%(clips)s tagged %(tags)s.") % {
        "clips": count_words(len(clips)),
        "tags": ", ".join(names),
    }


@transaction.atomic
def untag(clips: Sequence[Asset], text: str) -> str:
    """Take these tags off; a tag that is on nothing any more goes. Raises NotDone."""
    names = clean_tags(text)
    put = Asset.tags.through.objects.filter(tag__name__in=names)
    put.filter(asset__in=[clip.pk for clip in clips]).delete()
    Tag.objects.filter(name__in=names, assets=None).delete()
    return _("%(tags)s taken off %(clips)s.") % {
        "clips": count_words(len(clips)),
        "tags": ", ".join(names),
    }


# -- Collections ---------------------------------------------------------------------------------


def collection_of(key: str, user: User) -> Collection:
    """The collection with this key, if the member may see it. Raises NotDone."""
    is_key = key.isascii() and key.isdecimal() and len(key) < 18
    found = seeing.collections(user).filter(pk=int(key)).first() if is_key else None
    if found is None:
        raise NotDone(_("This collection is not there any more."), "collection")
    return found


def _clean_name(text: str) -> str:
    name = " ".join(text.split())
    if not name:
        raise NotDone(_("Give the collection a name."), "new_collection")
    if len(name) > (NAME_CHARS or 0):
        words = _("A name has at most %(most)s letters. Nothing was changed.")
        raise NotDone(words % {"most": NAME_CHARS}, "new_collection")
    return name


def new_collection(user: User, text: str) -> Collection:
    """The member's collection of this name, made if it is not there. Raises NotDone."""
    return Collection.objects.get_or_create(owner=user, name=_clean_name(text))[0]


@transaction.atomic
def collect(clips: Sequence[Asset], collection: Collection) -> str:
    """Add the clips; those that are in it already stay where they are."""
    rows = [CollectionItem(collection=collection, asset=clip) for clip in clips]
    CollectionItem.objects.bulk_create(rows, ignore_conflicts=True)
    return _("%(clips)s in “%(name)s”.") % {
        "clips": count_words(len(clips)),
        "name": collection.name,
    }


def take_out(clips: Sequence[Asset], collection: Collection) -> str:
    """Take the clips out of the collection; they stay in the gallery."""
    collection.items.filter(asset__in=[clip.pk for clip in clips]).delete()
    return _("%(clips)s taken out of “%(name)s”.") % {
        "clips": count_words(len(clips)),
        "name": collection.name,
    }


def rename_collection(collection: Collection, text: str) -> str:
    """Raises NotDone, also where the member has another one of that name."""
    name = _clean_name(text)
    try:
        with transaction.atomic():
            Collection.objects.filter(pk=collection.pk).update(name=name)
    except IntegrityError as e:
        words = _("There is a collection “%(name)s” already. Nothing was changed.")
        raise NotDone(words % {"name": name}, "name") from e
    collection.name = name
    return _("It is called “%(name)s” now.") % {"name": name}


def delete_collection(collection: Collection) -> str:
    """The collection goes, its clips stay in the gallery."""
    collection.delete()
    return _("The collection “%(name)s” is gone; its clips are still in the gallery.") % {
        "name": collection.name
    }


# -- The trash -----------------------------------------------------------------------------------


@transaction.atomic
def trash(clips: Sequence[Asset], user: User) -> str:
    """Out of the gallery, until somebody restores them or deletes them for good."""
    _update(clips, trashed_at=timezone.now())
    note(clips, user, "Moved to the trash.")
    return ngettext(
        "%(count)s clip moved to the trash.", "%(count)s clips moved to the trash.", len(clips)
    ) % {"count": len(clips)}


@transaction.atomic
def restore(clips: Sequence[Asset], user: User) -> str:
    """Back into the gallery, where they were."""
    _update(clips, trashed_at=None)
    note(clips, user, "Taken out of the trash.")
    return ngettext(
        "%(count)s clip is back in the gallery.",
        "%(count)s clips are back in the gallery.",
        len(clips),
    ) % {"count": len(clips)}


def note(clips: Iterable[Asset], user: User | None, message: str) -> None:
    """Say in the history of the clips' jobs who did this; None: the studio itself."""
    JobEvent.objects.bulk_create(
        JobEvent(job_id=clip.job_id, actor=user, message=message)
        for clip in clips
        if clip.job_id is not None
    )
