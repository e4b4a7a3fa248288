"""`history`: how quick the admin panel's job history is with very many jobs."""

import sys
from pathlib import Path

from bench.machine import CORES
from bench.processes import Running
from bench.report import Table
from bench.studio import Studio

ABOUT = """\
A studio with so many jobs (eight members, all models, two years, four of five with their clip), in
SQLite on this disk, and the pages of the admin panel. "Server" is the time of the whole request
within Django, the median of several; "worst" the slowest of them, and "first" that of a process
that has read nothing yet. Rows are counted up to 10,000. Words are looked for in the newest 50,000
prompts of the list; ids at the API, everywhere. Target: 300 ms for the median."""
TARGET_MS = 300.0


def bench(folder: Path, *, is_quick: bool) -> Table:
    """Page after page, each in a process of its own."""
    heads = ("page", "jobs", "queries", "server, ms", "worst, ms", "first, ms", "holds")
    table = Table("history", "The job history with many jobs", ABOUT, heads)
    jobs = 5_000 if is_quick else 1_000_000
    studio = Studio(folder)
    collect = [sys.executable, "manage.py", "collectstatic", "--noinput", "--verbosity", "0"]
    Running(collect, studio.env, folder / "collect.log", set(CORES)).wait()
    pages = studio.call("past", {"jobs": jobs}, cores=set(CORES))["pages"]
    for name, address in pages.items():
        told = studio.call("admin_page", {"address": address}, cores=set(CORES))
        holds = told["ms"] <= TARGET_MS
        table.add(
            name,
            f"{jobs:,}",
            told["queries"],
            f"{told['ms']:.0f}",
            f"{told['worst_ms']:.0f}",
            f"{told['first_ms']:.0f}",
            "yes" if holds else "no",
        )
    return table
