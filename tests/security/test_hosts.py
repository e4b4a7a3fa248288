"""The name a client asks for decides nothing but whether it is answered (row 20)."""

import httpx
import pytest

from tests.live import LiveStudio
from tests.security.front import raw

STRANGE = [
    "evil.example",
    "localhost.evil.example",
    "evil.example:8000",
    "localhost/?",
    "localhost/#",
    "localhost/../queue/",
    "localhost?x",
    "localhost#x",
    "localhost@evil.example",
    "evil.example@localhost",
    "user:pw@localhost",
    "localhost:8000@evil.example",
    "localhost,evil.example",
    "evil.example, localhost",
    "localhost evil.example",
    "localhost:eighty",
    "localhost:-1",
    "localhost\\@evil.example",
    "localhost%00",
    "localhost%2f",
    "[::1",
    "[::1]evil.example",
    "127.0.0.1.nip.io",
    "2130706433",
    "*",
    "\xe9vil",
]
PAGES = ("/queue/", "/gallery/", "/admin/", "/login/")


@pytest.mark.parametrize("host", STRANGE, ids=repr)
def test_a_strange_host_is_refused_on_every_page(studio: LiveStudio, host: str):
    """CVE-2026-49468 (GHSA-4xpc-pv4p-pm3w): a host with `/?` in it went around the login."""
    for page in PAGES:
        status, answer = raw(studio, page, f"Host: {host}")
        assert status == 400, answer[:200]
        assert b"Set-Cookie" not in answer


def test_without_a_host_or_with_two_there_is_no_page(studio: LiveStudio):
    """CVE-2026-49468: what one part of a server reads, another one may read differently."""
    twice = ("Host: localhost", "Host: evil.example")
    for headers in ((), twice, twice[::-1], ("Host:",)):
        status, _ = raw(studio, "/queue/", *headers)
        assert status in {0, 400}, headers


@pytest.mark.parametrize(
    "header",
    ["X-Forwarded-Host: evil.example", "X-Host: evil.example", "Forwarded: host=evil.example"],
)
def test_no_other_header_names_a_host(studio: LiveStudio, header: str):
    """And none of them stands in an answer."""
    status, answer = raw(studio, "/login/", "Host: localhost", header)
    assert status == 200
    assert b"evil.example" not in answer


@pytest.mark.parametrize(
    "header",
    [
        "Remote-User: mara",
        "X-Forwarded-User: mara",
        "X-Remote-User: mara",
        "X-Original-URL: /login/",
        "X-Rewrite-URL: /login/",
        "X-HTTP-Method-Override: POST",
        "Authorization: Bearer admin",
        "X-Dailies-File: /etc/passwd",
    ],
)
def test_no_header_is_a_way_in(studio: LiveStudio, header: str):
    """CVE-2026-49468: the same for what proxies write, and for our own word."""
    status, answer = raw(studio, "/queue/", "Host: localhost", header)
    assert status == 302
    assert b"/login/?next=/queue/" in answer
    assert b"root:x" not in answer


@pytest.mark.parametrize(
    "target",
    ["//queue/", "/queue/..;/", "/login/../queue/", "/%2e/queue/", "/p/../queue/", "/queue/%00"],
)
def test_no_way_of_writing_a_page_is_a_way_around_the_login(studio: LiveStudio, target: str):
    """CVE-2026-49468: neither is another way to write its address."""
    status, answer = raw(studio, target, "Host: localhost")
    assert status in {301, 302, 400, 404}
    assert b"queue-row" not in answer


@pytest.mark.parametrize("method", ["TRACE", "TRACK", "CONNECT", "PROPFIND", "DEBUG"])
def test_no_unusual_method_tells_anything(studio: LiveStudio, method: str):
    """A session's cookie never comes back in an answer."""
    status, answer = raw(
        studio, "/login/", "Host: localhost", "Cookie: sessionid=s3cret", method=method
    )
    assert status in {0, 400, 403, 404, 405, 501}
    assert b"s3cret" not in answer


def test_the_usual_names_of_this_machine_are_answered(studio: LiveStudio):
    for host in ("localhost", "127.0.0.1", f"localhost:{studio.port}", "LOCALHOST", "[::1]"):
        assert raw(studio, "/login/", f"Host: {host}")[0] == 200
    assert httpx.get(f"{studio.url}/queue/").headers["location"] == "/login/?next=/queue/"
