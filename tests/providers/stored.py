"""The stored replies: one folder per API, one file per reply (see their ORIGIN.md)."""

import json
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent / "replies"


def replies(kind: str) -> list[tuple[str, str, dict[str, Any]]]:
    """(slug, name, document) of every stored reply whose name starts with `kind`."""
    return [
        (path.parent.name, path.stem, json.loads(path.read_text()))
        for path in sorted(FOLDER.glob(f"*/{kind}*.json"))
    ]


def ids(stored: list[tuple[str, str, dict[str, Any]]]) -> list[str]:
    return [f"{slug}-{name}" for slug, name, _ in stored]
