"""The server as a process: full clips, restarts, the control address, the journal file."""

import json
import math
import os
import signal
import statistics
import subprocess
import sys
import time
from pathlib import Path

import av
import httpx
import pytest
from django.core.management import CommandError, call_command

from studio.demo.ledger import Ledger
from studio.demo.settings import Settings
from tests.demo.conftest import ACCOUNTS, Visitor, data_uri, png
from tests.demo.harness import ROOT, DemoServer


@pytest.fixture
def own_server(tmp_path: Path):
    """A server of the test's own, with full clips."""
    with DemoServer(tmp_path / "state", generating_s=0.1, render="full") as server:
        yield server


def test_a_full_clip_shows_the_picture_that_was_sent(own_server: DemoServer):
    getimg = Visitor(own_server, ACCOUNTS["getimg"])
    image = {"url": data_uri(png((200, 40, 40), size=(640, 360))), "role": "first_frame"}
    _, body = getimg.finished(images=[image], aspect_ratio="16:9")
    clip = own_server_file(own_server, getimg.video_url(body))
    with av.open(str(clip)) as container:
        frame = next(container.decode(video=0)).to_ndarray(format="rgb24")
    assert frame.shape == (720, 1280, 3)
    assert frame.mean(axis=(0, 1)) == pytest.approx([200, 40, 40], abs=4)
    getimg.http.close()


def own_server_file(server: DemoServer, url: str) -> Path:
    path = server.state_dir / "fetched.mp4"
    path.write_bytes(httpx.get(url).content)
    return path


def test_a_killed_server_remembers_its_jobs_and_finishes_them(own_server: DemoServer):
    getimg = Visitor(own_server, ACCOUNTS["getimg"])
    job_id = getimg.account.read_id(getimg.create().json())
    own_server.restart()
    assert getimg.until(job_id, "completed")["data"][0]["duration"] == 5
    getimg.http.close()


def test_signed_links_and_idempotency_survive_a_restart(tmp_path: Path):
    with DemoServer(tmp_path) as server:
        dafty = Visitor(server, ACCOUNTS["dafty"])
        headers = {"Idempotency-Key": "k1"}
        job_id = dafty.account.read_id(dafty.create(headers=headers).json())
        url = dafty.video_url(dafty.until(job_id, "completed"))
        server.restart()
        assert httpx.get(url).status_code == 200
        assert dafty.account.read_id(dafty.create(headers=headers).json()) == job_id
        dafty.http.close()


def test_the_journal_reaches_its_file(tmp_path: Path):
    with DemoServer(tmp_path) as server:
        httpx.get(server.base_url("getimg") + "/v2/models", headers={"Authorization": "Bearer k"})
    [line] = (tmp_path / "journal.jsonl").read_text().splitlines()
    assert (json.loads(line)["endpoint"], json.loads(line)["status"]) == ("models", 200)


def test_stopping_does_not_wait_for_a_long_render(own_server: DemoServer):
    getimg = Visitor(own_server, ACCOUNTS["getimg"])
    getimg.create(duration=10, resolution="1080p")
    time.sleep(1)
    started = time.monotonic()
    own_server.stop()
    assert time.monotonic() - started < 5
    getimg.http.close()


def test_the_state_counts_requests_and_jobs(demo: DemoServer, visit):
    visit("getimg").finished()
    state = demo.state()
    assert state["requests"]["getimg:create"] == 1
    assert state["jobs"] == {"getimg:succeeded": 1}


def test_the_journal_can_be_read_on_from_a_number(demo: DemoServer, visit):
    getimg = visit("getimg")
    getimg.poll("one")
    [first] = demo.journal()
    getimg.poll("two")
    assert [entry["path"] for entry in demo.journal(since=first["seq"])] == [
        "/getimg/v2/videos/generations/two"
    ]


def test_an_unknown_setting_is_refused_by_name(demo: DemoServer):
    with pytest.raises(ValueError, match="no setting called speed"):
        demo.settings(speed=9)


@pytest.mark.parametrize(
    "values",
    [
        {"render": "huge"},
        {"generating_s": -1},
        {"generating_sigma": -1},
        {"link_life_s": "x"},
    ],
)
def test_a_bad_value_of_a_setting_is_refused(values: dict[str, object]):
    with pytest.raises(ValueError, match=next(iter(values))):
        Settings().changed(values)


def test_clips_can_be_asked_to_take_differently_long():
    same, spread = Settings(generating_s=8), Settings(generating_s=8, generating_sigma=0.5)
    assert {same.next_generating_s() for _ in range(9)} == {8}
    drawn = [spread.next_generating_s() for _ in range(999)]
    assert statistics.median(drawn) == pytest.approx(8, rel=0.15)
    assert statistics.quantiles(drawn, n=20)[-1] == pytest.approx(
        8 * math.exp(0.5 * 1.645), rel=0.2
    )


def test_a_reset_forgets_jobs_settings_and_faults(demo: DemoServer, visit):
    getimg = visit("getimg")
    job_id, _ = getimg.finished()
    demo.settings(generating_s=99)
    demo.fault("getimg", "poll", "server_error")
    demo.reset()
    assert getimg.http.get(getimg.account.poll_path.format(job_id)).status_code == 404
    assert demo.state()["settings"]["generating_s"] == 0.05


def test_a_line_cut_short_by_a_crash_is_left_out(tmp_path: Path):
    ledger = Ledger(tmp_path / "ledger.jsonl")
    ledger.write({"number": 1})
    ledger.close()
    with (tmp_path / "ledger.jsonl").open("a") as file:
        file.write('{"numb')
    again = Ledger(tmp_path / "ledger.jsonl")
    assert list(again.read()) == [{"number": 1}]
    again.close()


def test_the_management_command_serves_until_it_is_interrupted(tmp_path: Path):
    command = [sys.executable, "manage.py", "demo_provider", "--port", "0"]
    environment = os.environ | {
        "DATA_DIR": str(tmp_path),
        "DJANGO_SETTINGS_MODULE": "studio.settings",
    }
    with subprocess.Popen(
        command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True
    ) as process:
        address = process.stdout.readline().split()[-1].rstrip(".")
        assert httpx.get(f"{address}/_control/state").status_code == 200
        process.send_signal(signal.SIGINT)
        assert process.wait(20) == 0
    assert (tmp_path / "demo" / "jobs.jsonl").exists()


def test_a_taken_port_is_said_plainly(demo: DemoServer, tmp_path: Path):
    with pytest.raises(CommandError, match="Choose another port"):
        call_command("demo_provider", port=demo.port, state_dir=tmp_path)


def test_the_server_ends_when_its_tests_are_gone(tmp_path: Path):
    command = [sys.executable, "-m", "studio.demo", "--port", "0", "--ends-with-input"]
    with subprocess.Popen(
        [*command, "--state-dir", str(tmp_path)],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as process:
        assert process.stdout.readline()
        process.stdin.close()
        assert process.wait(20) == 0
