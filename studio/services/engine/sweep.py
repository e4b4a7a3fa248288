"""The sweep: finds whatever the queue forgot. Runs at start and once a minute, on any number
of workers at once."""

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db.models import Count, Q
from django.utils import timezone
from structlog.contextvars import bound_contextvars

from studio.models import Asset, Job
from studio.services import erasing
from studio.services.engine.parts import remove_leftover_parts
from studio.services.engine.reconcile import reconcile

logger = logging.getLogger(__name__)

RECONCILE_FOR = timedelta(days=1)
FORGOTTEN_S = 24 * 3600
ENDS_SOON = timedelta(minutes=2)


@dataclass(frozen=True, slots=True)
class Bells:
    """What to ring for: providers whose queue wants a send, how many fetches are due, and clips
    that want their companions."""

    provider_ids: tuple[int, ...]
    fetches: int
    clip_ids: tuple[UUID, ...]


def sweep() -> Bells:
    """Resolve what evidence can resolve, tidy up, and say which bells to ring."""
    now = timezone.now()
    _settle_doubts(now - RECONCILE_FOR)
    remove_leftover_parts(FORGOTTEN_S)
    erasing.sweep()
    _hurry(now)
    due = Job.objects.due(now)
    to_send = due.filter(state__in=[Job.State.QUEUED, Job.State.SUBMITTING])
    fetches = due.filter(state=Job.State.FETCHING).count()
    return Bells(
        provider_ids=tuple(
            to_send.order_by("provider").values_list("provider", flat=True).distinct()
        ),
        fetches=min(fetches, settings.FETCHES_AT_ONCE),
        clip_ids=tuple(bare_clips()),
    )


def _settle_doubts(since: datetime) -> None:
    """Look for evidence about the unconfirmed jobs that were sent since then."""
    doubted = Job.objects.filter(state=Job.State.UNCONFIRMED, sent_at__gt=since)
    for job in doubted.select_related("provider", "provider_model"):
        with bound_contextvars(job_id=job.pk, provider=job.provider.name):
            try:
                reconcile(job)
            except Exception:
                # A fault of our own about one job must not silence the bells of all others.
                logger.exception("Job %s could not be reconciled.", job.pk)


def _hurry(now: datetime) -> None:
    """Fetch at once what was put off, if its link would end meanwhile."""
    put_off = Job.objects.filter(state=Job.State.FETCHING, lease_token=None, next_look_at__gt=now)
    ends_soon = put_off.filter(video_expires_at__gt=now, video_expires_at__lte=now + ENDS_SOON)
    ends_soon.update(next_look_at=now)


def bare_clips() -> list[UUID]:
    """Clips and films of the last day that lack a companion."""
    wanted = Count("derived", filter=Q(derived__kind__in=Asset.DERIVED))
    since = timezone.now() - timedelta(days=1)
    clips = Asset.objects.filter(
        kind__in=[Asset.Kind.VIDEO, Asset.Kind.FILM], created_at__gt=since, erased_at=None
    )
    bare = clips.annotate(companions=wanted).filter(companions__lt=len(Asset.DERIVED))
    return list(bare.values_list("pk", flat=True))
