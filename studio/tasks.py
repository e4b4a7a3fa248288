"""Huey's side: doorbells. Each task calls a service and rings for what that says; nothing is
decided here, and ids are the only arguments.

No bell names a job to send or to fetch: whose turn it is, the database says when the bell rings.
"""

import threading
from collections.abc import Iterable
from uuid import UUID

from django.conf import settings
from django.db import connection
from huey import crontab
from huey.contrib.djhuey import db_periodic_task, db_task

from studio.models import Heartbeat, Job, Provider
from studio.services import engine, keepsake, live, providers, rendering, retention, sharing, shots
from studio.services.engine.afterwork import finish_clip

WORKER = live.WORKER
FIRST, SOON, LATER = 20, 10, 0
"""The sweep is short and mends what is broken; posters have time."""


@db_task(priority=SOON)
def send_next(provider_id: int) -> None:
    """Send this provider's next job, and ring again for the one after it."""
    outcome = engine.send_next(provider_id)
    if outcome.is_made:
        fetch_next()
    if outcome.delay_s is not None:
        send_next.schedule((provider_id,), delay=outcome.delay_s)


@db_task(priority=SOON)
def fetch_next() -> None:
    """Fetch the clip whose link ends first, and ring again for the one after it."""
    outcome = engine.fetch_next()
    if outcome.clip_id is not None:
        finish_video(str(outcome.clip_id))
    if outcome.delay_s is not None:
        fetch_next.schedule((), delay=outcome.delay_s)


@db_task(priority=LATER)
def finish_video(clip_id: str) -> None:
    """Give a clip to the shots that wait for it, and its poster, preview and frames."""
    shots.settle_clip(UUID(clip_id))
    finish_clip(UUID(clip_id))


@db_task(priority=LATER)
def render_film() -> None:
    """Have the next film rendered, in a thread of its own: that takes minutes, and no send may
    wait for one of Huey's."""
    threading.Thread(target=_render, name="film").start()


def _render() -> None:
    try:
        rendered = rendering.render_next()
    finally:
        connection.close()
    if rendered.file_id is not None:
        finish_video(str(rendered.file_id))
    if rendered.is_more:
        render_film()


@db_task(priority=LATER)
def refresh_models(provider_id: int) -> None:
    """Read a provider's live list of models."""
    providers.refresh_quietly(Provider.objects.get(pk=provider_id))


@db_periodic_task(crontab(minute="*"), priority=FIRST)
def sweep() -> None:
    """At the worker's start and once a minute: ring for whatever was forgotten."""
    Heartbeat.beat(WORKER)
    bells = engine.sweep()
    ring_for(bells.provider_ids, fetches=bells.fetches)
    for clip_id in bells.clip_ids:
        finish_video(str(clip_id))
    if rendering.is_waiting():
        render_film()
    for provider_id in providers.due_for_refresh():
        refresh_models(provider_id)
    keep_library()
    if retention.rules_on():
        clean_up()


@db_periodic_task(crontab(minute="23"), priority=LATER)
def tidy_shared() -> None:
    """Once an hour: what only links showed that have ended since."""
    sharing.tidy()


@db_task(priority=LATER)
def clean_up() -> None:
    """Delete what need not be kept, once a day."""
    retention.run_if_due()


@db_task(priority=LATER)
def keep_library() -> None:
    """Write down beside the files what people said of them."""
    keepsake.keep()


def ring(jobs: Iterable[Job]) -> None:
    """Tell the worker that these jobs want a step now; looks need no bell."""
    for job in jobs:
        if job.state == Job.State.FETCHING:
            fetch_next()
        else:
            send_next(job.provider_id)


def ring_for(provider_ids: Iterable[int], *, fetches: int = 0) -> None:
    """Tell the worker that these providers may have a place, and that so many clips are made."""
    for provider_id in provider_ids:
        send_next(provider_id)
    for _ in range(min(fetches, settings.FETCHES_AT_ONCE)):
        fetch_next()
