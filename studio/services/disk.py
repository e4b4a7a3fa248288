"""How much room the disk with the clips has left.

Below DISK_SOFT_MB nothing new should be started; DISK_HARD_MB are never given to clips, so that
the database, the pages and the way out of a full disk keep working.
"""

import shutil
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.utils.formats import number_format
from django.utils.translation import gettext as _

MB = 1_000_000
TOLD_STEP_MB = 100
"""How exactly pages that stay open tell the room that is left."""


@dataclass(frozen=True, slots=True)
class Room:
    """What is left, as every page tells those who have clips made."""

    free_mb: int

    @property
    def is_low(self) -> bool:
        return self.free_mb < settings.DISK_SOFT_MB

    @property
    def is_full(self) -> bool:
        return self.free_mb < settings.DISK_HARD_MB

    @property
    def seen(self) -> tuple[bool, bool, int]:
        """Something else whenever a page has something else to say."""
        is_told = self.is_low or self.is_full
        return self.is_low, self.is_full, self.free_mb // TOLD_STEP_MB if is_told else 0

    @property
    def numbers(self) -> str:
        """How much is left, and what happens below which limit."""
        told = _(
            "%(free)s MB are free. Below %(soft)s MB nothing new is sent, below %(hard)s MB "
            "finished clips are not fetched."
        )
        limits = {"soft": settings.DISK_SOFT_MB, "hard": settings.DISK_HARD_MB}
        numbers = {"free": self.free_mb} | limits
        return told % {name: _grouped(number) for name, number in numbers.items()}


def room() -> Room:
    return Room(free_bytes() // MB)


def free_bytes() -> int:
    """What can still be written where the clips are kept."""
    folder = Path(settings.MEDIA_ROOT)
    while not folder.exists():
        folder = folder.parent
    return shutil.disk_usage(folder).free


def is_low() -> bool:
    """True when there is too little room to make more clips."""
    return free_bytes() < settings.DISK_SOFT_MB * MB


def has_room_for(expected_bytes: int | None) -> bool:
    """True if so much can be written and the reserve stays. None: how much is not known."""
    return free_bytes() - (expected_bytes or 0) >= settings.DISK_HARD_MB * MB


def low_words() -> str:
    """Why nothing new is sent, for the person waiting."""
    told = _(
        "The studio's disk is nearly full: %(free)s MB are left, and %(kept)s MB are kept for "
        "clips under way. Nothing was sent or charged. Empty the trash or make room on the disk; "
        "then it goes on by itself."
    )
    return told % {"free": _grouped(free_bytes() // MB), "kept": _grouped(settings.DISK_SOFT_MB)}


def _grouped(number: int) -> str:
    return number_format(number, use_l10n=True, force_grouping=True)
