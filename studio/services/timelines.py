"""Where each shot of a board stands in its film: lengths, transitions, sums."""

import hashlib
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import TypeVar
from uuid import UUID

from django.db.models import QuerySet

from studio.media.film_plan import Join, fitted, starts
from studio.models import Asset, Board, Job, Shot
from studio.models.job_state import FINISHED
from studio.providers.contract import InputRole
from studio.services.drafts import uuid_of

T = TypeVar("T")
USUAL_S = 5.0
"""How long a shot is taken to be that nothing says anything about yet."""
LONGEST_TRANSITION_S = 5.0
SHORTEST_TRANSITION_S = 0.1
USUAL_FPS = 24.0


@dataclass(frozen=True)
class Placed:
    """A shot in its place. `fit_s` is how long its transition really is, `room_s` how much of
    it and of the next one a transition may take."""

    shot: Shot
    number: int
    start_s: float
    length_s: float
    fit_s: float
    room_s: float
    is_last: bool
    begins_with: Asset | None = None
    """The first frame of one that is not made yet."""

    @property
    def name(self) -> str:
        """What it is called: its own name, else the first words of what it shows."""
        return self.shot.name or " ".join(self.prompt.split()[:4])

    @property
    def prompt(self) -> str:
        return prompt_of(self.shot)

    @property
    def clip(self) -> Asset | None:
        return self.shot.clip

    @property
    def job(self) -> Job | None:
        """What is being made for it, or what came to nothing."""
        return self.shot.job if self.shot.is_missing else None

    @property
    def is_live(self) -> bool:
        """True while a clip for it is being made, or may be."""
        return is_live(self.shot)

    @property
    def has_ended_empty(self) -> bool:
        return self.job is not None and not self.is_live

    @property
    def is_trashed(self) -> bool:
        return self.clip is not None and self.clip.trashed_at is not None

    @property
    def most_s(self) -> float:
        """How long its transition can be wished for; a fade through black takes half of it from
        either shot."""
        halves = 2 if self.shot.transition == Shot.Transition.BLACK else 1
        return min(LONGEST_TRANSITION_S, halves * self.room_s)

    @property
    def is_short(self) -> bool:
        """True where its transition cannot be as long as it was wished for."""
        return self.joins and self.fit_s < self.shot.transition_s - 0.001

    @property
    def joins(self) -> bool:
        """True where it goes over into the next one by more than a cut."""
        return not self.is_last and self.shot.transition != Shot.Transition.CUT

    @property
    def fps(self) -> float:
        return fps_of(self.clip)

    @property
    def picture(self) -> Asset | None:
        """What stands for it on the timeline."""
        if self.clip is not None:
            return self.clip.poster
        return (self.job.thumb if self.job else None) or self.begins_with


