"""/readyz of a whole studio whose worker is killed, and its log as JSON meanwhile."""

import json
import os
import signal
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest

from studio.services.health import BEAT_WITHIN
from studio.services.live import WORKER
from tests.live import LiveStudio

LONGEST_S = 40.0
RED_WITHIN_S = 90.0
POLL_S = 0.05


@pytest.fixture
def studio(tmp_path: Path) -> Iterator[LiveStudio]:
    live = LiveStudio(tmp_path / "data", LOG_FORMAT="json")
    yield live
    live.stop()


def is_ready(studio: LiveStudio) -> bool:
    answer = httpx.get(f"{studio.url}/readyz", timeout=10)
    assert answer.status_code == (200 if answer.json()["ready"] else 503)
    return answer.status_code == 200


def wait_for(condition: Callable[[], bool], longest_s: float = LONGEST_S) -> float:
    """How long it took."""
    began = time.monotonic()
    while not condition():
        assert time.monotonic() - began < longest_s, "It never came."
        time.sleep(POLL_S)
    return time.monotonic() - began


def kill_worker(studio: LiveStudio) -> None:
    pids = studio.pids_of("manage.py work")
    assert pids
    for pid in pids:
        os.kill(pid, signal.SIGKILL)
    wait_for(lambda: not set(pids) & set(studio.pids_of("manage.py work")))


def let_the_beat_be(studio: LiveStudio, age_s: float) -> None:
    """As if so much time had passed since the worker's last sign of life."""
    at = datetime.fromtimestamp(time.time() - age_s, UTC).replace(tzinfo=None)
    with closing(sqlite3.connect(studio.data_dir / "studio.sqlite3", timeout=20)) as file:
        found = file.execute("UPDATE studio_heartbeat SET at=? WHERE name=?", (str(at), WORKER))
        assert found.rowcount == 1
        file.commit()


def test_a_killed_worker_is_told_and_the_next_one_mends_it_by_itself(studio):
    """Without waiting for the minute and a half: the beat of the dead one is moved back."""
    wait_for(lambda: is_ready(studio))
    # A supervisor that stands still starts nobody.
    studio.process.send_signal(signal.SIGSTOP)
    try:
        kill_worker(studio)
        let_the_beat_be(studio, BEAT_WITHIN.total_seconds() - 30)
        assert is_ready(studio)
        let_the_beat_be(studio, BEAT_WITHIN.total_seconds() + 1)
        assert not is_ready(studio)
    finally:
        studio.process.send_signal(signal.SIGCONT)
    wait_for(lambda: is_ready(studio))
    assert "worker ended unexpectedly" in studio.log.read_text()
    every_line_is_an_event(studio)


def every_line_is_an_event(studio: LiveStudio) -> None:
    """What all processes print is JSON, line by line, whoever printed it."""
    events = [json.loads(line) for line in studio.log.read_text().splitlines()]
    assert all({"timestamp", "level", "logger", "event"} <= set(event) for event in events)
    assert {"studio", "demo"} <= {event.get("process") for event in events}


@pytest.mark.long
def test_a_worker_that_is_really_dead_is_told_within_ninety_seconds(studio, record_property):
    """By the clock, with the product's own settings."""
    wait_for(lambda: is_ready(studio))
    studio.process.send_signal(signal.SIGSTOP)
    try:
        kill_worker(studio)
        red_after_s = wait_for(lambda: not is_ready(studio), RED_WITHIN_S)
    finally:
        studio.process.send_signal(signal.SIGCONT)
    green_after_s = wait_for(lambda: is_ready(studio))
    record_property("red_after_s", round(red_after_s, 1))
    record_property("green_after_s", round(green_after_s, 1))
    print(f"red after {red_after_s:.1f} s, green again after {green_after_s:.1f} s")
