"""Each fault does what it says; those that break HTTP are read from a plain socket."""

import gzip
import socket
import time
from collections.abc import Callable
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

import httpx
import pytest

from tests.demo.conftest import Visitor
from tests.demo.harness import DemoServer


@pytest.fixture
def getimg(visit: Callable[[str], Visitor]) -> Visitor:
    return visit("getimg")


@pytest.fixture
def clip_url(getimg: Visitor) -> str:
    return getimg.video_url(getimg.finished()[1])


def raw_get(url: str) -> tuple[dict[str, str], bytes]:
    """The head's fields by lower-case name, and whatever followed until the end."""
    parts = urlsplit(url)
    with socket.create_connection((parts.hostname, parts.port), timeout=10) as connection:
        head = f"GET {parts.path}?{parts.query} HTTP/1.1\r\nHost: {parts.netloc}\r\n\r\n"
        connection.sendall(head.encode())
        received = b""
        while chunk := connection.recv(65536):
            received += chunk
    top, _, body = received.partition(b"\r\n\r\n")
    fields = (line.split(": ", 1) for line in top.decode().split("\r\n")[1:])
    return {name.lower(): value for name, value in fields}, body


def test_a_fault_ends_after_its_times_and_spares_the_first_calls(getimg: Visitor):
    getimg.demo.fault("getimg", "create", "server_error", times=2, after=1)
    assert [getimg.create().status_code for _ in range(4)] == [202, 500, 500, 202]


def test_a_fault_without_times_lasts_until_it_is_cleared(getimg: Visitor):
    getimg.demo.fault("getimg", "*", "server_error", times=None, status=503)
    assert [getimg.create().status_code for _ in range(3)] == [503, 503, 503]
    getimg.demo.clear_faults()
    assert getimg.create().status_code == 202


def test_a_fault_meets_only_its_provider_and_endpoint(getimg: Visitor):
    getimg.demo.fault("dafty", "create", "server_error", times=None)
    getimg.demo.fault("getimg", "balance", "server_error", times=None)
    assert getimg.create().status_code == 202


def test_an_unknown_fault_is_refused_by_name(demo: DemoServer):
    with pytest.raises(ValueError, match="'flood' is no fault"):
        demo.fault("getimg", "create", "flood")


def test_the_journal_names_the_fault(getimg: Visitor):
    getimg.demo.fault("getimg", "create", "rate_limit")
    getimg.create()
    [entry] = getimg.demo.journal(fault="rate_limit")
    assert (entry["status"], entry["created"]) == (429, False)


def test_a_rate_limit_names_the_seconds(visitor: Visitor):
    visitor.demo.fault(visitor.account.slug, "create", "rate_limit", retry_after_s=7)
    refused = visitor.create()
    assert (refused.status_code, refused.headers["Retry-After"]) == (429, "7")
    assert visitor.demo.created() == 0


def test_a_rate_limit_can_name_a_date_or_nothing(getimg: Visitor):
    getimg.demo.fault("getimg", "create", "rate_limit", retry_after_s=60, as_date=True)
    getimg.demo.fault("getimg", "create", "rate_limit", retry_after_s=None)
    until = parsedate_to_datetime(getimg.create().headers["Retry-After"])
    assert until.timestamp() == pytest.approx(time.time() + 60, abs=30)
    assert "Retry-After" not in getimg.create().headers


@pytest.mark.parametrize(("accepted", "created"), [(False, 0), (True, 1)])
def test_a_server_error_comes_before_or_after_acceptance(
    getimg: Visitor, accepted: bool, created: int
):
    getimg.demo.fault("getimg", "create", "server_error", status=502, accepted=accepted)
    assert getimg.create().status_code == 502
    assert getimg.demo.created() == created


@pytest.mark.parametrize(("kind", "created"), [("reset_before", 0), ("reset_after", 1)])
def test_a_reset_comes_before_or_after_acceptance(visitor: Visitor, kind: str, created: int):
    visitor.demo.fault(visitor.account.slug, "create", kind)
    with pytest.raises(httpx.NetworkError):
        visitor.create()
    assert visitor.demo.created() == created
    assert len(visitor.demo.jobs(visitor.account.slug)) == created


@pytest.mark.parametrize(("accepted", "created"), [(True, 1), (False, 0)])
def test_a_slow_answer_comes_after_the_work_unless_told_otherwise(
    getimg: Visitor, accepted: bool, created: int
):
    getimg.demo.fault("getimg", "create", "slow", delay_s=3, accepted=accepted)
    with pytest.raises(httpx.ReadTimeout):
        getimg.http.post(
            getimg.account.create_path, json=getimg.account.body, timeout=httpx.Timeout(0.5)
        )
    assert getimg.demo.created() == created


@pytest.mark.parametrize(("kind", "status"), [("bad_key", 401), ("locked", 423)])
def test_a_refusal_has_its_status(visitor: Visitor, kind: str, status: int):
    visitor.demo.fault(visitor.account.slug, "poll", kind)
    assert visitor.http.get(visitor.account.poll_path.format("any")).status_code == status


