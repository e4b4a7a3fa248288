"""Numbers for a monitoring system, in the text format of Prometheus."""

from django.db.models import Count, Min, Sum
from django.utils import timezone
from prometheus_client import CollectorRegistry, Gauge, generate_latest

from studio.models import Asset, Job
from studio.models.job_state import FINISHED
from studio.services import disk, health


def exposition() -> bytes:
    """All gauges as they are now."""
    registry = CollectorRegistry()
    _jobs(registry)
    _spent(registry)
    simple = {
        "dailies_clips": ("Clips in the gallery.", _clips()),
        "dailies_disk_free_bytes": ("Room where the clips are kept.", disk.free_bytes()),
        "dailies_oldest_due_seconds": ("How long a step has been due.", health.oldest_due_s()),
        "dailies_nearest_link_end_seconds": (
            "Until the first link of a clip that is not here yet ends; -1: none.",
            _nearest_link_end_s(),
        ),
    }
    for name, (text, value) in simple.items():
        Gauge(name, text, registry=registry).set(value)
    ready = Gauge("dailies_check", "1 where a check is well.", ["check"], registry=registry)
    for check in health.checks():
        ready.labels(check.name).set(check.is_well)
    return generate_latest(registry)


def _jobs(registry: CollectorRegistry) -> None:
    gauge = Gauge("dailies_jobs", "Jobs by state.", ["state"], registry=registry)
    counted = dict(Job.objects.order_by().values_list("state").annotate(Count("pk")))
    for state in Job.State.values:
        gauge.labels(state).set(counted.get(state, 0))


def _spent(registry: CollectorRegistry) -> None:
    """What the providers said that they charged; estimates are not in it."""
    gauge = Gauge("dailies_charged", "Charged so far.", ["provider", "currency"], registry=registry)
    real = Job.objects.filter(provider__is_demo=False, cost_charged__isnull=False).order_by()
    sums = real.values_list("provider__name", "cost_currency").annotate(Sum("cost_charged"))
    for provider, currency, amount in sums:
        gauge.labels(provider, currency).set(float(amount))


def _clips() -> int:
    return Asset.objects.filter(kind=Asset.Kind.VIDEO, trashed_at=None).count()


def _nearest_link_end_s() -> float:
    coming = Job.objects.exclude(state__in=FINISHED).filter(video_expires_at__isnull=False)
    nearest = coming.aggregate(at=Min("video_expires_at"))["at"]
    return (nearest - timezone.now()).total_seconds() if nearest else -1.0
