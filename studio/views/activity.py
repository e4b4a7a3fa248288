"""What is going on: the fragment that pages poll, once per page, and its version.

A poll carries the version that the page shows. While it is still true the answer is 204 and
nothing is swapped.
"""

import hashlib
from typing import Any

from django.db.models import Max
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from studio import tasks
from studio.models import Asset, Heartbeat, Job, Provider

SHOWN_JOBS = 6
SHOWN_CLIPS = 5


def version() -> str:
    """Changes whenever anything that the live fragments show has changed.

    Each moment is the end of an index, so it costs the same with ten jobs and with a million;
    asked for together they would be a scan.
    """
    moments = [
        Job.objects.aggregate(at=Max("changed_at")),
        Asset.objects.aggregate(at=Max("created_at")),
        Asset.objects.aggregate(at=Max("trashed_at")),
    ]
    accounts = list(
        Provider.objects.order_by("pk").values_list("health", "paused_at", "is_enabled")
    )
    alive = Heartbeat.is_alive(tasks.WORKER)
    seen = repr((moments, accounts, alive))
    return hashlib.sha256(seen.encode()).hexdigest()[:16]


def activity_context() -> dict[str, Any]:
    working = Job.objects.unfinished()
    return {
        "version": version(),
        "working": working.for_cards()[:SHOWN_JOBS],
        "working_count": working.count(),
        "latest": Asset.objects.clips()[:SHOWN_CLIPS],
    }


def unchanged(request: HttpRequest) -> bool:
    """True if the page that polls shows the present state already."""
    return request.GET.get("v", "") == version()


@require_GET
def activity(request: HttpRequest) -> HttpResponse:
    """Jobs under way and the newest clips, for the compose page."""
    if unchanged(request):
        return HttpResponse(status=204)
    return render(request, "jobs/_activity.html", activity_context() | {"is_poll": True})
