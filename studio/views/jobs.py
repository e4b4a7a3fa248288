"""The queue, one job's history, and what can be done with a job."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from studio import tasks
from studio.forms import RemoteIdForm
from studio.models import Heartbeat, Job, Provider
from studio.models.job_queries import JobQuerySet
from studio.services import jobs, providers
from studio.services.waiting import Waits
from studio.views.activity import true_until, unchanged, version
from studio.views.requests import member

State = Job.State
LATELY = timedelta(days=1)
MOST_DONE = 20
MOST_ROWS = 100
WELL, BADLY = (State.READY, State.CANCELLED), (State.FAILED, State.EXPIRED)
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
    seen, waits = version(), Waits()
    lanes, groups = waits.lanes(), _groups()
    shown = [job for group in groups for job in group.jobs]
    return {
        "version": true_until(seen, waits.until(shown, lanes)),
        "waits": waits,
        "lanes": lanes,
        "groups": groups,
        "is_idle": not shown,
        "worker_is_alive": Heartbeat.is_alive(tasks.WORKER),
    }


@dataclass(frozen=True, slots=True)
class Group:
    """Rows under one heading. A page can show so many; the rest is counted."""

    title: str
    every: list[Job]

    @property
    def jobs(self) -> list[Job]:
        return self.every[:MOST_ROWS]

    @property
    def hidden(self) -> int:
        return len(self.every) - len(self.jobs)


def _groups() -> list[Group]:
    """The rows under their headings; each job stands under one."""
    asking = set(Job.objects.asking().values_list("pk", flat=True))
    unfinished = list(Job.objects.unfinished().for_cards())
    needs = [job for job in unfinished if job.pk in asking]
    others = [job for job in unfinished if job.pk not in asking]
    queued = [job for job in reversed(others) if job.state == State.QUEUED]
    return [
        Group("Needs you", [*needs, *_ended(badly=True)]),
        Group("In progress", [job for job in others if job.state in AT_WORK]),
        Group("Waiting their turn", queued),
        Group("Done lately", list(_ended(badly=False)[:MOST_DONE])),
    ]


def _ended(*, badly: bool) -> JobQuerySet:
    """What ended lately, well or badly, the last one first.

    The index of changes leads to it: an end is a job's last change. By their states alone all
    jobs of all times would be looked through.
    """
    since = timezone.now() - LATELY
    ended = Job.objects.for_cards().filter(changed_at__gt=since, finished_at__gt=since)
    return ended.exclude(state__in=WELL if badly else BADLY).order_by("-changed_at")


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
    seen, waits = version(), Waits()
    found = get_object_or_404(Job.objects.for_cards(), pk=pk)
    events = found.events.select_related("actor")
    shown = true_until(seen, waits.until([found]))
    return {"job": found, "events": events, "waits": waits, "version": shown}


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


@require_POST
def stop_following(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask the provider no more; it goes on there and costs, so this is asked once more."""
    found = get_object_or_404(Job.objects.for_cards(), pk=pk)
    if "confirmed" not in request.POST:
        from_job = "from_job" in request.POST
        return render(request, "jobs/stop_following.html", {"job": found, "from_job": from_job})
    return _act(request, pk, jobs.stop_following)


@require_POST
def follow_again(request: HttpRequest, pk: int) -> HttpResponse:
    return _act(request, pk, jobs.follow_again)


@require_POST
def go_on(request: HttpRequest, pk: int) -> HttpResponse:
    """The answer to a question: wait on, or try again."""
    return _act(request, pk, jobs.go_on)


@require_POST
def give_up(request: HttpRequest, pk: int) -> HttpResponse:
    return _act(request, pk, jobs.give_up)


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
    """Let the queue of a provider go on that is paused, or that did not answer."""
    if not member(request).is_staff:
        raise PermissionDenied
    provider = get_object_or_404(Provider, pk=pk)
    providers.resume(provider)
    tasks.ring_for([provider.pk])
    messages.success(request, f"{provider.name} is tried again now.")
    return redirect("studio:queue")
