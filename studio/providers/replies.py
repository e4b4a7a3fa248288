"""What a reply, or the lack of one, means: typed errors with words for the person waiting."""

import email.utils
import json
import math
import time
from collections.abc import Mapping

import httpx

from studio.providers.account import Account
from studio.providers.contract import HttpCall, Reply
from studio.providers.egress import ForbiddenAddress
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

LONGEST_REPLY_BYTES = 16_000_000
LONGEST_WAIT_S = 1_000_000
UNIX_TIME_FROM = 1_000_000_000
NOTHING_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)
NO_ADDRESS = (httpx.InvalidURL, httpx.UnsupportedProtocol)
NOT_SENDABLE = (httpx.LocalProtocolError, UnicodeError)
FAILURES = (httpx.HTTPError, *NO_ADDRESS, *NOT_SENDABLE)


def reply_of(status: int, headers: Mapping[str, str], content: bytes) -> Reply:
    """A reply as adapters see it, from its raw body."""
    text = content.decode("utf-8", errors="replace")
    try:
        body = json.loads(_without_halves(text)) if text.strip() else None
    except (ValueError, RecursionError):
        body = None
    return Reply(status, dict(headers), body, text)


def _without_halves(text: str) -> str:
    """JSON without escaped halves of characters (a cut emoji): no database takes them."""
    if r"\ud" not in text and r"\uD" not in text:
        return text
    whole = json.dumps(json.loads(text), ensure_ascii=False)
    return whole.encode("utf-8", errors="replace").decode("utf-8")


def judged(account: Account, call: HttpCall, reply: Reply) -> Reply:
    """The reply, if it is a success that can be read; everything else is a ProviderError.

    A success must be JSON or empty, except after an upload: stores answer as they like.
    """
    if not 200 <= reply.status < 300:
        raise error_of(account, call, reply)
    if reply.body is None and reply.text.strip() and call.content is None:
        raise UnexpectedReply(
            f"{account.adapter.name}'s reply could not be read: it is no JSON.",
            detail=shorten(redact(reply.text, secrets=account.secrets)),
        )
    return reply


def too_long(name: str) -> UnexpectedReply:
    return UnexpectedReply(f"{name}'s reply is far too long and was not read.")


def not_answered(error: Exception, name: str) -> ProviderError:
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


def error_of(account: Account, call: HttpCall, reply: Reply) -> ProviderError:
    """The typed error of a reply that is no success."""
    name, secrets = account.adapter.name, account.secrets
    said = account.adapter.parse_error(reply)
    quote = shorten(redact(said.message, secrets=secrets), 240).rstrip(".")
    kind = account.adapter.error_kinds.get(said.code) or _kind(reply)
    if kind is KeyRejected and not account.gives_key_to(call):
        kind = RequestRefused
    retry_after_s = retry_after_s_of(reply.headers)
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


def retry_after_s_of(headers: Mapping[str, str]) -> float | None:
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
