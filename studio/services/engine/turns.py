"""Whose turn it is: what may be sent to a provider now, and what is fetched first.

Limits are shared by all workers through the database and kept before the API refuses. Members
take turns: who was served longest ago is next, however many jobs the others have queued.
"""

from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import F, Min
from django.db.models.functions import Coalesce, Greatest

from studio.models import Job, JobEvent, Provider

State = Job.State
MINUTE = timedelta(seconds=60)
FULL_FOR = timedelta(seconds=2)
"""How soon to ask again for a place at a provider that is full."""
PAUSED_FOR = timedelta(seconds=30)
FAULT_REST = timedelta(seconds=60)
"""How long a job rests after a fault of our own."""


def next_place(provider: Provider, now: datetime) -> datetime | None:
    """None if a job may be sent now, else when to ask again."""
    if provider.is_paused or not provider.is_enabled:
        return now + PAUSED_FOR
    if provider.sends_held_until and provider.sends_held_until > now:
        return provider.sends_held_until
    return _place_at_once(provider, now) or _place_in_minute(provider, now)


def _place_at_once(provider: Provider, now: datetime) -> datetime | None:
    jobs = Job.objects.filter(provider=provider)
    if provider.is_down and jobs.filter(state=State.SUBMITTING).exists():
        return now + FULL_FOR
    most = provider.limits.concurrent_jobs
    return now + FULL_FOR if most and jobs.at_provider().count() >= most else None


def _place_in_minute(provider: Provider, now: datetime) -> datetime | None:
    most = provider.limits.creates_per_minute
    if not most:
        return None
    sent = sorted(_sends_since(provider, now - MINUTE), reverse=True)
    return sent[most - 1] + MINUTE if len(sent) >= most else None


def _sends_since(provider: Provider, since: datetime) -> list[datetime]:
    """When a clip was sent there. A row knows its last send only, its timeline the others."""
    # Whatever was sent since then was changed since then, and that has an index.
    lately = Job.objects.filter(changed_at__gt=since, provider=provider, sent_at__gt=since)
    last = dict(lately.values_list("pk", "sent_at"))
    earlier = JobEvent.objects.filter(
        job__in=list(last), to_state=State.SUBMITTING, at__gt=since, at__lt=F("job__sent_at")
    )
    moments = [*last.values(), *earlier.values_list("at", flat=True)]
    return [moment for moment in moments if moment]


def next_to_send(provider: Provider, now: datetime) -> Job | None:
    """The job whose turn it is: a send that broke off first, then the members in turn."""
    due = Job.objects.due(now).filter(provider=provider)
    if broken_off := due.filter(state=State.SUBMITTING).order_by("pk").first():
        return broken_off
    queued = due.filter(state=State.QUEUED)
    owners = list(queued.values_list("owner", flat=True).order_by("owner").distinct())
    if not owners:
        return None
    next_owner = min(owners, key=lambda owner: _served_at(provider, owner))
    return queued.filter(owner=next_owner).order_by("rank", "pk").first()


def _served_at(provider: Provider, owner_id: int) -> float:
    """When a member's job was last sent there, in Unix seconds; 0 for never."""
    sent = Job.objects.filter(provider=provider, owner=owner_id, sent_at__isnull=False)
    last = sent.order_by("-sent_at").values_list("sent_at", flat=True).first()
    return last.timestamp() if last else 0.0


def wanted_again_at(provider: Provider, now: datetime) -> datetime | None:
    """When this provider's queue wants the next bell; None while nothing is queued."""
    waiting = {"state": State.QUEUED, "is_set_aside": False, "is_held": False, "lease_token": None}
    wished_at = Greatest("next_look_at", Coalesce("not_before", "next_look_at"))
    queued = Job.objects.filter(provider=provider, **waiting)
    first: datetime | None = queued.aggregate(at=Min(wished_at))["at"]
    if first is None:
        return None
    return max(first, next_place(provider, now) or now)


def next_to_fetch(now: datetime) -> Job | None:
    """The made clip whose link ends first; None while as many as may be are under way."""
    fetching = Job.objects.filter(state=State.FETCHING)
    # Chosen before it is counted: several workers that ask at once choose the same one.
    chosen = fetching.due(now).most_urgent_first().first()
    under_way = fetching.filter(lease_until__gt=now).count()
    return chosen if under_way < settings.FETCHES_AT_ONCE else None


def fetch_wanted_again_at() -> datetime | None:
    """When a fetch that was put off wants its next try."""
    waiting = Job.objects.filter(state=State.FETCHING, is_set_aside=False, lease_token=None)
    moment: datetime | None = waiting.aggregate(at=Min("next_look_at"))["at"]
    return moment
