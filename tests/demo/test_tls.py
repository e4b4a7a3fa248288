"""The demo provider fetches pictures from a studio that speaks HTTPS itself."""

import asyncio
import ssl
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

from studio.demo import images
from tests.certificates import make_pair


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        """Nothing to tell."""


def test_a_picture_comes_from_this_machine_whatever_name_its_certificate_has(tmp_path):
    (tmp_path / "frame.png").write_bytes(b"a picture")
    pair = make_pair(tmp_path / "tls")
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(tmp_path)))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pair["TLS_CERT"], pair["TLS_KEY"])
    server.socket = context.wrap_socket(server.socket, server_side=True)
    Thread(target=server.serve_forever, daemon=True).start()
    address = f"https://127.0.0.1:{server.server_port}/frame.png"
    try:
        assert asyncio.run(images.fetch(address)) == b"a picture"
    finally:
        server.shutdown()
        server.server_close()
