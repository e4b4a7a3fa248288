"""Take one step of one job in this process alone; the worker starts it for suspicious jobs."""

from argparse import ArgumentParser
from typing import Any

from studio.management.cli import StudioCommand
from studio.models import Job
from studio.services.engine import quarantine
from studio.services.engine.step import run


class Command(StudioCommand):
    help = "Take one step of a job that is held with this token (used by the worker)."
    example = "manage.py one_step 12 0123456789abcdef0123456789abcdef"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("job", type=int)
        parser.add_argument("token")

    def handle(self, *args: Any, **options: Any) -> None:
        job = Job.objects.select_related("provider", "provider_model").get(pk=options["job"])
        lease = quarantine.lease_of(job, options["token"])
        if lease is not None:
            run(job, lease)
