"""Runs the demo provider as a real process, for tests that need the five APIs.

A session-scoped fixture is enough for most: start one server, and `reset()` it before each test.
"""

import http.client
import json
import subprocess
import sys
import urllib.parse
from pathlib import Path
from types import TracebackType
from typing import Any, Self

ROOT = Path(__file__).resolve().parents[2]
PATHS = {
    "imgix": "/imgix",
    "getimg": "/getimg",
    "aiml": "/aiml",
    "dafty": "/dafty/api/v1",
    "indoxhub": "/indoxhub/api/v1",
}
START_TIMEOUT_S = 30
STOP_TIMEOUT_S = 10


class DemoServer:
    """A demo provider on a free port, until `stop()` or the end of the `with` block.

    By default clips are tiny, ready after 0.05 s, and neither rates nor credit are limited:
    `DemoServer(folder, "--render", "full", has_limits=True)` asks for the real thing.
    """

    def __init__(
        self,
        state_dir: Path,
        *arguments: str,
        generating_s: float = 0.05,
        render: str = "tiny",
        has_limits: bool = False,
    ) -> None:
        self.state_dir = state_dir
        self._arguments = ["--generating-s", str(generating_s), "--render", render, *arguments]
        if not has_limits:
            self._arguments.append("--no-limits")
        self.port = 0
        self._process = self._start()

    def _start(self) -> "subprocess.Popen[str]":
        command = [
            sys.executable,
            "-m",
            "studio.demo",
            "--ends-with-input",
            "--port",
            str(self.port),
        ]
        command += ["--state-dir", str(self.state_dir), *self._arguments]
        process = subprocess.Popen(
            command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        assert process.stdout is not None
        line = process.stdout.readline()
        if not line:
            process.wait(START_TIMEOUT_S)
            raise RuntimeError(f"The demo provider ended at once, with {process.returncode}.")
        self.port = int(json.loads(line)["port"])
        return process

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def base_url(self, slug: str) -> str:
        """The base URL to give an account of this API."""
        return self.origin + PATHS[slug]

    def fault(
        self,
        provider: str,
        endpoint: str,
        kind: str,
        *,
        times: int | None = 1,
        after: int = 0,
        **params: Any,
    ) -> None:
        """Switch a fault on: `times` None until it is removed, the first `after` calls spared."""
        body = {
            "provider": provider,
            "endpoint": endpoint,
            "kind": kind,
            "times": times,
            "after": after,
            "params": params,
        }
        self._control("PUT", "faults", body)

    def clear_faults(self) -> None:
        self._control("DELETE", "faults")

    def settings(self, **values: Any) -> dict[str, Any]:
        """Change settings (see studio.demo.settings); all of them as they are now."""
        return self._control("PUT", "settings", values)

    def journal(self, **filters: Any) -> list[dict[str, Any]]:
        """Entries, oldest first. Filters: provider, endpoint, method, job_id, created, fault,
        status, since, limit."""
        words = {k: str(v).lower() if isinstance(v, bool) else v for k, v in filters.items()}
        entries: list[dict[str, Any]]
        entries = self._control("GET", f"journal?{urllib.parse.urlencode(words)}")["entries"]
        return entries

    def created(self, provider: str = "") -> int:
        """How many jobs were made since the start or the last reset, by the journal."""
        filters = {"provider": provider} if provider else {}
        return len(self.journal(created=True, **filters))

    def jobs(self, provider: str = "") -> list[dict[str, Any]]:
        """The server's own records, newest first."""
        jobs: list[dict[str, Any]] = self._control("GET", f"jobs?provider={provider}")["jobs"]
        return jobs

    def state(self) -> dict[str, Any]:
        return self._control("GET", "state")

    def advance(self, seconds: float) -> None:
        """Push the server's clock forward: jobs get ready, links die, windows open."""
        self._control("POST", "clock", {"advance_s": seconds})

    def reset(self) -> None:
        """Forget jobs, uploads, faults and the journal; settings and clock as at the start."""
        self._control("POST", "reset")

    def restart(self) -> None:
        """End the server as a power cut would, and start it again on the same port and state."""
        self.kill()
        self._process = self._start()

    def kill(self) -> None:
        self._process.kill()
        self._finish()

    def stop(self) -> None:
        if self._process.poll() is None:
            self._process.terminate()
            try:
                self._process.wait(STOP_TIMEOUT_S)
            except subprocess.TimeoutExpired:
                self._process.kill()
        self._finish()

    def _finish(self) -> None:
        self._process.wait(STOP_TIMEOUT_S)
        for stream in (self._process.stdin, self._process.stdout):
            if stream is not None:
                stream.close()

    def _control(self, method: str, path: str, body: object = None) -> dict[str, Any]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            data = None if body is None else json.dumps(body)
            connection.request(method, f"/_control/{path}", body=data)
            answer = connection.getresponse()
            result: dict[str, Any] = json.load(answer)
        finally:
            connection.close()
        if answer.status != 200:
            raise ValueError(result["error"])
        return result

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()
