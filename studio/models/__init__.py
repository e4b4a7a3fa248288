"""The database: accounts, jobs, files. Fields, constraints, transitions and querysets."""

from studio.models.asset import Asset
from studio.models.job import Job
from studio.models.job_parts import JobEvent, JobInput
from studio.models.job_queries import Lease
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
