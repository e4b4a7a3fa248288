"""Clips to take away: under a sensible name, or many at once in one zip."""

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from zipstream import ZipStream

from studio.media.metadata import sidecar_of
from studio.models import Asset
from studio.services.provenance import describe

NAME_CHARS = 40
MOST_CLIPS = 1000
MISSING = "not-on-the-disk.txt"


def file_name(asset: Asset) -> str:
    """`dailies-12-storm-swell.mp4`: a sensible name for a file that is taken away. A film has
    the name of its board, `dailies-film-keeper-of-the-light.mp4`."""
    is_film = asset.kind == Asset.Kind.FILM
    said = asset.job.prompt if asset.job else asset.original_name.removesuffix(asset.extension)
    words = re.sub(r"[^a-z0-9]+", "-", said.lower())
    number = "film" if is_film else str(asset.job_id or asset.pk)[:8]
    parts = ["dailies", number, words[:NAME_CHARS].strip("-")]
    return "-".join(part for part in parts if part) + asset.extension


@dataclass(frozen=True, slots=True)
class Bundle:
    """A zip that is made while it is sent: nothing of it is kept in memory or on the disk.

    Its size is known before, so a browser can tell how far it is, and takes one that broke off
    for what it is. Clips are packed as they are: they are compressed already.
    """

    chunks: Iterable[bytes]
    size_bytes: int


def bundle(clips: Sequence[Asset]) -> Bundle:
    """The clips, each with the document of its origin beside it."""
    stream = ZipStream(sized=True)
    missing = []
    for clip, name in zip(clips, _names(clips), strict=True):
        if not clip.path.is_file():
            missing.append(name)
            continue
        stream.add_path(clip.path, name, recurse=False)
        stream.add(_origin(clip), f"{name.removesuffix(clip.extension)}.json")
    if missing:
        stream.add("\n".join(missing), MISSING)
    return Bundle(stream, len(stream))


def _names(clips: Sequence[Asset]) -> Iterator[str]:
    """Each name once, whatever the clips are called."""
    seen: Counter[str] = Counter()
    for clip in clips:
        name = file_name(clip)
        seen[name] += 1
        yield name if seen[name] == 1 else f"{clip.pk}{clip.extension}"


def _origin(clip: Asset) -> bytes:
    """As it stands beside the clip on our own disk, or else as the database has it."""
    try:
        return sidecar_of(clip.path).read_bytes()
    except OSError:
        document = describe(clip.job) if clip.job else {"made_with": "Dailies"}
        return json.dumps(document, ensure_ascii=False, indent=2).encode()
