"""Answers that break the rules of HTTP, written to the connection by hand."""

import socket
import struct

from aiohttp import web
from aiohttp.abc import AbstractStreamWriter


def reset(request: web.BaseRequest) -> None:
    """End the connection with a TCP reset, nothing said."""
    transport = request.transport
    if transport is None:
        return
    if (sock := transport.get_extra_info("socket")) is not None:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    transport.abort()


class RawAnswer(web.Response):
    """A head and a body sent exactly as given; then the connection closes."""

    def __init__(self, status: int, headers: list[tuple[str, str]], body: bytes) -> None:
        super().__init__(status=status)
        lines = [f"HTTP/1.1 {status} {self.reason}"]
        lines += [f"{name}: {value}" for name, value in headers]
        self._sent = "\r\n".join(lines).encode() + b"\r\n\r\n" + body
        self.force_close()

    async def prepare(self, request: web.BaseRequest) -> AbstractStreamWriter | None:
        if request.transport is not None:
            request.transport.write(self._sent)
            request.transport.close()
        return None

    async def write_eof(self, data: bytes = b"") -> None:
        """Nothing follows."""


class NoAnswer(web.Response):
    """Stands for a connection that was reset: there is nobody left to answer."""

    async def prepare(self, request: web.BaseRequest) -> AbstractStreamWriter | None:
        reset(request)
        return None

    async def write_eof(self, data: bytes = b"") -> None:
        """Nothing follows."""
