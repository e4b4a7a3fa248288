"""Fetching a file from an address that an API named, without any key.

Redirects are followed by hand: measured on httpx 0.28, they carry `X-Api-Key` to foreign hosts.
"""

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
    RateLimited,
    RequestRefused,
    UnexpectedReply,
)
from studio.providers.replies import FAILURES, not_answered, retry_after_s_of

CHUNK_BYTES = 256 * 1024
MOST_REDIRECTS = 5


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
    with guarded_client(account, read_timeout_s) as client:
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
        raise not_answered(e, name) from e


def _checked(response: httpx.Response) -> Download:
    status, headers = response.status_code, dict(response.headers)
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
    if headers.get("content-encoding", "identity") != "identity":
        raise UnexpectedReply("The file came compressed, which was not asked for.")
    return Download(headers, response)
