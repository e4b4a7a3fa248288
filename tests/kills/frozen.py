"""Workers that stand still for longer than their leases live, and go on as if nothing were."""

import os
import random
import signal
import time
from collections import Counter

from tests.kills.settings import LEASE_S
from tests.kills.studio import SLUGS, KillStudio

LIVE, FROZEN = 2, 2
JOBS_A_ROUND = 10
LONGEST_S = 120.0
MAY_REPEAT = {"queued>submitting", "submitting>queued"}
"""A send that was refused for now, or is repeated with the same key."""


def freeze(studio: KillStudio, rounds: int) -> list[str]:
    """In each round freeze two of four workers past their leases; everything that was wrong at
    the end."""
    dice = random.Random(7)
    studio.demo.fault("*", "create", "slow", times=None, delay_s=0.2)
    studio.keep(LIVE + FROZEN)
    for _ in range(rounds):
        studio.ask("create", count=JOBS_A_ROUND, slugs=SLUGS)
        time.sleep(dice.uniform(0.1, 1.0))
        frozen = dice.sample(studio.workers, FROZEN)
        for pid in frozen:
            os.kill(pid, signal.SIGSTOP)
        time.sleep(LEASE_S + 0.5)
        for pid in frozen:
            os.kill(pid, signal.SIGCONT)
    studio.settle(LONGEST_S)
    assert studio.deaths == 0
    return studio.findings() + stale_writes(studio)


def stale_writes(studio: KillStudio) -> list[str]:
    """Moves that were made twice, or from a state in which the job was not."""
    found = []
    for job in studio.ask("report"):
        moves = job["moves"]
        ends = [move.split(">")[1] for move in moves]
        starts = [move.split(">")[0] for move in moves]
        twice = {move for move, count in Counter(moves).items() if count > 1} - MAY_REPEAT
        if starts != ["", *ends[:-1]] or twice:
            found.append(f"job {job['id']}: {' '.join(moves)}")
    return found
