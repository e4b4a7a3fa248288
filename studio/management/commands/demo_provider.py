"""`manage.py demo_provider`: run the demo provider beside the studio."""

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from studio.demo.server import Options, add_arguments, options_from, run


class Command(BaseCommand):
    help = (
        "Run a small server that speaks the five video APIs and renders real clips, so that the "
        "studio works without any key. Example: manage.py demo_provider --generating-s 10"
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        add_arguments(parser, state_dir=settings.DATA_DIR / "demo")

    def handle(self, *args: Any, **values: Any) -> None:
        options = options_from(values)
        try:
            run(options, lambda port: self._announce(options, port))
        except OSError as e:
            raise CommandError(
                f"The demo provider cannot listen on {options.host}:{options.port} ({e.strerror}). "
                "Choose another port with --port."
            ) from e

    def _announce(self, options: Options, port: int) -> None:
        self.stdout.write(f"The demo provider listens on http://{options.host}:{port}.")
        self.stdout.flush()
