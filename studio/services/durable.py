"""What a power cut leaves whole: folders that are on the disk itself."""

import os
from pathlib import Path


def make_folder(folder: Path) -> None:
    """`clips/2026/11`, on the disk itself: a month's first file must not go with its folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for parent in folder.parents[:3]:
        sync_folder(parent)


def sync_folder(folder: Path) -> None:
    """Have the names in this folder on the disk itself."""
    _sync(folder)


def sync_file(path: Path) -> None:
    """Have the file's content on the disk itself."""
    _sync(path)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
