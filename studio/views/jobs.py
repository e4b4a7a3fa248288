"""The queue, one job's history, and what can be done with a job."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from studio import tasks
from studio.forms import RemoteIdForm
from studio.models import Heartbeat, Job, Provider
from studio.services import jobs, providers
from studio.views.activity import unchanged, version
from studio.views.requests import member

State = Job.State
LATELY = timedelta(days=1)
MOST_DONE = 20
AT_WORK = (State.SUBMITTING, State.WAITING, State.GENERATING, State.FETCHING)


@require_GET
def queue(request: HttpRequest) -> HttpResponse:
    return render(request, "jobs/queue.html", _queue_context())


@require_GET
def queue_rows(request: HttpRequest) -> HttpResponse:
    """The live part of the queue page; 204 while nothing has changed."""
    if unchanged(request):
        return HttpResponse(status=204)
    return render(request, "jobs/_queue.html", _queue_context() | {"is_poll": True})


def _queue_context() -> dict[str, Any]:
    since = timezone.now() - LATELY
    every = Job.objects.for_cards()
    needs = Q(state=State.UNCONFIRMED) | Q(
        state__in=[State.FAILED, State.EXPIRED], finished_at__gt=since
    )
    done = every.filter(state__in=[State.READY, State.CANCELLED], finished_at__gt=since)
    groups = [
        ("Needs you", every.filter(needs)),
        ("In progress", every.filter(state__in=AT_WORK)),
        ("Waiting their turn", every.filter(state=State.QUEUED).order_by("created_at")),
        ("Done lately", done.order_by("-finished_at")[:MOST_DONE]),
    ]
    return {
        "version": version(),
        "lanes": _lanes(),
        "groups": groups,
        "is_idle": not any(jobs for _, jobs in groups),
        "worker_is_alive": Heartbeat.is_alive(tasks.WORKER),
    }


def _lanes() -> Any:
    """Each usable provider with how much it has to do."""
    return Provider.objects.usable().annotate(
        running=Count("jobs", filter=Q(jobs__state__in=AT_WORK)),
        queued=Count("jobs", filter=Q(jobs__state=State.QUEUED)),
    )


@require_GET
def job(request: HttpRequest, pk: int) -> HttpResponse:
    """One job's history, whatever became of it."""
    return render(request, "jobs/job.html", _job_context(pk))


@require_GET
def job_live(request: HttpRequest, pk: int) -> HttpResponse:
    """The live part of a job's page."""
    if unchanged(request):
        return HttpResponse(status=204)
    return render(request, "jobs/_job.html", _job_context(pk) | {"is_poll": True})


def _job_context(pk: int) -> dict[str, Any]:
    found = get_object_or_404(Job.objects.for_cards(), pk=pk)
    events = found.events.select_related("actor")
    return {"job": found, "events": events, "version": version()}


@require_POST
def cancel(request: HttpRequest, pk: int) -> HttpResponse:
    return _act(request, pk, jobs.cancel)


@require_POST
def attach(request: HttpRequest, pk: int) -> HttpResponse:
    """A person found the unconfirmed clip at the provider."""
    form = RemoteIdForm(request.POST)

    def follow(found: Job, user: User) -> str:
        if not form.is_valid():
            raise jobs.NotPossible("Give the provider's own id of this clip.")
        jobs.attach(found, form.cleaned_data["remote_id"], user)
        return "Dailies follows this clip now."

    return _act(request, pk, follow)


@require_POST
def send_again(request: HttpRequest, pk: int) -> HttpResponse:
    """A person found that the unconfirmed clip never ran. Asks once more before it may cost."""
    found = get_object_or_404(Job.objects.for_cards(), pk=pk)
    if "confirmed" not in request.POST:
        return render(request, "jobs/send_again.html", {"job": found})

    def again(found: Job, user: User) -> str:
        jobs.send_again(found, user)
        return "This clip is in the queue again."

    return _act(request, pk, again)


@require_POST
def close(request: HttpRequest, pk: int) -> HttpResponse:
    def lost(found: Job, user: User) -> str:
        jobs.close_as_lost(found, user)
        return "Closed as lost. It may have been charged."

    return _act(request, pk, lost)


def _act(request: HttpRequest, pk: int, do: Callable[[Job, User], str]) -> HttpResponse:
    """Do it, say what came of it, ring the worker, and go back to where the person was."""
    found = get_object_or_404(Job, pk=pk)
    try:
        messages.success(request, do(found, member(request)))
    except jobs.NotPossible as e:
        messages.error(request, str(e))
    else:
        tasks.ring([found])
    return redirect(
        "studio:job" if "from_job" in request.POST else "studio:queue",
        *([pk] if "from_job" in request.POST else []),
    )


@require_POST
def provider_resume(request: HttpRequest, pk: int) -> HttpResponse:
    """Let a paused provider's queue go on."""
    if not member(request).is_staff:
        raise PermissionDenied
    provider = get_object_or_404(Provider, pk=pk)
    for job_id in providers.resume(provider):
        tasks.advance_job(job_id)
    messages.success(request, f"{provider.name} is tried again now.")
    return redirect("studio:queue")
