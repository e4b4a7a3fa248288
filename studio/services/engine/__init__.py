"""The engine: one step of one job at a time, each under a lease; all looks in one loop."""

from studio.services.engine.booking import Moved
from studio.services.engine.looker import Looker
from studio.services.engine.step import Outcome, fetch_next, send_next, step
from studio.services.engine.sweep import Bells, sweep

__all__ = [
    "Bells",
    "Looker",
    "Moved",
    "Outcome",
    "fetch_next",
    "send_next",
    "step",
    "sweep",
]
