"""`manage.py job ID` and `manage.py job cancel ID`."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import CommandError

from studio import tasks
from studio.management.cli import StudioCommand, user_named
from studio.models import Job
from studio.services import jobs
from studio.services.export import job_document


class Command(StudioCommand):
    help = "Show one job with its timeline, or cancel it."
    example = "manage.py job 12 --json\n  manage.py job cancel 12"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "words", nargs="+", metavar="[cancel] ID", help="the job's number, as `jobs` lists it"
        )
        self.add_common(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        match options["words"]:
            case [number] if number.isdigit():
                self._show(_job(number), options)
            case ["cancel", number] if number.isdigit():
                self._cancel(_job(number), options)
            case _:
                raise CommandError("Write `job ID` or `job cancel ID`; ID is a number.")

    def _cancel(self, job: Job, options: dict[str, Any]) -> None:
        try:
            done = jobs.cancel(job, user_named(options["acting_as"]))
        except jobs.NotPossible as e:
            raise CommandError(str(e)) from e
        tasks.ring([job])
        if options["json"]:
            self._show(_job(str(job.pk)), options)
        else:
            self.stdout.write(done)

    def _show(self, job: Job, options: dict[str, Any]) -> None:
        document = job_document(job, with_events=True)
        if options["json"]:
            self.answer(document)
            return
        for name in ("id", "state", "provider", "model", "prompt", "error", "remote_id"):
            self.stdout.write(f"{name}: {document[name]}")
        if document["file"]:
            self.stdout.write(f"file: {document['file']['path']}")
            self.stdout.write(f"sha256: {document['file']['sha256']}")
        for event in document["events"]:
            self.stdout.write(f"{event['at']}  {event['message']}")


def _job(number: str) -> Job:
    job = Job.objects.for_cards().filter(pk=int(number)).first()
    if job is None:
        raise CommandError(f"There is no job {number}. `manage.py jobs` lists them.")
    return job
