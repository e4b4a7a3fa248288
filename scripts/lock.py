"""Writes requirements.lock and requirements-dev.lock: exact versions of everything installed
for pyproject.toml's ranges, found by installing them into empty environments."""

import subprocess
import tempfile
import tomllib
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
HEADER = "# Exact versions for repeatable installs. Written by `make lock`; do not edit.\n"


def frozen(requirements: list[str]) -> list[str]:
    """Every package that these requirements bring, pinned."""
    with tempfile.TemporaryDirectory() as folder:
        venv.create(folder, with_pip=True)
        python = f"{folder}/bin/python"
        pip = [python, "-m", "pip", "--disable-pip-version-check"]
        subprocess.run([*pip, "install", "--quiet", *requirements], check=True)
        found = subprocess.run(
            [*pip, "freeze", "--exclude", "pip", "--exclude", "setuptools"],
            check=True,
            capture_output=True,
            text=True,
        )
    return sorted(found.stdout.split("\n"), key=str.lower)


def write(name: str, pins: list[str], markers: dict[str, str]) -> None:
    lines = [f"{pin}{markers.get(pin.split('==')[0].lower(), '')}" for pin in pins if pin]
    (ROOT / name).write_text(HEADER + "\n".join(lines) + "\n")


def main() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    needed = project["project"]["dependencies"]
    markers = {"pysqlite3": '; sys_platform == "linux"'}
    write("requirements.lock", run := frozen(needed), markers)
    every = frozen([*needed, *project["dependency-groups"]["dev"]])
    write("requirements-dev.lock", [pin for pin in every if pin not in run], markers)


if __name__ == "__main__":
    main()
