"""The asynchronous front before Django: media with byte ranges.

A server that gives a thread to a response dies of paused players, so files are sent
asynchronously and pages run in a thread pool beside them. Who may see a file is still decided
by an ordinary Django view: it answers with an empty body and the file's path in a header that
never leaves this process, and the front sends the file in its place.
"""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote

from a2wsgi import WSGIMiddleware
from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import FileResponse, PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from studio.media.handover import FILE_HEADER

CHUNK_BYTES = 256 * 1024
"""A fair middle: 64 KB halves the speed of seeks, 1 MB doubles the memory of stalled ones."""
LONGEST_RANGE_HEADER = 200
DROPPED = ("content-length", FILE_HEADER.lower())


class MediaFile(FileResponse):
    chunk_size = CHUNK_BYTES


class MediaFront:
    """An ASGI application around a WSGI one; see the module's text.

    `media_root`: files outside of it are never sent. `threads`: how many pages at once.
    `sub_path`: where a proxy has the studio (`/dailies`); it passes the whole path on.
    `accel_prefix`: hand files over to a web server before us (nginx' `X-Accel-Redirect`)
    instead of sending them, under this internal location.
    """

    def __init__(
        self,
        wsgi_app: Callable[..., Any],
        *,
        media_root: Path,
        threads: int = 16,
        accel_prefix: str = "",
        sub_path: str = "",
    ) -> None:
        self._pages: ASGIApp = WSGIMiddleware(wsgi_app, workers=threads)  # type: ignore[assignment]
        self._media_root = media_root.resolve()
        self._accel_prefix = accel_prefix
        self._sub_path = sub_path

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._pages(scope, receive, send)
            return
        if self._sub_path:
            if not scope["path"].startswith(f"{self._sub_path}/"):
                await _outside(self._sub_path, scope["path"])(scope, receive, send)
                return
            scope = {**scope, "path": scope["path"].removeprefix(self._sub_path)}
        handover = _Handover(send)
        await self._pages(scope, _as_coroutine(receive), handover.send)
        if handover.start is not None:
            await self._answer_with_file(handover.start, scope, receive, send)

    async def _answer_with_file(
        self, start: Message, scope: Scope, receive: Receive, send: Send
    ) -> None:
        given = Headers(raw=start["headers"])
        path = self._file_inside(given[FILE_HEADER])
        if path is None:
            await PlainTextResponse("There is no such file.", 404)(scope, receive, send)
            return
        if self._accel_prefix:
            await send(self._accelerated(start, path))
            await send({"type": "http.response.body", "body": b""})
            return
        response = MediaFile(path, media_type=given.get("content-type"), stat_result=os.stat(path))
        _copy_headers(start, response.headers)
        await response(_with_simple_range(scope), receive, send)

    def _file_inside(self, told: str) -> Path | None:
        """The file itself, if it really is in the media folder, wherever links lead."""
        try:
            path = Path(told).resolve()
        except (OSError, RuntimeError):
            # Links that lead in circles (Python 3.11 raises RuntimeError), names that are too long.
            return None
        return path if path.is_relative_to(self._media_root) and path.is_file() else None

    def _accelerated(self, start: Message, path: Path) -> Message:
        headers = MutableHeaders()
        _copy_headers(start, headers)
        relative = quote(str(path.relative_to(self._media_root)))
        headers["x-accel-redirect"] = f"{self._accel_prefix.rstrip('/')}/{relative}"
        return {"type": "http.response.start", "status": 200, "headers": headers.raw}


def _outside(sub_path: str, path: str) -> Response:
    """The answer to what is asked for outside of the studio's path."""
    if path == sub_path:
        return RedirectResponse(f"{sub_path}/")
    words = f"This studio is at {sub_path}/, and a proxy before it has to pass that path on."
    return PlainTextResponse(words, 404)


def _as_coroutine(receive: Receive) -> Receive:
    """a2wsgi wants a coroutine where the web server gives some other awaitable."""

    async def received() -> Message:
        return await receive()

    return received


class _Handover:
    """Passes Django's answer on, unless it asks for a file: that one is held back."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self.start: Message | None = None

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start" and FILE_HEADER in Headers(
            raw=message["headers"]
        ):
            self.start = message
        if self.start is None:
            await self._send(message)


def _copy_headers(start: Message, headers: MutableHeaders) -> None:
    """Django's headers win over the file's own, but for its length."""
    for name, value in Headers(raw=start["headers"]).items():
        if name == "set-cookie":
            headers.append(name, value)
        elif name not in DROPPED:
            headers[name] = value


def _with_simple_range(scope: Scope) -> Scope:
    """Without a Range header that is long, plural or malformed: the whole file is the answer.

    Merging many ranges was quadratic once (CVE-2025-62727), and no player asks for them.
    """
    kept = [pair for pair in scope["headers"] if pair[0] != b"range" or _is_simple(pair[1])]
    return {**scope, "headers": kept}


def _is_simple(value: bytes) -> bool:
    unit, equals, span = value.strip().partition(b"=")
    first, dash, last = span.partition(b"-")
    numbers = [part.strip() for part in (first, last) if part.strip()]
    return (
        len(value) <= LONGEST_RANGE_HEADER
        and unit.strip().lower() == b"bytes"
        and bool(equals and dash and numbers)
        and all(number.isdigit() for number in numbers)
        and (len(numbers) < 2 or int(numbers[0]) <= int(numbers[1]))
    )
