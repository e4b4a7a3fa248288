"""What is going on: one light poll for every page.

A poll carries the version that the page shows. While it is still true the answer is 204 and
nothing is swapped. A page with a live part of its own polls that instead; its answer brings the
navigation and the live strip along, so a page asks one question and not two.
"""

from typing import Any

from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from studio.services import picking, queue, seeing
from studio.services.live import is_current, true_until, version
from studio.services.live import strip as strip_of
from studio.services.waiting import Waits
from studio.views.requests import member

SHOWN_JOBS = 6
SHOWN_CLIPS = 5

__all__ = ["activity", "activity_context", "live", "true_until", "unchanged", "version"]


def unchanged(request: HttpRequest) -> bool:
    """True if the page that polls shows the present state already."""
    return is_current(request.GET.get("v", ""))


def activity_context(user: User) -> dict[str, Any]:
    seen, waits = version(), Waits()
    shown = queue.nearest(SHOWN_JOBS, user)
    return {
        "version": true_until(seen, waits.until(shown)),
        "waits": waits,
        "working": shown,
        "working_count": seeing.jobs(user).unfinished().count(),
        "latest": picking.clips(user)[:SHOWN_CLIPS],
    }


@require_GET
def activity(request: HttpRequest) -> HttpResponse:
    """Jobs under way and the newest clips, for the compose page."""
    if unchanged(request):
        return HttpResponse(status=204)
    return render(request, "jobs/_activity_poll.html", activity_context(member(request)))


@require_GET
def live(request: HttpRequest) -> HttpResponse:
    """The navigation and the live strip, for pages without a live part of their own."""
    if unchanged(request):
        return HttpResponse(status=204)
    seen, strip = version(), strip_of(member(request))
    shown = {"live_version": true_until(seen, strip.true_until), "strip": strip}
    return render(request, "components/_live_parts.html", shown)
