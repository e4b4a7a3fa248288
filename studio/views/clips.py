"""One clip: watching it, where it came from, its versions, and pictures taken out of it."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from studio import tasks
from studio.media.errors import MediaError
from studio.models import Asset, Job
from studio.services import frames, seeing, versions, watching
from studio.services.drafts import IMAGE_ROLES
from studio.services.gallery import Choices, Filter
from studio.services.live import version
from studio.services.watching import FileState
from studio.views.activity import unchanged
from studio.views.requests import member, way_back

POSTER = "poster"
ROLES = tuple(role.value for role in IMAGE_ROLES)


@require_GET
def clip(request: HttpRequest, pk: UUID) -> HttpResponse:
    """One clip with everything that is known about it, in the view of the gallery that the
    address names."""
    found = _found(request, pk)
    choices = Choices.load(member(request))
    view = Filter.from_query(request.GET, choices)
    context = _family_context(request, found) | {
        "clip": found,
        "view": view,
        "choices": choices,
        "place": watching.place_of(found, view, member(request)),
        "file_state": watching.file_state(found).value,
        "in_collections": found.collections.all(),
        "here": request.get_full_path(),
    }
    if found.job is not None:
        context["events"] = found.job.events.select_related("actor")
        context |= _origin_context(request, found.job)
    _make_what_lacks(found, context["file_state"])
    return render(request, "clips/clip.html", context)


def _make_what_lacks(clip: Asset, file_state: str) -> None:
    """A clip of old gets its filmstrip when it is looked at; the page shows it next time."""
    if clip.filmstrip is None and file_state != FileState.MISSING.value:
        tasks.finish_video(str(clip.pk))


@require_GET
def clip_versions(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The live part of a clip's page; 204 while nothing has changed."""
    if unchanged(request):
        return HttpResponse(status=204)
    found = _found(request, pk)
    context = _family_context(request, found) | {
        "clip": found,
        "view": Filter.from_query(request.GET, member(request)),
    }
    return render(request, "clips/_versions_poll.html", context)


def _family_context(request: HttpRequest, clip: Asset) -> dict[str, Any]:
    seen = version()
    alone = versions.Family([])
    family = versions.family_of(clip.job, member(request)) if clip.job else alone
    return {"job": clip.job, "family": family, "version": seen}


def _origin_context(request: HttpRequest, job: Job) -> dict[str, Any]:
    """What the clip was made from, as far as the member may see it."""
    user, given = member(request), job.inputs.select_related("asset__parent")
    source = job.source if job.source and seeing.may_see(user, job.source) else None
    seen = [each for each in given if seeing.may_see(user, each.asset)]
    return {"source": source, "inputs": seen}


def _found(request: HttpRequest, pk: UUID) -> Asset:
    found = watching.find(pk, member(request))
    if found is None:
        raise Http404
    return found


@require_POST
def clip_frame(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Take the picture at `at_s` out of the clip: into the compose form as `role`, or as the
    clip's own poster."""
    found = _found(request, pk)
    here = way_back(request, reverse("studio:clip", args=[pk]))
    role = request.POST.get("role", "")
    try:
        at_s = frames.second_in(request.POST.get("at_s", ""))
        if role == POSTER:
            frames.use_as_poster(found, at_s)
            messages.success(request, _("This frame is the clip's poster now."))
            return redirect(here)
        frame = frames.frame_at(found, at_s, member(request))
    except ValueError:
        messages.error(request, _("Give the second as a number, such as 3.5."))
        return redirect(here)
    except MediaError as e:
        messages.error(request, e.message)
        return redirect(here)
    if role not in ROLES:
        return redirect(f"{reverse('studio:media', args=[frame.pk])}?download=1")
    return redirect(f"{reverse('studio:compose')}?{role}={frame.pk}")
