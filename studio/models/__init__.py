"""The database: accounts, jobs, files. Fields, constraints, transitions and querysets."""

from studio.models.asset import Asset
from studio.models.board import Board, Shot
from studio.models.budget import Budget
from studio.models.film import Film
from studio.models.house import House
from studio.models.job import Job
from studio.models.job_parts import JobEvent, JobInput
from studio.models.job_queries import Lease
from studio.models.library import Collection, CollectionItem, FileToRemove, Tag
from studio.models.member import Invitation, Member, Role
from studio.models.provider import Provider, ProviderModel
from studio.models.share import ShareLink
from studio.models.worker import Heartbeat
from studio.models.writing import Preset, SavedDraft

__all__ = [
    "Asset",
    "Board",
    "Budget",
    "Collection",
    "CollectionItem",
    "FileToRemove",
    "Film",
    "Heartbeat",
    "House",
    "Invitation",
    "Job",
    "JobEvent",
    "JobInput",
    "Lease",
    "Member",
    "Preset",
    "Provider",
    "ProviderModel",
    "Role",
    "SavedDraft",
    "ShareLink",
    "Shot",
    "Tag",
]
