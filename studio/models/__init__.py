"""The database: accounts, jobs, files. Fields, constraints, transitions and querysets."""

from studio.models.asset import Asset
from studio.models.board import Board, Shot
from studio.models.film import Film
from studio.models.job import Job
from studio.models.job_parts import JobEvent, JobInput
from studio.models.job_queries import Lease
from studio.models.library import Collection, CollectionItem, FileToRemove, Tag
from studio.models.provider import Provider, ProviderModel
from studio.models.worker import Heartbeat
from studio.models.writing import Preset, SavedDraft

__all__ = [
    "Asset",
    "Board",
    "Collection",
    "CollectionItem",
    "FileToRemove",
    "Film",
    "Heartbeat",
    "Job",
    "JobEvent",
    "JobInput",
    "Lease",
    "Preset",
    "Provider",
    "ProviderModel",
    "SavedDraft",
    "Shot",
    "Tag",
]
