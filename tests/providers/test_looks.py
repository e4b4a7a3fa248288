"""The client that looks at many jobs at once, over real sockets."""

import asyncio
import contextlib
import datetime
import json
import resource
import socket
import ssl
import struct
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from email.utils import formatdate
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from studio.providers import aiml, client, dafty, looks, registry
from studio.providers.account import Account
from studio.providers.contract import HttpCall, Reply
from studio.providers.errors import (
    JobUnknown,
    KeyRejected,
    NoAnswer,
    OutOfCredit,
    ProviderDown,
    ProviderError,
    RateLimited,
    RequestRefused,
    UnexpectedReply,
    Unreachable,
)
from studio.providers.looks import LookClient
from studio.providers.replies import LONGEST_REPLY_BYTES
from tests.providers.test_client import NO_ADDRESSES, Server, hang_up

KEY = "sk_live_0123456789"
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"
Talk = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@pytest.fixture
def server() -> Iterator[Server]:
    server = Server()
    yield server
    server.server.shutdown()
    server.server.server_close()


def account_at(url: str, adapter: Any = dafty.ADAPTER, key: str = KEY) -> Account:
    return Account(adapter, url, key)


def look(account: Account, call: HttpCall, **client: Any) -> Reply:
    """One look by a client of its own."""

    async def ask() -> Reply:
        async with LookClient(**client) as looks:
            return await looks.send(account, call, is_private=True)

    return asyncio.run(ask())


def get(server: Server, path: str = "/x", **call: Any) -> Reply:
    return look(account_at(server.url), HttpCall("GET", path, **call))


@contextlib.asynccontextmanager
async def serving(talk: Talk, **options: Any) -> AsyncIterator[str]:
    """A server in this loop: `talk` is called once for each connection."""

    async def once(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.closing(writer), contextlib.suppress(ConnectionError):
            await talk(reader, writer)

    server = await asyncio.start_server(once, "127.0.0.1", 0, backlog=1000, **options)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"


async def request_of(reader: asyncio.StreamReader) -> bytes:
    with contextlib.suppress(asyncio.IncompleteReadError):
        return await reader.readuntil(b"\r\n\r\n")
    return b""


def test_a_reply_is_decoded(server):
    server.say("/x", body={"data": 1})
    assert get(server).body == {"data": 1}


def test_headers_are_found_in_lower_case(server):
    server.say("/x", body={}, X_Request_Id="r1")
    assert get(server).headers["x-request-id"] == "r1"


def test_an_empty_success_is_fine(server):
    server.say("/x", body=b"")
    assert get(server).body is None


def test_a_document_can_be_sent(server):
    server.say("/x", body={"id": 1})
    reply = look(account_at(server.url), HttpCall("POST", "/x", json={"a": "\u00e9"}))
    assert reply.body == {"id": 1}
    assert server.seen[0][1]["content-type"] == "application/json"


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (401, KeyRejected),
        (402, OutOfCredit),
        (403, KeyRejected),
        (404, JobUnknown),
        (400, RequestRefused),
        (429, RateLimited),
        (500, ProviderDown),
        (503, ProviderDown),
        (302, UnexpectedReply),
    ],
)
def test_a_status_is_the_error_it_means(server, status, error):
    server.say("/x", status, {"error": {"message": "Because."}}, Location="/y")
    with pytest.raises(error, match="Because") as raised:
        get(server)
    assert raised.type is error
    assert [path for path, _ in server.seen] == ["/x"]


@pytest.mark.parametrize(
    ("name", "value_at", "expected_s"),
    [
        ("Retry_After", lambda now: "7", 7),
        ("Retry_After", lambda now: formatdate(now + 3000, usegmt=True), 3000),
        ("retry_after_ms", lambda now: "1500", 1.5),
    ],
)
def test_when_to_come_back_is_read_in_every_form(server, name, value_at, expected_s):
    server.say("/x", 429, {}, **{name: value_at(time.time())})
    with pytest.raises(RateLimited) as raised:
        get(server)
    assert raised.value.retry_after_s == pytest.approx(expected_s, abs=60 if expected_s > 60 else 0)


@pytest.mark.parametrize("body", [b"<html>sign in</html>", b'{"half": ', b"\xff\xfe"])
def test_a_success_that_is_no_json_is_not_understood(server, body):
    server.say("/x", body=body)
    with pytest.raises(UnexpectedReply):
        get(server)


