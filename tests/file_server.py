"""A file server on loopback that misbehaves as told, for the tests of downloads."""

import re
import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self

MP4 = "video/mp4"


class Visit:
    """One request: what was asked, and ways to answer it."""

    def __init__(self, server: "FileServer", handler: BaseHTTPRequestHandler) -> None:
        self.server = server
        self.path = handler.path
        self.headers = {name.lower(): value for name, value in handler.headers.items()}
        self.sent_bytes = 0
        self._file = handler.wfile

    @property
    def first(self) -> int | None:
        """The first byte of a Range that holds for the file as it is now."""
        match = re.fullmatch(r"bytes=(\d+)-", self.headers.get("range", ""))
        is_same = self.headers.get("if-range", self.server.etag) == self.server.etag
        return int(match[1]) if match and is_same else None

    def head(self, status: int, **headers: object) -> None:
        lines = [f"HTTP/1.1 {status} Told", "Connection: close"]
        lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
        self._file.write("\r\n".join(lines).encode() + b"\r\n\r\n")

    def body(self, data: bytes) -> None:
        self._file.write(data)
        self.sent_bytes += len(data)

    def file(self, *, most: int | None = None, **changes: object) -> None:
        """The file, or the rest that was asked for; at most so many bytes of it."""
        content, first = self.server.content, self.first
        headers: dict[str, object] = {"Content_Type": MP4, "ETag": self.server.etag}
        if first is not None and first >= len(content):
            self.head(416, Content_Range=f"bytes */{len(content)}")
            return
        if first is not None:
            headers["Content_Range"] = f"bytes {first}-{len(content) - 1}/{len(content)}"
        rest = content[first or 0 :]
        headers = headers | {"Content_Length": len(rest)} | changes
        told = {name: value for name, value in headers.items() if value is not None}
        self.head(200 if first is None else 206, **told)
        self.body(rest[:most])


Answer = Callable[[Visit], None]


class FileServer:
    """Serves `content` under every path; `then` says how the next requests are answered."""

    def __init__(self, content: bytes = b"", etag: str = '"v1"') -> None:
        self.content, self.etag = content, etag
        self.visits: list[Visit] = []
        self._plan: list[Answer] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                visit = Visit(outer, self)
                outer.visits.append(visit)
                answer = outer._plan.pop(0) if outer._plan else Visit.file
                try:
                    answer(visit)
                except OSError:
                    self.close_connection = True

            def log_message(self, *args: Any) -> None:
                return

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, args=[0.02], daemon=True).start()

    def then(self, *answers: Answer) -> None:
        self._plan.extend(answers)

    @property
    def sent_bytes(self) -> int:
        return sum(visit.sent_bytes for visit in self.visits)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._server.shutdown()
        self._server.server_close()


def say(status: int, data: bytes = b"", **headers: object) -> Answer:
    """This answer, word for word."""

    def answer(visit: Visit) -> None:
        visit.head(status, **{"Content_Length": len(data)} | headers)
        visit.body(data)

    return answer


def cut(after: int, **changes: object) -> Answer:
    """So many bytes of the file (or of its rest), then the connection ends."""
    return lambda visit: visit.file(most=after, **changes)


def chunked_and_cut(after: int) -> Answer:
    """A chunk that says that it is longer than it is; no length is told."""

    def answer(visit: Visit) -> None:
        headers = {"Content_Type": MP4, "ETag": visit.server.etag}
        visit.head(200, Transfer_Encoding="chunked", **headers)
        visit.body(b"%x\r\n" % (after + 5) + visit.server.content[:after])

    return answer


def drip(step: int, pause_s: float) -> Answer:
    """The file in steps so small, with pauses so long."""

    def answer(visit: Visit) -> None:
        content = visit.server.content[visit.first or 0 :]
        visit.file(most=0)
        for at in range(0, len(content), step):
            visit.body(content[at : at + step])
            time.sleep(pause_s)

    return answer
