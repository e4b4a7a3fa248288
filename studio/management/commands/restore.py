"""`manage.py restore BACKUP`: a backup into an empty data folder."""

from argparse import ArgumentParser
from dataclasses import asdict
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import CommandError

from studio.management.cli import StudioCommand
from studio.services.backup import BackupProblem, Restored, restore
from studio.services.backup.rotation import unreadable_words
from studio.services.backup.speaking import Progress, passphrase_in


class Command(StudioCommand):
    help = (
        "Put a backup into the empty data folder that DATA_DIR names. Cut off, it goes on when it "
        "is run again; until it is through, the studio does not start. Clips that the backup has "
        "as not sent yet are held: they may have been sent since."
    )
    example = "DATA_DIR=/srv/dailies manage.py restore /mnt/backups/dailies-2026-11-21T020000Z"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("backup", type=Path, metavar="BACKUP", help="what `backup` made")
        parser.add_argument(
            "--passphrase-file",
            metavar="FILE",
            help="for a backup with secrets: its first line is the passphrase; - for standard "
            "input",
        )
        parser.add_argument(
            "--without-keys", action="store_true", help="leave the keys of the backup out"
        )
        parser.add_argument(
            "--skip-damaged", action="store_true", help="go on without files that are damaged"
        )
        parser.add_argument("--json", action="store_true", help="print one JSON document")

    def handle(self, *args: Any, **options: Any) -> None:
        place = options["passphrase_file"]
        try:
            done = restore(
                options["backup"],
                passphrase=passphrase_in(place) if place else None,
                leaves_keys=options["without_keys"],
                skips_damaged=options["skip_damaged"],
                tell=Progress(self.say),
            )
        except BackupProblem as e:
            raise CommandError(str(e)) from e
        if options["json"]:
            self.answer(asdict(done))
        else:
            self._tell(done)

    def _tell(self, done: Restored) -> None:
        self.stdout.write(
            f"{done.files} files and the database are in {settings.DATA_DIR}, "
            f"{done.size_bytes / 10**6:,.1f} MB."
        )
        for words in done.left_out:
            self.say(f"Left out: {words}.")
        if done.held_jobs:
            self.say(
                f"{done.held_jobs} clips that were not sent yet are held: they may have been sent "
                "after the backup was made. Look at the provider's own page before you let them "
                "go on, or they may be paid twice."
            )
        if done.unreadable_keys:
            self.say(unreadable_words(done.unreadable_keys))
        else:
            self.say("Start it with `manage.py up`.")
