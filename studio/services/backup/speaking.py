"""What the commands share: a passphrase that stands in no list of processes, and progress."""

import sys
from collections.abc import Callable

from studio.services.backup.problems import BackupProblem

STEPS = 20


def passphrase_in(place: str) -> str:
    """The first line of a file, or of standard input for `-`. Raises BackupProblem."""
    try:
        if place == "-":
            line = sys.stdin.readline()
        else:
            with open(place, encoding="utf-8") as file:
                line = file.readline()
    except (OSError, UnicodeDecodeError) as e:
        raise BackupProblem(
            f"The passphrase cannot be read from {place} ({e}). Nothing was written."
        ) from e
    return line.rstrip("\r\n")


class Progress:
    """Says how far it is each time another twentieth is done."""

    def __init__(self, say: Callable[[str], None]) -> None:
        self._say = say
        self._told = 0

    def __call__(self, _name: str, done_bytes: int, all_bytes: int) -> None:
        step = STEPS * done_bytes // max(all_bytes, done_bytes, 1)
        if step > self._told:
            self._told = step
            self._say(f"{100 * step // STEPS} %, {done_bytes / 10**6:,.1f} MB")
