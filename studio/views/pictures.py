"""Pictures for the compose form: uploads, the gallery, a frame of a clip, a clip's own settings."""

import uuid

from django.conf import settings
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from studio.media.errors import MediaError
from studio.models import Asset
from studio.services import assets, frames, picking, refilling, writing
from studio.services.composing import WELL_NAMES
from studio.services.drafts import IMAGE_ROLES
from studio.views.requests import member, page_or_part

ROLES = {role.value: role for role in IMAGE_ROLES}


@require_POST
def upload_image(request: HttpRequest) -> HttpResponse:
    """Store one picture and answer with its filled well; 422 with the reason if it is none."""
    role = request.POST.get("role", "")
    file = request.FILES.get("file")
    if role not in ROLES or file is None:
        return _refused(request, _("No file came."))
    try:
        asset = assets.store_image(file, owner=member(request), name=file.name or "")
    except MediaError as e:
        return _refused(request, e.message)
    return render(request, "compose/_picture.html", {"role": role, "asset": asset})


@require_POST
def upload_clip(request: HttpRequest) -> HttpResponse:
    """Fill the form from what a clip of Dailies carries; the file itself is not kept."""
    file = request.FILES.get("file")
    if file is None:
        return _no_clip(request, _("No file came."))
    try:
        with assets.spooled(file, settings.MAX_VIDEO_MB) as path:
            filling = refilling.content_from_file(path, member(request))
    except MediaError as e:
        return _no_clip(request, e.message)
    writing.keep_over(member(request), filling.content)
    for note in filling.notes:
        messages.warning(request, note)
    messages.success(request, _("The form is filled from this clip. Nothing was sent."))
    return HttpResponse(status=204) if _is_fetch(request) else redirect("studio:compose")


def _no_clip(request: HttpRequest, reason: str) -> HttpResponse:
    if _is_fetch(request):
        return _refused(request, reason)
    messages.error(request, reason)
    return redirect("studio:compose")


def _is_fetch(request: HttpRequest) -> bool:
    """True where a script asks and takes the answer in itself."""
    return request.headers.get("X-Requested-With") == "fetch"


@require_GET
def pictures(request: HttpRequest) -> HttpResponse:
    """Pictures and clips to choose from, the newest first, found by words, in pages."""
    kind = "clips" if request.GET.get("kind") == "clips" else "images"
    words = request.GET.get("q", "")
    found = picking.clips(member(request), words) if kind == "clips" else None
    found = picking.images(member(request), words) if found is None else found
    context = _context(request) | {"kind": kind, "words": words}
    context["page"] = Paginator(found, picking.PAGE_SIZE).get_page(request.GET.get("page"))
    return _dialog(request, "pictures", context)


@require_GET
def clip_frames(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """One clip, to choose a frame of."""
    clip = get_object_or_404(picking.clips(member(request)), pk=pk)
    return _dialog(request, "frame", _context(request) | {"clip": clip})


@require_POST
def take_frame(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """The picture that a clip shows at `at_s`, for the well `role`."""
    clip = get_object_or_404(picking.clips(member(request)), pk=pk)
    role = request.POST.get("role", "")
    try:
        at_s = frames.second_in(request.POST.get("at_s", ""))
        asset = frames.frame_at(clip, at_s, member(request))
    except ValueError:
        return _refused(request, _("Give the second as a number, such as 3.5."))
    except MediaError as e:
        return _refused(request, e.message)
    return _picture(request, role if role in ROLES else "first_frame", asset)


@require_GET
def picture(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """One picture of the studio, for the well `role`."""
    shown = assets.visible_to(member(request)).filter(mime_type__startswith="image/")
    role = request.GET.get("role", "")
    return _picture(
        request, role if role in ROLES else "first_frame", get_object_or_404(shown, pk=pk)
    )


def _picture(request: HttpRequest, role: str, asset: Asset) -> HttpResponse:
    """The filled well for a script; without one the form with the picture in it."""
    if _is_fetch(request):
        return render(request, "compose/_picture.html", {"role": role, "asset": asset})
    return redirect(f"{reverse('studio:compose')}?{role}={asset.pk}")


def _refused(request: HttpRequest, reason: str) -> HttpResponse:
    return render(request, "compose/_refused.html", {"reason": reason}, status=422)


def _context(request: HttpRequest) -> dict[str, object]:
    role = request.GET.get("role", "")
    role = role if role in ROLES else "first_frame"
    return {"role": role, "role_name": WELL_NAMES[ROLES[role]]}


def _dialog(request: HttpRequest, name: str, context: dict[str, object]) -> HttpResponse:
    """A part for the dialog, or a page of its own."""
    return page_or_part(request, f"compose/{name}.html", f"compose/_{name}.html", context)
