"""`manage.py work` as a real process: it ends whole when it is told to, and goes on at once."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.kills.studio import ROOT, SLUGS, KillStudio

GRACE_S = 30.0
LONGEST_S = 40.0
Work = Callable[[], "subprocess.Popen[bytes]"]


@pytest.fixture
def studio(tmp_path: Path) -> Iterator[KillStudio]:
    """A studio without workers; what is asked of it runs in its own processes."""
    with KillStudio(tmp_path) as studio:
        yield studio


@pytest.fixture
def work(studio: KillStudio, tmp_path: Path) -> Iterator[Work]:
    """Starts the worker, as the service manager does."""
    started: list[subprocess.Popen[bytes]] = []
    own = {"DATA_DIR": str(tmp_path / "data"), "DJANGO_SETTINGS_MODULE": "tests.kills.settings"}

    def start() -> "subprocess.Popen[bytes]":
        with (tmp_path / "work.log").open("ab") as log:
            command = [sys.executable, "manage.py", "work"]
            process = subprocess.Popen(command, cwd=ROOT, env=os.environ | own, stderr=log)
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.wait()


def wait_for(condition: Callable[[], object], longest_s: float = LONGEST_S) -> None:
    give_up_at = time.monotonic() + longest_s
    while not condition():
        assert time.monotonic() < give_up_at, "It never came."
        time.sleep(0.05)


def count(studio: KillStudio, *states: str) -> int:
    found = studio.ask("states")
    return sum(found.get(state, 0) for state in states)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_worker_that_is_told_to_end_under_load_leaves_nothing_half_done(studio, work, number):
    studio.demo.fault("*", "create", "slow", times=None, delay_s=1.0)
    studio.ask("create", count=40, slugs=SLUGS)
    process = work()
    wait_for(lambda: count(studio, "submitting") and count(studio, "fetching", "ready"))
    process.send_signal(number)
    assert process.wait(GRACE_S) == 0
    assert count(studio, "submitting", "unconfirmed") == 0
    assert studio.ask("held") == 0
    assert count(studio, "queued") > 0


def test_a_restarted_worker_goes_on_without_waiting_for_the_next_sweep(studio, work):
    studio.ask("create", count=1, slugs=["getimg"])
    studio.ask("empty_queue")
    began = time.monotonic()
    work()
    wait_for(studio.demo.created)
    assert time.monotonic() - began < 20


def test_an_answer_that_takes_long_is_waited_for_before_the_end(studio, work):
    studio.demo.fault("getimg", "create", "slow", times=1, delay_s=6)
    studio.ask("create", count=1, slugs=["getimg"])
    process = work()
    wait_for(studio.demo.created)
    process.send_signal(signal.SIGTERM)
    assert process.wait(GRACE_S) == 0
    (job,) = studio.ask("report")
    assert (job["state"], job["submit_attempts"]) == ("waiting", 1)
    assert job["remote_id"] == studio.demo.jobs()[0]["id"]
