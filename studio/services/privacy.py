"""Keeping clips, and what belongs to them, to oneself; and giving them to the studio again.

A private clip is seen by its owner and by managers. Its job, its pictures and whatever is made from
it are private with it. A storyboard is everybody's, so nothing on one can be private.
"""

from collections.abc import Iterable, Sequence
from uuid import UUID

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from studio.models import Asset, Collection, Job, JobInput, Shot
from studio.services import library, members
from studio.services.library import NotDone


@transaction.atomic
def hide(clips: Sequence[Asset], user: User) -> str:
    """Show these to nobody but their owner and managers. Raises NotDone."""
    _must_own(clips, user)
    on_boards = Shot.objects.filter(Q(clip__in=clips) | Q(job__video__in=clips))
    if shot := on_boards.select_related("board").first():
        words = _("A clip on a storyboard cannot be private: take it off “%(board)s” first.")
        raise NotDone(words % {"board": shot.board.name})
    _set(clips, is_private=True)
    library.note(clips, user, "Made private.")
    return ngettext(
        "%(count)s clip is private now.", "%(count)s clips are private now.", len(clips)
    ) % {"count": len(clips)}


@transaction.atomic
def show(clips: Sequence[Asset], user: User) -> str:
    """Let the whole studio see these. Raises NotDone."""
    _must_own(clips, user)
    _set(clips, is_private=False)
    library.note(clips, user, "Shared with the studio.")
    return ngettext(
        "%(count)s clip is for the whole studio now.",
        "%(count)s clips are for the whole studio now.",
        len(clips),
    ) % {"count": len(clips)}


def keep_private(clip: Asset) -> None:
    """It was private before, as a rebuilt gallery is told."""
    _set([clip], is_private=True)


def _must_own(clips: Iterable[Asset], user: User) -> None:
    for clip in clips:
        _must_direct(user, clip.owner)


def _must_direct(user: User, owner: User) -> None:
    try:
        members.must_direct(user, owner)
    except members.NotAllowed as e:
        raise NotDone(str(e)) from e


def _set(clips: Sequence[Asset], *, is_private: bool) -> None:
    jobs = Job.objects.filter(video__in=clips)
    jobs.update(is_private=is_private)
    Asset.objects.filter(pk__in=[clip.pk for clip in clips]).update(is_private=is_private)
    pictures = Asset.objects.filter(parent__in=clips)
    if is_private:
        # What a shared clip was made from stays to be seen beside it.
        pictures = pictures.exclude(pk__in=_given_to_shared())
    pictures.update(is_private=is_private)
    for job in jobs:
        settle_uploads(job)
    for clip in clips:
        clip.is_private = is_private


def _given_to_shared() -> QuerySet[JobInput, UUID]:
    return JobInput.objects.filter(job__is_private=False).values_list("asset", flat=True)


def settle_uploads(job: Job) -> None:
    """The owner's own pictures are private while nothing but private clips was made from them."""
    given = JobInput.objects.filter(job=job).values_list("asset", flat=True)
    uploads = Asset.objects.filter(pk__in=list(given), kind=Asset.Kind.IMAGE, owner_id=job.owner_id)
    if job.is_private:
        uploads.exclude(pk__in=_given_to_shared()).update(is_private=True)
    else:
        uploads.update(is_private=False)


def set_collection(collection: Collection, user: User, *, is_private: bool) -> str:
    """Show a collection to its owner and managers alone, or to everybody. Raises NotDone."""
    _must_direct(user, collection.owner)
    Collection.objects.filter(pk=collection.pk).update(is_private=is_private)
    if is_private:
        return _("“%(name)s” is private now.") % {"name": collection.name}
    return _("“%(name)s” is for the whole studio now.") % {"name": collection.name}
