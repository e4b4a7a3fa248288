"""Work on files that may be hostile, in a child process with limits."""

import json
import resource
import subprocess
import sys
from pathlib import Path
from typing import Any

HOME = Path(__file__).resolve().parents[2]
"""Where `python -m studio...` finds the package, wherever the parent was started."""


class ChildFailed(Exception):
    """The child ended badly; `reason` is the last thing it said."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def run(module: str, *arguments: str, memory_bytes: int, time_limit_s: float) -> Any:
    """Run `python -m module` under the limits and return the JSON document it prints.

    The child runs in HOME, so paths among the arguments must be absolute.

    The limits are set by the child itself (see `limit`): a hook between fork and exec is not
    safe in a process with threads.
    """
    command = [sys.executable, "-m", module, str(memory_bytes), str(int(time_limit_s)), *arguments]
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


def limit(memory_bytes: str, cpu_s: str) -> None:
    """Called by the child first: cap its own address space and processor time."""
    resource.setrlimit(resource.RLIMIT_AS, (int(memory_bytes), int(memory_bytes)))
    resource.setrlimit(resource.RLIMIT_CPU, (int(cpu_s), int(cpu_s)))