def test_refused_content_is_said_in_the_apis_words(getimg: Visitor):
    getimg.demo.fault("getimg", "create", "refused")
    refused = getimg.create()
    assert refused.status_code == 422
    assert refused.json()["error"]["code"] == "content_policy_violation"


def test_malformed_json_cannot_be_parsed_but_the_job_exists(getimg: Visitor):
    getimg.demo.fault("getimg", "create", "malformed_json")
    with pytest.raises(ValueError, match=r"delimiter|Unterminated|Expecting|Illegal"):
        getimg.create().json()
    assert getimg.demo.created() == 1


def test_an_answer_can_be_given_word_for_word(getimg: Visitor):
    getimg.demo.fault("getimg", "poll", "answer", status=200, body={"status": "dreaming"})
    assert getimg.poll("any") == {"status": "dreaming"}


def test_a_truncated_body_is_shorter_than_its_length(getimg: Visitor, clip_url: str):
    getimg.demo.fault("getimg", "download", "truncated", share=0.25)
    head, body = raw_get(clip_url)
    assert len(body) == int(head["content-length"]) // 4


def test_a_cut_body_has_no_length(getimg: Visitor, clip_url: str):
    getimg.demo.fault("getimg", "download", "cut")
    head, body = raw_get(clip_url)
    assert not {"content-length", "transfer-encoding"} & set(head)
    assert len(body) == len(httpx.get(clip_url).content) // 2


def test_a_wrong_length_is_shorter_than_the_body(getimg: Visitor, clip_url: str):
    getimg.demo.fault("getimg", "download", "wrong_length", by_bytes=100)
    head, body = raw_get(clip_url)
    assert len(body) == int(head["content-length"]) + 100


def test_a_dripping_body_arrives_whole_and_late(getimg: Visitor, clip_url: str):
    whole = httpx.get(clip_url).content
    getimg.demo.fault("getimg", "download", "drip", chunk_bytes=len(whole) // 4 + 1, pause_s=0.1)
    started = time.monotonic()
    assert httpx.get(clip_url).content == whole
    assert time.monotonic() - started >= 0.3


@pytest.mark.parametrize(
    ("kind", "content_type"), [("html", "text/html"), ("json", "application/json")]
)
def test_something_else_comes_instead_of_the_video(
    getimg: Visitor, clip_url: str, kind: str, content_type: str
):
    getimg.demo.fault("getimg", "download", kind)
    answer = httpx.get(clip_url)
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith(content_type)


def test_a_page_may_claim_to_be_a_video(getimg: Visitor, clip_url: str):
    getimg.demo.fault("getimg", "download", "html", content_type="video/mp4")
    answer = httpx.get(clip_url)
    assert answer.headers["content-type"].startswith("video/mp4")
    assert answer.content.startswith(b"<!doctype html>")


def test_an_empty_body_is_empty(getimg: Visitor, clip_url: str):
    getimg.demo.fault("getimg", "download", "empty")
    assert httpx.get(clip_url).content == b""


def test_a_packed_body_says_so(getimg: Visitor, clip_url: str):
    getimg.demo.fault("getimg", "download", "gzip")
    head, body = raw_get_once(clip_url)
    assert head["content-encoding"] == "gzip"
    assert gzip.decompress(body)[4:8] == b"ftyp"


def raw_get_once(url: str) -> tuple[dict[str, str], bytes]:
    """Like raw_get, for an answer that keeps the connection open."""
    with httpx.stream("GET", url) as answer:
        return dict(answer.headers), b"".join(answer.iter_raw())


def test_a_redirect_leads_where_it_is_told(getimg: Visitor, clip_url: str):
    getimg.demo.fault("getimg", "download", "redirect", location="http://127.0.0.1:9/x")
    answer = httpx.get(clip_url)
    assert (answer.status_code, answer.headers["location"]) == (302, "http://127.0.0.1:9/x")


def test_a_link_can_expire_at_once(getimg: Visitor, clip_url: str):
    getimg.demo.fault("getimg", "download", "expired")
    assert httpx.get(clip_url).status_code == 410


def test_a_wrong_range_starts_too_late(getimg: Visitor, clip_url: str):
    getimg.demo.fault("getimg", "download", "wrong_range")
    answer = httpx.get(clip_url, headers={"Range": "bytes=10-"})
    assert answer.status_code == 206
    assert answer.headers["content-range"].startswith("bytes 17-")


def test_a_range_can_be_ignored(getimg: Visitor, clip_url: str):
    getimg.demo.fault("getimg", "download", "ignore_range")
    answer = httpx.get(clip_url, headers={"Range": "bytes=10-"})
    assert answer.status_code == 200
    assert answer.content[4:8] == b"ftyp"


def test_a_range_can_be_called_unsatisfiable(getimg: Visitor, clip_url: str):
    getimg.demo.fault("getimg", "download", "unsatisfiable", size_bytes=99)
    answer = httpx.get(clip_url, headers={"Range": "bytes=10-"})
    assert (answer.status_code, answer.headers["content-range"]) == (416, "bytes */99")
