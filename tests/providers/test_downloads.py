"""Downloads over real sockets: what is asked of a file's server, and what its answers mean."""

import gzip
import time
from collections.abc import Iterator
from typing import Any

import pytest

from studio.providers import dafty, downloads
from studio.providers.account import Account
from studio.providers.downloads import CannotResume
from studio.providers.errors import (
    JobUnknown,
    NoAnswer,
    ProviderError,
    RequestRefused,
    UnexpectedReply,
)
from tests.file_server import FileServer, chunked_and_cut, cut, drip, say

KEY = "sk_live_0123456789"
CONTENT = bytes(range(256)) * 1000
HALF = len(CONTENT) // 2


@pytest.fixture
def server() -> Iterator[FileServer]:
    with FileServer(CONTENT) as server:
        yield server


def open_download(address: str, **how: Any) -> Any:
    """As an account whose own API is on this machine would."""
    account = Account(dafty.ADAPTER, "http://127.0.0.1:9", KEY)
    return downloads.open_download(account, address, **how)


def rest(server: FileServer, **how: Any) -> tuple[Any, bytes]:
    how = {"resume_from": HALF, "etag": '"v1"'} | how
    with open_download(server.url, **how) as download:
        return download, b"".join(download.iter_bytes())


def test_a_whole_file_comes_with_what_is_declared_of_it(server):
    with open_download(server.url) as download:
        assert b"".join(download.iter_bytes()) == CONTENT
    assert (download.start, download.total_bytes) == (0, len(CONTENT))
    assert (download.etag, download.mime_type) == ('"v1"', "video/mp4")


def test_only_the_rest_is_asked_for_and_only_of_the_same_file(server):
    download, came = rest(server)
    assert came == CONTENT[HALF:]
    assert (download.start, download.total_bytes) == (HALF, len(CONTENT))
    asked = server.visits[0].headers
    assert (asked["range"], asked["if-range"]) == (f"bytes={HALF}-", '"v1"')


@pytest.mark.parametrize("etag", ["", 'W/"v1"', "v1", '"v\n1"'])
def test_without_a_strong_etag_the_whole_file_is_asked_for(server, etag):
    download, came = rest(server, etag=etag)
    assert (download.start, came) == (0, CONTENT)
    assert "range" not in server.visits[0].headers
    assert "if-range" not in server.visits[0].headers


def test_a_first_try_asks_for_no_range(server):
    rest(server, resume_from=0)
    assert "range" not in server.visits[0].headers


def test_a_server_that_sends_all_of_it_again_is_understood(server):
    server.etag = '"v2"'
    download, came = rest(server)
    assert (download.start, download.etag, came) == (0, '"v2"', CONTENT)


@pytest.mark.parametrize(
    "changes",
    [
        {"Content_Range": f"bytes {HALF + 1}-{len(CONTENT) - 1}/{len(CONTENT)}"},
        {"Content_Range": f"bytes 0-{len(CONTENT) - 1}/{len(CONTENT)}"},
        {"Content_Range": f"bytes {HALF}-{len(CONTENT) - 1}/*"},
        {"Content_Range": f"bytes {HALF}-{len(CONTENT)}/{len(CONTENT)}"},
        {"Content_Range": f"bytes {HALF}-{HALF - 1}/{len(CONTENT)}"},
        {"Content_Range": "items 1-2/3"},
        {"Content_Range": None},
        {"ETag": '"v2"'},
        {"ETag": 'W/"v1"'},
    ],
)
def test_a_rest_that_does_not_fit_is_refused(server, changes):
    server.then(cut(len(CONTENT), **changes))
    with pytest.raises(CannotResume):
        rest(server)


def test_nothing_left_to_send_is_the_whole_file(server):
    download, came = rest(server, resume_from=len(CONTENT))
    assert (download.is_at_end, came) == (True, b"")


@pytest.mark.parametrize(
    "headers",
    [
        {"Content_Range": f"bytes */{HALF - 1}"},
        {"Content_Range": f"bytes */{len(CONTENT)}"},
        {"Content_Range": "bytes */*"},
        {},
        {"Content_Range": f"bytes */{HALF}", "ETag": '"v2"'},
    ],
)
def test_an_end_somewhere_else_is_not_the_whole_file(server, headers):
    server.then(say(416, b"<html>no such range</html>", **headers))
    with pytest.raises(CannotResume):
        rest(server)


