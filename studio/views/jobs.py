"""One job: its history, and what can be done with it."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from studio import tasks
from studio.forms import EditForm, LaterForm, RemoteIdForm
from studio.models import Job
from studio.services import editing, jobs, members, seeing, unsent
from studio.services.live import true_until, version
from studio.services.waiting import Waits
from studio.services.wishes import Refused
from studio.views.activity import unchanged
from studio.views.requests import member, way_back


@require_GET
def job(request: HttpRequest, pk: int) -> HttpResponse:
    """One job's history, whatever became of it."""
    return render(request, "jobs/job.html", _job_context(request, pk))


@require_GET
def job_live(request: HttpRequest, pk: int) -> HttpResponse:
    """The live part of a job's page."""
    if unchanged(request):
        return HttpResponse(status=204)
    return render(request, "jobs/_job_poll.html", _job_context(request, pk))


def _job_context(request: HttpRequest, pk: int) -> dict[str, Any]:
    seen, waits = version(), Waits()
    found = _found(request, pk)
    return {
        "job": found,
        "events": found.events.select_related("actor"),
        "takes": seeing.jobs(member(request)).filter(batch=found.batch).count(),
        "waits": waits,
        "version": true_until(seen, waits.until([found])),
        "back": reverse("studio:job", args=[pk]),
    }


def _found(request: HttpRequest, pk: int) -> Job:
    return get_object_or_404(seeing.jobs(member(request)).for_rows(), pk=pk)


# -- Before it is sent ---------------------------------------------------------------------------


@require_http_methods(["GET", "POST"])
def edit(request: HttpRequest, pk: int) -> HttpResponse:
    """The words and settings of a clip that is not sent yet."""
    found = _found(request, pk)
    form = EditForm(found, request.POST if request.method == "POST" else None)
    too_late = "" if found.is_unsent else unsent.too_late(found)
    if form.is_valid():
        try:
            messages.success(request, editing.edit(found, form.wanted(found), member(request)))
            return redirect(way_back(request, reverse("studio:queue")))
        except Refused as refused:
            form.refuse(refused.problems)
        except (jobs.NotPossible, members.NotAllowed) as e:
            too_late = str(e)
    return _before_sending(request, "jobs/edit.html", found, form, too_late)


@require_http_methods(["GET", "POST"])
def later(request: HttpRequest, pk: int) -> HttpResponse:
    """When a clip that is not sent yet is to be sent."""
    found = _found(request, pk)
    wished = found.not_before or unsent.tonight()
    form = LaterForm(request.POST if request.method == "POST" else None, initial={"at": wished})
    too_late = "" if found.is_unsent else unsent.too_late(found)
    if form.is_valid():
        try:
            members.must_direct(member(request), found.owner)
            done = unsent.send_later(found, form.cleaned_data["at"], member(request))
        except (jobs.NotPossible, members.NotAllowed) as e:
            form.add_error("at", str(e))
        else:
            messages.success(request, done)
            tasks.ring([found])
            return redirect(way_back(request, reverse("studio:queue")))
    return _before_sending(request, "jobs/later.html", found, form, too_late)


def _before_sending(
    request: HttpRequest, template: str, job: Job, form: EditForm | LaterForm, too_late: str
) -> HttpResponse:
    """A form about a clip that is not sent yet, with all that stands in the way; nothing typed is
    lost."""
    back = way_back(request, reverse("studio:queue"))
    context = {"job": job, "form": form, "too_late": too_late, "back": back}
    return render(request, template, context, status=422 if request.method == "POST" else 200)


# -- Acting --------------------------------------------------------------------------------------


@require_POST
def cancel(request: HttpRequest, pk: int) -> HttpResponse:
    return _act(request, pk, jobs.cancel)


@require_POST
def attach(request: HttpRequest, pk: int) -> HttpResponse:
    """A person found the unconfirmed clip at the provider."""
    form = RemoteIdForm(request.POST)

    def follow(found: Job, user: User) -> str:
        if not form.is_valid():
            raise jobs.NotPossible(_("Give the provider's own id of this clip."))
        jobs.attach(found, form.cleaned_data["remote_id"], user)
        return _("Dailies follows this clip now.")

    return _act(request, pk, follow)


@require_POST
def send_again(request: HttpRequest, pk: int) -> HttpResponse:
    """A person found that the unconfirmed clip never ran. Asks once more before it may cost."""
    found = _found(request, pk)
    if "confirmed" not in request.POST:
        back = way_back(request, reverse("studio:queue"))
        return render(request, "jobs/send_again.html", {"job": found, "back": back})

    def again(found: Job, user: User) -> str:
        jobs.send_again(found, user)
        return _("This clip is in the queue again.")

    return _act(request, pk, again)


@require_POST
def close(request: HttpRequest, pk: int) -> HttpResponse:
    def lost(found: Job, user: User) -> str:
        jobs.close_as_lost(found, user)
        return _("Closed as lost. It may have been charged.")

    return _act(request, pk, lost)


@require_POST
def stop_following(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask the provider no more; it goes on there and costs, so this is asked once more."""
    found = _found(request, pk)
    if "confirmed" not in request.POST:
        back = way_back(request, reverse("studio:queue"))
        return render(request, "jobs/stop_following.html", {"job": found, "back": back})
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
    found = _found(request, pk)
    try:
        members.must_direct(member(request), found.owner)
        messages.success(request, do(found, member(request)))
    except (jobs.NotPossible, members.NotAllowed) as e:
        messages.error(request, str(e))
    else:
        tasks.ring([found])
    return redirect(way_back(request, reverse("studio:queue")))
