"""The engine: one step of one job at a time, each under a lease."""

from studio.services.engine.step import Outcome, step
from studio.services.engine.sweep import Bells, sweep

__all__ = ["Bells", "Outcome", "step", "sweep"]
