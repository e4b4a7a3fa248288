"""`manage.py rotate_keys`: a new key for the API keys in the database."""

from argparse import ArgumentParser
from dataclasses import asdict
from typing import Any

from django.core.management.base import CommandError

from studio.management.cli import StudioCommand
from studio.services.backup import BackupProblem, rotate_keys


class Command(StudioCommand):
    help = (
        "Make a new key, encrypt every stored API key with it, then drop the old one from "
        "field.key. Stop the studio first. Cut off anywhere, no API key is lost: run it again."
    )
    example = "manage.py rotate_keys"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--forget-unreadable",
            action="store_true",
            help="empty what no key in field.key can decrypt, and switch those accounts off",
        )
        parser.add_argument("--json", action="store_true", help="print one JSON document")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            done = rotate_keys(forgets_unreadable=options["forget_unreadable"], tell=self.say)
        except BackupProblem as e:
            raise CommandError(str(e)) from e
        if options["json"]:
            self.answer(asdict(done))
            return
        for name in done.forgotten:
            self.stdout.write(f"Emptied: {name}")
        self.stdout.write(f"{done.secrets} secrets are encrypted with a new key.")
        self.say("A backup that was made before needs the field.key of then.")
