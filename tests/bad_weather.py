"""Many downloads through every fault that the demo provider has, in a seeded mixture."""

import hashlib
import random
import time
import uuid
from collections.abc import Callable
from typing import Any

from django.contrib.auth.models import User
from django.utils import timezone

from studio.models import Asset, Job, Provider
from studio.services import engine, wishes
from tests.demo.harness import PATHS, DemoServer

State = Job.State
LONGEST_S = 120.0
NO_LIMITS = {"creates_per_minute": 1000, "concurrent_jobs": 1000}
MAKING = (State.QUEUED, State.SUBMITTING, State.WAITING, State.GENERATING)
SHAPES: tuple[dict[str, Any], ...] = ({}, {"aspect_ratio": "9:16"}, {"aspect_ratio": "1:1"})
BREAKS: tuple[dict[str, Any], ...] = (
    {"kind": "truncated", "share": 0.3},
    {"kind": "truncated", "share": 0.8},
    {"kind": "cut", "share": 0.7},
    {"kind": "drip", "chunk_bytes": 20_000, "pause_s": 0.01},
    {"kind": "slow", "delay_s": 0.05},
    {"kind": "reset_before"},
    {"kind": "reset_after"},
    {"kind": "rate_limit", "retry_after_s": 0},
    {"kind": "server_error"},
    {"kind": "server_error", "status": 502},
    {"kind": "locked"},
    {"kind": "expired"},
    {"kind": "answer", "status": 404},
    {"kind": "redirect", "location": "/nowhere"},
)
ON_THE_REST: tuple[dict[str, Any], ...] = (
    {"kind": "wrong_range"},
    {"kind": "ignore_range"},
    {"kind": "unsatisfiable"},
    {"kind": "unsatisfiable", "size_bytes": 5},
)
WRONG: tuple[dict[str, Any], ...] = (
    {"kind": "wrong_length"},
    {"kind": "html"},
    {"kind": "html", "content_type": "video/mp4"},
    {"kind": "json"},
    {"kind": "empty"},
    {"kind": "gzip"},
    {"kind": "bad_key", "status": 451},
    {"kind": "malformed_json"},
)


def ask(provider: Provider, owner: User, make_image: Callable[..., Asset], **wish: Any) -> Job:
    """One take at this account, with the pictures that its model needs."""
    model = provider.models.order_by("position").first()
    assert model is not None
    ratios = model.capabilities.aspect_ratios
    wish = {name: value for name, value in wish.items() if value in ratios}
    inputs = tuple((role, make_image()) for role in model.capabilities.needed_inputs)
    whole = wishes.Wish(provider_model=model, prompt=f"Mist {uuid.uuid4()}", inputs=inputs, **wish)
    return wishes.create(whole, owner)[0]


class Weather:
    """Downloads over all five protocols, each of which meets about two faults."""

    def __init__(
        self,
        demo: DemoServer,
        owner: User,
        make_account: Callable[..., Provider],
        make_image: Callable[..., Asset],
        *,
        longest_s: float = LONGEST_S,
    ) -> None:
        self._demo = demo
        self._owner = owner
        picture = make_image()
        self._picture = lambda: picture
        self._give_up_at = time.monotonic() + longest_s
        self._providers = [make_account(slug) for slug in PATHS]
        Provider.objects.update(**NO_LIMITS)

    def download(self, count: int, *, seed: int) -> None:
        chance = random.Random(seed)
        for number in range(count):
            shape = chance.choice(SHAPES)
            ask(self._providers[number % 5], self._owner, self._picture, **shape)
        while making := self._in_state(*MAKING):
            self._step(making)
            time.sleep(0.1)
        for slug in PATHS:
            for _ in range(2 * count // 5):
                self._blow(slug, chance)
        while fetching := self._in_state(State.FETCHING):
            self._step(fetching[:1])

    def _blow(self, slug: str, chance: random.Random) -> None:
        """A fault for whichever download comes next; a broken one and then one on its rest."""
        kind = chance.choices([BREAKS, ON_THE_REST, WRONG], [5, 2, 2])[0]
        if kind is ON_THE_REST:
            self._demo.fault(slug, "download", "truncated")
        self._demo.fault(slug, "download", **chance.choice(kind))

    def _in_state(self, *states: State) -> list[int]:
        found = Job.objects.filter(state__in=states).order_by("pk")
        return list(found.values_list("pk", flat=True))

    def _step(self, pks: list[int]) -> None:
        """Take the next step of these jobs, which need not wait."""
        assert time.monotonic() < self._give_up_at, list(Job.objects.values_list("state", "error"))
        Job.objects.filter(pk__in=pks).update(next_look_at=timezone.now())
        for pk in pks:
            engine.step(pk)

    def count(self, state: State) -> int:
        return Job.objects.filter(state=state).count()

    @property
    def kinds_met(self) -> set[str]:
        entries = self._demo.journal(endpoint="download")
        return {entry["fault"] for entry in entries if entry["fault"]}

    def check(self) -> None:
        """Every clip is the provider's own file, and whatever is no clip says why."""
        files = {record["id"]: self._file(record["file"]) for record in self._demo.jobs()}
        for job in Job.objects.select_related("video"):
            assert job.state in {State.READY, State.FAILED}, f"{job.state}: {job.error}"
            if job.state == State.FAILED:
                assert "5 times" in job.error
                continue
            assert job.video.downloaded_sha256 == files[job.remote_id], job.pk
            held = hashlib.sha256(job.video.path.read_bytes()).hexdigest()
            assert job.video.sha256 == held
        clips = Asset.objects.filter(kind=Asset.Kind.VIDEO)
        assert clips.count() == self.count(State.READY)

    def _file(self, name: str) -> str:
        [path] = self._demo.state_dir.rglob(name)
        return hashlib.sha256(path.read_bytes()).hexdigest()
