"""Processes under measurement: started on their cores, watched through /proc."""

import os
import signal
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from bench.machine import favour, pin

ROOT = Path(__file__).resolve().parent.parent
TICKS_PER_S = os.sysconf("SC_CLK_TCK")
STOP_S = 40.0


@dataclass(frozen=True, slots=True)
class Usage:
    """Since the process began: seconds of CPU (its ended children included), seconds for which its
    threads were ready but had no core; MB in memory now and at most."""

    cpu_s: float
    waited_s: float
    rss_mb: float
    peak_mb: float


def usage_of(pid: int) -> Usage:
    """Read from /proc: user and system time of all threads, to 10 ms."""
    after_name = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    ticks = sum(int(field) for field in after_name[11:15])
    status = Path(f"/proc/{pid}/status").read_text().splitlines()
    memory = dict(line.split(":", 1) for line in status if line.startswith("Vm"))
    return Usage(
        cpu_s=ticks / TICKS_PER_S,
        waited_s=sum(map(_waited_s, Path(f"/proc/{pid}/task").iterdir())),
        rss_mb=_mb(memory["VmRSS"]),
        peak_mb=_mb(memory["VmHWM"]),
    )


def usage_of_self() -> Usage:
    return usage_of(os.getpid())


def _waited_s(thread: Path) -> float:
    """0 where the system does not count it, and for a thread that has just ended."""
    try:
        return int((thread / "schedstat").read_text().split()[1]) / 1e9
    except OSError:
        return 0.0


def _mb(text: str) -> float:
    return int(text.split()[0]) / 1000


class Running:
    """A process on given cores until the end of the `with` block; its output goes to `log`."""

    def __init__(
        self, words: Sequence[str], env: Mapping[str, str], log: Path, cores: set[int]
    ) -> None:
        self.log = log
        with log.open("a") as file:
            self._process = subprocess.Popen(  # noqa: S603
                words,
                cwd=ROOT,
                env=dict(env),
                stdout=file,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        pin(self._process.pid, cores)
        favour(self._process.pid)

    @property
    def usage(self) -> Usage:
        return usage_of(self._process.pid)

    def require_alive(self) -> None:
        if self._process.poll() is not None:
            raise RuntimeError(f"It ended while it was measured:\n{self.log.read_text()[-2000:]}")

    def wait(self) -> None:
        """Until it has ended by itself, and well."""
        if self._process.wait():
            raise RuntimeError(f"It did not end well:\n{self.log.read_text()[-2000:]}")

    def stop(self) -> None:
        """End it as Ctrl+C does."""
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGINT)
        try:
            self._process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait(STOP_S)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()
