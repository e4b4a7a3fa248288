"""Keeping a lease while its step runs, however long an API takes to answer.

A lease is short, so that the job of a worker that died is soon taken up; a worker that is frozen
renews nothing, and loses it.
"""

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings
from django.db import Error, connection

from studio.models import Job, Lease

logger = logging.getLogger(__name__)


@contextmanager
def kept(job: Job, lease: Lease) -> Iterator[None]:
    """Renew the lease every third of its life until the block ends."""
    done = threading.Event()
    keeper = threading.Thread(target=_renew, args=(job, lease, done), daemon=True)
    keeper.start()
    try:
        yield
    finally:
        done.set()


def _renew(job: Job, lease: Lease, done: threading.Event) -> None:
    while not done.wait(settings.LEASE_S / 3):
        try:
            if not job.keep(lease, for_s=settings.LEASE_S):
                return
        except Error:
            # The database is busy or away for a moment; there is time for another try.
            logger.warning("The lease of job %s could not be renewed.", job.pk)
        finally:
            connection.close()
