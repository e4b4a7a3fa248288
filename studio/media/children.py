"""Work on files that may be hostile, in a child process with limits."""

import json
import os
import resource
import select
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import IO, Any

HOME = Path(__file__).resolve().parents[2]
"""Where `python -m studio...` finds the package, wherever the parent was started."""
EXIT_S = 30.0
"""How long a child may take to end after its last word."""


class ChildFailed(Exception):
    """The child ended badly; `reason` is the last thing it said."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Stopped(Exception):
    """The child was ended because its listener had heard enough."""


def run(module: str, *arguments: str, memory_bytes: int, time_limit_s: float) -> Any:
    """Run `python -m module` under the limits and return the JSON document it prints.

    The child runs in HOME, so paths among the arguments must be absolute.

    The limits are set by the child itself (see `limit`): a hook between fork and exec is not
    safe in a process with threads.
    """
    command = _command(module, memory_bytes, time_limit_s, arguments)
    try:
        done = subprocess.run(  # noqa: S603
            command, cwd=HOME, capture_output=True, timeout=time_limit_s, check=False
        )
    except subprocess.TimeoutExpired as e:
        raise ChildFailed(f"it took longer than {time_limit_s:.0f} s") from e
    if done.returncode != 0:
        said = done.stderr.decode(errors="replace").strip().splitlines()
        raise ChildFailed(said[-1] if said else f"it ended with status {done.returncode}")
    return json.loads(done.stdout)


def _command(module: str, memory_bytes: int, cpu_s: float, arguments: tuple[str, ...]) -> list[str]:
    return [sys.executable, "-m", module, str(memory_bytes), str(int(cpu_s)), *arguments]


def follow(
    module: str,
    *arguments: str,
    document: Mapping[str, Any],
    heard: Callable[[Any], bool],
    memory_bytes: int,
    cpu_s: float,
    silence_s: float,
) -> None:
    """Run a long child that reads `document` as JSON and prints a JSON document on each line.

    `heard` gets each of them, and None for every second without; once it answers False the child
    is ended and Stopped raised. A child that says nothing for `silence_s` is ended and failed.
    """
    command = _command(module, memory_bytes, cpu_s, arguments)
    with (
        tempfile.TemporaryFile() as complaints,
        subprocess.Popen(  # noqa: S603
            command,
            cwd=HOME,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=complaints,
        ) as child,
    ):
        try:
            _give(child, document)
            for said in _lines(child, silence_s):
                if not heard(said):
                    raise Stopped
            child.wait(EXIT_S)
        except subprocess.TimeoutExpired as e:
            raise ChildFailed("it did not end") from e
        finally:
            # Whatever happened here, no child goes on unheard.
            child.kill()
        if child.returncode != 0:
            raise ChildFailed(_last_words(complaints) or f"it ended with status {child.returncode}")


def _give(child: "subprocess.Popen[bytes]", document: Mapping[str, Any]) -> None:
    if child.stdin is None:
        raise TypeError("the child has no input")
    try:
        with child.stdin as given:
            given.write(json.dumps(document).encode())
    except BrokenPipeError:
        # It died at once; its last words say why.
        return


def _lines(child: "subprocess.Popen[bytes]", silence_s: float) -> Iterator[Any]:
    """What the child says, and None once a second; ends with the child."""
    if child.stdout is None:
        raise TypeError("the child has no output")
    pending, silent_since = b"", time.monotonic()
    while True:
        ready, _, _ = select.select([child.stdout], [], [], 1.0)
        if not ready:
            if time.monotonic() - silent_since > silence_s:
                raise ChildFailed(f"it said nothing for {silence_s:.0f} s")
            yield None
            continue
        chunk = os.read(child.stdout.fileno(), 65_536)
        if not chunk:
            return
        silent_since = time.monotonic()
        *whole, pending = (pending + chunk).split(b"\n")
        for line in whole:
            yield json.loads(line)


def _last_words(complaints: IO[bytes]) -> str:
    complaints.seek(0)
    said = complaints.read().decode(errors="replace").strip().splitlines()
    return said[-1] if said else ""


def limit(memory_bytes: str, cpu_s: str) -> None:
    """Called by the child first: cap its own address space and processor time."""
    resource.setrlimit(resource.RLIMIT_AS, (int(memory_bytes), int(memory_bytes)))
    resource.setrlimit(resource.RLIMIT_CPU, (int(cpu_s), int(cpu_s)))
