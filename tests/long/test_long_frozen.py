"""Fifty freezes, and a lost queue with two hundred clips under way."""

import time
from pathlib import Path

import pytest

from tests.kills.frozen import FROZEN, LIVE, freeze
from tests.kills.studio import SLUGS, KillStudio

pytestmark = [pytest.mark.long, pytest.mark.timeout(1200)]
JOBS = 200
LONGEST_DELAY_S = 75.0


def test_fifty_frozen_workers_write_nothing_stale(tmp_path: Path) -> None:
    with KillStudio(tmp_path) as studio:
        assert freeze(studio, rounds=50 // FROZEN) == []


def took_s(folder: Path, *, loses_queue: bool) -> float:
    """How long all clips take."""
    folder.mkdir()
    with KillStudio(folder, generating_s=2.0) as studio:
        studio.keep(LIVE)
        studio.ask("create", count=JOBS, slugs=SLUGS)
        began = time.monotonic()
        while studio.ask("states").get("queued", 0) > JOBS * 3 / 4:
            time.sleep(0.05)
        if loses_queue:
            studio.ask("empty_queue")
        studio.settle(400.0, LIVE, sweeps=False)
        took = time.monotonic() - began
        assert studio.findings() == []
        return took


def test_a_queue_that_is_lost_delays_two_hundred_clips_by_little(tmp_path: Path) -> None:
    undisturbed_s = took_s(tmp_path / "undisturbed", loses_queue=False)
    disturbed_s = took_s(tmp_path / "disturbed", loses_queue=True)
    assert disturbed_s - undisturbed_s <= LONGEST_DELAY_S
