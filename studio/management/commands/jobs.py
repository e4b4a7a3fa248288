"""`manage.py jobs`: list jobs."""

from argparse import ArgumentParser
from typing import Any

from studio.management.cli import StudioCommand
from studio.models import Job
from studio.services.export import job_document


class Command(StudioCommand):
    help = "List jobs, newest first."
    example = "manage.py jobs --state ready --json"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--state", choices=Job.State.values, metavar="S", help="only these")
        parser.add_argument("--limit", type=int, default=50, metavar="N", help="default 50")
        self.add_common(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        found = Job.objects.for_cards()
        if options["state"]:
            found = found.filter(state=options["state"])
        found = found[: options["limit"]]
        if options["json"]:
            self.answer({"jobs": [job_document(job) for job in found]})
            return
        for job in found:
            self.stdout.write(
                f"{job.pk}  {job.get_state_display():<11} {job.provider.name}  {job.prompt[:60]}"
            )
