"""Serves a stored file with its ETag and a single byte range."""

import re
from pathlib import Path

from aiohttp import web

from studio.demo.exchange import Exchange

RANGE = re.compile(r"bytes=(\d*)-(\d*)")


def serve(exchange: Exchange, path: Path, content_type: str, etag: str) -> web.Response:
    """The whole file (200), the range asked for (206), or 416 where there is no such range.

    A Range is ignored when `If-Range` names another ETag, and when it has several parts.
    """
    data = path.read_bytes()
    headers = {"Accept-Ranges": "bytes", "ETag": etag, "Content-Type": content_type}
    if not (match := _asked_range(exchange, etag)):
        return web.Response(body=data, headers=headers)
    start, end = _bounds(match, len(data))
    if start >= len(data) or end < start:
        return web.Response(status=416, headers={"Content-Range": f"bytes */{len(data)}"})
    headers["Content-Range"] = f"bytes {start}-{end}/{len(data)}"
    return web.Response(status=206, body=data[start : end + 1], headers=headers)


def _asked_range(exchange: Exchange, etag: str) -> re.Match[str] | None:
    headers = exchange.request.headers
    if exchange.ignores_range or headers.get("If-Range", etag) != etag:
        return None
    match = RANGE.fullmatch(headers.get("Range", "").strip())
    return match if match and (match[1] or match[2]) else None


def _bounds(match: re.Match[str], size: int) -> tuple[int, int]:
    """First and last byte of `start-end`, `start-` or `-count`."""
    first, last = match[1], match[2]
    if not first:
        return (size if last == "0" else max(0, size - int(last))), size - 1
    return int(first), min(int(last), size - 1) if last else size - 1
