"""The database: accounts, jobs, files. Fields, constraints, transitions and querysets."""

from studio.models.asset import Asset
from studio.models.job import Job, JobEvent, JobInput, Lease
from studio.models.provider import Provider, ProviderModel
from studio.models.worker import Heartbeat

__all__ = [
    "Asset",
    "Heartbeat",
    "Job",
    "JobEvent",
    "JobInput",
    "Lease",
    "Provider",
    "ProviderModel",
]
