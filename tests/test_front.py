"""Files with byte ranges, from a real server, after the pages' own decision."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator

import httpx
import pytest

from tests.live import ROOT, free_port

CONTENT = bytes(range(256)) * 4000
STALLED = 60


@pytest.fixture(scope="module")
def serve(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., str]]:
    """Starts granian over `tests.front_app`; returns its address."""
    root = tmp_path_factory.mktemp("front")
    (root / "media").mkdir()
    (root / "media" / "clip.mp4").write_bytes(CONTENT)
    (root / "secret.txt").write_text("secret")
    (root / "media" / "link.mp4").symlink_to(root / "secret.txt")
    started: list[subprocess.Popen[bytes]] = []

    def start(**env: str) -> str:
        port = free_port()
        command = [sys.executable, "-m", "granian", "--interface", "asgi", "--port", str(port)]
        started.append(
            subprocess.Popen(
                [*command, "--log-level", "error", "tests.front_app:application"],
                cwd=ROOT,
                env=os.environ | {"FRONT_ROOT": str(root)} | env,
            )
        )
        _wait_for(port)
        return f"http://127.0.0.1:{port}"

    yield start
    for process in started:
        process.send_signal(signal.SIGTERM)
        process.wait(20)


def _wait_for(port: int) -> None:
    give_up_at = time.monotonic() + 30
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            assert time.monotonic() < give_up_at
            time.sleep(0.05)
        else:
            return


@pytest.fixture(scope="module")
def url(serve: Callable[..., str]) -> str:
    return serve()


def get(url: str, span: str = "", **headers: str) -> httpx.Response:
    headers |= {"Range": span} if span else {}
    return httpx.get(url + "/clip", headers=headers)


def test_without_a_range_the_whole_file_comes(url):
    answer = get(url)
    assert (answer.status_code, answer.content) == (200, CONTENT)
    assert answer.headers["accept-ranges"] == "bytes"
    assert answer.headers["content-length"] == str(len(CONTENT))


@pytest.mark.parametrize(
    ("span", "first", "last"),
    [
        ("bytes=0-0", 0, 0),
        ("bytes=10-19", 10, 19),
        ("bytes=1000-", 1000, len(CONTENT) - 1),
        ("bytes=-500", len(CONTENT) - 500, len(CONTENT) - 1),
        ("bytes=0-99999999", 0, len(CONTENT) - 1),
        ("bytes=300000-800000", 300000, 800000),
    ],
)
def test_a_range_is_answered_with_just_that_part(url, span, first, last):
    answer = get(url, span)
    assert answer.status_code == 206
    assert answer.headers["content-range"] == f"bytes {first}-{last}/{len(CONTENT)}"
    assert answer.content == CONTENT[first : last + 1]


def test_a_range_past_the_end_is_refused_with_the_size(url):
    answer = get(url, f"bytes={len(CONTENT)}-")
    assert answer.status_code == 416
    assert answer.headers["content-range"] == f"bytes */{len(CONTENT)}"


@pytest.mark.parametrize(
    "span",
    ["bytes=0-1,5-9", "bytes=a-b", "bytes=-", "items=0-5", "bytes=9-3", "bytes=" + "1" * 500],
)
def test_a_range_that_no_player_asks_for_gets_the_whole_file(url, span):
    answer = get(url, span)
    assert (answer.status_code, answer.content) == (200, CONTENT)


def test_a_very_long_range_header_costs_nothing(url):
    answer = get(url, "bytes=" + ",".join(f"{n}-{n}" for n in range(3000)))
    assert answer.status_code == 200


@pytest.mark.parametrize(("tag", "status"), [('"abc"', 206), ('"old"', 200)])
def test_a_part_of_a_file_that_has_changed_is_not_sent(url, tag, status):
    assert get(url, "bytes=0-9", **{"If-Range": tag}).status_code == status


def test_the_pages_own_headers_win_and_the_path_stays_inside(url):
    answer = get(url)
    assert answer.headers["etag"] == '"abc"'
    assert answer.headers["content-security-policy"] == "sandbox"
    assert "x-dailies-file" not in answer.headers


def test_asking_for_the_head_sends_no_body(url):
    answer = httpx.head(url + "/clip")
    assert (answer.status_code, answer.content) == (200, b"")
    assert answer.headers["content-length"] == str(len(CONTENT))


@pytest.mark.parametrize("path", ["/outside", "/link", "/gone"])
def test_what_is_not_in_the_media_folder_is_not_there(url, path):
    answer = httpx.get(url + path)
    assert answer.status_code == 404
    assert "secret" not in answer.text


def test_pages_get_their_bodies(url):
    assert httpx.post(url + "/page", content=b"x" * 100_000).text == "POST" + "x" * 100_000


def test_a_client_cannot_ask_for_a_file_by_header(url):
    answer = httpx.get(url + "/page", headers={"X-Dailies-File": "/etc/passwd"})
    assert answer.text == "GET"


def test_paused_players_do_not_hold_up_a_page(url):
    port = int(url.rsplit(":", 1)[1])
    stalled = [socket.create_connection(("127.0.0.1", port)) for _ in range(STALLED)]
    for connection in stalled:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        connection.sendall(b"GET /clip HTTP/1.1\r\nHost: localhost\r\n\r\n")
    assert httpx.get(url + "/page", timeout=20).text == "GET"
    for connection in stalled:
        connection.close()


def test_a_web_server_before_us_is_told_where_the_file_is(serve):
    answer = httpx.get(serve(FRONT_ACCEL="/internal") + "/clip")
    assert answer.headers["x-accel-redirect"] == "/internal/clip.mp4"
    assert answer.content == b""
