"""A data folder on its own, for commands that work on one while no studio runs."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from studio.services.backup.files import names_below

ROOT = Path(__file__).resolve().parent.parent


class DataFolder:
    """Commands over a data folder, each a real process that has read its own settings."""

    def __init__(self, path: Path, **env: str) -> None:
        self.path = path
        self._extra = env
        self.env = os.environ | {
            "DATA_DIR": str(path),
            "DJANGO_SETTINGS_MODULE": "studio.settings",
            "PYTHONUNBUFFERED": "1",
            "PYTHONPATH": str(ROOT),
            **env,
        }

    def run(
        self, *words: str, stdin: str = "", program: tuple[str, ...] = ("manage.py",)
    ) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [sys.executable, *program, *words],
            cwd=ROOT,
            env=self.env,
            input=stdin,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    def manage(self, *words: str, stdin: str = "", status: int = 0) -> str:
        """A command that must end with this status; what it said on both outputs."""
        done = self.run(*words, stdin=stdin)
        assert done.returncode == status, f"{done.returncode}: {done.stdout}{done.stderr}"
        return done.stdout + done.stderr

    def json(self, *words: str, status: int = 0) -> Any:
        done = self.run(*words, "--json")
        assert done.returncode == status, f"{done.returncode}: {done.stdout}{done.stderr}"
        return json.loads(done.stdout)

    def ask(self, expression: str) -> Any:
        """What an expression over the models is worth in this studio, by way of JSON."""
        code = f"from studio.models import *; import json; print(json.dumps({expression}))"
        done = self.run("shell", "--no-imports", "-c", code)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    def cut_off(self, what: str, after: int, *words: str) -> int:
        """Run `tests.cut_off`: a restore or a rotation that dies by SIGKILL; its status."""
        return self.run(what, str(after), *words, program=("-m", "tests.cut_off")).returncode

    def copied_to(self, path: Path) -> "DataFolder":
        """The same studio in another folder."""
        shutil.copytree(self.path, path, ignore=shutil.ignore_patterns("static"))
        return DataFolder(path, **self._extra)

    @property
    def names(self) -> set[str]:
        return set(names_below(self.path))
