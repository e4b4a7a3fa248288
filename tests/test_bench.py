"""The benchmarks run and their tables come out; how fast this machine is, is not asked."""

import subprocess
import sys
from pathlib import Path

import pytest

from bench.report import SECTION, Table, write

pytestmark = pytest.mark.long
ROOT = Path(__file__).resolve().parent.parent


def cells(page: str, name: str) -> list[dict[str, str]]:
    """The rows of one table, by their heads."""
    section = next(match[0] for match in SECTION.finditer(page) if match[1] == name)
    lines = [line for line in section.splitlines() if line.startswith("|")]
    heads, _, *rows = ([cell.strip() for cell in line.strip("|").split("|")] for line in lines)
    return [dict(zip(heads, row, strict=True)) for row in rows]


def number(text: str) -> float:
    return float(text.split()[0].replace(",", ""))


def written(path: Path, *names: str) -> str:
    """What a quick run of these benchmarks writes."""
    command = [sys.executable, "-m", "bench", *names, "--quick", "--output", str(path)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True, timeout=280)
    return path.read_text()


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("bench")
    return written(folder / "benchmarks.md", "following", "download", "cost")


def test_every_job_in_flight_is_asked_about(page: str):
    [row] = cells(page, "following")
    assert number(row["jobs"]) == 200
    assert number(row["polls/s"]) == pytest.approx(number(row["polls/s wanted"]), rel=0.5)
    assert 20 < number(row["MB"]) < 1000


def test_the_lag_is_told_for_both_spreads_with_and_without_history(tmp_path: Path):
    rows = cells(written(tmp_path / "benchmarks.md", "lag"), "lag")
    assert [(row["durations"].split()[0], row["history"]) for row in rows] == [
        ("wide", "not yet"),
        ("wide", "learned"),
        ("narrow", "not yet"),
        ("narrow", "learned"),
    ]
    assert all(number(row["lag as measured, s"]) > 0 for row in rows)
    assert all(number(row["questions per clip"]) >= 1 for row in rows)


def test_a_whole_fetch_is_set_beside_a_plain_download(page: str):
    rows = cells(page, "download")
    assert rows[0]["ratio to curl"] == "1.00"
    assert {"our fetch step", "our fetch step, same line"} <= {row["way"] for row in rows}
    assert all(number(row["MB/s"]) > 0 for row in rows)


def test_the_cost_of_a_poll_is_set_beside_the_simple_ways(page: str):
    rows = cells(page, "cost")
    assert len(rows) == 3
    assert all(number(row["polls"]) > 0 and number(row["CPU ms per poll"]) > 0 for row in rows)


def test_a_new_run_replaces_its_own_table_only(tmp_path: Path):
    path, order = tmp_path / "page.md", ["lag", "cost"]
    for name, cell in (("cost", "old"), ("lag", "kept"), ("cost", "new")):
        table = Table(name, name.title(), "About.", ["figure"])
        table.add(cell)
        write(table, path, ["2 cores"], order=order)
    text = path.read_text()
    assert cells(text, "lag") == [{"figure": "kept"}]
    assert cells(text, "cost") == [{"figure": "new"}]
    assert text.index("(`lag`)") < text.index("(`cost`)")
