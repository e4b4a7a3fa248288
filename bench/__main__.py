"""`python -m bench [NAME ...] [--quick] [--output FILE]`."""

import argparse
import os
import tempfile
from collections.abc import Callable
from pathlib import Path

from bench import cost, download, following, gallery, history, lag
from bench.machine import OTHERS, facts
from bench.processes import ROOT
from bench.report import Table, write

BENCHMARKS: dict[str, Callable[..., Table]] = {
    "following": following.bench,
    "lag": lag.bench,
    "download": download.bench,
    "cost": cost.bench,
    "gallery": gallery.bench,
    "history": history.bench,
}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(BENCHMARKS))
    parser.add_argument("--quick", action="store_true", help="small and short: does it work?")
    parser.add_argument("--output", type=Path, help="default: docs/benchmarks.md; quick: none")
    asked = parser.parse_args()
    if unknown := set(asked.names) - set(BENCHMARKS):
        parser.error(f"there is no benchmark called {', '.join(sorted(unknown))}")
    output = asked.output or (None if asked.quick else ROOT / "docs" / "benchmarks.md")
    os.sched_setaffinity(0, OTHERS)
    run(asked.names or list(BENCHMARKS), is_quick=asked.quick, output=output)


def run(names: list[str], *, is_quick: bool, output: Path | None) -> None:
    """Measure one after the other; each table is printed and written as soon as it is there."""
    with tempfile.TemporaryDirectory(prefix="dailies-bench-") as folder:
        for name in names:
            machine = facts()
            table = BENCHMARKS[name](Path(folder) / name, is_quick=is_quick)
            print(table.as_markdown(), flush=True)
            if output is not None:
                write(table, output, machine, order=list(BENCHMARKS))


if __name__ == "__main__":
    main()
