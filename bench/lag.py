"""`lag`: how long a finished clip waits until it is noticed and playable, and how many questions
that takes."""

import math
import statistics
import time
from collections import defaultdict
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

from bench.machine import CORES
from bench.report import Table
from bench.studio import Studio
from studio.providers import registry
from tests.demo.harness import DemoServer

SPREADS = {"wide": 0.5, "narrow": 0.15}
MEDIAN_S = 90.0
COMPRESSED = 5.0
"""Durations and intervals are so many times shorter; the worker's own tick is not."""
LOOP_S = 5.0
SEND_EVERY_S = 0.8
STEP_S = 0.05
PACING = registry.get("getimg").pacing
INTERVALS_S = (PACING.fastest_s, PACING.interval_s, 15.0)
ABOUT = f"""\
Clips asked for in the ordinary way (getimg.ai's adapter: {PACING.interval_s:.0f} s between looks
while nothing is known, {PACING.fastest_s:.0f} s once it is), made in log-normal times with a median
of {MEDIAN_S:.0f} s; sigma 0.5 is wide, 0.15 narrow. Time runs {COMPRESSED:.0f} times faster: the
demo's durations and `LOOK_INTERVAL_FACTOR` are scaled alike. What does not shrink (the worker's
tick of 0.25 s, its work, the network) is put back for the figures at full speed: of each clip, the
share of the last pause that it had been waiting is taken of a pause of full length plus the
measured excess of this one, and the time from that look to the row is added as it was. "Learned":
at least five clips had ended before; "not yet": all sent at once to a new account, which learns
while they end. "Loop": a look every {LOOP_S:.0f} s from the start, reckoned for the very same
durations. Targets: recorded 1.6 s after the end on average, playable at most 1 s later; questions
at most 1.25 (wide) and 0.7 (narrow) of the loop's."""
HEADS = (
    "durations",
    "history",
    "clips",
    "lag as measured, s",
    "lag at full speed, s",
    "loop's lag, s",
    "recorded to playable, mean (p95), s",
    "questions per clip",
    "ratio to the loop",
)


@dataclass(frozen=True, slots=True)
class Clip:
    """One clip's moments, in Unix seconds of the compressed run."""

    created_at: float
    ended_at: float
    asked_at: tuple[float, ...]
    made_at: float
    playable_at: float

    @property
    def took_s(self) -> float:
        """At full speed."""
        return (self.ended_at - self.created_at) * COMPRESSED

    @property
    def lag_s(self) -> float:
        return self.made_at - self.ended_at

    @property
    def full_pauses_s(self) -> list[float]:
        """The pauses between its questions, at full speed: the interval, and what each pause of
        the run took beyond its own."""
        return [_full_pause_s(after - before) for before, after in pairwise(self.asked_at)]

    @property
    def full_lag_s(self) -> float:
        """The lag at full speed, see ABOUT."""
        last_at, booking_s = self.asked_at[-1], self.made_at - self.asked_at[-1]
        if len(self.asked_at) == 1:
            return (last_at - self.ended_at) * COMPRESSED + booking_s
        share = (last_at - self.ended_at) / (last_at - self.asked_at[-2])
        return min(1.0, max(0.0, share)) * self.full_pauses_s[-1] + booking_s

    @property
    def full_polls(self) -> float:
        """How often it would have been asked about at full speed."""
        if len(self.asked_at) == 1:
            return 1.0
        span_s = (self.asked_at[-1] - self.asked_at[0]) * COMPRESSED
        return 1.0 + span_s / statistics.fmean(self.full_pauses_s)


def _full_pause_s(pause_s: float) -> float:
    """Which interval it was is told by its length; an interval counts in steps of 0.05 s."""
    fitting = [each for each in INTERVALS_S if each / COMPRESSED <= pause_s + STEP_S]
    interval_s = max(fitting, default=min(INTERVALS_S))
    return interval_s + max(0.0, pause_s - interval_s / COMPRESSED)


def bench(folder: Path, *, is_quick: bool) -> Table:
    """Both spreads at the same time, each at a demo provider of its own."""
    table = Table("lag", "From finished to playable", ABOUT, HEADS)
    first, later, median_s = (6, 6, 2.0) if is_quick else (40, 70, MEDIAN_S / COMPRESSED)
    with ExitStack() as stack:
        demos = {
            name: stack.enter_context(DemoServer(folder / name, generating_s=median_s))
            for name in SPREADS
        }
        for name, demo in demos.items():
            demo.settings(generating_sigma=SPREADS[name])
        studio = Studio(folder / "studio", LOOK_INTERVAL_FACTOR=str(1 / COMPRESSED))
        addresses = {name: demo.base_url("getimg") for name, demo in demos.items()}
        studio.call("open_accounts", {"accounts": addresses})
        stack.enter_context(studio.worker(set(CORES)))
        studio.call("send", {"count": first, "every_s": 0.02})
        _until_playable(studio)
        studio.call("send", {"count": later, "every_s": 0.1 if is_quick else SEND_EVERY_S})
        told = _until_playable(studio)
        for name, demo in demos.items():
            clips = _clips(demo, [each for each in told if each["account"] == name])
            _note(table, name, "not yet", clips[:first])
            _note(table, name, "learned", clips[first:])
    table.notes.append(
        "Playable means checked, stored and in the gallery. Of the clips sent at once many end "
        "together and queue for that; of the others one is sent every 0.8 s."
    )
    return table


def _until_playable(studio: Studio) -> list[dict[str, Any]]:
    """Wait until every clip has come home; their outcomes."""
    give_up_at = time.monotonic() + 600
    while time.monotonic() < give_up_at:
        told: list[dict[str, Any]] = studio.call("outcomes", {})
        if all(each["finished_at"] for each in told):
            return told
        time.sleep(1.0)
    raise RuntimeError("Not all clips came home in ten minutes.")


def _clips(demo: DemoServer, told: list[dict[str, Any]]) -> list[Clip]:
    asked: dict[str, list[float]] = defaultdict(list)
    for entry in demo.journal(endpoint="poll"):
        asked[entry["job_id"]].append(entry["at"])
    records = {record["id"]: record for record in demo.jobs()}
    found = []
    for each in told:
        record = records[each["remote_id"]]
        found.append(
            Clip(
                created_at=record["created_at"],
                ended_at=max(record["ready_at"], record["rendered_at"]),
                asked_at=tuple(asked[each["remote_id"]]),
                made_at=each["made_at"],
                playable_at=each["finished_at"],
            )
        )
    return found


def _note(table: Table, spread: str, history: str, clips: Sequence[Clip]) -> None:
    loop = [math.ceil(clip.took_s / LOOP_S) for clip in clips]
    loop_lags_s = [looks * LOOP_S - clip.took_s for looks, clip in zip(loop, clips, strict=True)]
    polls = statistics.fmean(clip.full_polls for clip in clips)
    playable_s = sorted(clip.playable_at - clip.made_at for clip in clips)
    table.add(
        f"{spread} ({SPREADS[spread]})",
        history,
        len(clips),
        f"{statistics.fmean(clip.lag_s for clip in clips):.2f}",
        f"{statistics.fmean(clip.full_lag_s for clip in clips):.2f}",
        f"{statistics.fmean(loop_lags_s):.2f}",
        f"{statistics.fmean(playable_s):.2f} ({playable_s[int(0.95 * len(clips))]:.2f})",
        f"{polls:.1f}",
        f"{polls / statistics.fmean(loop):.2f}",
    )
