"""Ways to talk to a real web server: as a browser that is signed in, or byte by byte."""

import re
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from tests.live import PASSWORD, LiveStudio

LONGEST_S = 20.0
TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')


@contextmanager
def signed_in(studio: LiveStudio) -> Iterator[httpx.Client]:
    """As the owner, with the token that forms carry."""
    with httpx.Client(base_url=studio.url, timeout=LONGEST_S) as web:
        found = TOKEN.search(web.get("/login/").text)
        assert found
        form = {"username": "mara", "password": PASSWORD, "csrfmiddlewaretoken": found[1]}
        answer = web.post("/login/", data=form)
        assert answer.headers["location"] == "/", answer.text
        web.headers["X-CSRFToken"] = web.cookies["csrftoken"]
        yield web


def raw(studio: LiveStudio, target: str, *headers: str, method: str = "GET") -> tuple[int, bytes]:
    """Status and answer to exactly these bytes: no client tidies the target or the headers."""
    lines = [f"{method} {target} HTTP/1.1", *headers, "Connection: close", "", ""]
    with socket.create_connection(("127.0.0.1", studio.port), LONGEST_S) as connection:
        connection.sendall("\r\n".join(lines).encode("latin-1"))
        answer = b"".join(iter(lambda: connection.recv(65_536), b""))
    return int(answer.split(b" ", 2)[1]) if answer else 0, answer


def files_below(folder: Path) -> dict[str, tuple[int, int]]:
    """Every file with its size and the time of its last change."""
    found = {path: path.stat() for path in folder.rglob("*") if path.is_file()}
    return {str(path): (stat.st_size, stat.st_mtime_ns) for path, stat in found.items()}
