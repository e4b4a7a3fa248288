"""Fetching a file from an address that an API named, without any key, and going on where an
earlier try broke off.

Redirects are followed by hand: measured on httpx 0.28, they carry `X-Api-Key` to foreign hosts.
Measured as well: a body that is cut without a length, or is longer than its length, looks like a
success, so whoever takes the bytes has to check the file itself.
"""

import re
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

import httpx

from studio.providers.account import Account
from studio.providers.client import guarded_client
from studio.providers.errors import (
    JobUnknown,
    NoAnswer,
    ProviderDown,
    ProviderError,
    RateLimited,
    RequestRefused,
    UnexpectedReply,
)
from studio.providers.replies import FAILURES, not_answered, retry_after_s_of

MOST_REDIRECTS = 5
STALL_S = 30.0
LEAST_BYTES_PER_S = 1000
STRONG_ETAG = re.compile(r'"[\x21\x23-\x7e]*"')
"""RFC 9110, 8.8.3: only a strong one promises the same bytes (a weak one begins with W/)."""
RANGE_SENT = re.compile(r"bytes (\d+)-(\d+)/(\d+)")
RANGE_MISSED = re.compile(r"bytes \*/(\d+)")
NO_KEY = httpx.Auth()
"""httpx makes a header of `user:password@` in an address unless it is given something else."""


class CannotResume(ProviderError):
    """There is no going on with the earlier bytes; the file has to be fetched from its start."""

    permanent = False


@dataclass(frozen=True, slots=True)
class Download:
    """A file on its way, from byte `start` on. `total_bytes` of the whole file, None where that
    is not known; `etag` and `mime_type` as declared, "" where they are not."""

    start: int
    total_bytes: int | None
    etag: str
    mime_type: str
    _response: httpx.Response
    _stall_s: float

    @property
    def is_at_end(self) -> bool:
        """True if nothing was left to send."""
        return self.start > 0 and self.start == self.total_bytes

    def iter_bytes(self) -> Iterator[bytes]:
        """The bytes as they come, once. Raises NoAnswer when the connection breaks or crawls.

        Only the time spent waiting for bytes counts, not what the caller does with them.
        """
        chunks = iter(()) if self.is_at_end else self._chunks()
        waited_s, came = 0.0, 0
        asked_at = time.monotonic()
        for chunk in chunks:
            waited_s += time.monotonic() - asked_at
            came += len(chunk)
            if waited_s >= self._stall_s:
                if came < LEAST_BYTES_PER_S * waited_s:
                    raise NoAnswer(
                        "The file came too slowly. It is asked for again and goes on from there.",
                        detail=f"{came} bytes in {waited_s:.1f} s",
                    )
                waited_s, came = 0.0, 0
            yield chunk
            asked_at = time.monotonic()

    def _chunks(self) -> Iterator[bytes]:
        """As they leave the socket: collected to a size, a slow file would not be noticed."""
        try:
            yield from self._response.iter_raw()
        except httpx.HTTPError as e:
            raise NoAnswer(
                "The connection broke while the file was fetched. It is fetched again.",
                detail=f"{type(e).__name__}: {e}",
            ) from e


@contextmanager
def open_download(
    account: Account,
    address: str,
    *,
    stall_s: float = STALL_S,
    resume_from: int = 0,
    etag: str = "",
) -> Iterator[Download]:
    """Open a file that the account's API named, without any key, following up to five redirects
    by hand.

    With `resume_from` and the strong `etag` of the bytes before it, only the rest is asked for; a
    `start` of zero then says that the server sends all of it again. A connection that brings too
    little for `stall_s` is given up. Raises CannotResume when the answer to that fits nothing
    that is held, JobUnknown for a dead link, and other ProviderErrors as `send` does.
    """
    headers = {"Accept-Encoding": "identity"}
    if resume_from and is_strong(etag):
        headers |= {"Range": f"bytes={resume_from}-", "If-Range": etag}
    else:
        resume_from = 0
    with guarded_client(account, stall_s) as client:
        for _ in range(MOST_REDIRECTS + 1):
            response = _open(client, address, headers, account.adapter.name)
            try:
                if response.next_request is None:
                    yield _understood(response, resume_from, etag, stall_s)
                    return
                address = str(response.next_request.url)
            finally:
                response.close()
    raise UnexpectedReply("The link to the file leads in circles.")


