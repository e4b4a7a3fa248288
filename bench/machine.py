"""The machine that is measured on, and which process gets which core."""

import contextlib
import os
import platform
from datetime import UTC, datetime
from pathlib import Path

CORES = sorted(os.sched_getaffinity(0))
MEASURED = CORES[0]
"""What is measured has this core; on a machine with one core it has to share it."""
OTHERS = set(CORES[1:]) or set(CORES)
"""The servers and the benchmark itself."""
PRIORITY = -10
"""Only root may ask for that; it keeps the neighbours' work out of the figures."""


def facts() -> list[str]:
    """What a reader has to know before comparing figures."""
    return [
        f"{len(CORES)} cores ({platform.machine()}), {platform.system()}",
        f"Python {platform.python_version()}",
        f"load when it began: {os.getloadavg()[0]:.1f}",
        f"{datetime.now(UTC):%d %B %Y}",
    ]


def pin(pid: int, cores: set[int]) -> None:
    """Keep a process that was just started, and the threads it will have, on these cores."""
    os.sched_setaffinity(pid, cores)


def favour(pid: int) -> None:
    """Give a process with a session of its own the cores before others, where the system allows
    that (it shares them between sessions first)."""
    with contextlib.suppress(OSError):
        os.setpriority(os.PRIO_PROCESS, pid, PRIORITY)
        Path(f"/proc/{pid}/autogroup").write_text(str(PRIORITY))
