"""Fills a studio with a long past of jobs by bulk SQL, and measures the admin panel from within."""

import itertools
import statistics
import time
import uuid
from typing import Any

from django.contrib.auth.models import User
from django.db import connection, transaction
from django.db.models import Model
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from studio.models import Asset, Job, ProviderModel
from studio.services import providers

MEMBERS = ("mara", "jonas", "ines", "tom", "aylin", "pavel", "rosa", "kim")
SUBJECTS = ("aurora", "canyon", "lighthouse", "marble run", "perfume bottle", "night train")
PATTERN, POSTER = 1_000_000_000, 1_000_000_000
"""Numbers of jobs (and of posters) begin here that stand in nobody's way."""
SECONDS = 730 * 24 * 3600
UNSETTLED = 20
WARM, TIMES = 2, 9
KEY = "lower(hex(randomblob(16)))"
LUCK = "(n.i * 104729) % 50"
NUMBERS = (
    "(WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {}) SELECT i FROM n)"
)


def past(document: dict[str, Any]) -> dict[str, Any]:
    """`jobs`: how many. The addresses to look at, by what they show."""
    count = document["jobs"]
    providers.register_demo_accounts("http://127.0.0.1:9")
    patterns = Job.objects.bulk_create(_patterns(), batch_size=500)
    clip, poster = _asset(Asset.Kind.VIDEO, ".mp4"), _asset(Asset.Kind.POSTER, ".jpg")
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA cache_size = -1000000")
        cursor.execute("PRAGMA foreign_keys = OFF")
        with transaction.atomic():
            pattern = f"p.id = {PATTERN} + (n.i * 7919) % {len(patterns)}"
            _multiply(cursor, Job, _job_columns(count), pattern, count)
            made = f"{LUCK} >= 9"
            _multiply(cursor, Asset, _clip_columns(count), f"p.id = '{clip.hex}' AND {made}", count)
            columns = _poster_columns(count)
            _multiply(cursor, Asset, columns, f"p.id = '{poster.hex}' AND {made}", count)
    Job.objects.filter(pk__gte=PATTERN).delete()
    Asset.objects.filter(pk__in=[clip, poster]).delete()
    return {"pages": _pages(count, _unsettle(count))}


def _patterns() -> list[Job]:
    """A job for each mixture of a member, a model and a subject."""
    members = [User.objects.create_superuser(name) for name in MEMBERS]
    models = ProviderModel.objects.select_related("provider")
    mixtures = enumerate(itertools.product(members, models, SUBJECTS))
    now = timezone.now()
    return [
        Job(
            pk=PATTERN + number,
            owner=member,
            provider=model.provider,
            provider_model=model,
            batch=uuid.uuid4(),
            prompt=f"Slow dolly, {subject} at first light, mist in the valley, 35 mm, soft grain",
            duration_s=5,
            state=Job.State.FAILED,
            error="The provider could not make it.",
            cost_currency="USD",
            sent_at=now,
        )
        for number, (member, model, subject) in mixtures
    ]


def _asset(kind: str, extension: str) -> uuid.UUID:
    """One row to make the others from."""
    row = Asset.objects.create(
        kind=kind,
        relative_path=f"clips/pattern{extension}",
        sha256="0" * 64,
        size_bytes=1,
        mime_type="video/mp4" if kind == Asset.Kind.VIDEO else "image/jpeg",
        width=1280,
        height=720,
        duration_s=5,
        owner=User.objects.get(username=MEMBERS[0]),
    )
    return row.pk


def _multiply(cursor: Any, model: type[Model], own: dict[str, str], on: str, count: int) -> None:
    """A row for each number: like its pattern, but for these columns."""
    names = [str(field.column) for field in model._meta.concrete_fields]
    values = ", ".join(own.get(name, f'p."{name}"') for name in names)
    quoted = ", ".join(f'"{name}"' for name in names)
    table = model._meta.db_table
    source = f"{NUMBERS.format(count)} n JOIN {table} p ON {on}"
    cursor.execute(f"INSERT INTO {table} ({quoted}) SELECT {values} FROM {source}")  # noqa: S608


