"""The server's time, which a test may push forward instead of waiting."""

import asyncio
import time
from datetime import UTC, datetime


class Clock:
    """Unix seconds. `pushed` is set, and replaced, each time the time jumps."""

    def __init__(self) -> None:
        self._ahead_s = 0.0
        self.pushed = asyncio.Event()

    def now(self) -> float:
        return time.time() + self._ahead_s

    def advance(self, seconds: float) -> None:
        self._push_to(self._ahead_s + seconds)

    def rewind(self) -> None:
        """Back to the machine's own time."""
        self._push_to(0.0)

    def _push_to(self, ahead_s: float) -> None:
        self._ahead_s = ahead_s
        self.pushed.set()
        self.pushed = asyncio.Event()


def iso_ms(at: float) -> str:
    """Unix seconds as 2026-05-02T12:30:00.000Z."""
    moment = datetime.fromtimestamp(at, UTC)
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"


def iso(at: float) -> str:
    """Unix seconds as 2026-05-02T12:30:00Z."""
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
