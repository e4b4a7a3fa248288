"""The only module that speaks HTTP to the outside.

`send` and `converse` call an API with an account's key; `open_download` fetches a file from an
address that an API named, without any key. Both turn every failure into a typed error. What was
measured on httpx 0.28 and shaped this: redirects carry `X-Api-Key` to foreign hosts, so none is
followed with a key; a kept-alive connection that the server closes under a POST looks like a
lost answer, so none is kept; compressed bodies can explode, so none is asked for.
"""

import email.utils
import json
import time
from collections.abc import Generator, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TypeVar
from urllib.parse import urljoin, urlsplit

import httpx

from studio.providers.contract import Adapter, HttpCall, Reply
from studio.providers.egress import ForbiddenAddress, GuardedTransport, is_private_host
from studio.providers.errors import (
    JobUnknown,
    KeyRejected,
    NoAnswer,
    OutOfCredit,
    PromptRefused,
    ProviderDown,
    ProviderError,
    RateLimited,
    RequestRefused,
    UnexpectedReply,
    Unreachable,
)
from studio.providers.redaction import redact, shorten

T = TypeVar("T")

CONNECT_TIMEOUT_S = 10.0
LONGEST_REPLY_BYTES = 16_000_000
CHUNK_BYTES = 256 * 1024
MOST_REDIRECTS = 5
UNIX_TIME_FROM = 1_000_000_000
NOTHING_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)


@dataclass(frozen=True, slots=True)
class Account:
    """Whose key is used, and where. The key is in no repr."""

    adapter: Adapter
    base_url: str
    api_key: str = field(repr=False)
    options: Mapping[str, str] = field(default_factory=dict, repr=False)

    def address(self, path: str) -> str:
        """`path` below the base URL, or itself where it is a whole address."""
        if path.startswith(("http://", "https://")):
            return path
        return self.base_url.rstrip("/") + path

    def owns(self, address: str) -> bool:
        """True if the address has the base URL's own origin: only there the key may go."""
        return _origin(address) == _origin(self.base_url)

    @property
    def is_on_private_network(self) -> bool:
        """True where an admin gave a private base URL: then its replies may name neighbours."""
        return is_private_host(urlsplit(self.base_url).hostname or "")


def _origin(address: str) -> tuple[str, str | None, int | None]:
    parts = urlsplit(address)
    port = parts.port or {"http": 80, "https": 443}.get(parts.scheme)
    return parts.scheme, parts.hostname, port


def _client(account: Account, read_timeout_s: float) -> httpx.Client:
    return httpx.Client(
        transport=None if account.is_on_private_network else GuardedTransport(),
        timeout=httpx.Timeout(read_timeout_s, connect=CONNECT_TIMEOUT_S),
        limits=httpx.Limits(max_keepalive_connections=0),
        follow_redirects=False,
        trust_env=False,
    )


def send(account: Account, call: HttpCall) -> Reply:
    """Make one call and return its 2xx reply; everything else is a ProviderError.

    A success must be JSON or empty, except after an upload: stores answer as they like.
    """
    name, secrets = account.adapter.name, _secrets(account)
    address = account.address(call.path)
    headers = {"Accept": "application/json", "Accept-Encoding": "identity", **call.headers}
    if call.sends_key and account.owns(address):
        headers |= account.adapter.key_headers(account.api_key)
    try:
        with (
            _client(account, call.read_timeout_s) as client,
            client.stream(
                call.method,
                address,
                params=dict(call.params) or None,
                json=call.json,
                content=call.content,
                headers=headers,
            ) as response,
        ):
            reply = _reply(response, name)
    except (httpx.HTTPError, httpx.InvalidURL) as e:
        raise _not_answered(e, name) from e
    if not 200 <= reply.status < 300:
        raise _error(account, reply, secrets)
    if reply.body is None and reply.text.strip() and call.content is None:
        raise UnexpectedReply(
            f"{name}'s reply could not be read: it is no JSON.",
            detail=redact(shorten(reply.text), secrets=secrets),
        )
    return reply


def converse(account: Account, conversation: Generator[HttpCall, Reply, T]) -> T:
    """Carry out a conversation: each call it yields is sent, each reply handed back."""
    call = next(conversation)
    while True:
        reply = send(account, call)
        try:
            call = conversation.send(reply)
        except StopIteration as done:
            result: T = done.value
            return result


def _secrets(account: Account) -> list[str]:
    named = [option.name for option in account.adapter.options if option.is_secret]
    found = [account.api_key, *(account.options.get(name, "") for name in named)]
    return [secret for secret in found if secret]


def _reply(response: httpx.Response, name: str) -> Reply:
    content = bytearray()
    for chunk in response.iter_bytes(CHUNK_BYTES):
        content += chunk
        if len(content) > LONGEST_REPLY_BYTES:
            raise UnexpectedReply(f"{name}'s reply is far too long and was not read.")
    text = content.decode("utf-8", errors="replace")
    try:
        body = json.loads(text) if text.strip() else None
    except (ValueError, RecursionError):
        body = None
    return Reply(response.status_code, dict(response.headers), body, text)


def _not_answered(error: Exception, name: str) -> ProviderError:
    detail = f"{type(error).__name__}: {error}"
    if isinstance(error.__cause__, ForbiddenAddress):
        return RequestRefused(
            f"{name} gave an address on a private network. Dailies does not go there.",
            detail=detail,
        )
    if isinstance(error, (httpx.InvalidURL, httpx.UnsupportedProtocol)):
        return RequestRefused(f"{name} gave an address that cannot be used.", detail=detail)
    if isinstance(error, NOTHING_SENT):
        return Unreachable(
            f"{name} cannot be reached from here. Nothing was sent. Dailies tries again by itself.",
            detail=detail,
        )
    return NoAnswer(
        f"{name} gave no answer: the connection broke or it took too long.", detail=detail
    )


