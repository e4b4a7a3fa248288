"""A large valid clip, and a server that costs as little as one can."""

import socket
import threading
import time
from fractions import Fraction
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import IO, Self

import av
import numpy as np
from av.video.stream import VideoStream

WIDTH, HEIGHT, FPS, FRAMES = 1280, 720, 24, 48
PIECE_BYTES = 256 * 1024


def write_clip(path: Path, size_bytes: int) -> Path:
    """Two seconds of noise, which does not compress, again and again until the size is reached."""
    options = {"movflags": "faststart"}
    with av.open(str(path), "w", format="mp4", options=options) as container:
        stream = container.add_stream("libx264", rate=FPS)
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        stream.options = {"preset": "ultrafast", "crf": "12", "bf": "0", "g": str(FRAMES)}
        packets = _noise(stream)
        turns = 1 + size_bytes // sum(packet.size for packet in packets)
        for number, packet in enumerate(packets * turns):
            packet.pts = packet.dts = number
            packet.time_base = Fraction(1, FPS)
            container.mux(packet)
    return path


def _noise(stream: VideoStream) -> "list[av.Packet[VideoStream]]":
    dice = np.random.default_rng(1)
    packets = []
    for number in range(FRAMES):
        picture = dice.integers(0, 255, (HEIGHT * 3 // 2, WIDTH), dtype=np.uint8)
        frame = av.VideoFrame.from_ndarray(picture, format="yuv420p")
        frame.pts = number
        packets += stream.encode(frame)
    return packets + stream.encode(None)


class FileServer:
    """Serves one file on loopback, from threads of this process, by sendfile; with a `line_mb_s`
    as fast as a line of so many MB/s would bring it."""

    def __init__(self, path: Path, line_mb_s: float | None = None) -> None:
        self.path = path
        self._line_mb_s = line_mb_s
        self.last_sent_at = 0.0
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    @property
    def address(self) -> str:
        return f"{self.origin}/clip.mp4"

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        server = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.send_response(200)
                self.send_header("Content-Type", "video/mp4")
                self.send_header("Content-Length", str(server.path.stat().st_size))
                self.end_headers()
                self.wfile.flush()
                with server.path.open("rb") as file:
                    server.send(self.connection, file)
                server.last_sent_at = time.time()

            def log_message(self, format: str, *args: object) -> None:
                """Say nothing."""

        return Handler

    def send(self, connection: socket.socket, file: IO[bytes]) -> None:
        """The file, at the line's pace."""
        if self._line_mb_s is None:
            connection.sendfile(file)
            return
        began_at, sent_bytes = time.monotonic(), 0
        while block := file.read(PIECE_BYTES):
            connection.sendall(block)
            sent_bytes += len(block)
            due_at = began_at + sent_bytes / (self._line_mb_s * 1e6)
            time.sleep(max(0.0, due_at - time.monotonic()))

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
