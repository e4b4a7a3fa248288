"""What is going on: the fragment that pages poll, once per page, and its version.

A poll carries the version that the page shows. While it is still true the answer is 204 and
nothing is swapped.
"""

import hashlib
import math
from datetime import datetime
from typing import Any

from django.db.models import Max
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from studio import tasks
from studio.models import Asset, Heartbeat, Job, Provider
from studio.services import disk
from studio.services.waiting import Waits

SHOWN_JOBS = 6
SHOWN_CLIPS = 5
SHOWN_OF_A_PROVIDER = (
    "name",
    "is_enabled",
    "health",
    "health_note",
    "paused_at",
    "sends_held_until",
    "faults_in_a_row",
    "creates_per_minute",
    "concurrent_jobs",
)


def version() -> str:
    """Changes whenever anything that the live fragments show has changed. Ask before reading what
    is shown: then news in between are shown with the next poll.

    Each moment is the end of an index, so it costs the same with ten jobs and with a million;
    asked for together they would be a scan.
    """
    moments = [
        Job.objects.aggregate(at=Max("changed_at")),
        Asset.objects.aggregate(at=Max("created_at")),
        Asset.objects.aggregate(at=Max("trashed_at")),
    ]
    accounts = list(Provider.objects.order_by("pk").values_list(*SHOWN_OF_A_PROVIDER))
    alive = Heartbeat.is_alive(tasks.WORKER)
    seen = repr((moments, accounts, alive, disk.is_low()))
    return hashlib.sha256(seen.encode()).hexdigest()[:16]


def true_until(seen: str, until: datetime | None) -> str:
    """The version `seen` of a page on which the clock alone changes something at `until`."""
    return f"{seen}-{math.ceil(until.timestamp())}" if until else seen


def unchanged(request: HttpRequest) -> bool:
    """True if the page that polls shows the present state already."""
    seen, _, until = request.GET.get("v", "").partition("-")
    is_over = until[:12].isdecimal() and timezone.now().timestamp() >= int(until[:12])
    return not is_over and seen == version()


def activity_context() -> dict[str, Any]:
    seen, waits = version(), Waits()
    working = Job.objects.unfinished()
    shown = list(working.for_cards()[:SHOWN_JOBS])
    return {
        "version": true_until(seen, waits.until(shown)),
        "waits": waits,
        "working": shown,
        "working_count": working.count(),
        "latest": Asset.objects.clips()[:SHOWN_CLIPS],
    }


@require_GET
def activity(request: HttpRequest) -> HttpResponse:
    """Jobs under way and the newest clips, for the compose page."""
    if unchanged(request):
        return HttpResponse(status=204)
    return render(request, "jobs/_activity.html", activity_context() | {"is_poll": True})
