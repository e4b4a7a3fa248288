"""Tables, as Markdown, and the page that keeps the last ones."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

HEADER = """\
# Benchmarks

Written by `make bench` (`ARGS="lag --quick"` for one of them, small). Real processes, real sockets,
a real disk. Read ratios: absolute figures belong to the machine named below each table, and other
work on that machine shows in them.
"""
SECTION = re.compile(r"^## .*?\(`(\w+)`\)$.*?(?=^## |\Z)", re.MULTILINE | re.DOTALL)


@dataclass(slots=True)
class Table:
    """What one benchmark measured: `about` says what and how, `notes` what a reader has to know
    of this run."""

    name: str
    title: str
    about: str
    heads: Sequence[str]
    rows: list[list[str]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def add(self, *cells: object) -> None:
        self.rows.append([str(cell) for cell in cells])

    def as_markdown(self) -> str:
        lines = [f"## {self.title} (`{self.name}`)", "", self.about, ""]
        lines += [_row(self.heads), _row(["---"] * len(self.heads))]
        lines += [_row(row) for row in self.rows]
        if self.notes:
            lines += ["", *(f"- {note}" for note in self.notes)]
        return "\n".join(lines) + "\n"


def _row(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cells) + " |"


def write(table: Table, path: Path, machine: Sequence[str], *, order: Sequence[str]) -> None:
    """Put the table into the page, in place of its last run; the others stay."""
    old = path.read_text(encoding="utf-8") if path.exists() else ""
    sections = {match[1]: match[0].strip() for match in SECTION.finditer(old)}
    measured = "; ".join(machine)
    sections[table.name] = f"{table.as_markdown()}\nMeasured on: {measured}."
    kept = [sections[name] for name in order if name in sections]
    path.write_text("\n".join([HEADER, *(f"{section}\n" for section in kept)]), encoding="utf-8")
