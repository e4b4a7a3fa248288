"""Which files the database names, and what else belongs in the media folder."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings

from studio.models import Asset
from studio.services import keepsake
from studio.services.backup.files import FileFact, names_below
from studio.services.health import MARKER

WITH_SIDECAR = (Asset.Kind.VIDEO, Asset.Kind.FILM)


def root() -> Path:
    return Path(settings.MEDIA_ROOT)


def names() -> set[str]:
    """What lies in the media folder, but for the mark that tells it from an empty mount point."""
    return set(names_below(root())) - {MARKER}


def files_named_by(using: str) -> Iterator[FileFact]:
    """Every file that a row of this database stands for; `path` is relative to the media folder."""
    there = Asset.objects.using(using).filter(erased_at=None).order_by("relative_path")
    for row in there.values_list("relative_path", "size_bytes", "sha256").iterator():
        yield FileFact(*row)


def companions_of(using: str) -> set[str]:
    """Files without a row that belong to one: the documents beside clips and films, and what people
    have said of all clips. None of them has to be there."""
    clips = Asset.objects.using(using).filter(erased_at=None, kind__in=WITH_SIDECAR)
    paths = clips.values_list("relative_path", flat=True).order_by("pk").iterator()
    return {str(Path(path).with_suffix(".json")) for path in paths} | {keepsake.NAME}


@dataclass(frozen=True, slots=True)
class Wanted:
    """A file that a backup takes. `fact`: what its row says; None where it has no row."""

    path: str
    fact: FileFact | None


def wanted_by(using: str) -> list[Wanted]:
    """What a backup of this database takes along."""
    rows = [Wanted(fact.path, fact) for fact in files_named_by(using)]
    extras = [Wanted(path, None) for path in companions_of(using) if (root() / path).exists()]
    return sorted(rows + extras, key=lambda each: each.path)
