"""The jobs: one record each, kept in memory and in a ledger; their state follows the clock."""

import asyncio
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any

from studio.demo.clock import Clock
from studio.demo.ledger import Ledger
from studio.demo.spec import Spec

QUEUED_SHARE = 0.3


class State(StrEnum):
    QUEUED = "queued"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"


FINISHED = frozenset({State.SUCCEEDED, State.FAILED, State.CANCELLED})


@dataclass(slots=True, kw_only=True)
class Job:
    """One clip asked for. Times in Unix seconds; `ready_at` is when generating would be done.

    `outcome` is how the job is bound to end (a fault may ask for failed or cancelled).
    `details` is what the API's own answers repeat of the request.
    """

    id: str
    provider: str
    created_at: float
    ready_at: float
    spec: Spec
    details: dict[str, Any] = field(default_factory=dict)
    cost: float = 0.0
    idempotency: str = ""
    outcome: State = State.SUCCEEDED
    error_code: str = ""
    error: str = ""
    file: str = ""
    etag: str = ""
    size_bytes: int = 0
    rendered_at: float = 0.0
    cancelled_at: float = 0.0

    def state(self, now: float) -> State:
        if self.cancelled_at:
            return State.CANCELLED
        if now < self.ready_at:
            share = (now - self.created_at) / (self.ready_at - self.created_at)
            return State.QUEUED if share < QUEUED_SHARE else State.RUNNING
        if self.outcome is not State.SUCCEEDED:
            return self.outcome
        return State.SUCCEEDED if self.file and now >= self.rendered_at else State.RUNNING

    def progress(self, now: float) -> int:
        """Percent, 100 only when finished."""
        if self.state(now) in FINISHED:
            return 100
        span_s = max(self.ready_at - self.created_at, 0.001)
        return max(0, min(99, int(100 * (now - self.created_at) / span_s)))

    @property
    def finished_at(self) -> float:
        return self.cancelled_at or max(self.ready_at, self.rendered_at)

    def as_record(self) -> dict[str, Any]:
        return asdict(self)


def job_from_record(record: dict[str, Any]) -> Job:
    spec = Spec(**record["spec"])
    return Job(**record | {"spec": spec, "outcome": State(record["outcome"])})


class JobStore:
    """All jobs of all five APIs, in the order of their creation."""

    def __init__(self, state_dir: Path, clock: Clock) -> None:
        self._clock = clock
        self._ledger = Ledger(state_dir / "jobs.jsonl")
        self._jobs: dict[str, Job] = {}
        self._by_idempotency: dict[str, Job] = {}
        self._spent: defaultdict[str, float] = defaultdict(float)
        self._changed: dict[str, asyncio.Event] = {}
        self._load()

    def _load(self) -> None:
        for record in self._ledger.read():
            if "created" in record:
                self._keep(job_from_record(record["created"]))
            elif job := self._jobs.get(record["id"]):
                self._change(job, record["set"])
        self._ledger.rewrite([{"created": job.as_record()} for job in self._jobs.values()])

    def add(self, job: Job) -> None:
        self._ledger.write({"created": job.as_record()})
        self._keep(job)

    def _keep(self, job: Job) -> None:
        self._jobs[job.id] = job
        self._spent[job.provider] += job.cost
        if job.idempotency:
            self._by_idempotency[job.idempotency] = job

    def update(self, job: Job, **values: Any) -> None:
        """Change a job for good and wake whoever waits for it."""
        self._ledger.write({"id": job.id, "set": values})
        self._change(job, values)
        if event := self._changed.pop(job.id, None):
            event.set()

    def _change(self, job: Job, values: dict[str, Any]) -> None:
        self._spent[job.provider] += values.get("cost", job.cost) - job.cost
        for name, value in values.items():
            setattr(job, name, State(value) if name == "outcome" else value)

    def find(self, provider: str, job_id: str) -> Job | None:
        job = self._jobs.get(job_id)
        return job if job and job.provider == provider else None

    def of(self, provider: str = "") -> list[Job]:
        """Newest first."""
        jobs = [job for job in self._jobs.values() if provider in ("", job.provider)]
        return jobs[::-1]

    def repeated(self, idempotency: str, not_before: float) -> Job | None:
        """The job that the same idempotency key has made since `not_before`."""
        job = self._by_idempotency.get(idempotency)
        return job if job and job.created_at >= not_before else None

    def unfinished(self, provider: str) -> int:
        now = self._clock.now()
        return sum(job.state(now) not in FINISHED for job in self.of(provider))

    def unrendered(self) -> Iterator[Job]:
        for job in self._jobs.values():
            if not job.file and not job.cancelled_at and job.outcome is State.SUCCEEDED:
                yield job

    def spent(self, provider: str) -> float:
        return self._spent[provider]

    async def wait(self, job: Job, at_most_s: float) -> None:
        """Return when the job is finished, or after `at_most_s`."""
        deadline = self._clock.now() + at_most_s
        while job.state(now := self._clock.now()) not in FINISHED and now < deadline:
            wake_at = min(deadline, job.ready_at) if now < job.ready_at else deadline
            changed = self._changed.setdefault(job.id, asyncio.Event())
            await _first_of(changed, self._clock.pushed, wake_at - now)

    def clear(self) -> None:
        self._ledger.rewrite([])
        self._jobs.clear()
        self._by_idempotency.clear()
        self._spent.clear()

    def close(self) -> None:
        self._ledger.close()


async def _first_of(changed: asyncio.Event, pushed: asyncio.Event, timeout_s: float) -> None:
    tasks = [asyncio.ensure_future(event.wait()) for event in (changed, pushed)]
    try:
        await asyncio.wait(tasks, timeout=timeout_s, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
