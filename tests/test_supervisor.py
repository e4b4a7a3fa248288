"""One command starts everything, and nothing is left behind."""

import os
import signal
import socket
import time
from pathlib import Path

import httpx
import pytest

from studio.supervisor import GRACE_S
from tests.live import LiveStudio


@pytest.fixture
def live(tmp_path: Path):
    studio = LiveStudio(tmp_path / "data")
    yield studio
    studio.stop()


def gone(pid: int) -> bool:
    """True once the process has ended (a zombie has)."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return True
    return state == "Z"


def wait_until(condition, longest_s: float = 40) -> None:
    give_up_at = time.monotonic() + longest_s
    while not condition():
        assert time.monotonic() < give_up_at
        time.sleep(0.1)


def test_a_newcomer_is_led_by_the_printed_link(live):
    assert httpx.get(live.url + "/", follow_redirects=True).url.path == "/login/"
    assert httpx.get(live.setup_link).status_code == 200


def test_a_second_start_on_the_same_data_is_refused(live):
    done = live.run("up")
    assert done.returncode == 1
    assert "already running" in done.stderr
    assert live.stop() == 0


def test_sigterm_ends_every_process_with_status_0_before_anybody_kills_it(live):
    pids = live.pids_of("manage.py work") + live.pids_of("granian") + live.pids_of("demo_provider")
    assert len(pids) >= 3
    live.process.terminate()
    assert live.process.wait(GRACE_S) == 0
    wait_until(lambda: all(gone(pid) for pid in pids))


def test_a_killed_supervisor_leaves_no_process_behind(live):
    pids = live.pids_of("manage.py work") + live.pids_of("granian")
    live.process.kill()
    wait_until(lambda: all(gone(pid) for pid in pids))


def test_a_web_server_that_dies_is_started_again(live):
    for pid in live.pids_of("granian"):
        os.kill(pid, signal.SIGKILL)
    wait_until(lambda: "ended unexpectedly" in live.log.read_text())

    def answers() -> bool:
        try:
            return httpx.get(live.url + "/login/").status_code == 200
        except httpx.HTTPError:
            return False

    wait_until(answers)


def test_a_port_in_use_is_named_with_its_variable(tmp_path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        with pytest.raises(AssertionError, match="Set PORT to a free one"):
            LiveStudio(tmp_path / "data", PORT=port)
