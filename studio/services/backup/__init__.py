"""Backups: made while the studio goes on working, put into an empty data folder, verified; and a
new key for the secrets in the database."""

from studio.services.backup.database import refuse_newer
from studio.services.backup.making import make_backup
from studio.services.backup.problems import BackupProblem, Damaged, StudioRuns, WrongPassphrase
from studio.services.backup.restoring import Restored, restore
from studio.services.backup.rotation import Rotated, require_readable, rotate_keys
from studio.services.backup.standstill import refuse_half_restored, restore_words
from studio.services.backup.verifying import Findings, verify_backup, verify_studio

__all__ = [
    "BackupProblem",
    "Damaged",
    "Findings",
    "Restored",
    "Rotated",
    "StudioRuns",
    "WrongPassphrase",
    "make_backup",
    "refuse_half_restored",
    "refuse_newer",
    "require_readable",
    "restore",
    "restore_words",
    "rotate_keys",
    "verify_backup",
    "verify_studio",
]
