"""What people do with clips: one address for all of it, for one clip or many."""

import re
from collections.abc import Callable
from datetime import datetime
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse, QueryDict, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from studio.models import Asset
from studio.services import bundle, erasing, gallery, library, privacy, seeing
from studio.services.gallery import Filter
from studio.services.library import NotDone
from studio.templatetags.gallery_tags import UNDO
from studio.views.requests import is_part, member, way_back

Act = Callable[[list[Asset], User, QueryDict], str]


def _collect(clips: list[Asset], user: User, said: QueryDict) -> str:
    name = said.get("new_collection", "").strip()
    key = said.get("collection", "")
    into = library.new_collection(user, name) if name else library.collection_of(key, user)
    return library.collect(clips, into)


def _take_out(clips: list[Asset], user: User, said: QueryDict) -> str:
    return library.take_out(clips, library.collection_of(said.get("collection", ""), user))


def _rate(clips: list[Asset], user: User, said: QueryDict) -> str:
    stars = said.get("rating", "")
    return library.rate(clips, int(stars) if stars in set("012345") else -1)


ACTS: dict[str, Act] = {
    "favourite": lambda clips, user, said: library.favour(clips),
    "unfavourite": lambda clips, user, said: library.favour(clips, is_on=False),
    "rate": _rate,
    "tag": lambda clips, user, said: library.tag(clips, said.get("tag", "")),
    "untag": lambda clips, user, said: library.untag(clips, said.get("tag", "")),
    "collect": _collect,
    "take_out": _take_out,
    "hide": lambda clips, user, said: privacy.hide(clips, user),
    "show": lambda clips, user, said: privacy.show(clips, user),
    "trash": lambda clips, user, said: library.trash(clips, user),
    "restore": lambda clips, user, said: library.restore(clips, user),
}
IN_TRASH = frozenset({"restore", "delete"})
UUID_TEXT = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
FEWEST_COMPARED, MOST_COMPARED = 2, 4


@require_POST
def do(request: HttpRequest) -> HttpResponseBase:
    """`action` on the clips in the `clip` fields; `next` is where to go on, `view` the gallery's
    view that the clips are shown in."""
    action, user = request.POST.get("action", ""), member(request)
    if action == "empty":
        return _delete(request, list(erasing.whole_trash(user, _moment(request.POST))))
    clips = library.clips_of(_keys(request.POST), user, in_trash=action in IN_TRASH)
    if not clips:
        messages.warning(request, _("No clip is chosen, or it is not there any more."))
        return _answer(request, [])
    if action == "delete":
        return _delete(request, clips)
    if action == "download":
        return _download(request, clips)
    if action == "compare":
        return _compare(request, clips)
    return _act(request, ACTS.get(action), clips)


def _keys(said: QueryDict) -> list[UUID]:
    """The clips that a form names: a field each, or many in one where there are very many."""
    return [UUID(found) for text in said.getlist("clip") for found in UUID_TEXT.findall(text)]


def _moment(said: QueryDict) -> datetime:
    """When somebody looked at the trash, as the question says; now where it does not."""
    try:
        told = datetime.fromisoformat(said.get("until", ""))
    except ValueError:
        return timezone.now()
    return told if told.tzinfo else timezone.now()


def _act(request: HttpRequest, act: Act | None, clips: list[Asset]) -> HttpResponse:
    try:
        if act is None:
            raise NotDone(_("That cannot be done with clips. Nothing was changed."))
        words = act(clips, member(request), request.POST)
    except NotDone as e:
        if not (e.field and is_part(request)):
            messages.error(request, e.message)
        return _answer(request, [], problem=e)
    is_trash = request.POST.get("action") == "trash"
    undo = UNDO + ",".join(str(clip.pk) for clip in clips) if is_trash else ""
    messages.success(request, words, extra_tags=undo)
    return _answer(request, clips)


def _answer(
    request: HttpRequest, clips: list[Asset], problem: NotDone | None = None
) -> HttpResponse:
    """Back to where the button was; for a script, what has changed there."""
    if not is_part(request):
        return redirect(way_back(request, reverse("studio:gallery")))
    view = Filter.from_query(QueryDict(request.POST.get("view", "")), member(request))
    change = gallery.change(view, member(request), clips)
    context = {"view": view, "look": request.POST.get("look", ""), "change": change}
    context["here"] = request.POST.get("next", "")
    status = 422 if problem else 200
    return render(request, "gallery/_done.html", context | {"problem": problem}, status=status)


def _compare(request: HttpRequest, clips: list[Asset]) -> HttpResponse:
    if not MOST_COMPARED >= len(clips) >= FEWEST_COMPARED:
        messages.warning(request, _("Choose two to four clips to compare them."))
        return _answer(request, [])
    asked = urlencode([("clip", str(clip.pk)) for clip in clips])
    return redirect(f"{reverse('studio:compare')}?{asked}")


def _download(request: HttpRequest, clips: list[Asset]) -> HttpResponseBase:
    if len(clips) > bundle.MOST_CLIPS:
        words = _("At most %(most)s clips fit into one zip. Choose fewer at a time.")
        messages.warning(request, words % {"most": bundle.MOST_CLIPS})
        return _answer(request, [])
    packed = bundle.bundle(clips)
    response = StreamingHttpResponse(packed.chunks, content_type="application/zip")
    response["Content-Length"] = str(packed.size_bytes)
    name = f"dailies-{timezone.localtime():%Y-%m-%d-%H%M}.zip"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _delete(request: HttpRequest, clips: list[Asset]) -> HttpResponse:
    """Asks first, with what goes and what stays; then does it."""
    if request.POST.get("confirmed") == "1":
        messages.success(request, erasing.erase(clips, member(request)))
        return redirect(way_back(request, reverse("studio:gallery")))
    context = {
        "plan": erasing.plan(clips, member(request)),
        "action": request.POST["action"],
        "until": _moment(request.POST).isoformat(),
        "back": way_back(request, f"{reverse('studio:gallery')}?state=trash"),
    }
    template = "gallery/_delete.html" if is_part(request) else "gallery/delete.html"
    return render(request, template, context)


@require_POST
def collection_change(request: HttpRequest, pk: int) -> HttpResponse:
    """Give a collection another name or another audience, or let it go; its clips stay."""
    action = request.POST.get("action")
    collection = get_object_or_404(seeing.collections(member(request)), pk=pk)
    try:
        if action == "delete":
            messages.success(request, library.delete_collection(collection))
            return redirect("studio:gallery")
        if action in ("hide", "show"):
            is_private, user = action == "hide", member(request)
            words = privacy.set_collection(collection, user, is_private=is_private)
        else:
            words = library.rename_collection(collection, request.POST.get("name", ""))
        messages.success(request, words)
    except NotDone as e:
        messages.error(request, e.message)
    return redirect(f"{reverse('studio:gallery')}?collection={pk}")
