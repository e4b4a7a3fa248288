"""Rendering films: one at a time in each worker process, in a child of low priority.

A worker holds a film by a lease that it renews every second or so while the child renders. One
that dies loses it, and the sweep has the film rendered anew; the file gets its name in the same
transaction in which the film gets ready, so there is one of it, whole, or none.
"""

import logging
import os
import threading
import uuid
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from studio.media import children
from studio.media import film as media
from studio.media.errors import MediaError, NotAVideo
from studio.media.film_plan import FilmPlan, FilmShot
from studio.media.metadata import write_sidecar
from studio.media.probe import VideoFacts, check_video
from studio.models import Asset, Film, Lease
from studio.models.film import MOST_ATTEMPTS
from studio.services import assets, disk, films
from studio.services.durable import make_folder, sync_file, sync_folder
from studio.services.engine import stopping
from studio.services.engine.keeper import kept

logger = logging.getLogger(__name__)

DIED_WORDS = (
    "The film could not be made: rendering it was cut off {times} times. Export it again; if it "
    "stops once more, leave out one half of the shots to find the clip at fault. Nothing was "
    "charged and no clip was touched."
)
FILLED_WORDS = (
    "The studio's disk filled up while the film was rendered. Empty the trash or make room, then "
    "export it again. No clip was touched."
)
FAULTY_WORDS = (
    "The rendered film did not pass its check ({reason}), so it was thrown away. Export it again. "
    "No clip was touched."
)

_rendering = threading.Lock()


@dataclass(frozen=True, slots=True)
class Rendered:
    """What came of one look for a film: its file, which wants a poster, and whether another one
    waits."""

    file_id: uuid.UUID | None = None
    is_more: bool = False


class _Given(Exception):
    """The film is not ours any more: cancelled, or another worker's."""


def render_next() -> Rendered:
    """Render the film that has waited longest; nothing while this process renders one."""
    if not _rendering.acquire(blocking=False):
        return Rendered()
    file_id = None
    try:
        while (film := Film.objects.due(timezone.now()).first()) and not stopping.is_stopping():
            if lease := film.claim(for_s=settings.LEASE_S):
                file_id = _render(film, lease)
                break
            if film.attempts >= MOST_ATTEMPTS:
                film.fail(DIED_WORDS.format(times=MOST_ATTEMPTS))
    except Film.DoesNotExist:
        logger.info("A film was deleted with its board while it was rendered.")
    finally:
        _rendering.release()
    return Rendered(file_id, is_waiting())


def is_waiting() -> bool:
    """True while a film is to be rendered that nobody holds."""
    return not stopping.is_stopping() and Film.objects.due(timezone.now()).exists()


def _render(film: Film, lease: Lease) -> uuid.UUID | None:
    """The id of the film's file; None where none came of it, which the film then says."""
    part = _part_of(film, lease)
    try:
        plan = _plan(film)
        _require_room(film)
        media.render(plan, part, lambda percent: _goes_on(film, lease, percent))
        with kept(film, lease):
            return _finish(film, lease, part)
    except (films.NotAsked, MediaError) as e:
        film.fail(str(e), lease=lease)
    except children.Stopped:
        _after_stop(film, lease)
    except children.ChildFailed as e:
        logger.warning("The renderer of film %s died: %s", film.pk, e.reason)
        _after_death(film, lease)
    except _Given:
        logger.info("Film %s is not this worker's any more.", film.pk)
    finally:
        part.unlink(missing_ok=True)
    return None


def _part_of(film: Film, lease: Lease) -> Path:
    """A file of this try alone; those of earlier tries, whose workers are gone, go."""
    folder = Path(settings.MEDIA_ROOT) / "incoming"
    folder.mkdir(parents=True, exist_ok=True)
    for left in folder.glob(f"film-{film.key.hex}-*"):
        left.unlink(missing_ok=True)
    return folder / f"film-{film.key.hex}-{lease.token.hex}.mp4"


