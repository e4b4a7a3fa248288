"""`manage.py retention`: delete what the settings say need not be kept, or only tell what it is."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import CommandError

from studio.management.cli import StudioCommand
from studio.services import retention
from studio.services.backup import BackupProblem, refuse_half_restored
from studio.services.retention import Leaving, Result, RetentionProblem

NO_RULE = (
    "No rule is switched on, so everything is kept. Set TRASH_DAYS, UPLOAD_DAYS or EVENT_DAYS to a "
    "number of days."
)


class Command(StudioCommand):
    help = (
        "Delete for good what TRASH_DAYS, UPLOAD_DAYS and EVENT_DAYS say need not be kept, as the "
        "worker does once a day; with --dry-run only list it."
    )
    example = "TRASH_DAYS=30 manage.py retention --dry-run"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="only list what would go")
        parser.add_argument("--json", action="store_true", help="print one JSON document")

    def handle(self, *args: Any, **options: Any) -> None:
        is_dry = options["dry_run"]
        try:
            refuse_half_restored()
            results = retention.run(is_dry=is_dry)
        except (BackupProblem, RetentionProblem) as e:
            raise CommandError(str(e)) from e
        if options["json"]:
            rules = [_document(result) for result in results]
            self.answer({"is_dry_run": is_dry, "rules": rules})
        else:
            self._tell(results, is_dry=is_dry)

    def _tell(self, results: list[Result], *, is_dry: bool) -> None:
        for result in results:
            self.stdout.write(result.words)
            for each in result.leaving:
                self.stdout.write(_line(each))
        if not results:
            self.say(NO_RULE)
        elif is_dry:
            self.say("Nothing was deleted: this was a dry run.")


def _line(leaving: Leaving) -> str:
    return f"  {leaving.since:%Y-%m-%d}  {leaving.size_bytes:>13,} bytes  {leaving.name}"


def _document(result: Result) -> dict[str, Any]:
    return {
        "rule": result.rule.name,
        "setting": result.rule.setting,
        "days": result.days,
        "count": len(result.leaving),
        "size_bytes": result.size_bytes,
        "kept_count": result.kept_count,
        "leaves": [_leaving_document(each) for each in result.leaving],
    }


def _leaving_document(leaving: Leaving) -> dict[str, Any]:
    return {
        "id": str(leaving.key),
        "name": leaving.name,
        "since": leaving.since.isoformat(),
        "size_bytes": leaving.size_bytes,
        "files": list(leaving.files),
    }
