"""The gallery: clips by day, in a view that stands in the address."""

from urllib.parse import urlencode

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET

from studio.models import Collection
from studio.services import gallery as clips
from studio.services.gallery import Choices, Cursor, Filter
from studio.services.gallery.order import SORTS
from studio.services.gallery.terms import LENGTHS, RATIOS, STATES
from studio.views.requests import is_part, member

LOOKS = ("rows", "grid", "list")
LOOK_COOKIE = "gallery_look"
A_YEAR_S = 365 * 24 * 3600
SAID = {"sorts": SORTS, "ratios": RATIOS, "lengths": LENGTHS, "states": STATES}
"""What a page's filters offer, besides the choices that come from the database."""


@require_GET
def gallery(request: HttpRequest) -> HttpResponse:
    """A page of clips, or what follows on one that is being read."""
    if tidy := _tidied(request):
        return redirect(tidy)
    choices = Choices.load(member(request))
    view = Filter.from_query(request.GET, choices)
    after = Cursor.read(request.GET.get("after", ""))
    context = {"view": view, "choices": choices, "look": _look(request)}
    context["is_selecting"] = view.is_trash or request.GET.get("select") == "1"
    if is_part(request) and after is not None:
        screen = clips.part(view, member(request), after)
        response = render(request, "gallery/_groups.html", context | {"screen": screen})
    else:
        until = Cursor.read(request.GET.get("until", ""))
        screen = clips.whole(view, member(request), after=after, until=until)
        context |= {"screen": screen, "here": request.get_full_path(), **SAID}
        context["heading"] = choices.collections.get(view.collection, "")
        if view.collection:
            context["collection"] = Collection.objects.get(pk=view.collection)
        response = render(request, "gallery/page.html", context)
    response["Vary"] = "HX-Request"
    return _remember_look(request, response)


def _tidied(request: HttpRequest) -> str:
    """The address without the empty fields that a form sends along; "" where there are none."""
    pairs = [(name, text) for name, texts in request.GET.lists() for text in texts]
    kept = [(name, text) for name, text in pairs if text]
    return f"{request.path}?{urlencode(kept, safe=':')}" if len(kept) < len(pairs) else ""


@require_GET
def newer(request: HttpRequest) -> HttpResponse:
    """A button with the number of clips that came to the top since the page was read."""
    view = Filter.from_query(request.GET, member(request))
    count = clips.count_newer(view, member(request), Cursor.read(request.GET.get("since", "")))
    return render(request, "gallery/_newer.html", {"view": view, "count": count})


def _look(request: HttpRequest) -> str:
    """Rows, an even grid or a list: as the address says, or as it was seen last."""
    asked = request.GET.get("view") or request.COOKIES.get(LOOK_COOKIE, "")
    return asked if asked in LOOKS else LOOKS[0]


def _remember_look(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    if request.GET.get("view") in LOOKS:
        path = settings.SESSION_COOKIE_PATH
        response.set_cookie(LOOK_COOKIE, request.GET["view"], A_YEAR_S, path=path, samesite="Lax")
    return response
