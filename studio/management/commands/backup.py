"""`manage.py backup TARGET`: everything that cannot be made again, in one folder."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError

from studio.management.cli import StudioCommand
from studio.services.backup import BackupProblem, make_backup
from studio.services.backup.manifest import Manifest
from studio.services.backup.speaking import Progress, passphrase_in


class Command(StudioCommand):
    help = (
        "Make a backup while the studio goes on working: the database, every file it names and a "
        "list of both. API keys in it are encrypted; the keys to them are only in it with "
        "--with-secrets. Exit status 1 where a file is missing or damaged in the studio itself."
    )
    example = "manage.py backup /mnt/backups --with-secrets --passphrase-file ~/dailies.pass"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "target",
            type=Path,
            metavar="TARGET",
            help="a new folder, or an existing one, in which a dated folder is made",
        )
        parser.add_argument(
            "--with-secrets",
            action="store_true",
            help="also field.key, secret.key and queue.key, encrypted with a passphrase",
        )
        parser.add_argument(
            "--passphrase-file",
            metavar="FILE",
            help="its first line is the passphrase; - for standard input",
        )
        parser.add_argument("--json", action="store_true", help="print one JSON document")

    def handle(self, *args: Any, **options: Any) -> None:
        place = options["passphrase_file"]
        if options["with_secrets"] != bool(place):
            raise CommandError(
                "--with-secrets and --passphrase-file go together: the keys are encrypted with "
                "that passphrase. Nothing was written."
            )
        try:
            passphrase = passphrase_in(place) if place else None
            folder, made = make_backup(
                options["target"], passphrase=passphrase, tell=Progress(self.say)
            )
        except BackupProblem as e:
            raise CommandError(str(e)) from e
        self._answer(folder, made, is_json=options["json"])
        if made.problems:
            raise SystemExit(1)

    def _answer(self, folder: Path, made: Manifest, *, is_json: bool) -> None:
        document = {
            "backup": str(folder),
            "files": len(made.files),
            "size_bytes": made.size_bytes,
            "has_keys": made.keys is not None,
            "problems": made.problems,
        }
        if is_json:
            self.answer(document)
        else:
            self._tell(document)

    def _tell(self, document: dict[str, Any]) -> None:
        self.stdout.write(
            f"{document['backup']}\n{document['files']} files and the database, "
            f"{document['size_bytes'] / 10**6:,.1f} MB."
        )
        for problem in document["problems"]:
            self.say(problem)
        if document["problems"]:
            self.say("The backup is whole as far as the studio is. Look at `manage.py verify`.")
        if not document["has_keys"]:
            self.say("The keys are not in it: keep field.key yourself, or API keys are lost.")
