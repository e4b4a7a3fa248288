"""The journal: one entry per request, in memory and in a JSONL file. Tests count in it."""

import asyncio
import json
from collections import Counter, deque
from itertools import islice
from pathlib import Path
from typing import Any

FLUSH_EVERY_S = 0.2
KEPT_ENTRIES = 100_000
SECRET_HEADERS = frozenset({"authorization", "x-api-key", "cookie"})

Entry = dict[str, Any]


class Journal:
    """Entries are readable at once, and reach the file within FLUSH_EVERY_S of their end."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._entries: deque[Entry] = deque(maxlen=KEPT_ENTRIES)
        self._unwritten: list[Entry] = []
        self._counts: Counter[str] = Counter()
        self._seq = 0

    def open(self, entry: Entry) -> None:
        """Make an entry readable, while its answer may still be on the way."""
        self._seq += 1
        entry["seq"] = self._seq
        self._entries.append(entry)
        self._counts[f"{entry['provider']}:{entry['endpoint']}"] += 1

    def close(self, entry: Entry) -> None:
        self._unwritten.append(entry)

    def read(self, filters: dict[str, str], since: int, limit: int | None) -> list[Entry]:
        """Entries after number `since` whose fields read as the filters say, oldest first."""
        found = (
            entry
            for entry in self._entries
            if entry["seq"] > since and all(_text(entry[k]) == v for k, v in filters.items())
        )
        return list(islice(found, limit))

    def counts(self) -> dict[str, int]:
        """Requests since the start or the last reset, by "provider:endpoint"."""
        return dict(self._counts)

    def clear(self) -> None:
        self._entries.clear()
        self._unwritten.clear()
        self._counts.clear()
        self._path.write_text("", encoding="utf-8")

    def flush(self) -> None:
        entries, self._unwritten = self._unwritten, []
        if entries:
            lines = "".join(json.dumps(entry, separators=(",", ":")) + "\n" for entry in entries)
            with self._path.open("a", encoding="utf-8") as file:
                file.write(lines)

    async def keep_flushing(self) -> None:
        while True:
            await asyncio.sleep(FLUSH_EVERY_S)
            self.flush()


def redacted(headers: dict[str, str]) -> dict[str, str]:
    """Headers by lower-case name, keys hidden."""
    return {
        name: "[hidden]" if name in SECRET_HEADERS else value
        for name, value in ((name.lower(), value) for name, value in headers.items())
    }


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
