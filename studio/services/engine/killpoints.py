"""Named places between two commits at which a test may end the process.

The product has no plan, and nothing in it makes one: only the worker that the tests start does,
from an environment variable of its own.
"""

import os
import signal
from collections.abc import Callable
from enum import StrEnum

Plan = Callable[["KillPoint", int], bool]

_plans: list[Plan] = []


class KillPoint(StrEnum):
    """Each stands right after the commit or the outside effect that it names."""

    CLAIMED = "claimed"
    PLACE_FOUND = "place_found"
    INPUTS_DELIVERED = "inputs_delivered"
    LEASE_KEPT = "lease_kept"
    INTENT_COMMITTED = "intent_committed"
    ANSWERED = "answered"
    RECEIPT_KEPT = "receipt_kept"
    RECEIPT_TOLD = "receipt_told"
    COST_KEPT = "cost_kept"
    ACCEPTED = "accepted"
    RECOVERING = "recovering"
    LOOKS_CLAIMED = "looks_claimed"
    LOOK_ANSWERED = "look_answered"
    LOOKS_BOOKED = "looks_booked"
    NEWS_TOLD = "news_told"
    NEWS_COST_KEPT = "news_cost_kept"
    MADE = "made"
    FETCH_BEGUN = "fetch_begun"
    ADDRESS_FOUND = "address_found"
    PART_OPENED = "part_opened"
    PART_GROWN = "part_grown"
    PART_WHOLE = "part_whole"
    PART_CHECKED = "part_checked"
    TAGGED = "tagged"
    SIDECAR_WRITTEN = "sidecar_written"
    CLIP_ROW_WRITTEN = "clip_row_written"
    READY_WRITTEN = "ready_written"
    RENAMED = "renamed"
    FOLDER_SYNCED = "folder_synced"
    READY_COMMITTED = "ready_committed"
    STEP_ENDED = "step_ended"
    COMPANION_WRITTEN = "companion_written"


def plan(to_kill: Plan) -> None:
    """From now on ask `to_kill` at each point, with the job's number, whether to end here."""
    _plans.append(to_kill)


def reach(point: KillPoint, job_id: int) -> None:
    """End this process as a power cut would, where a test has planned it."""
    if any(to_kill(point, job_id) for to_kill in _plans):
        os.kill(os.getpid(), signal.SIGKILL)
