"""What a member writes on the compose page: kept, brought back, found again."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from studio.services import presets, starting, writing
from studio.services.drafts import content_of
from studio.services.presets import NotSaved
from studio.views.requests import is_part, member, page_or_part

# -- The draft ---------------------------------------------------------------------------------


@require_POST
def save(request: HttpRequest) -> HttpResponse:
    """Keep what stands in the form; the page asks for this by itself while one types."""
    content = content_of(request.POST)
    if starting.shot_of(request.POST.get("shot", "")) is None:
        writing.autosave(member(request), content)
    return HttpResponse(status=204)


@require_POST
def bring_back(request: HttpRequest) -> HttpResponse:
    """The draft that a remix or a preset took the place of."""
    if not writing.bring_back(member(request)):
        messages.warning(request, _("There is no earlier draft."))
    return redirect("studio:compose")


@require_POST
def clear(request: HttpRequest) -> HttpResponse:
    """An empty form; what stood there can be brought back."""
    writing.clear(member(request))
    return redirect("studio:compose")


@require_POST
def to_board(request: HttpRequest) -> HttpResponse:
    """Keep the form as what its storyboard shot is to be, and go back to the board."""
    shot = starting.shot_of(request.POST.get("shot", ""))
    if shot is None:
        messages.error(request, _("This shot is not on its board any more. Nothing was sent."))
        return redirect("studio:compose")
    writing.keep_for_shot(member(request), shot, content_of(request.POST))
    messages.success(request, _("Saved to the storyboard. Nothing was sent."))
    board = reverse("studio:board", args=[shot.board_id])
    return redirect(f"{board}?shot={shot.pk}")


@require_GET
def recent(request: HttpRequest) -> HttpResponse:
    """The prompts this member sent last; the compose page opens the same as a popover."""
    words = request.GET.get("q", "")
    found = writing.recent_prompts(member(request), words)
    context = {"recent": found, "words": words}
    return page_or_part(request, "compose/recent.html", "compose/_recent.html", context)


# -- Presets -----------------------------------------------------------------------------------


@require_GET
def preset_list(request: HttpRequest) -> HttpResponse:
    """The member's own presets and those the team shares."""
    return _presets(request)


@require_POST
def preset_save(request: HttpRequest) -> HttpResponse:
    """Keep the compose form, which is posted here as it stands, under a name."""
    content = content_of(request.POST)
    name, is_shared = request.POST.get("preset_name", ""), "preset_shared" in request.POST
    writing.autosave(member(request), content)
    try:
        presets.save(member(request), name, content, is_shared=is_shared)
    except NotSaved as e:
        return _presets(request, name_error=str(e), name=name)
    return _presets(request, done=_("Saved as “%(name)s”.") % {"name": name})


@require_POST
def preset_change(request: HttpRequest, pk: int) -> HttpResponse:
    """Rename, share or delete one of the member's own presets."""
    preset = get_object_or_404(presets.visible_to(member(request)), pk=pk, owner=request.user)
    action = request.POST.get("action", "")
    try:
        if action == "rename":
            presets.rename(preset, request.POST.get("name", ""))
        elif action in ("share", "unshare"):
            presets.share(preset, is_shared=action == "share")
        elif action == "delete":
            preset.delete()
    except NotSaved as e:
        return _presets(request, rename_error=(pk, str(e)))
    return _presets(request)


def _presets(request: HttpRequest, **said: object) -> HttpResponse:
    if request.method == "POST" and not said and not is_part(request):
        return redirect("studio:presets")
    seen = presets.visible_to(member(request))
    context = {
        "mine": [preset for preset in seen if preset.owner_id == member(request).pk],
        "shared": [preset for preset in seen if preset.owner_id != member(request).pk],
        **said,
    }
    return page_or_part(request, "compose/presets.html", "compose/_presets.html", context)