def _error(account: Account, reply: Reply, secrets: list[str]) -> ProviderError:
    """The typed error of a reply that is no success."""
    name = account.adapter.name
    said = account.adapter.parse_error(reply)
    quote = redact(shorten(said.message, 240), secrets=secrets).rstrip(".")
    kind = account.adapter.error_kinds.get(said.code) or _kind(reply)
    detail = f"HTTP {reply.status} {redact(shorten(reply.text, 2000), secrets=secrets)}"
    retry_after_s = _retry_after_s(reply.headers)
    return kind(
        _words(kind, name, quote, retry_after_s), detail=detail, retry_after_s=retry_after_s
    )


KINDS: dict[int, type[ProviderError]] = {
    401: KeyRejected,
    402: OutOfCredit,
    403: KeyRejected,
    404: JobUnknown,
    408: RateLimited,
    410: JobUnknown,
    425: RateLimited,
    429: RateLimited,
}


def _kind(reply: Reply) -> type[ProviderError]:
    if reply.status == 503 and "retry-after" in reply.headers:
        return RateLimited
    if reply.status >= 500:
        return ProviderDown
    if reply.status < 400:
        return UnexpectedReply
    return KINDS.get(reply.status, RequestRefused)


def _words(kind: type[ProviderError], name: str, quote: str, retry_after_s: float | None) -> str:
    """The sentence for the person waiting: who, what happened, what to do."""
    said = f": {quote}." if quote else "."
    when = f" It is tried again in about {retry_after_s:.0f} s." if retry_after_s else ""
    return {
        KeyRejected: f"{name} rejected the key{said} Replace it under Providers, then press Try "
        "again. Nothing was charged.",
        OutOfCredit: f"{name} has no credit left on this key{said} Nothing was charged. Top up "
        "there, then press Try again.",
        PromptRefused: f"{name} refused the prompt or an image{said} Nothing was charged. Change "
        "it and send it again; the same words will be refused again.",
        RequestRefused: f"{name} refused the request{said}",
        JobUnknown: f"{name} does not know what was asked for{said}",
        RateLimited: f"{name} is busy{said}{when}",
        ProviderDown: f"{name} has a fault of its own{said}",
    }.get(kind, f"{name}'s answer was not understood{said}")


def _retry_after_s(headers: Mapping[str, str]) -> float | None:
    """Seconds to wait, from whichever header the API uses; None if it says nothing.

    X-RateLimit-Reset is seconds at one API and Unix time at another; no API makes anyone wait
    for thirty years, so the size tells them apart.
    """
    if millis := _number(headers.get("retry-after-ms")):
        return millis / 1000
    text = headers.get("retry-after", "")
    if text:
        seconds = _number(text)
        return max(0.0, seconds if seconds is not None else _until_date(text))
    reset = _number(headers.get("x-ratelimit-reset"))
    if reset is None or headers.get("x-ratelimit-remaining") not in (None, "0"):
        return None
    return max(0.0, reset - time.time() if reset > UNIX_TIME_FROM else reset)


def _number(text: str | None) -> float | None:
    try:
        return float(text) if text else None
    except ValueError:
        return None


def _until_date(text: str) -> float:
    try:
        return email.utils.parsedate_to_datetime(text).timestamp() - time.time()
    except ValueError:
        return 0.0


@dataclass(frozen=True, slots=True)
class Download:
    """A file on its way: reply headers (lower case) and the raw bytes, once."""

    headers: Mapping[str, str]
    _response: httpx.Response

    def iter_bytes(self) -> Iterator[bytes]:
        """The bytes as they come. Raises NoAnswer when the connection breaks."""
        try:
            yield from self._response.iter_raw(CHUNK_BYTES)
        except httpx.HTTPError as e:
            raise NoAnswer(
                "The connection broke while the file was fetched. It is fetched again.",
                detail=f"{type(e).__name__}: {e}",
            ) from e


@contextmanager
def open_download(
    account: Account, address: str, *, read_timeout_s: float = 30.0
) -> Iterator[Download]:
    """Open a file that the account's API named, without any key, following up to five redirects
    by hand.

    Raises JobUnknown for a dead link and other ProviderErrors as `send` does.
    """
    with _client(account, read_timeout_s) as client:
        for _ in range(MOST_REDIRECTS + 1):
            response = _open(client, address)
            try:
                if not response.is_redirect:
                    yield _checked(response)
                    return
                address = urljoin(address, response.headers["location"])
            finally:
                response.close()
    raise UnexpectedReply("The link to the file leads in circles.")


def _open(client: httpx.Client, address: str) -> httpx.Response:
    try:
        request = client.build_request("GET", address, headers={"Accept-Encoding": "identity"})
        return client.send(request, stream=True)
    except (httpx.HTTPError, httpx.InvalidURL) as e:
        raise _not_answered(e, urlsplit(address).hostname or "The provider") from e


def _checked(response: httpx.Response) -> Download:
    status, headers = response.status_code, dict(response.headers)
    if status in {401, 403, 404, 410}:
        raise JobUnknown("The link to the file has ended.", detail=f"HTTP {status}")
    if status in {408, 423, 425, 429, 503}:
        raise RateLimited(
            "The file is not there yet.",
            detail=f"HTTP {status}",
            retry_after_s=_retry_after_s(headers),
        )
    if status >= 500:
        raise ProviderDown("The file's server has a fault of its own.", detail=f"HTTP {status}")
    if status != 200:
        raise UnexpectedReply("The file's server gave a strange answer.", detail=f"HTTP {status}")
    if headers.get("content-encoding", "identity") != "identity":
        raise UnexpectedReply("The file came compressed, which was not asked for.")
    return Download(headers, response)
