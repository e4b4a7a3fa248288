"""Keeping hold of a job through the phases of a long step."""

from django.conf import settings

from studio.models import Job, Lease


class LostLease(Exception):
    """Another worker holds the job now; whatever this step made is thrown away."""


def hold(job: Job, lease: Lease) -> None:
    """The job is ours for LEASE_S from now. Raises LostLease.

    The step's keeper renews the lease anyway; this is to know before something is done that a
    worker without it must not do.
    """
    if not job.keep(lease, for_s=settings.LEASE_S):
        raise LostLease