def test_a_compressed_reply_is_not_unpacked(server):
    server.say("/x", body=b"\x1f\x8b\x08", Content_Encoding="gzip")
    with pytest.raises(UnexpectedReply):
        get(server)
    assert server.seen[0][1]["accept-encoding"] == "identity"


def test_an_endless_reply_is_not_read_to_its_end(server):
    server.say("/x", body=b'"' + b"a" * (LONGEST_REPLY_BYTES + 10) + b'"')
    with pytest.raises(UnexpectedReply, match="too long"):
        get(server)


def test_a_reply_that_breaks_off_is_no_answer(server):
    server.say("/x", body=b'{"half": 1', Content_Length="100")
    with pytest.raises(NoAnswer):
        get(server)


def test_a_broken_connection_is_no_answer(server):
    server.answers["/x"] = hang_up
    with pytest.raises(NoAnswer):
        get(server)


def test_a_slow_reply_is_no_answer(server):
    server.answers["/x"] = lambda handler: time.sleep(0.6)
    with pytest.raises(NoAnswer):
        get(server, read_timeout_s=0.2)


def test_a_refused_connection_is_known_to_have_sent_nothing():
    with pytest.raises(Unreachable):
        look(account_at("http://127.0.0.1:9"), HttpCall("GET", "/x"))


def test_a_name_that_leads_nowhere_is_unreachable(monkeypatch):
    def unknown(*args: Any, **kwargs: Any) -> Any:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    with pytest.raises(Unreachable):
        look(account_at("http://api.example"), HttpCall("GET", "/x"))


