"""Starts the studio's processes, keeps them running, and stops them cleanly."""

import asyncio
import ctypes
import os
import signal
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

GRACE_S = 30.0
LONGEST_PAUSE_S = 30.0
HEALTHY_AFTER_S = 30.0
LONGEST_LINE_BYTES = 1024 * 1024
PR_SET_PDEATHSIG = 1


@dataclass(frozen=True, slots=True)
class Service:
    """One process: its name before each line of output, and its command."""

    name: str
    command: Sequence[str]
    env: dict[str, str] = field(default_factory=dict)


class Supervisor:
    """Runs services until SIGINT or SIGTERM. A service that dies is started again after 1, 2,
    4 ... 30 s; one that ran for a while starts over at 1 s. `pass_on` prints a line of the
    service with this name."""

    def __init__(
        self,
        services: Sequence[Service],
        say: Callable[[str], None],
        pass_on: Callable[[str, str], None],
    ) -> None:
        self._services = services
        self._say = say
        self._print = pass_on
        self._stopping = asyncio.Event()
        self._running: dict[str, asyncio.subprocess.Process] = {}

    async def run(self, when_up: Callable[[], None], is_up: Callable[[], bool]) -> None:
        """Start everything, call `when_up` once `is_up`, and return after the last one ended."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, self._stopping.set)
        keepers = [asyncio.create_task(self._keep(service)) for service in self._services]
        announcer = asyncio.create_task(self._announce(when_up, is_up))
        await self._stopping.wait()
        announcer.cancel()
        await self._stop_all()
        for keeper in keepers:
            keeper.cancel()
        await asyncio.gather(*keepers, return_exceptions=True)

    async def _announce(self, when_up: Callable[[], None], is_up: Callable[[], bool]) -> None:
        while not await asyncio.to_thread(is_up):
            await asyncio.sleep(0.2)
        await asyncio.to_thread(when_up)

    async def _keep(self, service: Service) -> None:
        pause_s = 1.0
        while not self._stopping.is_set():
            began = time.monotonic()
            status = await self._run_once(service)
            if self._stopping.is_set():
                return
            if time.monotonic() - began > HEALTHY_AFTER_S:
                pause_s = 1.0
            self._say(
                f"{service.name} ended unexpectedly (status {status}). It is started again in "
                f"{pause_s:.0f} s."
            )
            await asyncio.sleep(pause_s)
            pause_s = min(LONGEST_PAUSE_S, pause_s * 2)

    async def _run_once(self, service: Service) -> int:
        process = await asyncio.create_subprocess_exec(
            *service.command,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            env=os.environ | service.env,
            # A process group of its own: Ctrl+C reaches us alone, and we stop them in order.
            start_new_session=True,
            limit=LONGEST_LINE_BYTES,
            preexec_fn=_die_with_parent,
        )
        self._running[service.name] = process
        await self._pass_on(service.name, process)
        status = await process.wait()
        self._running.pop(service.name, None)
        return status

    async def _pass_on(self, name: str, process: asyncio.subprocess.Process) -> None:
        assert process.stdout is not None  # noqa: S101 - it was asked for above
        while chunk := await _line(process.stdout):
            self._print(name, chunk.decode(errors="replace").rstrip())

    async def _stop_all(self) -> None:
        running = list(self._running.items())
        for _, process in running:
            _signal(process, signal.SIGTERM)
        waits = [asyncio.create_task(process.wait()) for _, process in running]
        if waits:
            _, late = await asyncio.wait(waits, timeout=GRACE_S)
            for name, process in running if late else ():
                if process.returncode is None:
                    self._say(f"{name} did not stop within {GRACE_S:.0f} s and is ended.")
                    _signal(process, signal.SIGKILL)


async def _line(output: asyncio.StreamReader) -> bytes:
    """The next line; one that is far too long is left out, for whoever stops reading stops the
    service that writes."""
    while True:
        try:
            return await output.readline()
        except ValueError:
            continue


def _signal(process: asyncio.subprocess.Process, number: signal.Signals) -> None:
    try:
        process.send_signal(number)
    except ProcessLookupError:
        return


def _die_with_parent() -> None:
    """On Linux, a killed supervisor takes its processes with it (prctl(2))."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
