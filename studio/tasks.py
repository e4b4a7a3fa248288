"""Huey's side: doorbells. Each task calls a service and schedules the next look; nothing is
decided here, and ids are the only arguments."""

from uuid import UUID

from huey import crontab
from huey.contrib.djhuey import db_periodic_task, db_task

from studio.models import Heartbeat, Job, Provider
from studio.services import engine, providers
from studio.services.engine.afterwork import finish_clip

WORKER = "worker"


@db_task()
def advance_job(job_id: int) -> None:
    """Take one step, then look again after the delay that the engine asks for."""
    outcome = engine.step(job_id)
    if outcome.delay_s is not None and outcome.delay_s > 0:
        advance_job.schedule((job_id,), delay=outcome.delay_s)
    elif outcome.delay_s is not None:
        advance_job(job_id)
    if outcome.made is not None:
        finish_video(str(outcome.made))


@db_task()
def finish_video(clip_id: str) -> None:
    """Give a clip its poster, preview and frames."""
    finish_clip(UUID(clip_id))


@db_task()
def refresh_models(provider_id: int) -> None:
    """Read a provider's live list of models."""
    providers.refresh_quietly(Provider.objects.get(pk=provider_id))


@db_periodic_task(crontab(minute="*"))
def sweep() -> None:
    """At the worker's start and once a minute: ring for whatever was forgotten."""
    Heartbeat.beat(WORKER)
    bells = engine.sweep()
    for job_id in bells.job_ids:
        advance_job(job_id)
    for clip_id in bells.clip_ids:
        finish_video(str(clip_id))
    for provider_id in providers.due_for_refresh():
        refresh_models(provider_id)


def ring(jobs: list[Job]) -> None:
    """Tell the worker that these jobs want a step now."""
    for job in jobs:
        advance_job(job.pk)
