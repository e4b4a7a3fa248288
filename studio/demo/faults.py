"""Faults that can be switched on, per provider and endpoint, while the server runs.

A fault either acts before the request is handled (nothing is created), or on the answer
afterwards (the job exists), or decides how the job ends. The table at the end lists them all.
"""

import asyncio
import gzip
from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass, field
from email.utils import formatdate
from typing import Any

from aiohttp import web

from studio.demo import wire
from studio.demo.exchange import Exchange
from studio.demo.jobs import State
from studio.demo.problem import Problem, Reason

Params = dict[str, Any]
Before = Callable[[Exchange, Params], Awaitable[web.Response | None]]
After = Callable[[Exchange, web.Response, Params], Awaitable[web.StreamResponse]]
HTML = "<!doctype html><title>Sign in</title><p>Please sign in to the network."


@dataclass(slots=True, kw_only=True)
class Fault:
    """`times` None: until removed. The first `after` matching requests pass unharmed.
    `provider` and `endpoint` may be "*"."""

    provider: str
    endpoint: str
    kind: str
    times: int | None = 1
    after: int = 0
    params: Params = field(default_factory=dict)

    def fits(self, provider: str, endpoint: str) -> bool:
        return self.provider in ("*", provider) and self.endpoint in ("*", endpoint)


class FaultBook:
    """The faults that are switched on, oldest first."""

    def __init__(self) -> None:
        self._faults: list[Fault] = []

    def add(self, fault: Fault) -> None:
        """Raises ValueError for an unknown kind."""
        if fault.kind not in KINDS:
            raise ValueError(f"{fault.kind!r} is no fault. There are: {', '.join(sorted(KINDS))}.")
        self._faults.append(fault)

    def take(self, provider: str, endpoint: str) -> Fault | None:
        """The fault that this request meets, counted as used."""
        for fault in self._faults:
            if not fault.fits(provider, endpoint):
                continue
            if fault.after:
                fault.after -= 1
                continue
            if fault.times is not None:
                fault.times -= 1
                if fault.times <= 0:
                    self._faults.remove(fault)
            return fault
        return None

    def remove(self, provider: str = "", endpoint: str = "") -> None:
        """Switch off all faults, or those of this provider and endpoint."""
        self._faults = [
            fault
            for fault in self._faults
            if (provider and fault.provider != provider)
            or (endpoint and fault.endpoint != endpoint)
        ]

    def as_json(self) -> list[dict[str, Any]]:
        return [asdict(fault) for fault in self._faults]


async def _rate_limit(exchange: Exchange, params: Params) -> web.Response | None:
    """`retry_after_s` (default 2; null: no header), `as_date`: an HTTP date instead."""
    seconds = params.get("retry_after_s", 2)
    text = "" if seconds is None else str(seconds)
    if text and params.get("as_date"):
        text = formatdate(exchange.hub.clock.now() + seconds, usegmt=True)
    raise Problem(Reason.RATE_LIMIT, "Rate limit exceeded", retry_after=text)


async def _server_error(exchange: Exchange, params: Params) -> web.Response | None:
    """`status` (default 500), `retry_after_s`."""
    seconds = params.get("retry_after_s")
    raise Problem(
        Reason.SERVER_ERROR,
        params.get("message", "Something went wrong on our side."),
        status=params.get("status", 500),
        retry_after="" if seconds is None else str(seconds),
    )


async def _server_error_afterwards(
    exchange: Exchange, answer: web.Response, params: Params
) -> web.StreamResponse:
    try:
        await _server_error(exchange, params)
    except Problem as problem:
        return exchange.api.refuse(problem)
    return answer


def _refusal(reason: Reason, message: str) -> Before:
    async def refuse(exchange: Exchange, params: Params) -> web.Response | None:
        raise Problem(reason, params.get("message", message), status=params.get("status"))

    return refuse


async def _unsatisfiable(exchange: Exchange, params: Params) -> web.Response | None:
    size = params.get("size_bytes", "*")
    return web.Response(status=416, headers={"Content-Range": f"bytes */{size}"})


