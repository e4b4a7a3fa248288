"""`cost`: what one poll costs, ours and in the simplest way."""

import time
from pathlib import Path
from typing import Any

from bench.flight import Flight, in_flight
from bench.machine import MEASURED
from bench.report import Table

SETTLE_S = 3.0
ABOUT = """\
The same looks at the same jobs, on the same core: by our worker (the whole process, with its
database and its queue's threads), and by a loop of synchronous httpx calls in 8 threads, each with
kept connections. The simple loop asks as fast as it can, ours only when a job is due; so CPU per
poll is compared, not speed."""


def bench(folder: Path, *, is_quick: bool) -> Table:
    """Ours first, then the simple loops, over one set of jobs."""
    heads = ("design", "polls", "CPU ms per poll", "ratio to ours")
    table = Table("cost", "CPU per poll", ABOUT, heads)
    count, seconds = (200, 3.0) if is_quick else (8_000, 30.0)
    with in_flight(folder, count) as flight:
        polls, ours_ms = _ours(flight, seconds)
        table.add("our worker", f"{polls:,}", f"{ours_ms:.2f}", "1.0")
        for name, writes in (("threads, no database", False), ("threads, a row each", True)):
            asked = {"threads": 8, "seconds": seconds / 2, "writes": writes}
            told: dict[str, Any] = flight.studio.call("simple", asked, cores={MEASURED})
            cpu_ms = 1000 * told["cpu_s"] / max(1, told["polls"])
            table.add(name, f"{told['polls']:,}", f"{cpu_ms:.2f}", f"{cpu_ms / ours_ms:.1f}")
    table.notes.append(
        f"Ours had {flight.wanted_per_s:,.0f} polls/s to do; with few jobs the "
        "worker's idle cost weighs more in each."
    )
    return table


def _ours(flight: Flight, seconds: float) -> tuple[int, float]:
    """Polls, and CPU ms per poll."""
    with flight.studio.worker({MEASURED}) as worker:
        time.sleep(max(0.0, flight.begin_at + SETTLE_S - time.time()))
        polls, cpu_s = flight.polls, worker.usage.cpu_s
        time.sleep(seconds)
        polls, cpu_s = flight.polls - polls, worker.usage.cpu_s - cpu_s
        worker.require_alive()
    return polls, 1000 * cpu_s / max(1, polls)
