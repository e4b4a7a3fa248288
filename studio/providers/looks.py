"""Asking many APIs at once, from one thread, over connections that are kept.

httpx is the interface and aiohttp the transport: httpx' own pool scans all its connections for
each request (measured on httpx 0.28: 170 looks a second at 100 connections). A kept connection
may be closed by the server under a request, so this is only for calls that may be repeated.
"""

import contextlib
import functools
import resource
import socket
from types import TracebackType
from typing import Self

import aiohttp
import httpx
import yarl
from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.http_exceptions import HttpProcessingError
from httpx_aiohttp import AiohttpTransport
from httpx_aiohttp.transport import AiohttpResponseStream

from studio.providers.account import Account, headers_for
from studio.providers.client import CONNECT_TIMEOUT_S
from studio.providers.contract import HttpCall, Reply
from studio.providers.egress import check_public, tls_context
from studio.providers.replies import (
    FAILURES,
    LONGEST_REPLY_BYTES,
    judged,
    not_answered,
    reply_of,
    too_long,
)

MOST_CONNECTIONS = 1000
KEPT_FOR_S = 30.0
BROKEN = (aiohttp.ClientError, HttpProcessingError, OSError)
IN_WORDS_OF_HTTPX: list[tuple[tuple[type[Exception], ...], type[httpx.TransportError]]] = [
    ((aiohttp.InvalidURL, aiohttp.NonHttpUrlClientError), httpx.UnsupportedProtocol),
    ((aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError), httpx.ConnectError),
    (BROKEN, httpx.ReadError),
    ((ValueError,), httpx.LocalProtocolError),
]


class LookClient:
    """Asks many APIs at once over kept connections. Only for calls that may be repeated."""

    def __init__(self, *, most_connections: int = MOST_CONNECTIONS) -> None:
        self._most_connections = most_connections
        self._headers: dict[tuple[str, str, str, bool], dict[str, str]] = {}

    async def __aenter__(self) -> Self:
        most = self._most_connections
        self._guarded = _transport(most, PublicResolver(), public_socket)
        self._open = _transport(most, aiohttp.ThreadedResolver(), None)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._guarded.aclose()
        await self._open.aclose()

    async def send(self, account: Account, call: HttpCall, *, is_private: bool) -> Reply:
        """Make one call and return its 2xx reply; everything else is a ProviderError.

        `is_private` is the account's `is_on_private_network`, which only the caller can look up:
        it resolves a name, and that would hold up every other look.
        """
        transport = self._open if is_private else self._guarded
        try:
            reply = await self._exchange(transport, account, call)
        except (*FAILURES, *BROKEN, ValueError) as e:
            raise not_answered(_as_httpx_error(e), account.adapter.name) from e
        return judged(account, call, reply)

    async def _exchange(
        self, transport: AiohttpTransport, account: Account, call: HttpCall
    ) -> Reply:
        request = httpx.Request(
            call.method,
            account.address(call.path),
            params=dict(call.params) or None,
            json=call.json,
            content=call.content,
            headers=self._headers_for(account, call),
            extensions={"timeout": {"read": call.read_timeout_s}},
        )
        response = await transport.handle_async_request(request)
        try:
            return await _read(response, account.adapter.name)
        finally:
            await response.aclose()

    def _headers_for(self, account: Account, call: HttpCall) -> dict[str, str]:
        """As `headers_for`, remembered for the paths below a base URL: where they lead is the
        same each time, and reading addresses was a third of the cost of a look."""
        if call.headers or not call.path.startswith("/"):
            return headers_for(account, call)
        whose = (account.adapter.slug, account.base_url, account.api_key, call.sends_key)
        if whose not in self._headers:
            self._headers[whose] = headers_for(account, call)
        return self._headers[whose]


async def _read(response: httpx.Response, name: str) -> Reply:
    content = bytearray()
    async for chunk in response.aiter_raw():
        content += chunk
        if len(content) > LONGEST_REPLY_BYTES:
            raise too_long(name)
    return reply_of(response.status_code, response.headers, bytes(content))


def _as_httpx_error(error: Exception) -> Exception:
    """An error of aiohttp in httpx' words, with the same cause.

    The transport's own translation calls a lost answer a connect timeout, so it is not used.
    """
    for kinds, kind in IN_WORDS_OF_HTTPX:
        if isinstance(error, kinds):
            told = kind(f"{type(error).__name__}: {error}")
            told.__cause__ = error.__cause__
            return told
    return error


class KeptTransport(AiohttpTransport):
    """The transport, with addresses sent as they are: as text they would be encoded anew."""

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        answer = await self.get_client().request(
            request.method,
            yarl.URL(str(request.url), encoded=True),
            headers=request.headers,
            data=request.content or None,
            allow_redirects=False,
            timeout=_timeout(request.extensions["timeout"]["read"]),
        )
        return httpx.Response(
            answer.status,
            headers=answer.raw_headers,
            stream=AiohttpResponseStream(answer),
            request=request,
        )


@functools.lru_cache
def _timeout(read_timeout_s: float) -> aiohttp.ClientTimeout:
    """The whole look is bounded too: a reply that drips would hold its job for hours."""
    return aiohttp.ClientTimeout(
        total=CONNECT_TIMEOUT_S + 2 * read_timeout_s,
        sock_connect=CONNECT_TIMEOUT_S,
        sock_read=read_timeout_s,
    )


def _transport(
    most_connections: int,
    resolver: AbstractResolver,
    socket_factory: aiohttp.SocketFactoryType | None,
) -> KeptTransport:
    """One host gets half of the connections at most: an API that hangs holds up no other."""
    connector = aiohttp.TCPConnector(
        ssl=tls_context(),
        limit=most_connections,
        limit_per_host=most_connections // 2,
        keepalive_timeout=KEPT_FOR_S,
        resolver=resolver,
        socket_factory=socket_factory,
    )
    session = aiohttp.ClientSession(
        connector=connector,
        cookie_jar=aiohttp.DummyCookieJar(),
        headers={"User-Agent": f"python-httpx/{httpx.__version__}"},
        auto_decompress=False,
        trust_env=False,
    )
    return KeptTransport(verify=tls_context(), trust_env=False, client=session)


class PublicResolver(aiohttp.ThreadedResolver):
    """Refuses a name as soon as one of its answers is not public."""

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        answers = await super().resolve(host, port, family)
        check_public(host, [answer["host"] for answer in answers])
        return answers


def public_socket(place: aiohttp.AddrInfoType) -> socket.socket:
    """The last check: aiohttp asks no resolver about an address that is written as a number."""
    family, kind, protocol, _, (address, *_) = place
    check_public(str(address), [str(address)])
    return socket.socket(family, kind, protocol)


def raise_file_limit() -> None:
    """Let this process hold as many connections as the machine allows it."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    with contextlib.suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
