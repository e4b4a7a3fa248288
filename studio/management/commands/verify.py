"""`manage.py verify [BACKUP]`: is everything there, and is it what it was?"""

from argparse import ArgumentParser
from dataclasses import asdict
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError

from studio.management.cli import StudioCommand
from studio.services.backup import BackupProblem, Findings, verify_backup, verify_studio

FAULTS = {
    "missing": "Missing",
    "damaged": "Damaged",
    "orphans": "Belongs to nothing",
    "database": "Database",
    "unreadable_keys": "Cannot be decrypted with field.key",
}
REMARKS = {"temporary": "Temporary", "leaving": "Deleted, about to go"}


class Command(StudioCommand):
    help = (
        "Compare the studio's files with its database, or a backup with its own list: size and "
        "content of every file. Exit status 0 only where nothing differs."
    )
    example = "manage.py verify --json\n  manage.py verify /mnt/backups/dailies-2026-11-21T020000Z"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "backup", nargs="?", type=Path, metavar="BACKUP", help="without it: the studio itself"
        )
        parser.add_argument("--json", action="store_true", help="print one JSON document")

    def handle(self, *args: Any, **options: Any) -> None:
        backup = options["backup"]
        try:
            findings = verify_backup(backup) if backup else verify_studio()
        except BackupProblem as e:
            raise CommandError(str(e)) from e
        if options["json"]:
            self.answer({"is_whole": findings.is_whole} | asdict(findings))
        else:
            self._tell(findings)
        if not findings.is_whole:
            raise SystemExit(1)

    def _tell(self, findings: Findings) -> None:
        found = asdict(findings)
        for name, title in (FAULTS | REMARKS).items():
            for place in found[name]:
                self.stdout.write(f"{title}: {place}")
        faults = sum(len(found[name]) for name in FAULTS)
        self.stdout.write(
            f"{findings.files} files, {findings.size_bytes / 10**6:,.1f} MB: "
            + (f"differences: {faults}." if faults else "nothing differs.")
        )
