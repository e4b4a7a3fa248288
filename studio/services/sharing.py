"""Links by which somebody without an account watches one clip, or the clips of one collection.

A link shows pictures and sound and nothing of how they came about: neither prompt nor model, nor a
member's name, and the files are copies without metadata. It ends by its date, when it is revoked,
and with the account that made it; and it never shows more than that account may see.
"""

from datetime import timedelta
from pathlib import Path
from uuid import UUID

from django.conf import settings
from django.contrib.auth.models import User
from django.db.models import F, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from studio.media.bare import write_bare
from studio.models import Asset, Collection, Role, ShareLink
from studio.services import members, seeing
from studio.services.members import NotAllowed
from studio.services.tokens import hash_of, new_token

LIFE_DAYS = (1, 7, 30)
SHOWN_KINDS = (Asset.Kind.POSTER, Asset.Kind.PREVIEW)


# -- Making and revoking ---------------------------------------------------------------------------


def make(what: Asset | Collection, by: User, *, days: int, may_download: bool) -> str:
    """Make a link; returns its token, which is not kept. Raises NotAllowed."""
    if not members.may(by, Role.CREATOR) or not seeing.may_see(by, what):
        raise NotAllowed(_("Only creators can share clips. No link was made."))
    if days not in LIFE_DAYS:
        raise NotAllowed(_("Choose how long the link is to work. No link was made."))
    token = new_token()
    ShareLink.objects.create(
        token_hash=hash_of(token),
        created_by=by,
        expires_at=timezone.now() + timedelta(days=days),
        may_download=may_download,
        **_column(what),
    )
    return token


def _column(what: Asset | Collection) -> dict[str, Asset | Collection]:
    return {"asset" if isinstance(what, Asset) else "collection": what}


def links_to(what: Asset | Collection) -> QuerySet[ShareLink]:
    """The links to it that still work."""
    return ShareLink.objects.open().filter(**_column(what)).select_related("created_by")


def revoke(key: int, by: User) -> ShareLink:
    """Make a link void at once. Raises ShareLink.DoesNotExist, NotAllowed."""
    link = ShareLink.objects.select_related("created_by").get(pk=key)
    members.must_direct(by, link.created_by)
    ShareLink.objects.filter(pk=key, revoked_at=None).update(revoked_at=timezone.now())
    tidy()
    return link


# -- Opening ---------------------------------------------------------------------------------------


def find(token: str) -> ShareLink | None:
    """The link with this token, if it still works and there is still something behind it."""
    links = ShareLink.objects.open().select_related("created_by", "asset", "collection")
    link = links.filter(token_hash=hash_of(token)).first()
    if link is None or (link.collection and not seeing.may_see(link.created_by, link.collection)):
        return None
    return link if link.collection or clips_of(link).exists() else None


def count(link: ShareLink) -> None:
    """Somebody opened it."""
    ShareLink.objects.filter(pk=link.pk).update(
        opened_count=F("opened_count") + 1, last_opened_at=timezone.now()
    )


def clips_of(link: ShareLink) -> QuerySet[Asset]:
    """What the link shows, in its order: never what is in the trash, nor what its maker may not
    see."""
    seen = seeing.files(link.created_by).filter(kind=Asset.Kind.VIDEO, trashed_at=None)
    if link.collection is None:
        return seen.filter(share_links=link).prefetch_related("derived")
    shown = seen.filter(collection_items__collection=link.collection)
    order = ("-collection_items__added_at", "-collection_items__pk")
    return shown.prefetch_related("derived").order_by(*order)


def file_of(link: ShareLink, key: UUID) -> Asset | None:
    """A clip that the link shows, or its poster or preview; None for any other file."""
    clips = clips_of(link).order_by()
    mine = Q(pk__in=clips.values("pk"))
    mine |= Q(parent__in=clips.values("pk"), kind__in=SHOWN_KINDS)
    return Asset.objects.filter(mine, pk=key).first()


def bare_path(clip: Asset) -> Path:
    """Where the copy without metadata is, or will be."""
    return Path(settings.MEDIA_ROOT) / "shared" / f"{clip.pk}{clip.extension}"


def bare_copy(clip: Asset) -> Path:
    """The clip without metadata, made now if there is none yet. Raises MediaError."""
    path = bare_path(clip)
    if not path.exists():
        write_bare(clip.path, path)
    return path


def tidy() -> int:
    """Remove the copies that no working link shows any more; returns how many."""
    shown = {
        clip
        for link in ShareLink.objects.open()
        for clip in clips_of(link).values_list("pk", flat=True)
    }
    loose = [path for path in _copies() if path.stem not in {str(key) for key in shown}]
    for path in loose:
        path.unlink(missing_ok=True)
    return len(loose)


def _copies() -> list[Path]:
    folder = Path(settings.MEDIA_ROOT) / "shared"
    return [path for path in folder.glob("*") if path.suffix != ".part"] if folder.is_dir() else []
