# ruff: noqa: E402
"""A process that has everything loaded and forks workers and errands at a word.

Starting a worker anew takes seconds, and these are killed by the hundred. Each child is a real
worker all the same: a process of its own with its own threads, sockets and database connections.

One JSON document per line: {"do": NAME, ...} in, the answer out. Ends with its input.
"""

import json
import os
import signal
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

import django

# Before anything that needs the settings is loaded.
django.setup()

from django.conf import settings
from huey.contrib.djhuey import HUEY

from studio.management.commands.work import Worker
from studio.services.engine import killpoints
from tests.kills import errands


def plan_of(path: Path) -> killpoints.Plan:
    """The plan in a file, {job: [points]}. Each pair happens once, and its line in the log is
    written before the end comes."""
    log = path.with_suffix(".log")

    def to_kill(point: killpoints.KillPoint, job_id: int) -> bool:
        line = f"{job_id} {point}\n"
        is_planned = point in json.loads(path.read_text()).get(str(job_id), ())
        if not is_planned or (log.exists() and line in log.read_text()):
            return False
        with log.open("a") as file:
            file.write(line)
        return True

    return to_kill


def work(plan: str = "", threads: int = 6) -> None:
    """Be a worker until a signal ends it."""
    if plan:
        killpoints.plan(plan_of(Path(plan)))
    Worker(threads).run()


def forked(do: Callable[[], None]) -> int:
    """The process that does it."""
    pid = os.fork()
    if pid:
        return pid
    status = 1
    try:
        do()
        status = 0
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stderr.flush()
        os._exit(status)


def errand(name: str, arguments: dict[str, Any]) -> Any:
    """The answer of an errand, run in a child: this process itself opens no database."""
    reader, writer = os.pipe()

    def run() -> None:
        with os.fdopen(writer, "w") as answer:
            json.dump(getattr(errands, name)(**arguments), answer)

    pid = forked(run)
    os.close(writer)
    with os.fdopen(reader) as answer:
        text = answer.read()
    os.waitpid(pid, 0)
    return json.loads(text) if text else {"error": f"{name} failed; see the log"}


def ended() -> list[dict[str, int]]:
    """Children that have ended since the last time, with the signal that ended them."""
    gone = []
    while True:
        try:
            pid, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return gone
        if pid == 0:
            return gone
        gone.append({"pid": pid, "signal": os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0})


def main() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    HUEY.storage.close()
    for line in sys.stdin:
        order = json.loads(line)
        name = order.pop("do")
        if name == "work":
            answer: Any = forked(lambda order=order: work(**order))
        elif name == "ended":
            answer = ended()
        else:
            answer = errand(name, order)
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    print(json.dumps({"data_dir": str(settings.DATA_DIR)}), flush=True)
    main()
