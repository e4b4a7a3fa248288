"""The queue, the history of all jobs, and what can be done with several at once."""

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from studio import tasks
from studio.models import Heartbeat
from studio.services import history as past
from studio.services import jobs, seeing, several, unsent
from studio.services import queue as line
from studio.services.live import true_until, version
from studio.services.waiting import Waits
from studio.views.activity import unchanged
from studio.views.requests import member, way_back

PER_PAGE = 50


@require_GET
def queue(request: HttpRequest) -> HttpResponse:
    return render(request, "jobs/queue.html", _queue_context(request))


@require_GET
def queue_rows(request: HttpRequest) -> HttpResponse:
    """The live part of the queue page; 204 while nothing has changed."""
    if unchanged(request):
        return HttpResponse(status=204)
    return render(request, "jobs/_queue_poll.html", _queue_context(request))


def _queue_context(request: HttpRequest) -> dict[str, Any]:
    is_mine = "mine" in request.GET
    seen, waits = version(), Waits()
    lanes, groups = waits.lanes(), line.groups(member(request), is_mine=is_mine)
    shown = [job for group in groups for job in group.jobs]
    return {
        "version": true_until(seen, waits.until(shown, lanes)),
        "waits": waits,
        "lanes": lanes,
        "groups": groups,
        "is_idle": not shown,
        "is_mine": is_mine,
        "back": reverse("studio:queue") + ("?mine=1" if is_mine else ""),
        "worker_is_alive": Heartbeat.is_alive(tasks.WORKER),
    }


# -- History -------------------------------------------------------------------------------------


@require_GET
def history(request: HttpRequest) -> HttpResponse:
    """All jobs, a page at a time with real links; what narrows them stands in the address."""
    return render(request, "jobs/history.html", _history_context(request) | past.choices())


@require_GET
def history_rows(request: HttpRequest) -> HttpResponse:
    """The live part of the history."""
    if unchanged(request):
        return HttpResponse(status=204)
    return render(request, "jobs/_history_poll.html", _history_context(request))


def _history_context(request: HttpRequest) -> dict[str, Any]:
    seen, waits = version(), Waits()
    wanted = past.Wanted.from_query(request.GET)
    page = Paginator(wanted.apply(seeing.jobs(member(request)).for_rows()), PER_PAGE).get_page(
        request.GET.get("page")
    )
    asked = "&".join(part for part in (wanted.query, f"page={page.number}") if part)
    return {
        "version": true_until(seen, waits.until(page.object_list)),
        "waits": waits,
        "wanted": wanted,
        "page": page,
        "asked": asked,
        "back": f"{reverse('studio:history')}?{asked}",
    }


# -- Acting --------------------------------------------------------------------------------------


@require_POST
def do(request: HttpRequest) -> HttpResponse:
    """Do one thing with one job or with several, and say what came of it in one sentence."""
    act, back = request.POST.get("do", ""), way_back(request, reverse("studio:queue"))
    chosen = list(several.chosen(request.POST.getlist("job"), member(request)))
    if act not in several.ACTS or not chosen:
        messages.error(request, _("Choose clips first. Nothing was changed."))
        return redirect(back)
    if act == "again" and len(chosen) > 1 and "confirmed" not in request.POST:
        asked = {"jobs": chosen, "prices": several.price_again(chosen), "back": back}
        return render(request, "jobs/again.html", asked)
    done = several.do(act, chosen, member(request))
    say = messages.success if not done.refusals else messages.error
    say(request, done.summary(act))
    tasks.ring_for({job.provider_id for job in done.changed})
    return redirect(back)


@require_POST
def place(request: HttpRequest, pk: int) -> HttpResponse:
    """Put a job before another one of the same member (`before`), or behind them all."""
    found = get_object_or_404(seeing.jobs(member(request)), pk=pk)
    before = request.POST.get("before", "")
    before_id = int(before) if before.isdecimal() and len(before) < 18 else None
    try:
        messages.success(request, unsent.place_before(found, before_id, member(request)))
    except jobs.NotPossible as e:
        messages.error(request, str(e))
    return redirect(way_back(request, reverse("studio:queue")))
