"""A studio with one row of every kind, and each address of it with real arguments."""

import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.contrib.auth.models import User
from django.core import signing
from django.db import transaction
from django.utils import timezone

from studio.models import (
    Asset,
    Board,
    Collection,
    CollectionItem,
    Film,
    Job,
    Preset,
    Provider,
    ShareLink,
    Shot,
    Tag,
)
from studio.services import assets, films, sharing, timelines, words
from tests.security.routes import Route

KINDS = {
    "jobs": "job",
    "collections": "collection",
    "providers": "provider",
    "clips": "clip",
    "boards": "board",
    "films": "film",
    "shots": "shot",
    "presets": "preset",
    "pictures": "image",
    "media": "image",
    "p": "token",
    "s": "share_token",
    "links": "link",
}
"""What an argument names, by the word before it in the address."""
OTHERS = {"int": 1, "uuid": uuid.UUID(int=7), "str": "x", "slug": "x", "path": "x"}


@contextmanager
def undone() -> Iterator[None]:
    """Whatever is done to the database within, it is as before afterwards."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


@dataclass(frozen=True)
class World:
    """What there is, by kind."""

    owner: User
    job: Job
    unsent: Job
    clip: Asset
    image: Asset
    film_file: Asset
    board: Board
    shot: Shot
    film: Film
    collection: Collection
    preset: Preset
    tag: Tag
    provider: Provider
    link: ShareLink
    share_token: str

    @property
    def keys(self) -> dict[str, Any]:
        names = (name for name in self.__dataclass_fields__ if name != "share_token")
        found = {name: getattr(self, name).pk for name in names}
        token = signing.dumps(str(self.image.pk), salt=assets.LINK_SALT)
        return found | {"token": token, "share_token": self.share_token}

    def arguments(self, route: Route, **instead: Any) -> dict[str, Any]:
        """A row that is there for each argument, where the address says which kind it is."""
        return {
            name: instead.get(name, self._argument(route.route, name, kind))
            for name, kind in route.kinds.items()
        }

    def _argument(self, route: str, name: str, kind: str) -> Any:
        if name in {"language", "version"}:
            return {"language": "en-gb", "version": words.version("en-gb")}[name]
        before = route[: route.index(f":{name}>")].rpartition("/<")[0]
        return self.keys.get(KINDS.get(before.rpartition("/")[2], ""), OTHERS[kind])

    def address(self, route: Route, **instead: Any) -> str:
        return route.path(self.arguments(route, **instead))


def make_world(
    owner: User, shots: Sequence[Shot], image: Asset, provider: Provider, text: str = "Mist"
) -> World:
    """`text` stands in every field that a person or a provider can write."""
    clip = shots[0].clip
    if clip is None or clip.job is None:
        raise TypeError("the shots need clips with jobs")
    Job.objects.filter(pk=clip.job.pk).update(prompt=text, negative_prompt=text, remote_id=text)
    Asset.objects.filter(pk__in=[clip.pk, image.pk]).update(original_name=text[:255])
    Board.objects.filter(pk=shots[0].board_id).update(name=text[:80])
    Shot.objects.filter(pk__in=[shot.pk for shot in shots]).update(name=text[:80])
    Provider.objects.filter(pk=provider.pk).update(name=text[:80], health_note=text)
    collection = Collection.objects.create(name=text[:80], owner=owner)
    CollectionItem.objects.create(collection=collection, asset=clip)
    tag = Tag.objects.create(name=text[:40])
    clip.tags.add(tag)
    content = {"prompt": [text], "negative_prompt": [text], f"list-{text[:20]}": [text]}
    token = sharing.make(clip, owner, days=7, may_download=True)
    return World(
        owner=owner,
        job=Job.objects.get(pk=clip.job.pk),
        unsent=_unsent(owner, provider, text),
        clip=clip,
        image=image,
        film_file=_film_file(owner, clip, text),
        board=shots[0].board,
        shot=shots[0],
        film=_film(owner, shots[0].board, text),
        collection=collection,
        preset=Preset.objects.create(owner=owner, name=text[:80], content=content),
        tag=tag,
        provider=provider,
        link=ShareLink.objects.get(asset=clip),
        share_token=token,
    )


def _unsent(owner: User, provider: Provider, text: str) -> Job:
    unsent = Job.objects.create(
        owner=owner,
        provider=provider,
        provider_model=provider.models.first(),
        batch=uuid.uuid4(),
        prompt=text,
        question=text,
        error=text,
        not_before=timezone.now() + timedelta(days=1),
    )
    unsent.events.create(message=text, actor=owner, detail={text[:40]: text})
    return unsent


def _film(owner: User, board: Board, text: str) -> Film:
    film = films.ask(board, timelines.timeline_of(board), owner, uuid.uuid4())
    Film.objects.filter(pk=film.pk).update(error=text)
    return film


def _film_file(owner: User, clip: Asset, text: str) -> Asset:
    """A film that was exported; its file is the clip's."""
    columns: Mapping[str, Any] = {
        name: getattr(clip, name)
        for name in ("sha256", "size_bytes", "mime_type", "width", "height", "duration_s", "fps")
    }
    return Asset.objects.create(
        kind=Asset.Kind.FILM,
        relative_path=f"films/{uuid.uuid4()}.mp4",
        owner=owner,
        original_name=text[:255],
        **columns,
    )
