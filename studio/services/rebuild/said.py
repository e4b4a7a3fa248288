"""Stars, tags, collections and the trash, from what was kept beside the files."""

from typing import Any

from django.db import transaction

from studio.models import Asset, Collection, CollectionItem, Tag
from studio.services import keepsake, privacy
from studio.services.drafts import uuid_of
from studio.services.library import MOST_STARS
from studio.services.rebuild.accounts import People
from studio.services.rebuild.rows import moment

Document = dict[str, Any]


@transaction.atomic
def restore(library: Document, people: People) -> int:
    """Say it again of the clips that are there; of how many. What this database itself wrote down
    is no news to it."""
    if not library or library.get("database") == keepsake.database():
        return 0
    clips = library.get("clips")
    told = clips if isinstance(clips, dict) else {}
    count = sum(_clip(key, said) for key, said in told.items() if isinstance(said, dict))
    for each in library.get("collections") or []:
        if isinstance(each, dict) and each.get("name"):
            _collection(each, people)
    return count


def _clip(key: str, said: Document) -> bool:
    """Nothing is changed of a clip that somebody has said something of since."""
    pk = uuid_of(key)
    bare = Asset.objects.filter(is_favourite=False, rating=0, trashed_at=None)
    clip = bare.filter(pk=pk).first() if pk else None
    if clip is None:
        return False
    stars = said.get("rating")
    clip.is_favourite = said.get("favourite") is True
    clip.rating = stars if type(stars) is int and 0 <= stars <= MOST_STARS else 0
    clip.trashed_at = moment(said.get("trashed_at"))
    clip.save(update_fields=["is_favourite", "rating", "trashed_at"])
    if said.get("private") is True:
        privacy.keep_private(clip)
    tags = said.get("tags")
    names = [str(name)[:40] for name in tags] if isinstance(tags, list) else []
    clip.tags.add(*(Tag.objects.get_or_create(name=name)[0] for name in names))
    return True


def _collection(said: Document, people: People) -> None:
    name, owner = str(said["name"])[:80], people.named(str(said.get("owner") or ""))
    columns = {"is_private": said.get("private") is True}
    into, _is_new = Collection.objects.get_or_create(owner=owner, name=name, defaults=columns)
    keys = [key for text in said.get("clips") or [] if (key := uuid_of(str(text)))]
    there = Asset.objects.filter(pk__in=keys).values_list("pk", flat=True)
    # Written from the last one on: the order of a collection is that of adding.
    for key in [key for key in reversed(keys) if key in set(there)]:
        CollectionItem.objects.get_or_create(collection=into, asset_id=key)