@pytest.mark.parametrize(
    ("status", "error"),
    [(416, RequestRefused), (206, UnexpectedReply), (204, UnexpectedReply), (304, UnexpectedReply)],
)
def test_an_answer_to_another_question_is_refused(server, status, error):
    server.then(say(status, Content_Length=0))
    with pytest.raises(error), open_download(server.url):
        pass


@pytest.mark.parametrize("status", [401, 403, 404, 410])
def test_a_dead_link_is_one_for_the_rest_as_well(server, status):
    server.then(say(status))
    with pytest.raises(JobUnknown):
        rest(server)


@pytest.mark.parametrize("how", [{}, {"resume_from": HALF, "etag": '"v1"'}])
def test_a_bomb_of_gzip_is_never_opened(server, how):
    bomb = gzip.compress(bytes(50_000_000))
    server.then(lambda visit: visit.file(Content_Encoding="gzip", Content_Length=len(bomb)))
    with pytest.raises(UnexpectedReply, match="compressed"), open_download(server.url, **how):
        pass


def test_identity_is_no_encoding(server):
    server.then(cut(len(CONTENT), Content_Encoding="Identity"))
    assert rest(server, resume_from=0)[1] == CONTENT
    assert server.visits[0].headers["accept-encoding"] == "identity"


@pytest.mark.parametrize("answer", [cut(1000), chunked_and_cut(1000)])
def test_a_broken_connection_is_noticed_and_what_came_is_given(server, answer):
    server.then(answer)
    came: list[bytes] = []
    with pytest.raises(NoAnswer), open_download(server.url) as download:
        came.extend(download.iter_bytes())
    assert b"".join(came) == CONTENT[:1000]


def test_a_cut_without_a_length_tells_no_length(server):
    server.then(cut(1000, Content_Length=None))
    download, came = rest(server, resume_from=0)
    assert (download.total_bytes, came) == (None, CONTENT[:1000])


def test_a_length_that_is_no_number_is_none(server):
    server.then(say(200, b"", Content_Length="²"))
    with pytest.raises(ProviderError), open_download(server.url):
        pass


def test_a_file_that_drips_is_given_up(server):
    server.then(drip(step=5, pause_s=0.02))
    started = time.monotonic()
    with pytest.raises(NoAnswer, match="too slowly"):
        rest(server, resume_from=0, stall_s=0.3)
    assert time.monotonic() - started < 2


def test_a_server_that_falls_silent_is_given_up(server):
    server.then(drip(step=HALF, pause_s=1.5))
    with pytest.raises(NoAnswer):
        rest(server, resume_from=0, stall_s=0.2)


def test_a_slow_disk_is_not_taken_for_a_slow_server(server):
    server.content = CONTENT[:3000]
    server.then(drip(step=1000, pause_s=0.01))
    with open_download(server.url, stall_s=0.2) as download:
        for _ in download.iter_bytes():
            time.sleep(0.3)


def test_the_rest_is_asked_for_behind_a_redirect_as_well(server):
    server.then(say(302, Location="/elsewhere"))
    assert rest(server)[1] == CONTENT[HALF:]
    assert server.visits[1].path == "/elsewhere"


def test_a_redirect_to_another_origin_carries_no_key_and_none_from_the_address(server):
    with FileServer(CONTENT) as other:
        there = other.url.replace("http://", "http://mara:secret@")
        server.then(say(307, Location=f"{there}/b"))
        assert rest(server)[1] == CONTENT[HALF:]
    for visit in (*server.visits, *other.visits):
        assert KEY not in repr(visit.headers)
        assert "authorization" not in visit.headers


def test_five_redirects_are_followed_and_no_sixth(server):
    server.then(*[say(302, Location=f"/{number}") for number in range(5)])
    assert rest(server)[1] == CONTENT[HALF:]
    server.then(*[say(302, Location=f"/{number}") for number in range(6)])
    with pytest.raises(UnexpectedReply, match="circles"):
        rest(server)


def test_a_redirect_to_another_scheme_is_refused(server):
    server.then(say(302, Location="file:///etc/passwd"))
    with pytest.raises(RequestRefused):
        rest(server)
