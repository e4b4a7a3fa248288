"""Keeping a lease while its step runs, however long an API takes to answer.

A lease is short, so that the job of a worker that died is soon taken up; a worker that is frozen
renews nothing, and loses it.
"""

import contextvars
import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

from django.conf import settings
from django.db import Error, connection

from studio.models import Lease

logger = logging.getLogger(__name__)


class Held(Protocol):
    """A row that a worker holds by a lease: a job, or a film."""

    def keep(self, lease: Lease, *, for_s: float) -> bool:
        """Lengthen the lease. False: it was lost."""
        ...


@contextmanager
def kept(row: Held, lease: Lease) -> Iterator[None]:
    """Renew the lease every third of its life until the block ends."""
    done = threading.Event()
    # With the step's own context, so that what it logs is found with the step.
    run = contextvars.copy_context().run
    keeper = threading.Thread(target=run, args=(_renew, row, lease, done), daemon=True)
    keeper.start()
    try:
        yield
    finally:
        done.set()


def _renew(row: Held, lease: Lease, done: threading.Event) -> None:
    while not done.wait(settings.LEASE_S / 3):
        try:
            if not row.keep(lease, for_s=settings.LEASE_S):
                return
        except Error:
            # The database is busy or away for a moment; there is time for another try.
            logger.warning("The lease of %s could not be renewed.", row)
        finally:
            connection.close()
