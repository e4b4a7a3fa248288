"""The sweep: finds whatever the queue forgot. Runs at start and once a minute, on any number
of workers at once."""

import time
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from uuid import UUID

from django.conf import settings
from django.db.models import Count, Q
from django.utils import timezone

from studio.models import Asset, Job
from studio.services.engine.reconcile import reconcile

RECONCILE_FOR = timedelta(minutes=30)
FORGOTTEN_S = 24 * 3600


@dataclass(frozen=True, slots=True)
class Bells:
    """What to ring for: jobs that want a step, clips that want their companions."""

    job_ids: tuple[int, ...]
    clip_ids: tuple[UUID, ...]


def sweep() -> Bells:
    """Resolve what evidence can resolve, tidy up, and say which bells to ring."""
    now = timezone.now()
    doubted = Job.objects.filter(
        state=Job.State.UNCONFIRMED, sent_at__gt=now - RECONCILE_FOR
    ).select_related("provider", "provider_model")
    for job in doubted:
        reconcile(job)
    _remove_leftovers()
    due = Job.objects.due(now).order_by("next_look_at").values_list("pk", flat=True)
    return Bells(job_ids=tuple(due), clip_ids=tuple(_bare_clips()))


def _bare_clips() -> list[UUID]:
    """Clips of the last day that lack a companion."""
    wanted = Count("derived", filter=Q(derived__kind__in=Asset.DERIVED))
    clips = Asset.objects.filter(
        kind=Asset.Kind.VIDEO, created_at__gt=timezone.now() - timedelta(days=1)
    )
    bare = clips.annotate(companions=wanted).filter(companions__lt=len(Asset.DERIVED))
    return list(bare.values_list("pk", flat=True))


def _remove_leftovers() -> None:
    """Delete unfinished files that no step can still be writing."""
    incoming = Path(settings.MEDIA_ROOT) / "incoming"
    for path in incoming.glob("*") if incoming.is_dir() else ():
        if path.stat().st_mtime < time.time() - FORGOTTEN_S:
            path.unlink(missing_ok=True)
