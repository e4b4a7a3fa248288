"""Two gigabytes over twenty broken connections."""

import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import av
import numpy as np
import pytest

from tests.demo.harness import ROOT
from tests.file_server import FileServer
from tests.long.big_file import BigFile

pytestmark = [pytest.mark.long, pytest.mark.timeout(900)]

SIZE_BYTES = 2_000_000_000
CUTS = 20


@pytest.fixture
def head(tmp_path: Path) -> Path:
    path = tmp_path / "head.mp4"
    with av.open(str(path), "w", options={"movflags": "faststart"}) as container:
        stream = container.add_stream("libx264", rate=12)
        stream.width, stream.height, stream.pix_fmt = 64, 36, "yuv420p"
        for _ in range(12):
            frame = av.VideoFrame.from_ndarray(np.zeros((36, 64, 3), np.uint8), format="rgb24")
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


@pytest.fixture
def big_server(head: Path) -> Iterator["subprocess.Popen[str]"]:
    command = [sys.executable, "-m", "tests.long.big_file", str(head), str(SIZE_BYTES), str(CUTS)]
    with subprocess.Popen(
        command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        yield process
        process.kill()


def fetch_alone(*urls: str) -> dict[str, object]:
    changes = {"DJANGO_SETTINGS_MODULE": "tests.settings", "LOOK_INTERVAL_FACTOR": "0.001"}
    done = subprocess.run(
        [sys.executable, "-m", "tests.long.fetch_alone", *urls],
        cwd=ROOT,
        env=dict(os.environ) | changes,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    document: dict[str, object] = json.loads(done.stdout.splitlines()[-1])
    return document


def test_two_gigabytes_cut_twenty_times_come_whole_and_hardly_anything_twice(head, big_server):
    port = int(big_server.stdout.readline())
    with FileServer(head.read_bytes()) as small:
        ended = fetch_alone(f"{small.url}/small", f"http://127.0.0.1:{port}/big")
    told, _ = big_server.communicate()
    sent = json.loads(told)["sent_bytes"]
    print(f"again: {sent / SIZE_BYTES - 1:.2%}, memory: {ended['grown_bytes'] / 1e6:.1f} MB")
    assert (ended["state"], ended["error"], ended["tries"]) == ("ready", "", 0)
    assert ended["sha256"] == sha256_of(BigFile(head.read_bytes(), SIZE_BYTES))
    assert sent <= SIZE_BYTES * 1.05
    assert ended["grown_bytes"] < 64_000_000


def sha256_of(file: BigFile) -> str:
    digest = hashlib.sha256()
    for block in file.blocks(0, file.size_bytes):
        digest.update(block)
    return digest.hexdigest()
