"""Storyboards: making them, and every change to one.

Whoever changes a board names the version they saw. If somebody else was quicker, nothing is
written and BoardChanged says who it was, so two people on one board never overwrite each other.
Adding to the end overwrites nothing and needs no version.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any
from uuid import UUID

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext as _

from studio.models import Asset, Board, Shot
from studio.services import assets, timelines
from studio.services.timelines import LONGEST_TRANSITION_S, SHORTEST_TRANSITION_S

MOST_SHOTS = 200
NAME_CHARS = 80
SLACK_S = 0.0005
"""A time is shown in milliseconds; that much past an end is the end."""
KEPT = ("name", "content", "trim_in_s", "trim_out_s", "transition", "transition_s")


class BoardChanged(Exception):
    """Somebody else changed the board after it was shown."""

    def __init__(self, board: Board) -> None:
        super().__init__(changed_words(board))
        self.board = board


class NotChanged(Exception):
    """The change cannot be made as it was asked for. `problems` maps field names to sentences."""

    def __init__(self, **problems: str) -> None:
        super().__init__(" ".join(problems.values()))
        self.problems = problems


def changed_words(board: Board) -> str:
    """Who was quicker, for the person whose change was not made."""
    if board.changed_by is None:
        return _("Somebody changed this board a moment ago: here is the new state.")
    return _("%(member)s changed this board a moment ago: here is the new state.") % {
        "member": board.changed_by.get_username()
    }


@contextmanager
def changing(board: Board, seen: str, by: User) -> Iterator[None]:
    """All of one change or nothing of it. Raises BoardChanged."""
    with transaction.atomic():
        if not board.change(seen, by):
            raise BoardChanged(board)
        yield


# -- Boards --------------------------------------------------------------------------------------


def clean_name(text: str) -> str:
    """A name as it is kept. Raises NotChanged."""
    name = " ".join(text.split())
    if not name:
        raise NotChanged(name=_("Give it a name."))
    if len(name) > NAME_CHARS:
        raise NotChanged(name=_("A name has at most %(most)s letters.") % {"most": NAME_CHARS})
    return name


def create(name: str, by: User) -> Board:
    """An empty board. Raises NotChanged."""
    return Board.objects.create(name=clean_name(name), owner=by, changed_by=by)


def rename(board: Board, seen: str, by: User, name: str) -> None:
    """Raises NotChanged, BoardChanged."""
    wanted = clean_name(name)
    with changing(board, seen, by):
        Board.objects.filter(pk=board.pk).update(name=wanted)


@transaction.atomic
def duplicate(board: Board, by: User) -> Board:
    """A board of its own with the same shots; what is being made stays with the first one."""
    name = _("%(name)s, copy") % {"name": board.name[: NAME_CHARS - 10]}
    copy = create(name, by)
    twins: dict[int, Shot] = {}
    for shot in board.shots.order_by("position", "pk"):
        twins[shot.pk] = Shot.objects.create(
            board=copy,
            position=shot.position,
            clip=shot.clip,
            follows=twins.get(shot.follows_id or 0),
            **{name: getattr(shot, name) for name in KEPT},
        )
    return copy


@transaction.atomic
def delete(board: Board) -> None:
    """The board with its films, for good. Its clips stay in the gallery."""
    films = list(Asset.objects.filter(film__board=board).prefetch_related("derived"))
    board.delete()
    for film in films:
        files = [film.path, *(companion.path for companion in film.derived.all())]
        film.delete()
        transaction.on_commit(lambda files=files: _unlink(files))  # type: ignore[misc]


def _unlink(files: Iterable[Any]) -> None:
    for path in files:
        path.unlink(missing_ok=True)
        path.with_suffix(".json").unlink(missing_ok=True)


# -- Adding shots --------------------------------------------------------------------------------


@transaction.atomic
def add_clips(board: Board, clips: Sequence[Asset], by: User) -> list[Shot]:
    """New shots at the end, one for each clip. Raises NotChanged."""
    if any(clip.is_private for clip in clips):
        words = _("A storyboard is everybody's, and a private clip is not. Nothing was added.")
        raise NotChanged(clip=words)
    return [_append(board, by, clip=clip) for clip in clips]


def clips_of(keys: Iterable[UUID], user: User) -> list[Asset]:
    """The clips with these names that the member may see, in the order given."""
    known = assets.visible_to(user).filter(kind=Asset.Kind.VIDEO).in_bulk(list(keys))
    return [known[key] for key in keys if key in known]


def add_missing(board: Board, by: User, content: dict[str, list[str]]) -> Shot:
    """A shot still to be made, at the end. Raises NotChanged."""
    return _append(board, by, content=content)


@transaction.atomic
def _append(board: Board, by: User, **columns: Any) -> Shot:
    touch(board, by)
    if board.shots.count() >= MOST_SHOTS:
        words = _("A board has at most %(most)s shots. Nothing was added.")
        raise NotChanged(clip=words % {"most": MOST_SHOTS})
    last = board.shots.aggregate(last=Max("position"))["last"]
    place = 0 if last is None else last + 1
    return Shot.objects.create(board=board, position=place, **columns)


@transaction.atomic
def insert_after(shot: Shot, by: User, **columns: Any) -> Shot:
    """A new shot right behind this one."""
    touch(shot.board, by)
    new = Shot.objects.create(board=shot.board, position=shot.position + 1, **columns)
    order = [each for each in _order(shot.board) if each != new.pk]
    order.insert(order.index(shot.pk) + 1, new.pk)
    _renumber(order)
    new.refresh_from_db()
    return new


def touch(board: Board, by: User) -> None:
    """Say that the board has changed, whatever it was before."""
    Board.objects.filter(pk=board.pk).update(changed_at=timezone.now(), changed_by=by)
    board.refresh_from_db()


# -- Changing shots ------------------------------------------------------------------------------


def name_shot(shot: Shot, seen: str, by: User, name: str) -> None:
    """An empty name is what the prompt says. Raises NotChanged, BoardChanged."""
    wanted = clean_name(name) if name.strip() else ""
    with changing(shot.board, seen, by):
        _write(shot, name=wanted)


def trim(shot: Shot, seen: str, by: User, in_text: str, out_text: str) -> None:
    """Where it begins and ends in its clip. Raises NotChanged, BoardChanged."""
    trims = check_trims(shot, in_text, out_text)
    with changing(shot.board, seen, by):
        _write(shot, **trims)


def check_trims(shot: Shot, in_text: str, out_text: str) -> dict[str, float | None]:
    """The trims as they are kept: inside the clip, and at least one picture long."""
    end_s, picture_s = shot.clip_length_s, 1 / timelines.fps_of(shot.clip)
    if shot.is_missing:
        raise NotChanged(trim_in=_("This shot has no clip yet; there is nothing to trim."))
    in_s, out_s = _moment(in_text, "trim_in"), _moment(out_text or str(end_s), "trim_out")
    inside = _("The clip ends at %(end)s.") % {"end": moment_words(end_s)}
    if in_s > end_s - picture_s + SLACK_S:
        raise NotChanged(trim_in=inside)
    if out_s > end_s + SLACK_S:
        raise NotChanged(trim_out=inside)
    if out_s - in_s < picture_s - SLACK_S:
        words = _("At least one picture has to stay: set it later than %(start)s.")
        raise NotChanged(trim_out=words % {"start": moment_words(in_s)})
    return {"trim_in_s": in_s, "trim_out_s": None if out_s > end_s - SLACK_S else out_s}


def _moment(text: str, name: str) -> float:
    found = re.fullmatch(r"\s*(?:(\d{1,3}):)?(\d{1,5})(?:[.,](\d{1,6}))?\s*(?:s)?", text)
    if found is None:
        raise NotChanged(**{name: _("Write it as minutes and seconds, such as 0:04.5.")})
    minutes, seconds, part = found.groups()
    return int(minutes or 0) * 60 + int(seconds) + float(f"0.{part or 0}")


def moment_words(seconds: float) -> str:
    """ "0:04.5": a moment of a clip, to a thousandth."""
    thousandths = round(seconds * 1000)
    whole, rest = divmod(thousandths, 1000)
    part = f"{rest:03d}".rstrip("0") or "0"
    return f"{whole // 60}:{whole % 60:02d}.{part}"


def join(shot: Shot, seen: str, by: User, kind: str, length_text: str) -> None:
    """How it goes over into the next one. Raises NotChanged, BoardChanged."""
    columns = check_join(shot, kind, length_text)
    with changing(shot.board, seen, by):
        _write(shot, **columns)


def check_join(shot: Shot, kind: str, length_text: str) -> dict[str, Any]:
    """The transition as it is kept: no longer than the shots beside it have room for."""
    if kind not in Shot.Transition.values:
        raise NotChanged(transition=_("Choose cut, dissolve or black."))
    if kind == Shot.Transition.CUT:
        return {"transition": kind}
    length_s = _moment(length_text or str(shot.transition_s), "transition_s")
    placed = timelines.timeline_of(shot.board).find(shot.pk)
    halves = 2 if kind == Shot.Transition.BLACK else 1
    most_s = min(LONGEST_TRANSITION_S, halves * (placed.room_s if placed else 0.0))
    if placed and not placed.is_last and length_s > most_s + SLACK_S:
        words = _("At most %(most)s s: the shorter of the two shots has no more room.")
        raise NotChanged(transition_s=words % {"most": f"{most_s:.2f}".rstrip("0").rstrip(".")})
    if not SHORTEST_TRANSITION_S <= length_s <= LONGEST_TRANSITION_S:
        words = _("A transition takes %(least)s to %(most)s s.")
        ends = {"least": SHORTEST_TRANSITION_S, "most": round(LONGEST_TRANSITION_S)}
        raise NotChanged(transition_s=words % ends)
    return {"transition": kind, "transition_s": length_s}


def move(shot: Shot, seen: str, by: User, place: int) -> None:
    """To this place in the row, from 0; a place beyond an end is that end. Raises BoardChanged."""
    with changing(shot.board, seen, by):
        order = [each for each in _order(shot.board) if each != shot.pk]
        order.insert(max(0, place), shot.pk)
        _renumber(order)


def remove(shot: Shot, seen: str, by: User) -> dict[str, Any]:
    """Take it off the board; what `put_back` needs to undo that. Raises BoardChanged."""
    kept = {name: getattr(shot, name) for name in KEPT}
    rows = {"board": shot.board_id, "clip": str(shot.clip_id or ""), "job": shot.job_id}
    kept |= rows | {"position": shot.position, "follows": shot.follows_id}
    with changing(shot.board, seen, by):
        shot.delete()
        _renumber(_order(shot.board))
    return kept


@transaction.atomic
def put_back(board: Board, by: User, kept: dict[str, Any]) -> Shot:
    """Undo a removal. A clip that was deleted for good meanwhile is missing again."""
    touch(board, by)
    clip = Asset.objects.filter(pk=kept["clip"]).first() if kept["clip"] else None
    order = _order(board)
    shot = Shot.objects.create(
        board=board,
        clip=clip,
        job_id=kept["job"],
        follows=board.shots.filter(pk=kept["follows"]).first(),
        **{name: kept[name] for name in KEPT},
    )
    order.insert(kept["position"], shot.pk)
    _renumber(order)
    return shot


def _write(shot: Shot, **columns: Any) -> None:
    Shot.objects.filter(pk=shot.pk).update(**columns)
    shot.refresh_from_db()


def _order(board: Board) -> list[int]:
    return list(board.shots.order_by("position", "pk").values_list("pk", flat=True))


def _renumber(order: Sequence[int]) -> None:
    shots = Shot.objects.in_bulk(order)
    for place, key in enumerate(order):
        shots[key].position = place
    Shot.objects.bulk_update(shots.values(), ["position"])
