"""What there is to choose from in the gallery's filters, read in one query."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from django.contrib.auth.models import User
from django.db.models import CharField, QuerySet, Value
from django.db.models.functions import Cast

from studio.models import Board, Provider, ProviderModel
from studio.services import seeing


@dataclass(frozen=True, slots=True)
class Choices:
    """Members by name; providers, models, collections and boards by key; tags."""

    members: tuple[str, ...] = ()
    providers: dict[int, str] = field(default_factory=dict)
    models: dict[int, tuple[int, str]] = field(default_factory=dict)
    """Of each model: its provider, and its name."""
    collections: dict[int, str] = field(default_factory=dict)
    boards: dict[int, str] = field(default_factory=dict)
    tags: tuple[str, ...] = ()

    @staticmethod
    def load(user: User) -> "Choices":
        """All that is there now and that the member may see, each by name."""
        rows = sorted(_rows(user), key=lambda row: row[3].casefold())
        return Choices(
            members=tuple(name for kind, _, _, name in rows if kind == "member"),
            providers={key: name for kind, key, _, name in rows if kind == "provider"},
            models={key: (of, name) for kind, key, of, name in rows if kind == "model"},
            collections={key: name for kind, key, _, name in rows if kind == "collection"},
            boards={key: name for kind, key, _, name in rows if kind == "board"},
            tags=tuple(name for kind, _, _, name in rows if kind == "tag"),
        )

    def models_of(self, provider: int) -> dict[int, str]:
        """The models of one provider."""
        return {key: name for key, (of, name) in self.models.items() if of == provider}

    @property
    def models_by_provider(self) -> list[tuple[int, str, dict[int, str]]]:
        """Each provider's key and name, with its models."""
        return [(key, name, self.models_of(key)) for key, name in self.providers.items()]


def _rows(user: User) -> Iterable[tuple[str, int, int, str]]:
    """Kind, key, the key it belongs to, and name."""
    first, *others = [
        _named(User.objects.all(), "member", "username"),
        _named(Provider.objects.all(), "provider"),
        _named(ProviderModel.objects.all(), "model", owner="provider_id"),
        _named(seeing.collections(user), "collection"),
        _named(Board.objects.all(), "board"),
        _named(seeing.tags(user), "tag"),
    ]
    rows: Iterable[tuple[str, int, int, str]] = first.union(*others, all=True)
    return rows


def _named(rows: QuerySet[Any], kind: str, name: str = "name", owner: str = "pk") -> Any:
    said = rows.order_by().annotate(kind=Value(kind), said=Cast(name, CharField()))
    return said.values_list("kind", "pk", owner, "said")