async def _redirect(exchange: Exchange, params: Params) -> web.Response | None:
    """`location` (needed), `status` (default 302)."""
    headers = {"Location": params["location"]}
    return web.Response(status=params.get("status", 302), headers=headers)


async def _answer(exchange: Exchange, params: Params) -> web.Response | None:
    """`status`, `body` (text, or a JSON value), `headers`: an answer given word for word."""
    body, headers = params.get("body", ""), params.get("headers", {})
    if isinstance(body, str):
        return web.Response(status=params.get("status", 200), text=body, headers=headers)
    return web.json_response(body, status=params.get("status", 200), headers=headers)


async def _answer_afterwards(
    exchange: Exchange, answer: web.Response, params: Params
) -> web.StreamResponse:
    return await _answer(exchange, params) or answer


async def _reset_before(exchange: Exchange, params: Params) -> web.Response | None:
    return wire.NoAnswer(status=499)


async def _reset_after(
    exchange: Exchange, answer: web.Response, params: Params
) -> web.StreamResponse:
    return wire.NoAnswer(status=499)


async def _ignore_range(exchange: Exchange, params: Params) -> web.Response | None:
    exchange.ignores_range = True
    return None


async def _fail(exchange: Exchange, params: Params) -> web.Response | None:
    """`code`, `message`: the job is accepted and ends failed."""
    exchange.outcome = State.FAILED
    exchange.error_code = params.get("code", "generation_failed")
    exchange.error = params.get("message", "The model could not make this clip.")
    return None


async def _cancel(exchange: Exchange, params: Params) -> web.Response | None:
    exchange.outcome = State.CANCELLED
    return None


async def _slow(exchange: Exchange, answer: web.Response, params: Params) -> web.StreamResponse:
    """`delay_s` (default 5) between the work and its answer."""
    await asyncio.sleep(params.get("delay_s", 5))
    return answer


async def _slow_before(exchange: Exchange, params: Params) -> web.Response | None:
    """Slow to take the request: one whose client has left by then is never handled."""
    await asyncio.sleep(params.get("delay_s", 5))
    has_left = exchange.request.transport is None
    return wire.NoAnswer(status=499) if has_left else None


async def _drip(exchange: Exchange, answer: web.Response, params: Params) -> web.StreamResponse:
    """The body in `chunk_bytes` (default 1024) every `pause_s` (default 0.5)."""
    body = _body(answer)
    slow = web.StreamResponse(status=answer.status, headers=answer.headers)
    slow.content_length = len(body)
    await slow.prepare(exchange.request)
    step = params.get("chunk_bytes", 1024)
    for start in range(0, len(body), step):
        await slow.write(body[start : start + step])
        await asyncio.sleep(params.get("pause_s", 0.5))
    await slow.write_eof()
    return slow


async def _malformed_json(
    exchange: Exchange, answer: web.Response, params: Params
) -> web.StreamResponse:
    body = _body(answer)[:-2] + b'," '
    return web.Response(status=answer.status, body=body, content_type="application/json")


async def _truncated(
    exchange: Exchange, answer: web.Response, params: Params
) -> web.StreamResponse:
    """The length is right, but only `share` (default 0.5) of the body is sent."""
    body = _body(answer)
    sent = body[: int(len(body) * params.get("share", 0.5))]
    return wire.RawAnswer(answer.status, _head(answer, len(body)), sent)


async def _cut(exchange: Exchange, answer: web.Response, params: Params) -> web.StreamResponse:
    """No length is given, and only `share` (default 0.5) of the body is sent."""
    body = _body(answer)
    sent = body[: int(len(body) * params.get("share", 0.5))]
    return wire.RawAnswer(answer.status, _head(answer, None), sent)


async def _wrong_length(
    exchange: Exchange, answer: web.Response, params: Params
) -> web.StreamResponse:
    """The whole body is sent, but the length is `by_bytes` (default 1000) short of it."""
    body = _body(answer)
    length = max(0, len(body) - params.get("by_bytes", 1000))
    return wire.RawAnswer(answer.status, _head(answer, length), body)


