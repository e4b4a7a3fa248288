"""The studio stopped, and a restore that was begun."""

import fcntl
import json
import os
import shlex
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.conf import settings

from studio.services.backup.problems import BackupProblem, StudioRuns
from studio.services.durable import sync_folder

LOCK = "up.lock"
"""What `manage.py up` holds as long as it lives."""
MARKER = "restore-under-way.json"


@contextmanager
def stopped_studio() -> Iterator[None]:
    """No studio is started on the data folder meanwhile. Raises StudioRuns where one is.

    A worker that was started alone holds no lock; docs/operations.md says to stop it too.
    """
    with (Path(settings.DATA_DIR) / LOCK).open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as e:
            raise StudioRuns(
                f"A studio is running on {settings.DATA_DIR}. Stop it first (Ctrl+C where it "
                "was started), and every worker that was started alone. Nothing was changed."
            ) from e
        yield


# -- The mark of a restore -------------------------------------------------------------------------


def marker() -> Path:
    return Path(settings.DATA_DIR) / MARKER


def restore_words() -> str:
    """What a data folder lacks whose restore was cut off; "" for every other."""
    if not marker().exists():
        return ""
    backup = shlex.quote(str(restore_said().get("backup", "BACKUP")))
    return (
        f"A restore into {settings.DATA_DIR} was begun and is not finished, so the studio is not "
        f"whole. Nothing was sent anywhere. Run `manage.py restore {backup}` "
        "again: it goes on where it was."
    )


def refuse_half_restored() -> None:
    """Raises BackupProblem for a data folder whose restore was cut off."""
    if words := restore_words():
        raise BackupProblem(words)


def restore_said() -> dict[str, Any]:
    """What the mark says of the restore; {} where there is none, or none that can be read."""
    try:
        said = json.loads(marker().read_text())
    except (OSError, ValueError):
        return {}
    return said if isinstance(said, dict) else {}


def mark_restore(backup: Path, manifest_sha256: str) -> None:
    """From now on nothing starts on this data folder."""
    said = {"backup": str(backup), "manifest_sha256": manifest_sha256}
    draft = marker().with_name(f"{MARKER}.part")
    with draft.open("w") as file:
        json.dump(said, file)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(marker())
    sync_folder(marker().parent)


def unmark_restore() -> None:
    marker().unlink()
    sync_folder(marker().parent)