def _job_columns(count: int) -> dict[str, str]:
    """Four of five are ready; the others failed, were cancelled, or expired."""
    made = f"{LUCK} >= 9"
    moments = ("created_at", "sent_at", "accepted_at", "made_at", "finished_at", "changed_at")
    return {
        "id": "n.i",
        "batch": KEY,
        "idempotency_key": KEY,
        "remote_id": "'task_' || lower(hex(randomblob(10)))",
        "prompt": "p.prompt || ', take ' || n.i",
        "state": f"CASE WHEN {made} THEN 'ready' WHEN {LUCK} > 3 THEN 'failed' "
        f"WHEN {LUCK} > 0 THEN 'cancelled' ELSE 'expired' END",
        "error": f"CASE WHEN {made} THEN '' ELSE p.error END",
        "video_id": f"CASE WHEN {made} THEN printf('%032x', n.i) END",
        "cost_estimated": "0.25",
        "cost_charged": f"CASE WHEN {made} THEN 0.05 * (1 + n.i % 40) END",
        **{name: _moment(count, 20 * place) for place, name in enumerate(moments)},
    }


def _moment(count: int, later_s: int) -> str:
    """Evenly over two years, the last number now."""
    ago = f"(({count} - n.i) * {SECONDS / count} + 600 - {later_s})"
    return f"strftime('%Y-%m-%d %H:%M:%f', 'now', '-' || {ago} || ' seconds')"


def _clip_columns(count: int) -> dict[str, str]:
    return {
        "id": "printf('%032x', n.i)",
        "job_id": "n.i",
        "relative_path": "'clips/' || n.i || '.mp4'",
        "created_at": _moment(count, 100),
    }


def _poster_columns(count: int) -> dict[str, str]:
    clip = {"parent_id": "printf('%032x', n.i)", "relative_path": "'clips/' || n.i || '.jpg'"}
    return _clip_columns(count) | clip | {"id": f"printf('%032x', n.i + {POSTER})"}


def _unsettle(count: int) -> Job:
    """Let some of the last ones want a person; returns one that is settled."""
    last = Job.objects.filter(pk__gt=count - UNSETTLED)
    last.update(state=Job.State.UNCONFIRMED, video=None, error="It may have been charged.")
    return Job.objects.filter(state=Job.State.READY).order_by("pk")[count // 2]


def _pages(count: int, job: Job) -> dict[str, str]:
    """Every filter by itself, some together, and what is looked for."""
    lists = {
        "first page": "",
        "last page that is counted": "p=100" if count > 10_000 else "p=2",
        **{f"state {state}": f"state={state}" for state in ("ready", "failed", "unconfirmed")},
        "needs a person": "asking=1",
        "provider": f"provider={job.provider_id}",
        "model": f"model={job.provider_model_id}",
        "member": f"member={job.owner_id}",
        "a day": f"since={job.created_at:%Y-%m-%d}&until={job.created_at:%Y-%m-%d}",
        "half a year": f"since={job.created_at:%Y-%m-%d}&until={job.created_at:%Y}-12-31",
        "state, provider": f"state=failed&provider={job.provider_id}",
        "state, model": f"state=expired&model={job.provider_model_id}",
        "rare state, member": f"state=unconfirmed&member={job.owner_id}",
        "words, many found": "q=canyon+mist",
        "words, none found": "q=zeppelin",
        "words, of a member": f"q=zeppelin&member={job.owner_id}",
        "id at the API": f"q={job.remote_id}",
        "beginning of an id": f"q={job.remote_id[:9]}",
    }
    pages = {name: f"/admin/studio/job/?{query}" for name, query in lists.items()}
    return pages | {
        "a job's own page": f"/admin/studio/job/{job.pk}/change/",
        "files": "/admin/studio/asset/",
        "files of a kind": "/admin/studio/asset/?kind=video",
        "files, a name": "/admin/studio/asset/?q=zeppelin",
        "the panel": "/admin/",
    }


def admin_page(document: dict[str, Any]) -> dict[str, Any]:
    """`address`: of the page. Its queries, and milliseconds of the server's own time."""
    browser, address = Client(SERVER_NAME="localhost"), document["address"]
    browser.force_login(User.objects.get(username=MEMBERS[0]))
    first_ms = _timed_ms(browser, address)
    with CaptureQueriesContext(connection) as queries:
        answer = browser.get(address)
        asked = len(queries)
    if answer.status_code != 200:
        raise RuntimeError(f"{address} was answered with {answer.status_code}.")
    took_ms = [_timed_ms(browser, address) for _ in range(WARM + TIMES)][WARM:]
    return {
        "queries": asked,
        "first_ms": first_ms,
        "ms": statistics.median(took_ms),
        "worst_ms": max(took_ms),
    }


def _timed_ms(browser: Client, address: str) -> float:
    began = time.perf_counter()
    browser.get(address)
    return 1000 * (time.perf_counter() - began)
