"""Storyboards: their list, one of them, and what is done with a whole board."""

from collections.abc import Sequence

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Prefetch
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from studio.models import Asset, Board
from studio.services import boards, picking, shots, timelines
from studio.services.drafts import number_of, uuid_of
from studio.services.live import is_current
from studio.views import board_page
from studio.views.board_page import address
from studio.views.requests import member


@require_http_methods(["GET", "POST"])
def board_list(request: HttpRequest) -> HttpResponse:
    """Every board of the studio, the last changed first; POST makes a new one."""
    problems: dict[str, str] = {}
    if request.method == "POST":
        try:
            return redirect(address(boards.create(request.POST.get("name", ""), member(request))))
        except boards.NotChanged as e:
            problems = e.problems
    every = Board.objects.select_related("owner", "changed_by").prefetch_related(
        Prefetch("shots", queryset=timelines.whole_shots())
    )
    rows = [(board, timelines.Timeline(board.shots.all())) for board in every]
    context = {"rows": rows, "problems": problems, "typed": request.POST.get("name", "")}
    return render(request, "boards/list.html", context, status=422 if problems else 200)


@require_GET
def board(request: HttpRequest, pk: int) -> HttpResponse:
    """One board, with a shot of it chosen."""
    found = get_object_or_404(Board, pk=pk)
    return board_page.show(request, found, board_page.chosen(request))


@require_GET
def board_live(request: HttpRequest, pk: int) -> HttpResponse:
    """The board's live parts, and what every poll brings along; 204 while nothing has changed."""
    found = get_object_or_404(Board, pk=pk)
    if request.GET.get("b") == found.version and is_current(request.GET.get("v", "")):
        return HttpResponse(status=204)
    context = board_page.context_of(request, found, board_page.chosen(request))
    return render(request, "boards/_poll.html", context)


@require_POST
def rename(request: HttpRequest, pk: int) -> HttpResponse:
    """Give a board another name."""
    found = get_object_or_404(Board, pk=pk)
    seen, name = request.POST.get("version", ""), request.POST.get("name", "")
    try:
        boards.rename(found, seen, member(request), name)
    except boards.NotChanged as e:
        return board_page.show(request, found, None, board_page.not_made(request, e))
    except boards.BoardChanged as e:
        return board_page.show(request, found, None, board_page.overtaken(request, e))
    return redirect(board_page.back(request, found))


@require_POST
def duplicate(request: HttpRequest, pk: int) -> HttpResponse:
    """A board of its own with the same shots."""
    found = get_object_or_404(Board, pk=pk)
    return redirect(address(boards.duplicate(found, member(request))))


@require_http_methods(["GET", "POST"])
def delete(request: HttpRequest, pk: int) -> HttpResponse:
    """Delete a board with its films for good; asks first."""
    found = get_object_or_404(Board, pk=pk)
    if request.method == "GET":
        return render(request, "boards/delete.html", {"board": found})
    name = found.name
    boards.delete(found)
    messages.success(request, _("“%(name)s” is deleted. Its clips stay.") % {"name": name})
    return redirect("studio:boards")


@require_http_methods(["GET", "POST"])
def add(request: HttpRequest) -> HttpResponse:
    """Put clips on a board that exists, or on a new one; asks which where that is not said."""
    given = request.POST if request.method == "POST" else request.GET
    keys = [key for text in given.getlist("clip") if (key := uuid_of(text))]
    clips = boards.clips_of(keys, member(request))
    problems: dict[str, str] = {}
    if request.method == "POST":
        try:
            return _added(request, clips)
        except boards.NotChanged as e:
            problems = e.problems
        if "clip" in problems and (board := _board_of(request)):
            return _picker(request, board, problems["clip"])
    context = {
        "clips": clips,
        "boards": Board.objects.all()[:100],
        "clip_problem": problems.get("clip", ""),
        "board_problem": problems.get("board") or problems.get("name", ""),
    }
    return render(request, "boards/add.html", context, status=422 if problems else 200)


def _added(request: HttpRequest, clips: Sequence[Asset]) -> HttpResponse:
    """The board, with the clips on it. Raises NotChanged."""
    user = member(request)
    if not request.POST.getlist("clip"):
        raise boards.NotChanged(clip=_("Choose at least one clip."))
    if not clips:
        raise boards.NotChanged(clip=_("None of these clips is in the studio any more."))
    found = _board_of(request)
    new_name = request.POST.get("new_board", "")
    if found is None and not new_name.strip():
        raise boards.NotChanged(board=_("Choose a board, or give a new one a name."))
    found = found or boards.create(new_name, user)
    made = boards.add_clips(found, clips, user)
    words = ngettext("%(count)s shot added.", "%(count)s shots added.", len(made))
    messages.success(request, words % {"count": len(made)})
    return redirect(address(found, made[0]))


def _board_of(request: HttpRequest) -> Board | None:
    key = number_of(request.POST.get("board", ""))
    return Board.objects.filter(pk=key).first() if key else None


@require_GET
def pick(request: HttpRequest, pk: int) -> HttpResponse:
    """Clips to choose from, searched by words of their prompts."""
    return _picker(request, get_object_or_404(Board, pk=pk))


def _picker(request: HttpRequest, board: Board, problem: str = "") -> HttpResponse:
    words = request.GET.get("q", "")
    clips = Paginator(picking.clips(member(request), words), picking.PAGE_SIZE)
    page = clips.get_page(request.GET.get("page"))
    context = {"board": board, "page": page, "words": words, "problem": problem}
    return render(request, "boards/pick.html", context, status=422 if problem else 200)


@require_POST
def put_back(request: HttpRequest, pk: int) -> HttpResponse:
    """Undo the last removal."""
    found = get_object_or_404(Board, pk=pk)
    kept = request.session.pop(board_page.REMOVED, None)
    if not kept or kept["board"] != found.pk:
        return redirect(address(found))
    return redirect(address(found, boards.put_back(found, member(request), kept)))


@require_POST
def add_missing(request: HttpRequest, pk: int) -> HttpResponse:
    """A shot still to be made; its panel asks what."""
    found = get_object_or_404(Board, pk=pk)
    user = member(request)
    try:
        new = boards.add_missing(found, user, shots.usual_content(user))
    except boards.NotChanged as e:
        messages.error(request, str(e))
        return redirect(address(found))
    return redirect(address(found, new))
