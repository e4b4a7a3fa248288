"""A valid MP4 of any size, made on the fly: a small one and a `free` box that fills it up.

Run as a module it serves the file and cuts the first connections: `big_file HEAD SIZE CUTS`.
It prints its port, and at the end of its input how many bytes it sent.
"""

import json
import re
import socket
import struct
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

BLOCK = 1 << 20


class BigFile:
    def __init__(self, head: bytes, size_bytes: int) -> None:
        self.head = head + struct.pack(">I4s", size_bytes - len(head), b"free")
        self.size_bytes = size_bytes

    def block(self, number: int) -> bytes:
        """The megabyte with this number; each is different."""
        data = (number.to_bytes(8, "big") * (BLOCK // 8))[:BLOCK]
        if number == 0:
            data = self.head + data[len(self.head) :]
        return data[: self.size_bytes - number * BLOCK]

    def blocks(self, start: int, end: int) -> Iterator[bytes]:
        while start < end:
            number, offset = divmod(start, BLOCK)
            piece = self.block(number)[offset : offset + end - start]
            yield piece
            start += len(piece)


def serve(file: BigFile, cuts: int) -> None:
    sent = cut_at = 0
    step = file.size_bytes // (cuts + 1)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            nonlocal sent, cut_at
            match = re.fullmatch(r"bytes=(\d+)-", self.headers.get("Range", ""))
            start = int(match[1]) if match else 0
            self.send_response(206 if match else 200)
            self.send_header("Content-Type", "video/mp4")
            self.send_header("ETag", '"big"')
            self.send_header("Content-Length", str(file.size_bytes - start))
            if match:
                told = f"bytes {start}-{file.size_bytes - 1}/{file.size_bytes}"
                self.send_header("Content-Range", told)
            self.end_headers()
            cut_at = min(cut_at + step, file.size_bytes)
            if cut_at > file.size_bytes - step:
                cut_at = file.size_bytes
            for piece in file.blocks(start, cut_at):
                self.connection.sendall(piece)
                sent += len(piece)
            self.close_connection = True
            if cut_at < file.size_bytes:
                reset(self.connection)

        def log_message(self, *args: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    print(server.server_port, flush=True)
    sys.stdin.read()
    print(json.dumps({"sent_bytes": sent}), flush=True)


def reset(connection: socket.socket) -> None:
    """End the connection the hard way: what is on its way is lost."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


if __name__ == "__main__":
    serve(BigFile(Path(sys.argv[1]).read_bytes(), int(sys.argv[2])), int(sys.argv[3]))
