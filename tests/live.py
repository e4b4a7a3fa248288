"""The whole studio as a user starts it: real web server, worker and demo provider."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import httpx

ROOT = Path(__file__).resolve().parent.parent
START_S = 60.0
STOP_S = 40.0
PASSWORD = "a long enough one"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class LiveStudio:
    """`manage.py up` on free ports over a data folder of its own, with an owner `mara`. Its demo
    provider makes small clips where nobody looks at their size: that takes a fifth of the time."""

    def __init__(self, data_dir: Path, *, render: str = "full", **env: str) -> None:
        self.data_dir, self._render = data_dir, render
        self._inside: subprocess.Popen[str] | None = None
        self.port, self.demo_port = free_port(), free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.log = data_dir.with_suffix(".log")
        self._env = {name: value for name, value in os.environ.items() if name != "DATA_DIR"}
        self._env |= {
            "DATA_DIR": str(data_dir),
            "PORT": str(self.port),
            "DEMO_PORT": str(self.demo_port),
            "LOOK_INTERVAL_FACTOR": "0.1",
            "DJANGO_SETTINGS_MODULE": "studio.settings",
            "PYTHONUNBUFFERED": "1",
            **env,
        }
        self.start()

    def start(self, **env: str) -> None:
        """Start everything, from here on with these variables, and wait until the start says so."""
        self._env |= env
        with self.log.open("a") as log:
            seen = log.tell()
            self.process = subprocess.Popen(
                [sys.executable, "manage.py", "up"],
                cwd=ROOT,
                env=self._env,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        give_up_at = time.monotonic() + START_S
        while "Stop with Ctrl+C" not in self.log.read_text()[seen:]:
            assert self.process.poll() is None, self.log.read_text()
            assert time.monotonic() < give_up_at, self.log.read_text()
            time.sleep(0.1)
        if self._render != "full":
            self._render_so(give_up_at)

    def _render_so(self, give_up_at: float) -> None:
        """The demo provider may still be starting when the pages are there."""
        while True:
            try:
                self.demo("PUT", "settings", {"render": self._render})
                return
            except httpx.TransportError:
                assert time.monotonic() < give_up_at, self.log.read_text()
                time.sleep(0.1)

    def stop(self) -> int:
        """End it as Ctrl+C does; the exit status."""
        if self._inside is not None:
            self._inside.communicate(timeout=STOP_S)
            self._inside = None
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
        return self.process.wait(STOP_S)

    @property
    def setup_link(self) -> str:
        """The one-time link that the start printed."""
        found = re.search(r"Set up\s+(\S+)", self.log.read_text())
        assert found, self.log.read_text()
        return found[1]

    def create_owner(self) -> None:
        self.manage(
            "createsuperuser",
            "--noinput",
            "--username",
            "mara",
            "--email",
            "",
            env={"DJANGO_SUPERUSER_PASSWORD": PASSWORD},
        )

    def run(
        self, *words: str, stdin: str = "", env: dict[str, str] | None = None
    ) -> "subprocess.CompletedProcess[str]":
        """Run a command over the same data folder."""
        return subprocess.run(
            [sys.executable, "manage.py", *words],
            cwd=ROOT,
            env=self._env | (env or {}),
            input=stdin,
            capture_output=True,
            text=True,
            timeout=180,
            check=False,
        )

    def ask(self, code: str = "", command: Sequence[str] = ()) -> str:
        """Run code, or a command, in a process over the same data folder that stays for the next
        question; what it printed."""
        if self._inside is None or self._inside.poll() is not None:
            self._inside = subprocess.Popen(
                [sys.executable, "-m", "tests.inside"],
                cwd=ROOT,
                env=self._env,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
            )
        asked = {"code": code} if code else {"command": list(command)}
        assert self._inside.stdin
        assert self._inside.stdout
        print(json.dumps(asked), file=self._inside.stdin, flush=True)
        found = json.loads(self._inside.stdout.readline())
        assert not found["error"], found["error"]
        return str(found["said"])

    def manage(
        self, *words: str, stdin: str = "", env: dict[str, str] | None = None, status: int = 0
    ) -> str:
        """Run a command that must end with this status; its standard output."""
        done = self.run(*words, stdin=stdin, env=env)
        assert done.returncode == status, f"{done.returncode}: {done.stdout}{done.stderr}"
        return done.stdout

    def json(self, *words: str, **how: Any) -> Any:
        """The one document that a command prints with --json."""
        return json.loads(self.manage(*words, "--json", **how))

    def demo(self, method: str, path: str, body: Any = None) -> Any:
        """A request to the demo provider's control address."""
        address = f"http://127.0.0.1:{self.demo_port}/_control/{path}"
        return httpx.request(method, address, json=body, timeout=30).raise_for_status().json()

    def pids_of(self, words: str) -> list[int]:
        """The studio's own processes whose command line holds these words."""
        found = []
        for entry in Path("/proc").iterdir():
            try:
                command = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode()
                environ = (entry / "environ").read_bytes().decode(errors="replace")
            except (OSError, NotADirectoryError):
                continue
            if words in command and f"DATA_DIR={self.data_dir}\0" in environ:
                found.append(int(entry.name))
        return found
