"""A studio whose workers are killed: the demo provider, a nursery of workers, and its facts."""

import hashlib
import json
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any, Self

from tests.demo.harness import DemoServer

ROOT = Path(__file__).resolve().parents[2]
SLUGS = ("imgix", "getimg", "aiml", "dafty", "indoxhub")
CANNOT_TELL = ("imgix", "getimg", "aiml")
"""APIs with neither key nor list: after an unclear send only a person can say."""
COMPANIONS_S = 120.0
OPEN = ("queued", "submitting", "waiting", "generating", "fetching")


class KillStudio:
    """Everything over real processes, sockets and files; ends with its `with` block."""

    def __init__(self, folder: Path, *, generating_s: float = 0.5) -> None:
        self.demo = DemoServer(folder / "demo", generating_s=generating_s)
        self.log = folder / "workers.log"
        self.workers: list[int] = []
        self.deaths = 0
        env = os.environ | {
            "DATA_DIR": str(folder / "data"),
            "DJANGO_SETTINGS_MODULE": "tests.kills.settings",
            "PYTHONPATH": str(ROOT),
        }
        with self.log.open("w") as log:
            self._nursery = subprocess.Popen(
                [sys.executable, "-m", "tests.kills.nursery"],
                cwd=ROOT,
                env=env,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )
        self._hear()
        self.ask("prepare", demo=self.demo.origin)

    def ask(self, do: str, **arguments: Any) -> Any:
        """Have the nursery do something; its answer."""
        assert self._nursery.stdin is not None
        self._nursery.stdin.write(json.dumps({"do": do, **arguments}) + "\n")
        self._nursery.stdin.flush()
        return self._hear()

    def _hear(self) -> Any:
        assert self._nursery.stdout is not None
        line = self._nursery.stdout.readline()
        assert line, self.log.read_text()[-4000:]
        return json.loads(line)

    def keep(self, count: int, **how: Any) -> None:
        """Have so many workers alive, starting new ones for those that died. `how`: `plan`, the
        file that says at which points they are to die, and the number of their `threads`."""
        for gone in self.ask("ended"):
            if gone["pid"] in self.workers:
                self.workers.remove(gone["pid"])
                self.deaths += 1
        while len(self.workers) < count:
            self.workers.append(self.ask("work", **how))

    def end_workers(self) -> None:
        for pid in self.workers:
            os.kill(pid, signal.SIGKILL)
        self.workers.clear()

    def kill_one(self, dice: random.Random) -> None:
        os.kill(dice.choice(self.workers), signal.SIGKILL)

    def open_jobs(self) -> int:
        """Jobs without an end; a doubted one at an API that can tell has none yet."""
        found = self.ask("report")
        doubted = [job for job in found if job["state"] == "unconfirmed"]
        can_tell = [job for job in doubted if job["slug"] not in CANNOT_TELL]
        return sum(job["state"] in OPEN for job in found) + len(can_tell)

    def settle(
        self, within_s: float, workers: int = 0, *, sweeps: bool = True, **how: Any
    ) -> float:
        """Wait until every job has an end; how long that took. Fails when it takes longer.

        The workers' own sweep comes once a minute; with `sweeps` one more comes every second.
        """
        began = time.monotonic()
        while self.open_jobs():
            assert time.monotonic() - began < within_s, self.ask("report")
            self.keep(workers, **how)
            if sweeps:
                self.ask("sweep")
            time.sleep(1.0)
        return time.monotonic() - began

    def wait_for_companions(self, workers: int, **how: Any) -> None:
        """Wait until every clip has its poster, preview and frames."""
        give_up_at = time.monotonic() + COMPANIONS_S
        while bare := self.ask("unfinished_clips"):
            assert time.monotonic() < give_up_at, f"{bare} clips lack a companion"
            self.keep(workers, **how)
            time.sleep(0.1)

    def findings(self) -> list[str]:
        """Everything that breaks a promise; none is what the tests want."""
        made = self.demo.jobs()
        creates = Counter(job["spec"]["prompt"] for job in made)
        files = {job["id"]: self._sha256(job) for job in made}
        found = [
            f"created {count} times: {prompt}" for prompt, count in creates.items() if count > 1
        ]
        for job in self.ask("report"):
            found += [
                f"{job['slug']} job {job['id']}: {text}" for text in _faults(job, creates, files)
            ]
        found += [f"a clip without a row: {path}" for path in self.ask("files")["bad"]]
        return found

    def _sha256(self, job: dict[str, Any]) -> str:
        path = self.demo.state_dir / "clips" / job["file"]
        return hashlib.sha256(path.read_bytes()).hexdigest() if job["file"] else ""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.end_workers()
        assert self._nursery.stdin is not None
        self._nursery.stdin.close()
        self._nursery.wait(20)
        if self._nursery.stdout is not None:
            self._nursery.stdout.close()
        self.demo.stop()


def _faults(job: dict[str, Any], creates: "Counter[str]", files: dict[str, str]) -> list[str]:
    """What is wrong with one job at the end."""
    state, count = job["state"], creates[job["prompt"]]
    found = []
    if state == "ready":
        if count != 1:
            found.append(f"ready with {count} creates")
        if job["downloaded_sha256"] != files.get(job["remote_id"]):
            found.append("the file is not the one that the provider made")
        if not job["is_whole"]:
            found.append("the file on disk is not the one of the row")
    elif state == "unconfirmed":
        if job["slug"] not in CANNOT_TELL:
            found.append(f"unconfirmed, though {job['slug']} can tell")
        if job["submit_attempts"] != 1:
            found.append(f"sent {job['submit_attempts']} times")
    else:
        found.append(f"ended {state}: {job['error'] or job['question']}")
    return found
