"""SIGKILL at random instants, one worker after the other, while clips are made."""

import random
import time

from tests.kills.studio import SLUGS, KillStudio

WORKERS = 3
SETTLE_S = 300.0
DOUBT_S = 90.0
"""So soon after its lease's end a send that broke off must stand as unconfirmed."""


def kill_at_random(studio: KillStudio, *, jobs: int, kills: int) -> list[str]:
    """Everything that was wrong after so many kills; fails where a job has no end five minutes
    after the last one."""
    dice, latest_s = random.Random(7), 0.0
    for number in range(kills):
        if number % 10 == 0:
            # Not all at once: each kill is to find jobs in every state.
            studio.ask("create", count=jobs // -(-kills // 10), slugs=SLUGS)
        studio.keep(WORKERS)
        time.sleep(dice.uniform(0.1, 0.6))
        latest_s = max(latest_s, studio.ask("unconfirmed_late_s"))
        studio.kill_one(dice)
    studio.settle(SETTLE_S, WORKERS)
    late = [f"a send stood {latest_s:.0f} s without a worker"] if latest_s > DOUBT_S else []
    return studio.findings() + late
