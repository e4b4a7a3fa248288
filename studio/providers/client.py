"""The only module that speaks HTTP to the outside.

`send` and `converse` call an API with an account's key; `open_download` fetches a file from an
address that an API named, without any key. Both turn every failure into a typed error. What was
measured on httpx 0.28 and shaped this: redirects carry `X-Api-Key` to foreign hosts, so none is
followed with a key; a kept-alive connection that the server closes under a POST looks like a
lost answer, so none is kept; compressed bodies can explode, so none is asked for.
"""

import email.utils
import json
import math
import time
from collections.abc import Generator, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TypeVar

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
LONGEST_WAIT_S = 1_000_000
UNIX_TIME_FROM = 1_000_000_000
NOTHING_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)
NO_ADDRESS = (httpx.InvalidURL, httpx.UnsupportedProtocol)
NOT_SENDABLE = (httpx.LocalProtocolError, UnicodeError)
FAILURES = (httpx.HTTPError, *NO_ADDRESS, *NOT_SENDABLE)


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

    def gives_key_to(self, call: HttpCall) -> bool:
        return call.sends_key and self.owns(self.address(call.path))

    @property
    def is_on_private_network(self) -> bool:
        """True where an admin gave a private base URL: then its replies may name neighbours."""
        return is_private_host(httpx.URL(self.base_url).host)


def _origin(address: str) -> tuple[str, bytes, int | None]:
    """Read by the parser that also connects: two parsers could see two hosts."""
    url = httpx.URL(address)
    return url.scheme, url.raw_host, url.port


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
    name = account.adapter.name
    try:
        reply = _exchange(account, call)
    except FAILURES as e:
        raise _not_answered(e, name) from e
    if not 200 <= reply.status < 300:
        raise _error(account, call, reply)
    if reply.body is None and reply.text.strip() and call.content is None:
        raise UnexpectedReply(
            f"{name}'s reply could not be read: it is no JSON.",
            detail=shorten(redact(reply.text, secrets=_secrets(account))),
        )
    return reply


def _exchange(account: Account, call: HttpCall) -> Reply:
    address = account.address(call.path)
    headers = {"Accept": "application/json", "Accept-Encoding": "identity", **call.headers}
    if account.gives_key_to(call):
        headers |= account.adapter.key_headers(_sendable_key(account))
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
        return _reply(response, account.adapter.name)


def _sendable_key(account: Account) -> str:
    key = account.api_key
    if not (key and key.isascii() and key.isprintable()):
        raise KeyRejected(
            f"The key for {account.adapter.name} cannot be sent: it is empty or has characters "
            "that no key has. Nothing was sent or charged. Enter it again under Providers."
        )
    return key


def converse(account: Account, conversation: Generator[HttpCall, Reply, T]) -> T:
    """Carry out a conversation: each call it yields is sent, each reply handed back."""
    try:
        call = next(conversation)
        while True:
            call = conversation.send(send(account, call))
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
    if isinstance(error, NO_ADDRESS):
        return RequestRefused(f"{name} gave an address that cannot be used.", detail=detail)
    if isinstance(error, NOT_SENDABLE):
        return RequestRefused(
            f"The request to {name} has characters that cannot be sent. Nothing was sent.",
            detail=detail,
        )
    if isinstance(error, NOTHING_SENT):
        return Unreachable(
            f"{name} cannot be reached from here. Nothing was sent. Dailies tries again by itself.",
            detail=detail,
        )
    return NoAnswer(
        f"{name} gave no answer: the connection broke or it took too long.", detail=detail
    )


def _error(account: Account, call: HttpCall, reply: Reply) -> ProviderError:
    """The typed error of a reply that is no success."""
    name, secrets = account.adapter.name, _secrets(account)
    said = account.adapter.parse_error(reply)
    quote = shorten(redact(said.message, secrets=secrets), 240).rstrip(".")
    kind = account.adapter.error_kinds.get(said.code) or _kind(reply)
    if kind is KeyRejected and not account.gives_key_to(call):
        kind = RequestRefused
    retry_after_s = _retry_after_s(reply.headers)
    return kind(
        _words(kind, name, quote, retry_after_s, asked_only=call.method == "GET"),
        detail=f"HTTP {reply.status} {_evidence(reply, secrets)}",
        retry_after_s=retry_after_s,
    )