def _instead(body: str, content_type: str) -> After:
    """Another body; `content_type` may be set to claim that it is a video."""

    async def replace(
        exchange: Exchange, answer: web.Response, params: Params
    ) -> web.StreamResponse:
        claimed = params.get("content_type", content_type)
        text = params.get("body", body).encode()
        return web.Response(status=params.get("status", 200), body=text, content_type=claimed)

    return replace


async def _empty(exchange: Exchange, answer: web.Response, params: Params) -> web.StreamResponse:
    return web.Response(status=answer.status, content_type=answer.content_type)


async def _gzip(exchange: Exchange, answer: web.Response, params: Params) -> web.StreamResponse:
    headers = dict(answer.headers) | {"Content-Encoding": "gzip"}
    headers.pop("Content-Length", None)
    return web.Response(status=answer.status, body=gzip.compress(_body(answer)), headers=headers)


async def _wrong_range(
    exchange: Exchange, answer: web.Response, params: Params
) -> web.StreamResponse:
    """A 206 whose Content-Range starts `by_bytes` (default 7) too late."""
    if answer.status == 206:
        first, rest = answer.headers["Content-Range"].removeprefix("bytes ").split("-", 1)
        start = int(first) + params.get("by_bytes", 7)
        answer.headers["Content-Range"] = f"bytes {start}-{rest}"
    return answer


def _body(answer: web.Response) -> bytes:
    return answer.body if isinstance(answer.body, bytes) else b""


def _head(answer: web.Response, length: int | None) -> list[tuple[str, str]]:
    left_out = ("content-length", "connection")
    head = [(k, v) for k, v in answer.headers.items() if k.lower() not in left_out]
    if length is not None:
        head.append(("Content-Length", str(length)))
    return [*head, ("Connection", "close")]


@dataclass(frozen=True, slots=True)
class Kind:
    """What a fault does. Where both are given, the parameter `accepted` chooses: true acts
    after the request was handled, false before; `is_accepted` is the default."""

    before: Before | None = None
    after: After | None = None
    is_accepted: bool = False

    def acts_after(self, params: Params) -> bool:
        if self.before and self.after:
            return bool(params.get("accepted", self.is_accepted))
        return self.after is not None


KINDS: dict[str, Kind] = {
    "rate_limit": Kind(_rate_limit),
    "server_error": Kind(_server_error, _server_error_afterwards),
    "answer": Kind(_answer, _answer_afterwards),
    "reset_before": Kind(_reset_before),
    "reset_after": Kind(after=_reset_after),
    "slow": Kind(_slow_before, _slow, is_accepted=True),
    "drip": Kind(after=_drip),
    "malformed_json": Kind(after=_malformed_json),
    "truncated": Kind(after=_truncated),
    "cut": Kind(after=_cut),
    "wrong_length": Kind(after=_wrong_length),
    "html": Kind(after=_instead(HTML, "text/html")),
    "json": Kind(after=_instead('{"error": "try again"}', "application/json")),
    "empty": Kind(after=_empty),
    "gzip": Kind(after=_gzip),
    "redirect": Kind(_redirect),
    "expired": Kind(_refusal(Reason.EXPIRED, "The link has expired.")),
    "wrong_range": Kind(after=_wrong_range),
    "ignore_range": Kind(_ignore_range),
    "unsatisfiable": Kind(_unsatisfiable),
    "locked": Kind(_refusal(Reason.LOCKED, "The video is still being produced.")),
    "fail": Kind(_fail),
    "cancelled": Kind(_cancel),
    "no_credit": Kind(_refusal(Reason.NO_CREDIT, "Insufficient credits.")),
    "bad_key": Kind(_refusal(Reason.BAD_KEY, "Invalid API key")),
    "refused": Kind(_refusal(Reason.REFUSED, "The prompt was rejected by moderation.")),
}
