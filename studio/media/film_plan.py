"""What a film is made of, and where each shot stands on its clock. Only arithmetic.

A dissolve shares a stretch of both shots; a fade through black takes half its length from each
and shares nothing.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Any

CUT, DISSOLVE, BLACK = "cut", "dissolve", "black"


@dataclass(frozen=True, slots=True)
class FilmShot:
    """A stretch of a clip, by the clip's own clock, and how it goes over into the next one."""

    path: str
    in_s: float
    out_s: float
    transition: str = CUT
    transition_s: float = 0.0

    @property
    def length_s(self) -> float:
        return self.out_s - self.in_s


@dataclass(frozen=True, slots=True)
class FilmPlan:
    """`rate`: pictures per second as a fraction, such as "24000/1001". `document` goes into the
    file's own metadata."""

    shots: tuple[FilmShot, ...]
    width: int
    height: int
    rate: str
    document: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> "FilmPlan":
        shots = tuple(FilmShot(**shot) for shot in document["shots"])
        return cls(**(dict(document) | {"shots": shots}))


@dataclass(frozen=True, slots=True)
class Join:
    """A wish for how one shot goes over into the next."""

    kind: str
    length_s: float

    def takes_s(self, length_s: float) -> float:
        """How much of either shot a transition of this length needs for itself."""
        return {CUT: 0.0, DISSOLVE: length_s, BLACK: length_s / 2}[self.kind]

    def fits_s(self, room_s: float) -> float:
        """How long it can be where so much of either shot is free."""
        return {CUT: 0.0, DISSOLVE: room_s, BLACK: 2 * room_s}[self.kind]


def fitted(lengths_s: Sequence[float], joins: Sequence[Join]) -> list[float]:
    """How long each transition is: as wished for, or as long as the shorter of its neighbours has
    room beside that one's other transition. The last shot goes over into nothing."""
    found: list[float] = []
    taken_s = 0.0
    for place, join in enumerate(joins):
        if place + 1 == len(lengths_s):
            found.append(0.0)
            continue
        room_s = min(lengths_s[place] - taken_s, lengths_s[place + 1])
        length_s = min(join.length_s, join.fits_s(max(0.0, room_s)))
        found.append(length_s if join.kind != CUT else 0.0)
        taken_s = join.takes_s(found[-1])
    return found


def starts(
    lengths_s: Sequence[float], joins: Iterable[Join], fits_s: Iterable[float]
) -> list[float]:
    """The second at which each shot begins, and at the end of the list the one at which the film
    ends."""
    found = [0.0]
    for length_s, join, fit_s in zip(lengths_s, joins, fits_s, strict=True):
        overlap_s = fit_s if join.kind == DISSOLVE else 0.0
        found.append(found[-1] + length_s - overlap_s)
    return found


@dataclass(frozen=True, slots=True)
class Span:
    """Where a shot stands in the film, in pictures from `first` up to before `end`. `comes` and
    `goes` pictures of it are shared with its neighbours; over `dawn` and `dusk` ones it comes out
    of black and goes into it."""

    number: int
    shot: FilmShot
    first: int
    end: int
    comes: int = 0
    goes: int = 0
    dawn: int = 0
    dusk: int = 0

    def share(self, at: float) -> float:
        """How much of the picture is this shot's, over the one before it, from 0 to 1."""
        return _rising(at - self.first, self.comes)

    def light(self, at: float) -> float:
        """How far it is from black, from 0 to 1."""
        return min(_rising(at - self.first, self.dawn), _rising(self.end - at, self.dusk))

    def loudness(self, at: float) -> float:
        """Two sounds that cross keep their power together."""
        comes, goes = self.share(at), _rising(self.end - at, self.goes)
        return math.sin(math.pi / 2 * comes) * math.sin(math.pi / 2 * goes) * self.light(at)


def _rising(passed: float, length: int) -> float:
    return min(1.0, max(0.0, passed / length)) if length else 1.0


def spans(plan: FilmPlan) -> list[Span]:
    """The shots on the film's clock. Moments are rounded to it, never lengths, so that no error
    grows; a shot too short for one picture falls out."""
    rate = float(Fraction(plan.rate))
    lengths_s = [shot.length_s for shot in plan.shots]
    joins = [Join(shot.transition, shot.transition_s) for shot in plan.shots]
    fits_s = fitted(lengths_s, joins)
    begins = starts(lengths_s, joins, fits_s)
    found = [
        Span(place + 1, shot, round(start_s * rate), round((start_s + shot.length_s) * rate))
        for place, (shot, start_s) in enumerate(zip(plan.shots, begins, strict=False))
    ]
    halves = [
        round(fit_s / 2 * rate) if join.kind == BLACK else 0
        for join, fit_s in zip(joins, fits_s, strict=True)
    ]
    return _joined([span for span in found if span.end > span.first], halves)


def _joined(found: list[Span], halves: Sequence[int]) -> list[Span]:
    """With what neighbours share, and where black lies between them."""
    for place in range(len(found) - 1):
        before, after = found[place], found[place + 1]
        shared, half = max(0, before.end - after.first), halves[before.number - 1]
        found[place] = replace(before, goes=shared, dusk=half)
        found[place + 1] = replace(after, comes=shared, dawn=half)
    return found
