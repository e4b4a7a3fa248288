"""A world for the state machine: a clock that only moves when told, workers that die or freeze
at a named place, and what the demo provider's own records say."""

import hashlib
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Self
from unittest import mock

from django.conf import settings
from django.contrib.auth.models import User
from django.core.management import call_command
from django.db import connection, transaction
from django.utils import timezone

from studio.media import children
from studio.models import Asset, Job, Provider
from studio.providers.contract import InputRole
from studio.services import timing, wishes
from studio.services.engine import killpoints, quarantine
from studio.services.engine.killpoints import KillPoint
from tests.demo.harness import DemoServer

AHEAD_S = 3600
"""The studio's clock starts so far ahead of the machine's, so that the time a test takes plays no
part: what reads the machine's clock is never early."""
TICK = timedelta(milliseconds=1)
GENERATING_S = 60
"""Long against the time a run takes: clips get ready when the clock is pushed, not before."""

Record = dict[str, Any]


class Died(BaseException):
    """A worker's end: nothing after it in the step runs."""


class Clock:
    """The studio's time, pushed together with the demo's."""

    def __init__(self, demo: DemoServer) -> None:
        self._demo = demo
        self._now = timezone.now()
        self.push(AHEAD_S)

    def __call__(self) -> datetime:
        self._now += TICK
        return self._now

    def push(self, seconds: float) -> None:
        self._now += timedelta(seconds=seconds)
        self._demo.advance(seconds)


@dataclass
class Trap:
    """What happens, once, when a worker reaches this place; None: it dies there."""

    point: KillPoint
    meanwhile: Callable[[], None] | None = None


@dataclass
class Files:
    """Facts about files by their content: each is looked at by a child process only once."""

    _answers: dict[str, Any] = field(default_factory=dict)
    _run: Callable[..., Any] = children.run

    def run(self, module: str, path: str, **limits: Any) -> Any:
        key = hashlib.sha256(Path(path).read_bytes()).hexdigest()
        if key not in self._answers:
            try:
                self._answers[key] = self._run(module, path, **limits)
            except children.ChildFailed as e:
                self._answers[key] = e
        if isinstance(self._answers[key], children.ChildFailed):
            raise self._answers[key]
        return self._answers[key]


class World:
    """One run: everything that it changes is undone by `close`."""

    def __init__(self, demo: DemoServer, owner: User, picture: Asset, files: Files) -> None:
        self.demo, self.owner, self.picture = demo, owner, picture
        self._sums: dict[str, str] = {}
        self._trap: Trap | None = None
        self._undo = ExitStack()
        demo.reset()
        demo.settings(generating_s=GENERATING_S)
        timing.forget()
        self.clock = Clock(demo)
        self._undo.enter_context(_undone())
        self._depth = len(connection.savepoint_ids)
        for patch in (
            mock.patch.object(timezone, "now", self.clock),
            mock.patch.object(killpoints, "_plans", [self._at]),
            mock.patch.object(children, "run", files.run),
            mock.patch.object(quarantine, "subprocess", mock.Mock(run=self._in_this_process)),
        ):
            self._undo.enter_context(patch)

    def close(self) -> None:
        self._undo.close()
        for folder in ("clips", "incoming"):
            shutil.rmtree(settings.MEDIA_ROOT / folder, ignore_errors=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    # -- Workers ------------------------------------------------------------------------------

    def work(self, do: Callable[[], object], trap: Trap | None = None) -> None:
        """Do it as a worker does, who may die or freeze on the way."""
        self._trap = trap
        try:
            do()
        except Died:
            pass
        finally:
            self._trap = None

    def _at(self, point: KillPoint, job_id: int) -> bool:
        trap = self._trap
        # Who freezes inside a transaction holds up all others, who then see nothing of it.
        is_inside = len(connection.savepoint_ids) > self._depth
        if trap is None or trap.point != point or (trap.meanwhile and is_inside):
            return False
        self._trap = None
        if trap.meanwhile is None:
            raise Died
        trap.meanwhile()
        return False

    def _in_this_process(self, command: list[str], **how: object) -> Any:
        """A child process that takes one step; it dies alone."""
        *_, name, job, token = command
        try:
            call_command(name, job, token)
        except Died:
            return subprocess.CompletedProcess(command, -9)
        return subprocess.CompletedProcess(command, 0)

    # -- Jobs and what became of them there ----------------------------------------------------

    def press(self, slug: str, prompt: str, takes: int = 1) -> list[Job]:
        """Ask for clips of this API's first model, with a picture where it needs one."""
        model = Provider.objects.get(adapter_slug=slug).models.order_by("position").first()
        assert model is not None
        needed = model.capabilities.needed_inputs & {InputRole.FIRST_FRAME}
        inputs = tuple((role, self.picture) for role in needed)
        wish = wishes.Wish(provider_model=model, prompt=prompt, takes=takes, inputs=inputs)
        return wishes.create(wish, self.owner)

    def records(self) -> list[Record]:
        """The provider's own records, oldest first."""
        return self.demo.jobs()[::-1]

    def sha256(self, record: Record) -> str:
        """Of the clip that the provider has made; "" while it has none."""
        name = record["file"]
        if name and name not in self._sums:
            content = (self.demo.state_dir / "clips" / name).read_bytes()
            self._sums[name] = hashlib.sha256(content).hexdigest()
        return self._sums.get(name, "")


@contextmanager
def _undone() -> Iterator[None]:
    """A transaction that is undone at the end."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)
