"""How much room the disk with the clips has left.

Below DISK_SOFT_MB nothing new should be started; DISK_HARD_MB are never given to clips, so that
the database, the pages and the way out of a full disk keep working.
"""

import shutil
from pathlib import Path

from django.conf import settings
from django.utils.formats import number_format
from django.utils.translation import gettext as _

MB = 1_000_000


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
