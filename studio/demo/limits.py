"""Rate limits: so many requests in a window that starts with its first one."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Rate:
    limit: int
    window_s: float


@dataclass(frozen=True, slots=True)
class Allowance:
    """What is left after one request. `reset_at` in Unix seconds."""

    limit: int
    remaining: int
    reset_at: float
    is_exceeded: bool


class Limiter:
    def __init__(self) -> None:
        self._windows: dict[str, tuple[float, int]] = {}

    def take(self, name: str, rate: Rate, now: float) -> Allowance:
        """Count one request against `name`."""
        started_at, used = self._windows.get(name, (now, 0))
        if now >= started_at + rate.window_s:
            started_at, used = now, 0
        is_exceeded = used >= rate.limit
        used += not is_exceeded
        self._windows[name] = (started_at, used)
        return Allowance(rate.limit, rate.limit - used, started_at + rate.window_s, is_exceeded)

    def clear(self) -> None:
        self._windows.clear()
