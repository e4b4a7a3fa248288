"""Rows as lines of CSV, written while they are sent."""

import csv
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from studio.services.csv_rows import harmless


class _Line:
    """What csv writes to: hands each line on."""

    def write(self, text: str) -> str:
        return text


def lines(heads: Sequence[str], rows: Iterable[Iterable[Any]]) -> Iterator[str]:
    """The heads, then a line for each row; no cell is a formula to a spreadsheet."""
    writer = csv.writer(_Line())
    yield writer.writerow(heads)
    for row in rows:
        yield writer.writerow([_cell(value) for value in row])


def _cell(value: Any) -> Any:
    if value is None:
        return ""
    if hasattr(value, "isoformat"):
        return value.isoformat()
    return harmless(value) if isinstance(value, str) else value
