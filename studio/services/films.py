"""Exports: asking for a film of a board, and what its page says of each.

The plan is the board as it was when the film was asked for; later changes do not touch it.
"""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from django.contrib.auth.models import User
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from studio.models import Asset, Board, Film
from studio.services import disk
from studio.services.timelines import Placed, Timeline, commonest

FORMAT = 1
SOURCE = "source"
SHORT_SIDES = {"720p": 720, "1080p": 1080}
RATES = ("24", "25", "30")
NTSC = (Fraction(24000, 1001), Fraction(30000, 1001), Fraction(60000, 1001))
MOST_FPS = 60
NEAR_FPS = 0.02
BITS_PER_PIXEL = 0.15
"""What H.264 at this quality takes at most in practice; demo clips take a third of it."""


class NotAsked(Exception):
    """No film can be made of this board as it was asked for; the text says why."""


@dataclass(frozen=True, slots=True)
class Look:
    """The size and rate of a film: of most of its shots, or chosen."""

    width: int
    height: int
    rate: Fraction

    @property
    def words(self) -> str:
        """Width, height and rate, as people write them."""
        return f"{self.width}\N{MULTIPLICATION SIGN}{self.height}, {self.fps_words} fps"

    @property
    def fps_words(self) -> str:
        return f"{float(self.rate):.4g}"


def look_of(clips: Sequence[Asset], size: str = SOURCE, rate: str = SOURCE) -> Look:
    """Sizes and rates brought together. Raises NotAsked for a choice that does not exist."""
    width, height = commonest(((clip.width, clip.height) for clip in clips), (1280, 720))
    if size != SOURCE:
        if size not in SHORT_SIDES:
            raise NotAsked(_("Choose one of the sizes."))
        scale = SHORT_SIDES[size] / min(width, height)
        width, height = round(width * scale), round(height * scale)
    if rate not in (SOURCE, *RATES):
        raise NotAsked(_("Choose one of the frame rates."))
    own = commonest((rate_of(clip.fps) for clip in clips), Fraction(24))
    return Look(_even(width), _even(height), own if rate == SOURCE else Fraction(rate))


def _even(length: int) -> int:
    """H.264 with halved colours knows even sizes only."""
    return max(2, length + length % 2)


def rate_of(fps: float | None) -> Fraction:
    """The exact rate behind a rounded one; a variable rate becomes a common one."""
    measured = fps or 24.0
    for exact in NTSC:
        if abs(measured - exact) < 0.005:
            return exact
    whole = round(measured)
    is_steady = abs(measured - whole) < NEAR_FPS and 1 <= whole <= MOST_FPS
    return Fraction(whole if is_steady else 30)


# -- Asking --------------------------------------------------------------------------------------


def ask(
    board: Board,
    timeline: Timeline,
    by: User,
    token: uuid.UUID,
    *,
    size: str = SOURCE,
    rate: str = SOURCE,
    leaves_out: bool = False,
) -> Film:
    """Queue a film of the board as it is now; the same token again is the same film.

    Raises NotAsked.
    """
    if (earlier := Film.objects.filter(key=token).first()) is not None:
        return earlier
    shots = _shots_for(timeline, leaves_out=leaves_out)
    look = look_of([shot.clip for shot in shots if shot.clip], size, rate)
    plan = plan_of(board, Timeline(each.shot for each in shots), look)
    if not disk.has_room_for(expected_bytes(plan)):
        raise NotAsked(full_words(plan))
    return Film.objects.create(key=token, board=board, by=by, plan=plan)


def _shots_for(timeline: Timeline, *, leaves_out: bool) -> list[Placed]:
    shots = [placed for placed in timeline.shots if not placed.shot.is_missing]
    count = len(timeline.missing)
    if not shots:
        raise NotAsked(_("No shot of this board has a clip yet, so there is nothing to export."))
    if count and not leaves_out:
        words = ngettext(
            "%(count)s shot is not made yet. Make it first, or leave it out.",
            "%(count)s shots are not made yet. Make them first, or leave them out.",
            count,
        )
        raise NotAsked(words % {"count": count})
    if trashed := [placed for placed in shots if placed.is_trashed]:
        raise NotAsked(trashed_words(trashed[0].number))
    return shots


def trashed_words(number: int) -> str:
    words = _("The clip of shot %(number)s is in the trash. Restore it there, or remove the shot.")
    return words % {"number": number}


def plan_of(board: Board, timeline: Timeline, look: Look) -> dict[str, Any]:
    """The board as it is now, as plain JSON."""
    return {
        "format": FORMAT,
        "title": board.name,
        "width": look.width,
        "height": look.height,
        "rate": str(look.rate),
        "length_s": round(timeline.length_s, 6),
        "fingerprint": timeline.fingerprint,
        "shots": [
            {
                "clip": str(placed.shot.clip_id),
                "number": placed.number,
                "name": placed.name,
                "in_s": placed.shot.trim_in_s,
                "out_s": placed.shot.out_s,
                "transition": placed.shot.transition,
                "transition_s": placed.fit_s,
            }
            for placed in timeline.shots
        ],
    }


def expected_bytes(plan: dict[str, Any]) -> int:
    """A careful guess at the size of the film's file."""
    pixels_per_s = plan["width"] * plan["height"] * float(Fraction(plan["rate"]))
    return int(plan["length_s"] * (pixels_per_s * BITS_PER_PIXEL + 200_000) / 8)


def full_words(plan: dict[str, Any]) -> str:
    """Why a film is not made, for the person who asked for it."""
    return _(
        "The studio's disk has too little room for this film: it needs about %(needed)s MB and "
        "%(free)s MB are left. Empty the trash or make room, then export it again."
    ) % {
        "needed": f"{expected_bytes(plan) // disk.MB + 1:,}",
        "free": f"{disk.free_bytes() // disk.MB:,}",
    }


def cancel(film: Film) -> bool:
    """Stop it, wherever it is. False: it had ended already."""
    return film.cancel()


# -- Showing -------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Shown:
    """One export on its board's page."""

    film: Film
    is_current: bool

    @property
    def shots(self) -> int:
        return len(self.film.plan["shots"])

    @property
    def length_s(self) -> float:
        return float(self.film.plan["length_s"])

    @property
    def look(self) -> Look:
        plan = self.film.plan
        return Look(plan["width"], plan["height"], Fraction(plan["rate"]))


def shown(board: Board, timeline: Timeline) -> list[Shown]:
    """The board's exports, the newest first, and whether it has changed since each."""
    now = timeline.fingerprint
    films = board.films.select_related("by", "file").prefetch_related("file__derived")
    return [Shown(film, film.plan.get("fingerprint") == now) for film in films[:20]]
