"""`python -m tests.cut_off restore|rotate N [BACKUP]`: dies by SIGKILL at its Nth word of progress,
as a power cut would have it."""

import os
import signal
import sys
from pathlib import Path

import django

django.setup()

from studio.services.backup import restore, rotate_keys  # noqa: E402 - after the set-up


class Cut:
    def __init__(self, after: int) -> None:
        self._left = after

    def __call__(self, *_said: object) -> None:
        self._left -= 1
        if self._left == 0:
            os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    what, after, *words = sys.argv[1:]
    if what == "restore":
        restore(Path(words[0]), tell=Cut(int(after)))
    else:
        rotate_keys(tell=Cut(int(after)))
