"""The engine at work: real steps against the demo provider over real HTTP."""

import time
from collections.abc import Callable
from pathlib import Path

import pytest
from django.utils import timezone

from studio.models import Job, Provider
from studio.services import engine, timing

LONGEST_S = 60.0


@pytest.fixture(autouse=True)
def fast_looks(settings, tmp_path: Path) -> None:
    settings.LOOK_INTERVAL_FACTOR = settings.EVIDENCE_FACTOR = 0.02
    timing.forget()
    settings.MEDIA_ROOT = tmp_path / "media"


@pytest.fixture
def make_account(demo, make_provider) -> Callable[..., Provider]:
    """An account at the demo provider, over whatever port it listens on."""

    def make(slug: str = "getimg", **fields: object) -> Provider:
        source = {"source_id": "demo", "source_url": f"{demo.origin}/imgix/source/demo"}
        options = source if slug == "imgix" else {}
        fields.setdefault("options", options)
        return make_provider(slug, base_url=demo.base_url(slug), **fields)

    return make


@pytest.fixture
def drive() -> Callable[..., Job]:
    """Step a job, as the worker would, until it has ended or `until` is true."""

    def run(job: Job, until: Callable[[Job], bool] = lambda job: False) -> Job:
        give_up_at = time.monotonic() + LONGEST_S
        while True:
            job = Job.objects.get(pk=job.pk)
            if not job.is_worked_on or until(job):
                return job
            assert time.monotonic() < give_up_at, f"{job.state}: {job.error}"
            Job.objects.filter(pk=job.pk, state=Job.State.QUEUED).update(
                next_look_at=timezone.now()
            )
            outcome = engine.step(job.pk)
            time.sleep(min(outcome.delay_s or 0.0, 0.2))

    return run