class Timeline:
    """A board's shots in their places, as they are now."""

    def __init__(self, shots: Iterable[Shot]) -> None:
        self._shots = list(shots)

    @cached_property
    def shots(self) -> list[Placed]:
        lengths_s = [length_of(shot) for shot in self._shots]
        joins = [Join(shot.transition, shot.transition_s) for shot in self._shots]
        fits_s = fitted(lengths_s, joins)
        begins_s = starts(lengths_s, joins, fits_s)
        takes_s = [join.takes_s(fit_s) for join, fit_s in zip(joins, fits_s, strict=True)]
        return [
            Placed(
                shot,
                place + 1,
                begins_s[place],
                lengths_s[place],
                fits_s[place],
                _room_s(place, lengths_s, takes_s),
                place + 1 == len(self._shots),
                self._first_frames.get(first_frame_of(shot)) if shot.is_missing else None,
            )
            for place, shot in enumerate(self._shots)
        ]

    @cached_property
    def _first_frames(self) -> dict[UUID | None, Asset]:
        """The pictures that those not made yet begin with."""
        missing = (shot for shot in self._shots if shot.is_missing)
        asked = {key for shot in missing if (key := first_frame_of(shot))}
        found = Asset.objects.filter(pk__in=asked, trashed_at=None) if asked else []
        return {asset.pk: asset for asset in found}

    def find(self, key: int | None) -> Placed | None:
        """The shot of this number of a row."""
        return next((placed for placed in self.shots if placed.shot.pk == key), None)

    @property
    def length_s(self) -> float:
        last = self.shots[-1] if self.shots else None
        return last.start_s + last.length_s if last else 0.0

    @property
    def missing(self) -> list[Placed]:
        return [placed for placed in self.shots if placed.shot.is_missing]

    @property
    def jobs(self) -> list[Job]:
        """What is being made for it, with what came to nothing."""
        return [placed.job for placed in self.shots if placed.job is not None]

    @property
    def pictures(self) -> list[Asset]:
        """The first few posters."""
        found = (placed.picture for placed in self.shots)
        return [picture for picture in found if picture is not None][:4]

    @property
    def shape(self) -> tuple[int, int]:
        """Width and height of most of its clips."""
        return commonest(((clip.width, clip.height) for clip in self.clips), (16, 9))

    @property
    def clips(self) -> list[Asset]:
        return [shot.clip for shot in self._shots if shot.clip is not None]

    @property
    def fingerprint(self) -> str:
        """Changes with anything that a film of it would show."""
        seen = [
            (str(shot.clip_id), shot.trim_in_s, shot.out_s, shot.transition, fit_s)
            for shot, fit_s in ((placed.shot, round(placed.fit_s, 6)) for placed in self.shots)
            if shot.clip is not None
        ]
        return hashlib.sha256(repr(seen).encode()).hexdigest()[:16]


def whole_shots() -> QuerySet[Shot]:
    """Shots with all that a board shows of them."""
    return Shot.objects.select_related(
        "clip__owner", "clip__job__provider_model", "job__provider", "job__provider_model"
    ).prefetch_related("clip__derived", "job__inputs__asset")


def timeline_of(board: Board) -> Timeline:
    """Read anew; as many queries however many shots there are."""
    return Timeline(whole_shots().filter(board=board))


def length_of(shot: Shot) -> float:
    """Seconds between its trims; of one that is not made yet, what was asked for."""
    if shot.clip is not None:
        return shot.out_s - shot.trim_in_s
    if shot.job is not None and shot.job.duration_s:
        return float(shot.job.duration_s)
    asked = text_of(shot, "duration_s")
    return float(asked) if asked.isdecimal() and 0 < int(asked) < 1000 else USUAL_S


def prompt_of(shot: Shot) -> str:
    """What it shows, or is to show, in words."""
    if shot.clip is not None:
        return shot.clip.job.prompt if shot.clip.job else shot.clip.original_name
    return text_of(shot, "prompt")


def text_of(shot: Shot, name: str) -> str:
    """One field of what is to be made for it."""
    return str(next(iter(shot.content.get(name, [])), ""))


def first_frame_of(shot: Shot) -> UUID | None:
    """The picture that it is to begin with, as far as one was given."""
    return uuid_of(text_of(shot, InputRole.FIRST_FRAME.value))


def is_live(shot: Shot) -> bool:
    """True while a clip for it is being made, or may be."""
    return shot.is_missing and shot.job is not None and shot.job.state not in FINISHED


def fps_of(clip: Asset | None) -> float:
    """Pictures per second; a usual number where it is not known."""
    return (clip.fps if clip else None) or USUAL_FPS


def commonest(found: Iterable[T], default: T) -> T:
    """What is there most often; of several the first."""
    counted = Counter(found).most_common(1)
    return counted[0][0] if counted else default


def _room_s(place: int, lengths_s: list[float], takes_s: list[float]) -> float:
    """How much of either shot a transition may take."""
    if place + 1 == len(lengths_s):
        return 0.0
    before_s = takes_s[place - 1] if place else 0.0
    return max(0.0, min(lengths_s[place] - before_s, lengths_s[place + 1] - takes_s[place + 1]))
