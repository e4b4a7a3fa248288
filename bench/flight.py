"""Jobs in flight: at the demo provider and in a studio, without having been sent.

None of them ends during a run, and each is at a stage at which its answers repeat the state that
the studio knows, while the progress (where the API tells it) goes on.
"""

import random
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.machine import OTHERS, pin
from bench.studio import Studio
from studio.demo.clock import Clock
from studio.demo.jobs import Job, JobStore
from studio.demo.spec import Spec
from studio.providers import registry
from tests.demo.harness import DemoServer

HELD_JOBS = 50
"""Dafty publishes 120 looks a minute; held back for 55 s each, these need 55."""
SPAN_S = 600.0
DETAILS = {"provider": "google", "model": "veo", "prompt": "Mist", "format": "url"}
"""What indoxhub's answers repeat of the request."""
LEAD_S = 7.0
"""From the filling of the database until the first look is due: the worker's start."""
SEEDED_PER_S = 2500


@dataclass(frozen=True, slots=True)
class Flight:
    """A studio and a demo provider that share so many jobs; the first look is due at `begin_at`,
    in Unix seconds."""

    studio: Studio
    demo: DemoServer
    slugs: list[str]
    begin_at: float

    @property
    def wanted_per_s(self) -> float:
        """Looks at unlimited APIs that fall due in a second."""
        return sum(1 / interval_s(slug) for slug in self.slugs if slug != "dafty")

    @property
    def polls(self) -> int:
        """Questions that have reached the demo so far."""
        counts: dict[str, int] = self.demo.state()["requests"]
        return sum(count for name, count in counts.items() if name.endswith(":poll"))


def interval_s(slug: str) -> float:
    return registry.get(slug).pacing.interval_s


@contextmanager
def in_flight(folder: Path, count: int) -> Iterator[Flight]:
    """So many jobs under way, their first looks spread over one interval."""
    slugs = _mixed(count)
    facts = _place_at_demo(folder / "demo", slugs)
    with DemoServer(folder / "demo", generating_s=SPAN_S) as demo:
        pin(demo.pid, OTHERS)
        studio = Studio(folder / "studio")
        begin_at = time.time() + LEAD_S + count / SEEDED_PER_S
        for each in facts:
            each["next_look_at"] = begin_at + _share() * interval_s(each["slug"])
        studio.call("seed", {"origin": demo.origin, "jobs": facts})
        yield Flight(studio, demo, slugs, begin_at)


def _mixed(count: int) -> list[str]:
    """The APIs of so many jobs: Dafty's few, the others in equal parts."""
    others = [slug for slug in registry.ADAPTERS if slug != "dafty"]
    held = min(HELD_JOBS, count // 10)
    return ["dafty"] * held + [others[number % len(others)] for number in range(count - held)]


def _place_at_demo(state_dir: Path, slugs: list[str]) -> list[dict[str, Any]]:
    """Write the jobs into the demo's own store; what the studio has to know of them."""
    store, now, facts = JobStore(state_dir, Clock()), time.time(), []
    for number, slug in enumerate(slugs):
        job = _demo_job(f"bench-{number}", slug, now - (0.35 + 0.25 * _share()) * SPAN_S)
        store.add(job)
        facts.append({"slug": slug, "remote_id": job.id, "accepted_at": job.created_at})
    store.close()
    return facts


def _share() -> float:
    return random.random()  # noqa: S311 - no secret


def _demo_job(remote_id: str, slug: str, created_at: float) -> Job:
    return Job(
        id=remote_id,
        provider=slug,
        created_at=created_at,
        ready_at=created_at + SPAN_S,
        spec=Spec(prompt="Mist", width=114, height=64, duration_s=5, is_tiny=True),
        details=DETAILS,
        file="none-yet.mp4",
    )