def is_strong(etag: str) -> bool:
    """True for an ETag by which a file may be gone on with."""
    return STRONG_ETAG.fullmatch(etag) is not None


def _open(client: httpx.Client, address: str, headers: dict[str, str], name: str) -> httpx.Response:
    try:
        request = client.build_request("GET", address, headers=headers)
        return client.send(request, stream=True, auth=NO_KEY)
    except FAILURES as e:
        raise not_answered(e, name) from e


def _understood(response: httpx.Response, resume_from: int, etag: str, stall_s: float) -> Download:
    status, headers = response.status_code, dict(response.headers)
    start, total_bytes = 0, _length(headers)
    if resume_from and status == 416:
        start, total_bytes = _end(headers, resume_from, etag)
    elif resume_from and status == 206:
        start, total_bytes = _rest(headers, resume_from, etag)
    else:
        _refuse_failures(status, headers)
    return Download(
        start=start,
        total_bytes=total_bytes,
        etag=headers.get("etag", ""),
        mime_type=headers.get("content-type", ""),
        _response=response,
        _stall_s=stall_s,
    )


def _length(headers: Mapping[str, str]) -> int | None:
    text = headers.get("content-length", "")
    return int(text) if text.isdecimal() else None


def _end(headers: Mapping[str, str], held_bytes: int, etag: str) -> tuple[int, int]:
    """416: nothing lies behind what is held, which is the whole file if its size is that.

    curl once appended the page that came with a 416 to the file (its issue 1163).
    """
    match = RANGE_MISSED.fullmatch(headers.get("content-range", ""))
    if match and int(match[1]) == held_bytes and headers.get("etag", etag) == etag:
        return held_bytes, held_bytes
    raise _does_not_fit("HTTP 416", headers)


def _rest(headers: Mapping[str, str], resume_from: int, etag: str) -> tuple[int, int]:
    """206: the rest, if it is of the same file and begins where the held bytes end."""
    _refuse_encoding(headers)
    match = RANGE_SENT.fullmatch(headers.get("content-range", ""))
    if match is None or headers.get("etag", etag) != etag:
        raise _does_not_fit("HTTP 206", headers)
    first, last, total_bytes = map(int, match.groups())
    if first != resume_from or not first <= last < total_bytes:
        raise _does_not_fit("HTTP 206", headers)
    return first, total_bytes


def _does_not_fit(status: str, headers: Mapping[str, str]) -> CannotResume:
    told = {name: headers.get(name) for name in ("content-range", "etag")}
    return CannotResume(
        "The rest of the file does not fit what is here. It is fetched from its start.",
        detail=f"{status} {told}",
    )


def _refuse_failures(status: int, headers: Mapping[str, str]) -> None:
    if status in {401, 403, 404, 410}:
        raise JobUnknown("The link to the file has ended.", detail=f"HTTP {status}")
    if status in {408, 423, 425, 429, 503}:
        raise RateLimited(
            "The file is not there yet.",
            detail=f"HTTP {status}",
            retry_after_s=retry_after_s_of(headers),
        )
    if status >= 500:
        raise ProviderDown("The file's server has a fault of its own.", detail=f"HTTP {status}")
    if status >= 400:
        raise RequestRefused("The file's server refused to send it.", detail=f"HTTP {status}")
    if status != 200:
        raise UnexpectedReply("The file's server gave a strange answer.", detail=f"HTTP {status}")
    _refuse_encoding(headers)


def _refuse_encoding(headers: Mapping[str, str]) -> None:
    """Forty-eight kilobytes of gzip become one chunk of forty-nine megabytes (measured)."""
    if headers.get("content-encoding", "").strip().lower() not in {"", "identity"}:
        raise UnexpectedReply("The file came compressed, which was not asked for.")