def _plan(film: Film) -> FilmPlan:
    """What to render. Raises NotAsked where a clip is gone since the film was asked for."""
    plan = film.plan
    clips = Asset.objects.select_related("job").in_bulk(shot["clip"] for shot in plan["shots"])
    shots = []
    for shot in plan["shots"]:
        clip = clips.get(uuid.UUID(shot["clip"]))
        if clip is None or not clip.path.exists():
            raise films.NotAsked(
                f"The clip of shot {shot['number']} was deleted after the film was asked for. "
                "Remove the shot or choose another take, then export again."
            )
        if clip.trashed_at is not None:
            raise films.NotAsked(films.trashed_words(shot["number"]))
        times = (shot["in_s"], shot["out_s"], shot["transition"], shot["transition_s"])
        shots.append(FilmShot(str(clip.path), *times))
    return FilmPlan(tuple(shots), plan["width"], plan["height"], plan["rate"], _document(film))


def _document(film: Film) -> dict[str, object]:
    """What the film is made of, for its own metadata and beside it."""
    return {
        "made_with": "Dailies",
        "kind": "film",
        "owner": film.by.get_username(),
        "created_at": film.created_at.isoformat(),
        **film.plan,
    }


def _require_room(film: Film) -> None:
    if not disk.has_room_for(films.expected_bytes(film.plan)):
        raise films.NotAsked(films.full_words(film.plan))


def _goes_on(film: Film, lease: Lease, percent: int | None) -> bool:
    """Renew the lease, tell how far it is; False where it has to end."""
    if stopping.is_stopping() or not disk.has_room_for(None):
        return False
    return film.keep(lease, for_s=settings.LEASE_S, percent=percent)


def _after_stop(film: Film, lease: Lease) -> None:
    """It was ended from here: the worker stops, the disk is full, or it is not ours any more."""
    if stopping.is_stopping():
        film.give_back(lease, counts=False)
    elif not disk.has_room_for(None):
        film.fail(FILLED_WORDS, lease=lease)


def _after_death(film: Film, lease: Lease) -> None:
    """The child died without a word; perhaps it does not do so again."""
    if film.attempts >= MOST_ATTEMPTS:
        film.fail(DIED_WORDS.format(times=MOST_ATTEMPTS), lease=lease)
    else:
        film.give_back(lease, counts=True)


# -- The file ------------------------------------------------------------------------------------


def _finish(film: Film, lease: Lease, part: Path) -> uuid.UUID:
    """Check the file, name it, and end the film with it. Raises MediaError, _Given."""
    facts = _checked(film, part)
    if not film.keep(lease, for_s=settings.LEASE_S, percent=99):
        raise _Given
    sync_file(part)
    file = _row(film, part, facts)
    make_folder(file.path.parent)
    _tell_origin(film, file)
    with transaction.atomic():
        file.save(force_insert=True)
        if not film.complete(lease, file):
            raise _Given
        os.replace(part, file.path)
        sync_folder(file.path.parent)
    return file.pk


def _tell_origin(film: Film, file: Asset) -> None:
    """The same as in the file, beside it; the film gets ready with or without that."""
    try:
        write_sidecar(file.path, _document(film))
    except OSError as e:
        logger.warning("Film %s has no file beside it: %s", film.pk, e.strerror)


def _checked(film: Film, part: Path) -> VideoFacts:
    """The facts of a whole video of the right length. Raises NotAVideo."""
    try:
        facts = check_video(part)
    except NotAVideo as e:
        raise NotAVideo(FAULTY_WORDS.format(reason=e.message), detail=e.detail) from e
    picture_s = float(1 / Fraction(film.plan["rate"]))
    if abs(facts.duration_s - film.plan["length_s"]) > picture_s + 0.002:
        reason = f"it is {facts.duration_s:.2f} s long, not {film.plan['length_s']:.2f} s"
        raise NotAVideo(FAULTY_WORDS.format(reason=reason))
    return facts


def _row(film: Film, part: Path, facts: VideoFacts) -> Asset:
    """The file's row. Its name follows from the film, so that there can be only one."""
    key = uuid.uuid5(film.key, "film")
    return Asset(
        id=key,
        kind=Asset.Kind.FILM,
        relative_path=f"films/{film.created_at:%Y/%m}/{key}.mp4",
        sha256=assets.sha256_of(part),
        size_bytes=facts.size_bytes,
        mime_type=facts.mime_type,
        width=facts.width,
        height=facts.height,
        duration_s=facts.duration_s,
        fps=facts.fps,
        has_sound=facts.has_sound,
        owner=film.by,
        original_name=film.plan["title"],
    )
