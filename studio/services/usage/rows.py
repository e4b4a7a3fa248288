"""The jobs behind the figures as CSV, written while it is sent: one line a job."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.utils import timezone

from studio.models.job_queries import JobQuerySet
from studio.services import csv_lines
from studio.services.usage.figures import standing

AT_ONCE = 500
COLUMNS = (
    "id",
    "date",
    "member",
    "provider",
    "model",
    "state",
    "prompt",
    "estimated",
    "charged",
    "currency",
    "cost",
    "seconds_to_finish",
)
READ = (
    *("pk", "created_at", "owner__username", "provider__name", "provider_model__model_id"),
    *("state", "prompt", "cost_estimated", "cost_charged", "cost_currency", "standing"),
    *("sent_at", "finished_at"),
)


def lines(jobs: JobQuerySet) -> Iterator[str]:
    """The head, then the jobs in the order in which they were asked for."""
    return csv_lines.lines(COLUMNS, _rows(jobs))


def _rows(jobs: JobQuerySet) -> Iterator[list[Any]]:
    found = jobs.annotate(standing=standing()).order_by("created_at", "pk").values_list(*READ)
    for key, created_at, *cells, sent_at, finished_at in found.iterator(chunk_size=AT_ONCE):
        day = timezone.localtime(created_at).date()
        yield [key, day, *cells, _took(sent_at, finished_at)]


def _took(sent_at: datetime | None, finished_at: datetime | None) -> str:
    return f"{(finished_at - sent_at).total_seconds():.1f}" if sent_at and finished_at else ""
