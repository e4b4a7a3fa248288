"""An append-only file of JSON lines: what must outlive the process."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any


class Ledger:
    """Each line is handed to the system before the answer goes out, so a killed server forgets
    nothing that it promised; only a failing machine could lose the last lines."""

    def __init__(self, path: Path) -> None:
        self._path = path
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file = path.open("a", encoding="utf-8")

    def read(self) -> Iterator[dict[str, Any]]:
        """All records in order. A last line cut short by a crash is left out."""
        with self._path.open(encoding="utf-8") as lines:
            for line in lines:
                if line.endswith("\n"):
                    yield json.loads(line)

    def write(self, record: dict[str, Any]) -> None:
        self._file.write(json.dumps(record, separators=(",", ":")) + "\n")
        self._file.flush()

    def rewrite(self, records: list[dict[str, Any]]) -> None:
        """Replace the file by these records, in one step."""
        draft = self._path.with_suffix(".new")
        lines = (json.dumps(record, separators=(",", ":")) + "\n" for record in records)
        draft.write_text("".join(lines), encoding="utf-8")
        self._file.close()
        draft.replace(self._path)
        self._file = self._path.open("a", encoding="utf-8")

    def close(self) -> None:
        self._file.close()
