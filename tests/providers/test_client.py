"""The client over real sockets: which failure is which, and where the key goes."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from studio.providers import aiml, client, dafty, downloads
from studio.providers.account import Account
from studio.providers.contract import HttpCall
from studio.providers.errors import (
    JobUnknown,
    KeyRejected,
    NoAnswer,
    OutOfCredit,
    ProviderDown,
    RateLimited,
    RequestRefused,
    UnexpectedReply,
    Unreachable,
)

KEY = "sk_live_0123456789"
Answer = Callable[[BaseHTTPRequestHandler], None]


class Server:
    """A small HTTP server on loopback; `answers` maps a raw path to what it does."""

    def __init__(self) -> None:
        self.answers: dict[str, Answer] = {}
        self.seen: list[tuple[str, dict[str, str]]] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                length = int(self.headers.get("content-length") or 0)
                self.rfile.read(length)
                outer.seen.append((self.path, {k.lower(): v for k, v in self.headers.items()}))
                outer.answers[self.path.partition("?")[0]](self)

            do_POST = do_PUT = do_GET

            def log_message(self, *args: Any) -> None:
                return

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, args=[0.02], daemon=True).start()

    def say(self, path: str, status: int = 200, body: Any = None, **headers: str) -> None:
        content = body if isinstance(body, bytes) else json.dumps(body).encode()

        def answer(handler: BaseHTTPRequestHandler) -> None:
            handler.send_response(status)
            for name, value in headers.items():
                handler.send_header(name.replace("_", "-"), value)
            if "Content_Length" not in headers:
                handler.send_header("Content-Length", str(len(content)))
            handler.end_headers()
            handler.wfile.write(content)

        self.answers[path] = answer


@pytest.fixture
def server() -> Iterator[Server]:
    server = Server()
    yield server
    server.server.shutdown()
    server.server.server_close()


def get(server: Server, path: str = "/x", **call: Any) -> Any:
    account = Account(dafty.ADAPTER, server.url, KEY)
    return client.send(account, HttpCall("GET", path, **call))


def open_download(address: str) -> Any:
    """As an account whose own API is on this machine would."""
    account = Account(dafty.ADAPTER, "http://127.0.0.1:9", KEY)
    return downloads.open_download(account, address)


def hang_up(handler: BaseHTTPRequestHandler) -> None:
    handler.connection.close()


def test_a_reply_is_decoded(server):
    server.say("/x", body={"data": 1})
    assert get(server).body == {"data": 1}


def test_the_key_is_in_no_repr():
    assert KEY not in repr(Account(dafty.ADAPTER, "https://a.example", KEY))


def test_the_key_goes_to_the_base_urls_own_origin_only(server):
    other = Server()
    other.say("/x", body={})
    server.say("/x", body={})
    get(server)
    get(server, other.url + "/x")
    other.server.shutdown()
    other.server.server_close()
    assert server.seen[0][1]["x-api-key"] == KEY
    assert "x-api-key" not in other.seen[0][1]


def test_a_call_that_says_so_carries_no_key_even_to_the_own_origin(server):
    server.say("/x", body={})
    get(server, sends_key=False)
    assert "x-api-key" not in server.seen[0][1]


def test_an_encoded_path_reaches_the_wire_as_it_is(server):
    path = "/v1/media/videos/orgs%2F64%2Fvideos%2Fabc.mp4"
    server.say(path, body={"url": "https://x.example"})
    account = Account(aiml.ADAPTER, server.url, KEY)
    client.send(account, aiml.build_resolve(path))
    assert server.seen[0][0] == path


def test_a_path_prefix_in_the_base_url_is_kept(server):
    server.say("/gateway/v2/x", body={})
    account = Account(dafty.ADAPTER, server.url + "/gateway/", KEY)
    assert client.send(account, HttpCall("GET", "/v2/x")).status == 200


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (401, KeyRejected),
        (402, OutOfCredit),
        (403, KeyRejected),
        (404, JobUnknown),
        (400, RequestRefused),
        (422, RequestRefused),
        (429, RateLimited),
        (500, ProviderDown),
        (503, ProviderDown),
        (302, UnexpectedReply),
    ],
)
def test_a_status_is_the_error_it_means(server, status, error):
    server.say("/x", status, {"error": {"message": "Because."}}, Location="/y")
    with pytest.raises(error) as raised:
        get(server)
    assert raised.type is error
    assert "Because" in raised.value.message


def test_a_503_with_a_time_is_a_refusal_for_now(server):
    server.say("/x", 503, {}, Retry_After="7")
    with pytest.raises(RateLimited) as raised:
        get(server)
    assert raised.value.retry_after_s == 7


@pytest.mark.parametrize(
    ("name", "value_at", "expected_s"),
    [
        ("Retry-After", lambda now: "7", 7),
        ("Retry-After", lambda now: formatdate(now + 3000, usegmt=True), 3000),
        ("retry-after-ms", lambda now: "1500", 1.5),
        ("X-RateLimit-Reset", lambda now: "20", 20),
        ("X-RateLimit-Reset", lambda now: str(int(now) + 3000), 3000),
    ],
)
def test_when_to_come_back_is_read_in_every_form(server, name, value_at, expected_s):
    server.say("/x", 429, {}, **{name.replace("-", "_"): value_at(time.time())})
    with pytest.raises(RateLimited) as raised:
        get(server)
    assert raised.value.retry_after_s == pytest.approx(expected_s, abs=60 if expected_s > 60 else 0)


def test_the_apis_own_code_says_more_than_the_status(server):
    server.say("/x", 400, {"error": {"code": "INSUFFICIENT_CREDITS", "message": "12 CU needed"}})
    with pytest.raises(OutOfCredit, match="12 CU needed"):
        get(server)


@pytest.mark.parametrize("value", ["inf", "nan", "1e300", "soon", "99999999"])
def test_a_time_that_makes_no_sense_is_not_kept(server, value):
    server.say("/x", 429, {}, Retry_After=value)
    with pytest.raises(RateLimited) as raised:
        get(server)
    assert raised.value.retry_after_s is None


def test_only_a_call_that_could_cost_says_that_it_did_not(server):
    server.say("/x", 401, {})
    account = Account(dafty.ADAPTER, server.url, KEY)
    with pytest.raises(KeyRejected, match="Nothing was charged"):
        client.send(account, HttpCall("POST", "/x", json={}))
    with pytest.raises(KeyRejected) as asked:
        get(server)
    assert "charged" not in asked.value.message


def test_a_store_that_saw_no_key_cannot_have_rejected_it(server):
    server.say("/x", 403, b"<Error>Request has expired</Error>")
    with pytest.raises(RequestRefused):
        get(server, sends_key=False)


@pytest.mark.parametrize("key", ["", "schl\u00fcssel", "two\nlines"])
def test_a_key_that_cannot_travel_is_refused_before_anything_is_sent(server, key):
    with pytest.raises(KeyRejected, match="Nothing was sent"):
        client.send(Account(dafty.ADAPTER, server.url, key), HttpCall("POST", "/x", json={}))
    assert server.seen == []


def test_a_prompt_that_cannot_travel_is_refused_before_anything_is_sent(server):
    with pytest.raises(RequestRefused, match="Nothing was sent"):
        client.send(
            Account(dafty.ADAPTER, server.url, KEY),
            HttpCall("POST", "/x", json={"prompt": "half a \ud83d"}),
        )
    assert server.seen == []


def test_nothing_listening_means_that_nothing_was_sent():
    account = Account(dafty.ADAPTER, "http://127.0.0.1:9", KEY)
    with pytest.raises(Unreachable) as raised:
        client.send(account, HttpCall("POST", "/x", json={}))
    assert not raised.value.may_be_accepted


def test_a_broken_connection_may_have_been_accepted(server):
    server.answers["/x"] = hang_up
    with pytest.raises(NoAnswer) as raised:
        get(server)
    assert raised.value.may_be_accepted


def test_an_answer_that_never_comes_may_have_been_accepted(server):
    server.answers["/x"] = lambda handler: time.sleep(1)
    with pytest.raises(NoAnswer) as raised:
        get(server, read_timeout_s=0.2)
    assert raised.value.may_be_accepted


@pytest.mark.parametrize("body", [b"<html>sign in</html>", b'{"half": ', b"[" * 100_000])
def test_a_success_that_is_no_json_is_not_understood(server, body):
    server.say("/x", body=body)
    with pytest.raises(UnexpectedReply) as raised:
        get(server)
    assert raised.value.may_be_accepted


def test_a_store_may_answer_an_upload_as_it_likes(server):
    server.say("/x", body=b"<PutObjectResult/>")
    account = Account(dafty.ADAPTER, server.url, KEY)
    assert client.send(account, HttpCall("PUT", "/x", content=b"png")).body is None


def test_an_empty_success_is_fine(server):
    server.say("/x", body=b"")
    assert get(server).body is None


def test_an_endless_reply_is_not_read_to_its_end(server):
    server.say("/x", body=b'"' + b"a" * (client.LONGEST_REPLY_BYTES + 10) + b'"')
    with pytest.raises(UnexpectedReply, match="too long"):
        get(server)


def test_a_key_in_an_error_never_reaches_the_message(server):
    server.say("/x", 400, {"error": {"message": f"The key {KEY} is odd"}})
    with pytest.raises(RequestRefused) as raised:
        get(server)
    assert KEY[:10] not in raised.value.message + raised.value.detail


def test_a_secret_under_a_telling_name_stays_out_of_the_detail(server):
    server.say("/x", 400, {"error": {"message": "No"}, "sent": {"byok_api_key": "another"}})
    with pytest.raises(RequestRefused) as raised:
        get(server)
    assert "byok_api_key" in raised.value.detail
    assert "another" not in raised.value.detail


def test_a_conversation_without_a_call_has_a_result_too(server):
    def talk() -> Any:
        yield from ()
        return "done"

    assert client.converse(Account(dafty.ADAPTER, server.url, KEY), talk()) == "done"


def test_a_conversation_is_carried_to_its_result(server):
    server.say("/one", body={"next": "/two"})
    server.say("/two", body={"id": "done"})

    def talk() -> Any:
        first = yield HttpCall("GET", "/one")
        second = yield HttpCall("GET", first.body["next"])
        return second.body["id"]

    assert client.converse(Account(dafty.ADAPTER, server.url, KEY), talk()) == "done"


def test_a_download_follows_redirects_without_any_key(server):
    server.say("/a", 302, b"", Location="/b")
    server.say("/b", body=b"bytes")
    with open_download(server.url + "/a") as download:
        assert b"".join(download.iter_bytes()) == b"bytes"
    assert all("authorization" not in headers for _, headers in server.seen)


def test_a_redirect_to_nowhere_is_not_understood(server):
    server.say("/a", 302, b"")
    with pytest.raises(UnexpectedReply), open_download(server.url + "/a"):
        pass


def test_a_download_gives_up_on_a_circle(server):
    server.say("/a", 302, b"", Location="/a")
    with pytest.raises(UnexpectedReply), open_download(server.url + "/a"):
        pass


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (403, JobUnknown),
        (404, JobUnknown),
        (410, JobUnknown),
        (423, RateLimited),
        (500, ProviderDown),
        (416, RequestRefused),
        (206, UnexpectedReply),
    ],
)
def test_a_download_that_is_refused_says_why(server, status, error):
    server.say("/a", status, b"")
    with pytest.raises(error), open_download(server.url + "/a"):
        pass


def test_a_download_that_breaks_off_is_noticed(server):
    server.say("/a", body=b"half", Content_Length="100")
    with pytest.raises(NoAnswer), open_download(server.url + "/a") as download:
        list(download.iter_bytes())


def test_a_compressed_download_is_refused(server):
    server.say("/a", body=b"x", Content_Encoding="gzip")
    with pytest.raises(UnexpectedReply), open_download(server.url + "/a"):
        pass


NO_ADDRESSES = [
    "ftp://x.example/a",
    "file:///etc/passwd",
    "http://",
    "\x00",
    "https://a\u2100b.example/",
    "http://127.0.0.1/\ud800",
]


@pytest.mark.parametrize("address", NO_ADDRESSES)
def test_an_address_that_is_none_is_refused(address):
    with pytest.raises(RequestRefused), open_download(address):
        pass


@pytest.mark.parametrize("address", NO_ADDRESSES[4:])
def test_a_call_to_an_address_that_is_none_is_refused(server, address):
    with pytest.raises(RequestRefused):
        get(server, address)


def test_a_reply_that_drips_for_ever_is_given_up(server):
    def drip(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.send_header("Content-Length", "100")
        handler.end_headers()
        for _ in range(100):
            handler.wfile.write(b" ")
            time.sleep(0.05)

    server.answers["/x"] = drip
    with pytest.raises(NoAnswer):
        get(server, read_timeout_s=0.2)
