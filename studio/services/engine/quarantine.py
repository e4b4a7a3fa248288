"""A job that may have killed its worker twice takes its next step in a process of its own.

Whose fault a dead worker was cannot be seen afterwards: it held many jobs, and may have been
killed from outside. Alone in a process there is no doubt. If that one dies too, the job is set
aside for a person and the rest goes on.
"""

import logging
import signal
import subprocess
import sys
import uuid

from django.conf import settings
from django.utils import timezone

from studio.models import Job, Lease
from studio.services.engine.turns import FAULT_REST

logger = logging.getLogger(__name__)

COMMAND = "one_step"
ASKED_TO_END = {signal.SIGTERM, signal.SIGINT, signal.SIGHUP}
"""Signals of somebody who ends the worker: no fault of the job."""


def run(job: Job, lease: Lease) -> None:
    """Take the step in a process of its own; set the job aside if that process crashes.

    Nothing is left to do where the step has given the job back itself. In a session of its own
    the step is not cut off by Ctrl+C at the worker's terminal.
    """
    words = [str(settings.BASE_DIR / "manage.py"), COMMAND, str(job.pk), lease.token.hex]
    done = subprocess.run(  # noqa: S603 - our own command
        [sys.executable, *words], check=False, start_new_session=True
    )
    if done.returncode < 0 and -done.returncode not in ASKED_TO_END:
        logger.error("Job %s killed its worker: signal %s.", job.pk, -done.returncode)
        job.refresh_from_db()
        job.ask_person(_question(job), lease=lease, sets_aside=True)
    job.release(lease, next_look_at=timezone.now() + FAULT_REST)


def lease_of(job: Job, token: str) -> Lease | None:
    """The lease with this token, if it still holds the job."""
    is_held = job.lease_token == uuid.UUID(token) and job.lease_until is not None
    return Lease(uuid.UUID(token), job.lease_until) if is_held and job.lease_until else None


def _question(job: Job) -> str:
    money = (
        f"{job.provider.name} may have charged it."
        if job.sent_at is not None
        else "It was never sent, and nothing was charged."
    )
    return (
        f"This clip brought the worker down three times and was set aside while it was "
        f"{job.get_state_display().lower()}. {money} Try it again, or give it up; the log tells "
        "more."
    )
