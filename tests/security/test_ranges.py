"""Byte ranges: whatever is asked for, the answer is one part, the whole, or a refusal (row 32)."""

import http.client
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest

from studio import front
from tests.live import ROOT, LiveStudio, free_port
from tests.security.front import raw, signed_in

CONTENT = bytes(range(256)) * 4
SIZE = len(CONTENT)
COUNT = 5000
LONG = "bytes=" + ",".join(f"{n}-{n}" for n in range(10_500))
NUMBERS = [
    "",
    "0",
    "1",
    "9",
    "500",
    "1022",
    "1023",
    "1024",
    "1025",
    "99999999999999999999",
    "00",
    "007",
]
ODD = ["-1", "+1", "1.5", "a", "0x10", "1e3", "\xb2", "\xbd", "--", " ", "\t", "1 2", "*", "1-"]
UNITS = ["bytes"] * 8 + ["Bytes", " bytes ", "items", "byte", "", "bytes;", "\xe9", "none"]
JOINTS = ["-"] * 8 + ["", "--", " - ", ",", "\u2013".encode().decode("latin-1")]


def a_range(chance: random.Random) -> str:
    """Mostly well-formed, at times nonsense, at times many at once."""

    def span() -> str:
        first, last = (chance.choice(NUMBERS * 3 + ODD) for _ in range(2))
        return first + chance.choice(JOINTS) + last

    spans = [span() for _ in range(chance.choice([1, 1, 1, 1, 1, 1, 2, 3, 60]))]
    return chance.choice(UNITS) + chance.choice(["="] * 9 + ["", " = ", "=="]) + ",".join(spans)


def expected(header: str) -> tuple[int, bytes]:
    """RFC 9110, 14.1.2, read for a single range of plain digits; all else is the whole file."""
    unit, equals, span = header.strip(" \t").partition("=")
    first, dash, last = span.partition("-")
    first, last = first.strip(), last.strip()
    is_plain = all(not text or (text.isascii() and text.isdigit()) for text in (first, last))
    whole = unit.strip().lower() != "bytes" or not (equals and dash and is_plain and first + last)
    if whole or len(header) > front.LONGEST_RANGE_HEADER:
        return 200, CONTENT
    if first and last and int(first) > int(last):
        return 200, CONTENT
    start = int(first) if first else max(0, SIZE - int(last))
    stop = min(int(last) + 1, SIZE) if first and last else SIZE
    return (206, CONTENT[start:stop]) if start < SIZE else (416, b"")


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """The real front in the real web server, over one small file."""
    root, port = tmp_path_factory.mktemp("ranges"), free_port()
    (root / "media").mkdir()
    (root / "media" / "clip.mp4").write_bytes(CONTENT)
    command = [sys.executable, "-m", "granian", "--interface", "asgi", "--log-level", "error"]
    command += ["--port", str(port), "tests.front_app:application"]
    server = subprocess.Popen(command, cwd=ROOT, env=os.environ | {"FRONT_ROOT": str(root)})
    try:
        _wait_for(port)
        yield port
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait(20)


def _wait_for(port: int) -> None:
    give_up_at = time.monotonic() + 30
    while True:
        try:
            with connected(port) as connection:
                ask(connection, "")
        except OSError:
            assert time.monotonic() < give_up_at
            time.sleep(0.05)
        else:
            return


def connected(port: int) -> "closing[http.client.HTTPConnection]":
    return closing(http.client.HTTPConnection("127.0.0.1", port, timeout=20))


def ask(connection: http.client.HTTPConnection, header: str) -> tuple[int, bytes, Any]:
    connection.putrequest("GET", "/clip")
    if header:
        connection.putheader("Range", header.encode("latin-1"))
    connection.endheaders()
    answer = connection.getresponse()
    return answer.status, answer.read(), answer.headers


def test_five_thousand_ranges_are_answered_as_the_rfc_says(port):
    """CVE-2025-62727 (GHSA-7f5h-v6xp-fcq8), and no 5xx: each by the same connection."""
    chance, seen = random.Random(62727), set()
    with connected(port) as connection:
        for header in [a_range(chance) for _ in range(COUNT)]:
            status, body, headers = ask(connection, header)
            assert (status, body if status != 416 else b"") == expected(header), repr(header)
            assert int(headers["Content-Length"]) == len(body), repr(header)
            seen.add(status)
    assert seen == {200, 206, 416}


def test_a_header_of_a_hundred_kilobytes_is_the_whole_file_or_too_much(port):
    """CVE-2025-62727: 10,500 ranges in one header."""
    with connected(port) as connection:
        status, body, _ = ask(connection, LONG)
    assert (status, body) == (200, CONTENT) or status in {400, 431}


@pytest.mark.parametrize("length", [1_000, 100_000])
def test_a_long_header_takes_no_more_steps_than_a_short_one(length):
    """CVE-2025-62727 was quadratic. Counted in steps, since a clock says what else runs."""
    assert steps(b"bytes=" + b"0-0," * (length // 4)) <= steps(b"bytes=0-99")
    assert steps(b"bytes=" + b"1" * length + b"-") <= steps(b"bytes=0-99")


def steps(header: bytes) -> int:
    """Calls that are made to judge a header."""
    calls = 0

    def count(frame: Any, event: str, argument: Any) -> None:
        nonlocal calls
        calls += event in {"call", "c_call"}

    sys.setprofile(count)
    try:
        front._is_simple(header)
    finally:
        sys.setprofile(None)
    return calls


def test_the_studio_answers_ranges_of_a_stored_file_the_same(studio: LiveStudio, png):
    """The same through the pages' own check: no range makes an error or a longer answer."""
    chance = random.Random(11)
    with signed_in(studio) as web:
        files = {"file": ("a.png", png().getvalue(), "image/png")}
        shown = web.post("/uploads/images/", data={"role": "first_frame"}, files=files)
        address = f"/media/{shown.text.partition('/media/')[2][:36]}/"
        whole = web.get(address).content
        assert web.get(address, headers={"Range": "bytes=1-9"}).content == whole[1:10]
        cookie = f"Cookie: sessionid={web.cookies['sessionid']}"
        for header in [a_range(chance) for _ in range(60)]:
            status, _ = raw(studio, address, "Host: localhost", cookie, f"Range: {header}")
            assert status in {200, 206, 416}, repr(header)
        status, _ = raw(studio, address, "Host: localhost", cookie, f"Range: {LONG}")
        assert status in {200, 400, 431}


def test_the_reference_itself_is_right():
    assert expected("bytes=0-0") == (206, b"\0")
    assert expected("bytes=-1") == (206, b"\xff")
    assert expected("bytes=1024-") == (416, b"")
    assert expected("bytes=0-1,3-4") == (200, CONTENT)
