"""A studio of the benchmark's own: a data folder, its worker, and calls into its database.

The benchmark itself knows no Django. What needs the studio's code runs as a process of its own,
`python -m bench.inside NAME`: a document on standard input, one on standard output.
"""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from bench.machine import OTHERS, favour, pin
from bench.processes import ROOT, Running

CALL_S = 600.0


class Studio:
    """A fresh data folder with its tables made."""

    def __init__(self, folder: Path, **env: str) -> None:
        self.folder = folder
        names = {"DATA_DIR", "LOOK_INTERVAL_FACTOR", "WORKER_THREADS"}
        self.env = {name: value for name, value in os.environ.items() if name not in names}
        self.env |= {
            "DATA_DIR": str(folder / "data"),
            "DJANGO_SETTINGS_MODULE": "studio.settings",
            "LOG_LEVEL": "WARNING",
            "DISK_SOFT_MB": "0",
            "DISK_HARD_MB": "0",
            **env,
        }
        folder.mkdir(parents=True)
        self._run([sys.executable, "manage.py", "migrate", "--verbosity", "0"], "")

    def call(self, name: str, document: Any = None, *, cores: set[int] = OTHERS) -> Any:
        """What `bench.inside` NAME answers; it runs on these cores."""
        words = [sys.executable, "-m", "bench.inside", name]
        return json.loads(self._run(words, json.dumps(document), cores))

    def worker(self, cores: set[int]) -> Running:
        """A worker on these cores that writes the figures of its looks to a file."""
        words = [sys.executable, "-m", "bench.inside", "work", str(self.figures)]
        return Running(words, self.env, self.folder / "worker.log", cores)

    @property
    def figures(self) -> Path:
        return self.folder / "figures.jsonl"

    def _run(self, words: list[str], text: str, cores: set[int] = OTHERS) -> str:
        process = subprocess.Popen(  # noqa: S603
            words,
            cwd=ROOT,
            env=self.env,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        pin(process.pid, cores)
        favour(process.pid)
        answer, _ = process.communicate(text, CALL_S)
        if process.returncode:
            raise RuntimeError(f"{' '.join(words[1:])} ended with {process.returncode}.")
        return answer
