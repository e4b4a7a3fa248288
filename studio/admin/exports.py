"""The history to take away, as CSV or JSON: written while it is sent. Neither keys nor links to a
provider's files are in it."""

import json
from collections.abc import Iterable, Iterator
from typing import Any

from django.db.models import QuerySet
from django.http import StreamingHttpResponse
from django.utils import timezone

from studio.models import Job
from studio.services import csv_lines
from studio.services.export import job_document

MOST = 10_000
AT_ONCE = 500
NEEDED = ("owner", "provider", "provider_model", "video", "source")
MOMENTS = ("created_at", "sent_at", "accepted_at", "made_at", "finished_at")
MONEY = ("cost_estimated", "cost_charged", "cost_currency")
PLAIN = ("prompt", "negative_prompt", "duration_s", "aspect_ratio", "resolution", "has_sound")
COLUMNS = (
    *("id", "state", "member", "provider", "api", "model"),
    *PLAIN,
    *("seed", "remote_id"),
    *MONEY,
    *MOMENTS,
    *("error", "clip"),
)


def as_csv(jobs: QuerySet[Job]) -> StreamingHttpResponse:
    return _file(_csv_lines(_rows(jobs)), "text/csv; charset=utf-8", "csv")


def as_json(jobs: QuerySet[Job]) -> StreamingHttpResponse:
    return _file(_json_parts(_rows(jobs)), "application/json", "json")


def _rows(jobs: QuerySet[Job]) -> Iterator[Job]:
    """The newest of them with all that is written, a few at a time in memory."""
    whole = jobs.prefetch_related(None).select_related(*NEEDED)
    return whole[:MOST].iterator(chunk_size=AT_ONCE)


def _file(parts: Iterator[str], content_type: str, extension: str) -> StreamingHttpResponse:
    name = f"dailies-jobs-{timezone.localtime():%Y-%m-%d-%H%M}.{extension}"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return StreamingHttpResponse(parts, content_type=content_type, headers=headers)


def _csv_lines(jobs: Iterable[Job]) -> Iterator[str]:
    rows = map(_row, jobs)
    return csv_lines.lines(COLUMNS, ([row[name] for name in COLUMNS] for row in rows))


def _row(job: Job) -> dict[str, Any]:
    return {
        **{name: getattr(job, name) for name in (*PLAIN, *MONEY, *MOMENTS)},
        "id": job.pk,
        "state": job.state,
        "member": job.owner.get_username(),
        "provider": job.provider.name,
        "api": job.provider.adapter_slug,
        "model": job.provider_model.model_id,
        "seed": job.seed,
        "remote_id": job.remote_id,
        "error": job.error,
        "clip": job.video_id,
    }


def _json_parts(jobs: Iterable[Job]) -> Iterator[str]:
    before = "[\n"
    for job in jobs:
        yield before + json.dumps(job_document(job), ensure_ascii=False)
        before = ",\n"
    yield "\n]\n" if before != "[\n" else "[]\n"
