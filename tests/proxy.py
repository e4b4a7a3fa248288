"""A web server before the studio, as in an office: it passes on what is under one path, unchanged,
and keeps the rest for itself."""

from http.cookiejar import CookieJar, DefaultCookiePolicy
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import httpx

Headers = list[tuple[str, str]]
HOP = {"connection", "keep-alive", "transfer-encoding", "te", "trailer", "upgrade"}


class Proxy:
    """Listens on a free port of loopback as a context; `origin` is its address."""

    def __init__(self, sub_path: str) -> None:
        self.sub_path = sub_path
        self.behind = ""
        # It passes cookies on and keeps none.
        nothing = CookieJar(DefaultCookiePolicy(allowed_domains=[]))
        self._client = httpx.Client(timeout=30, cookies=nothing)
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.port = self._server.server_port
        self.origin = f"http://127.0.0.1:{self.port}"

    def __enter__(self) -> "Proxy":
        Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._client.close()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        proxy = self

        class Handler(BaseHTTPRequestHandler):
            def handle_any(self) -> None:
                if not self.path.startswith(f"{proxy.sub_path}/"):
                    self.send_error(404, "Another program of this office")
                    return
                body = self.rfile.read(int(self.headers.get("content-length", 0)))
                answer = proxy._client.request(
                    self.command,
                    proxy.behind + self.path,
                    headers=_passed_on(self.headers.items()),
                    content=body,
                )
                self.send_response_only(answer.status_code)
                for name, value in _passed_on(answer.headers.multi_items()):
                    if name.lower() != "content-encoding":
                        self.send_header(name, value)
                self.send_header("Content-Length", str(len(answer.content)))
                self.end_headers()
                self.wfile.write(answer.content)

            do_GET = do_POST = do_HEAD = handle_any

            def log_message(self, *_: object) -> None:
                """Nothing to tell."""

        return Handler


def _passed_on(headers: Headers) -> Headers:
    return [pair for pair in headers if pair[0].lower() not in HOP | {"content-length"}]
