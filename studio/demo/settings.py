"""What can be set when the server starts, and changed while it runs."""

import math
import random
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from typing import Any

CHOICES: dict[str, tuple[object, ...]] = {
    "render": ("full", "small", "tiny"),
    "imgix_vocabulary": (1, 2),
    "indoxhub_answer": ("async", "sync"),
    "indoxhub_cancelled": ("cancelled", "failed"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Run-time settings. Durations are seconds.

    With `generating_sigma` above 0 clips take differently long: log-normal with that sigma around
    the median `generating_s`.
    `render`: small clips show the same at a third of the size, tiny ones nothing of what was sent.
    `link_life_s` None: each API's own default. `has_limits` switches rate limits, concurrency
    limits and the check of the credit together; `balance` is the credit to start with (USD; CU at
    Dafty). `imgix_vocabulary` 1 is preparing/ready/errored,
    2 is pending/processing/completed/failed. `dafty_fetches_http` lets Dafty fetch an `http:`
    image address, which the real one refuses.
    """

    generating_s: float = 4.0
    generating_sigma: float = 0.0
    link_life_s: float | None = None
    render: str = "full"
    has_limits: bool = True
    balance: float = 10_000.0
    long_poll_s: float = 55.0
    imgix_vocabulary: int = 1
    indoxhub_answer: str = "async"
    indoxhub_cancelled: str = "cancelled"
    dafty_fetches_http: bool = False

    def changed(self, values: Mapping[str, Any]) -> "Settings":
        """A copy with other values. Raises ValueError naming what cannot be set."""
        if unknown := set(values) - {field.name for field in fields(self)}:
            raise ValueError(f"There is no setting called {', '.join(sorted(unknown))}.")
        for name, value in values.items():
            if name in CHOICES and value not in CHOICES[name]:
                raise ValueError(f"{name} takes one of {CHOICES[name]}, not {value!r}.")
            if name.endswith("_s") and value is not None and not _is_size(value):
                raise ValueError(f"{name} takes seconds, not {value!r}.")
            if name == "generating_sigma" and not _is_size(value):
                raise ValueError(f"{name} takes a number from 0 on, not {value!r}.")
        return replace(self, **values)

    def next_generating_s(self) -> float:
        """How long the next clip takes."""
        spread = random.gauss(0.0, self.generating_sigma)
        return self.generating_s * math.exp(spread)

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def _is_size(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and value >= 0