def _evidence(reply: Reply, secrets: list[str]) -> str:
    """The reply's body for the log. A document is cleaned as one, so by its names as well."""
    if isinstance(reply.body, (dict, list)):
        clean = redact(reply.body, secrets=secrets)
        return shorten(json.dumps(clean, ensure_ascii=False), 2000)
    return shorten(redact(reply.text, secrets=secrets), 2000)


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


def _words(
    kind: type[ProviderError],
    name: str,
    quote: str,
    retry_after_s: float | None,
    *,
    asked_only: bool,
) -> str:
    """The sentence for the person waiting: who, what happened, what to do.

    `asked_only`: the call only asked (about a job that may well be charged), so it tells
    nothing about money.
    """
    said = f": {quote}." if quote else "."
    free = "" if asked_only else " Nothing was charged."
    when = f" It is tried again in about {retry_after_s:.0f} s." if retry_after_s else ""
    return {
        KeyRejected: f"{name} rejected the key{said}{free} Replace it under Providers, then "
        "press Try again.",
        OutOfCredit: f"{name} has no credit left on this key{said}{free} Top up there, then "
        "press Try again.",
        PromptRefused: f"{name} refused the prompt or an image{said}{free} Change it and send it "
        "again; the same words will be refused again.",
        RequestRefused: f"{name} refused the request{said}",
        JobUnknown: f"{name} does not know what was asked for{said}",
        RateLimited: f"{name} is busy{said}{when}",
        ProviderDown: f"{name} has a fault of its own{said}",
    }.get(kind, f"{name}'s answer was not understood{said}")


def _retry_after_s(headers: Mapping[str, str]) -> float | None:
    """Seconds to wait, from whichever header the API uses; None if none makes sense."""
    if millis := _number(headers.get("retry-after-ms")):
        return _sensible(millis / 1000)
    if text := headers.get("retry-after"):
        seconds = _number(text)
        return _sensible(seconds if seconds is not None else _until_date(text))
    if headers.get("x-ratelimit-remaining") not in (None, "0"):
        return None
    return _sensible(_until_reset(_number(headers.get("x-ratelimit-reset"))))


def _until_reset(reset: float | None) -> float | None:
    """X-RateLimit-Reset is seconds at one API and Unix time at another; no API makes anyone
    wait for thirty years, so the size tells them apart."""
    return reset - time.time() if reset and reset > UNIX_TIME_FROM else reset


def _sensible(wait_s: float | None) -> float | None:
    """A wait within eleven days; a moment that has passed is now, anything else is a mistake."""
    return max(0.0, wait_s) if wait_s is not None and wait_s <= LONGEST_WAIT_S else None


def _number(text: str | None) -> float | None:
    try:
        number = float(text or "")
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def _until_date(text: str) -> float | None:
    try:
        return email.utils.parsedate_to_datetime(text).timestamp() - time.time()
    except (ValueError, OverflowError):
        return None


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
            response = _open(client, address, account.adapter.name)
            try:
                if response.next_request is None:
                    yield _checked(response)
                    return
                address = str(response.next_request.url)
            finally:
                response.close()
    raise UnexpectedReply("The link to the file leads in circles.")


def _open(client: httpx.Client, address: str, name: str) -> httpx.Response:
    try:
        request = client.build_request("GET", address, headers={"Accept-Encoding": "identity"})
        return client.send(request, stream=True)
    except FAILURES as e:
        raise _not_answered(e, name) from e


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
    if status >= 400:
        raise RequestRefused("The file's server refused to send it.", detail=f"HTTP {status}")
    if status != 200:
        raise UnexpectedReply("The file's server gave a strange answer.", detail=f"HTTP {status}")
    if headers.get("content-encoding", "identity") != "identity":
        raise UnexpectedReply("The file came compressed, which was not asked for.")
    return Download(headers, response)
