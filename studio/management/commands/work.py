"""The worker: Huey's threads for sends and fetches, and one loop for all looks."""

import signal
from typing import Any

from django.conf import settings
from huey.consumer import Consumer
from huey.contrib.djhuey import HUEY

from studio import logs, tasks
from studio.management.cli import StudioCommand
from studio.services.engine import Looker, Moved, stopping

GRACE_S = 25
"""A running step may end within this; the service manager should wait 30 s before it kills."""


class Worker(Consumer):  # type: ignore[misc]
    """Huey's consumer with the loop of looks beside its threads."""

    def __init__(self, threads: int) -> None:
        super().__init__(
            HUEY,
            workers=threads,
            worker_type="thread",
            graceful_signal="TERM",
            shutdown_timeout=GRACE_S,
            # Idle threads look for a bell once a second; Huey's own ten are felt at the button.
            max_delay=1.0,
        )
        # A step cut off while sending is a question about money, so Ctrl+C is graceful too.
        self._signal_actions[signal.SIGINT] = (False, True)
        self.looker = Looker(_tell)

    def start(self) -> None:
        super().start()
        self.looker.start()

    def stop(self, graceful: bool = False) -> None:
        """Long steps end at their next good place, short ones run to their end."""
        self.stop_flag.set()
        stopping.stop()
        self.looker.stop()
        super().stop(graceful)


def _tell(moved: Moved) -> None:
    tasks.ring_for(moved.freed, fetches=moved.made)


class Command(StudioCommand):
    help = "Send, follow and fetch clips until SIGTERM or Ctrl+C; running steps end first."
    example = "WORKER_THREADS=8 manage.py work"

    def handle(self, *args: Any, **options: Any) -> None:
        logs.tell_of_crashes()
        Worker(settings.WORKER_THREADS).run()