@pytest.mark.parametrize("said", [b"", b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{"])
def test_a_reset_is_no_answer(said):
    async def reset(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await request_of(reader)
        writer.write(said)
        await asyncio.sleep(0.05)
        at_once = struct.pack("ii", 1, 0)
        writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, at_once)

    async def ask() -> None:
        async with serving(reset) as url, LookClient() as looks:
            await looks.send(account_at(url), HttpCall("GET", "/x"), is_private=True)

    with pytest.raises(NoAnswer):
        asyncio.run(ask())


@pytest.mark.parametrize(
    "said",
    [
        b"\x00\x01\x02\r\n\r\n",
        b"220 mail.example ESMTP\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: many\r\n\r\n{}",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n{}",
        b"HTTP/1.1 200 OK\r\nX: " + b"a" * 100_000 + b"\r\n\r\n",
    ],
)
def test_what_is_no_http_is_no_answer(said):
    async def babble(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await request_of(reader)
        writer.write(said)
        await writer.drain()

    async def ask() -> None:
        async with serving(babble) as url, LookClient() as looks:
            await looks.send(account_at(url), HttpCall("GET", "/x"), is_private=True)

    with pytest.raises(NoAnswer):
        asyncio.run(ask())


def test_a_reply_that_drips_ends_too(monkeypatch):
    """No byte is late and all of them come, so only the bound on the whole look can end it."""
    monkeypatch.setattr(looks, "CONNECT_TIMEOUT_S", 1.0)

    async def drip(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await request_of(reader)
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 200\r\n\r\n")
        for _ in range(200):
            writer.write(b" ")
            await writer.drain()
            await asyncio.sleep(0.05)

    async def ask() -> None:
        async with serving(drip) as url, LookClient() as looks:
            call = HttpCall("GET", "/x", read_timeout_s=1.123)
            await looks.send(account_at(url), call, is_private=True)

    with pytest.raises(NoAnswer):
        asyncio.run(ask())


@pytest.mark.parametrize("address", NO_ADDRESSES)
def test_an_address_that_is_none_is_refused(server, address):
    with pytest.raises(RequestRefused):
        look(account_at(address), HttpCall("GET", ""))


@pytest.mark.parametrize("key", ["", "schl\u00fcssel", "two\nlines"])
def test_a_key_that_cannot_travel_is_refused_before_anything_is_sent(server, key):
    with pytest.raises(KeyRejected, match="Nothing was sent"):
        look(account_at(server.url, key=key), HttpCall("GET", "/x"))
    assert server.seen == []


def test_a_header_that_cannot_travel_is_refused(server):
    with pytest.raises(RequestRefused):
        get(server, headers={"X-Note": "two\r\nlines"})
    assert server.seen == []


@pytest.mark.parametrize("slug", registry.ADAPTERS)
def test_the_key_goes_to_the_base_urls_own_origin_only(server, slug):
    other = Server()
    for somewhere in (server, other):
        somewhere.say("/x", body={})
    account = account_at(server.url, registry.get(slug))

    async def ask() -> None:
        async with LookClient() as looks:
            for path in ("/x", other.url + "/x", "/x", server.url + "/x"):
                await looks.send(account, HttpCall("GET", path), is_private=True)
            await looks.send(account, HttpCall("GET", "/x", sends_key=False), is_private=True)

    asyncio.run(ask())
    other.server.shutdown()
    other.server.server_close()
    assert [KEY in str(headers) for _, headers in server.seen] == [True, True, True, False]
    assert KEY not in str(other.seen)


def test_two_accounts_at_one_address_have_each_their_own_key(server):
    server.say("/x", body={})

    async def ask() -> None:
        async with LookClient() as looks:
            for key in ("first", "second", "first"):
                account = account_at(server.url, key=key)
                await looks.send(account, HttpCall("GET", "/x"), is_private=True)

    asyncio.run(ask())
    assert [headers["x-api-key"] for _, headers in server.seen] == ["first", "second", "first"]


def test_no_cookie_comes_back(server):
    server.say("/x", body={}, Set_Cookie="visit=1")

    async def ask() -> None:
        async with LookClient() as looks:
            for _ in range(2):
                await looks.send(account_at(server.url), HttpCall("GET", "/x"), is_private=True)

    asyncio.run(ask())
    assert "cookie" not in server.seen[1][1]


def test_no_proxy_of_the_environment_is_used(server, monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    server.say("/x", body={"data": 1})
    assert get(server).body == {"data": 1}


PATHS = [
    "/a%2Fb%20c%3Fd",
    "/a%2Fb%20c%3Fd?x=%2F%20+y&z=%41&e",
    "/%7Euser/%41/~a",
    "/a/../b/./c",
    "/a%2e%2e/%2e%2e/c",
    "/a//b",
    "/x;y=1,2:@!$'()*+&=",
    "/x?a=b=c&&d",
    "/\u00e4 \u00f6?\u20ac",
    "/x#part",
]


@pytest.mark.parametrize("params", [{}, {"a b": "c/d&+"}])
@pytest.mark.parametrize("path", PATHS)
def test_an_address_reaches_the_wire_as_the_other_client_sends_it(server, path, params):
    for shown in PATHS:
        server.say(shown.partition("?")[0], body={})
    server.say("/b/c", body={})
    server.say("/%C3%A4%20%C3%B6", body={})
    server.say("/x", body={})
    account, call = account_at(server.url, aiml.ADAPTER), HttpCall("GET", path, params=params)
    client.send(account, call)
    look(account, call)
    assert server.seen[0][0] == server.seen[1][0]
    assert [headers["host"] for _, headers in server.seen] == [server.url[7:]] * 2


def test_an_encoded_path_stays_as_it_is(server):
    path = "/v1/media/videos/orgs%2F64%2Fvideos%2Fabc%20d.mp4"
    server.say(path, body={"url": "https://x.example"})
    look(account_at(server.url, aiml.ADAPTER), aiml.build_resolve(path))
    assert server.seen[0][0] == path


def test_a_connection_is_used_again():
    connections = []

    async def keep(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connections.append(writer)
        while await request_of(reader):
            writer.write(OK)

    async def ask() -> None:
        async with serving(keep) as url, LookClient() as looks:
            for _ in range(3):
                await looks.send(account_at(url), HttpCall("GET", "/x"), is_private=True)

    asyncio.run(ask())
    assert len(connections) == 1


@pytest.mark.parametrize("pause_s", [0, 0.02])
def test_a_kept_connection_that_the_server_closed_is_no_error(pause_s):
    async def answer_once(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await request_of(reader)
        writer.write(OK)
        await writer.drain()

    async def ask() -> None:
        async with serving(answer_once) as url, LookClient() as looks:
            for _ in range(5):
                await looks.send(account_at(url), HttpCall("GET", "/x"), is_private=True)
                await asyncio.sleep(pause_s)

    asyncio.run(ask())


def test_three_hundred_are_asked_at_the_same_time():
    async def ask() -> list[Reply]:
        everyone = asyncio.Barrier(300)

        async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            path = (await request_of(reader)).split()[1].decode()
            await everyone.wait()
            body = json.dumps(path).encode()
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
            await writer.drain()

        async with serving(answer) as url, LookClient() as looks:
            calls = [HttpCall("GET", f"/{number}") for number in range(300)]
            return await asyncio.gather(
                *(looks.send(account_at(url), call, is_private=True) for call in calls)
            )

    assert [reply.body for reply in asyncio.run(ask())] == [f"/{n}" for n in range(300)]


def test_no_failure_keeps_a_connection_to_itself(server):
    """With one connection in all, a single one that was not given back would be the end."""
    server.say("/ok", body={})
    server.say("/missing", 404, {})
    server.say("/long", body=b'"' + b"a" * LONGEST_REPLY_BYTES + b'"')
    server.say("/cut", body=b"{", Content_Length="100")
    server.answers["/gone"] = hang_up
    server.answers["/slow"] = lambda handler: time.sleep(0.3)
    failing = ["/missing", "/long", "/cut", "/gone", "/slow", "http://127.0.0.1:9/"]

    async def ask() -> int:
        async with LookClient(most_connections=1) as looks:
            account, good = account_at(server.url), 0
            for path in failing:
                call = HttpCall("GET", path, read_timeout_s=0.1)
                with pytest.raises(ProviderError):
                    await looks.send(account, call, is_private=True)
                call = HttpCall("GET", "/ok", read_timeout_s=1)
                good += (await looks.send(account, call, is_private=True)).status == 200
            return good

    assert asyncio.run(ask()) == len(failing)


def test_a_look_that_is_called_off_gives_its_connection_back(server):
    server.say("/ok", body={})
    server.answers["/slow"] = lambda handler: time.sleep(0.3)

    async def ask() -> Reply:
        async with LookClient(most_connections=1) as looks:
            account = account_at(server.url)
            slow = asyncio.create_task(
                looks.send(account, HttpCall("GET", "/slow"), is_private=True)
            )
            await asyncio.sleep(0.05)
            slow.cancel()
            with pytest.raises(asyncio.CancelledError):
                await slow
            return await looks.send(account, HttpCall("GET", "/ok"), is_private=True)

    assert asyncio.run(ask()).status == 200


def test_an_api_that_hangs_does_not_hold_up_another():
    async def ask() -> Reply:
        over = asyncio.Event()

        async def hang(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await over.wait()

        async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await request_of(reader)
            writer.write(OK)
            await writer.drain()

        async with (
            serving(hang) as hanging,
            serving(answer) as fine,
            LookClient(most_connections=4) as looks,
            asyncio.TaskGroup() as group,
        ):
            call = HttpCall("GET", "/x")
            stuck = [
                group.create_task(looks.send(account_at(hanging), call, is_private=True))
                for _ in range(8)
            ]
            await asyncio.sleep(0.05)
            reply = await looks.send(account_at(fine), call, is_private=True)
            for task in stuck:
                task.cancel()
            over.set()
            return reply

    assert asyncio.run(ask()).status == 200


@pytest.fixture
def self_signed(tmp_path: Path) -> ssl.SSLContext:
    """What anyone can present who stands in between: a certificate for this very name."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now)
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    paths = tmp_path / "certificate.pem", tmp_path / "key.pem"
    paths[0].write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    paths[1].write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*paths)
    return context


def test_a_certificate_that_nobody_vouches_for_is_refused(self_signed):
    heard = []

    async def listen(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heard.append(await request_of(reader))

    async def ask() -> None:
        async with serving(listen, ssl=self_signed) as url, LookClient() as looks:
            address = url.replace("http://127.0.0.1", "https://localhost")
            await looks.send(account_at(address), HttpCall("GET", "/x"), is_private=True)

    with pytest.raises(Unreachable, match="Nothing was sent"):
        asyncio.run(ask())
    assert b"".join(heard) == b""


def test_the_key_is_in_no_trace_of_a_failed_look(server):
    server.say("/x", 400, {"error": {"message": f"The key {KEY} is odd"}})
    with pytest.raises(RequestRefused) as raised:
        get(server)
    assert KEY[:10] not in raised.value.message + raised.value.detail


def test_as_many_files_may_be_open_as_the_machine_allows():
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(256, hard), hard))
        looks.raise_file_limit()
        assert resource.getrlimit(resource.RLIMIT_NOFILE) == (hard, hard)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
