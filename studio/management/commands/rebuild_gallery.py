"""Make the gallery again from the media folder alone."""

from typing import Any

from django.contrib.auth.models import User
from django.core.management.base import BaseCommand, CommandError, CommandParser

from studio.services.rebuild import Report, rebuild


class Command(BaseCommand):
    help = (
        "Make the gallery again from the media folder alone, for a database that was lost: clips "
        "with their jobs, pictures, members, stars, tags and collections. What is there already is "
        "not changed, so it can be run at any time."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="only say what would be made")
        parser.add_argument("--owner", metavar="USER", help="who gets everything")

    def handle(self, *args: Any, **options: Any) -> None:
        owner = self._owner(options["owner"]) if options["owner"] else None
        report = rebuild(owner=owner, is_dry=options["dry_run"], tell=self.stdout.write)
        self._tell(report, is_dry=options["dry_run"])

    def _owner(self, name: str) -> User:
        try:
            return User.objects.get(username=name)
        except User.DoesNotExist as e:
            raise CommandError(
                f"There is no member {name!r}. Make one with `manage.py createsuperuser`."
            ) from e

    def _tell(self, report: Report, *, is_dry: bool) -> None:
        verb = "Would make" if is_dry else "Made"
        self.stdout.write(
            f"{verb} {report.clips} clips ({report.jobs} with their job) and {report.pictures} "
            f"pictures. {report.known} clips were there already."
        )
        if not is_dry:
            self.stdout.write(
                f"{report.companions} posters, previews and frames; stars, tags or the trash of "
                f"{report.said_of} clips."
            )
        for name in report.accounts:
            self.stdout.write(f"Account {name}: switched off, without a key. Give it one.")
        for name in report.members:
            self.stdout.write(
                f"Member {name}: cannot sign in yet. `manage.py changepassword {name}`, then tick "
                "“Active” in the admin."
            )
        for problem in report.problems:
            self.stderr.write(problem)
