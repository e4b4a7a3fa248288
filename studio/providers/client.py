"""Calling an API with an account's key, one call at a time.

Every failure is a typed error. What was measured on httpx 0.28 and shaped this: redirects carry
`X-Api-Key` to foreign hosts, so none is followed; a kept-alive connection that the server closes
under a POST looks like a lost answer, so none is kept.
"""

import time
from collections.abc import Generator
from typing import TypeVar

import httpx

from studio.providers.account import Account, headers_for
from studio.providers.contract import HttpCall, Reply
from studio.providers.egress import GuardedTransport, tls_context
from studio.providers.replies import (
    FAILURES,
    LONGEST_REPLY_BYTES,
    judged,
    not_answered,
    reply_of,
    too_long,
)

T = TypeVar("T")

CONNECT_TIMEOUT_S = 10.0


def guarded_client(account: Account, read_timeout_s: float) -> httpx.Client:
    """A client that keeps no connection and, for a public API, goes to public addresses only."""
    return httpx.Client(
        transport=None if account.is_on_private_network else GuardedTransport(),
        timeout=httpx.Timeout(read_timeout_s, connect=CONNECT_TIMEOUT_S),
        verify=tls_context(),
        limits=httpx.Limits(max_keepalive_connections=0),
        follow_redirects=False,
        trust_env=False,
    )


def send(account: Account, call: HttpCall) -> Reply:
    """Make one call and return its 2xx reply; everything else is a ProviderError."""
    try:
        reply = _exchange(account, call)
    except FAILURES as e:
        raise not_answered(e, account.adapter.name) from e
    return judged(account, call, reply)


def _exchange(account: Account, call: HttpCall) -> Reply:
    with (
        guarded_client(account, call.read_timeout_s) as client,
        client.stream(
            call.method,
            account.address(call.path),
            params=dict(call.params) or None,
            json=call.json,
            content=call.content,
            headers=headers_for(account, call),
        ) as response,
    ):
        return _read(response, account.adapter.name, 2 * call.read_timeout_s)


def _read(response: httpx.Response, name: str, longest_s: float) -> Reply:
    """The whole reply. One that drips byte by byte would outlive every read timeout."""
    content, give_up_at = bytearray(), time.monotonic() + longest_s
    for chunk in response.iter_bytes():
        content += chunk
        if len(content) > LONGEST_REPLY_BYTES:
            raise too_long(name)
        if time.monotonic() > give_up_at:
            raise httpx.ReadTimeout("the reply came too slowly")
    return reply_of(response.status_code, response.headers, bytes(content))


def converse(account: Account, conversation: Generator[HttpCall, Reply, T]) -> T:
    """Carry out a conversation: each call it yields is sent, each reply handed back."""
    try:
        call = next(conversation)
        while True:
            call = conversation.send(send(account, call))
    except StopIteration as done:
        result: T = done.value
        return result
