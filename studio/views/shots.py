"""What is done with one shot of a board. Each address takes one small form and goes back to the
board with the shot chosen; a change that was not made shows the board with the reason."""

import uuid
from collections.abc import Callable, Sequence

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST

from studio import tasks
from studio.models import Board, Job, Shot
from studio.services import boards, shots, timelines, wishes
from studio.services.drafts import content_of, number_of, uuid_of
from studio.views import board_page
from studio.views.board_page import address
from studio.views.requests import member

Change = Callable[[Shot, str], object]


def _shot(board: int, pk: int) -> Shot:
    whole = timelines.whole_shots().select_related("board", "clip__owner", "job", "follows")
    return get_object_or_404(whole, pk=pk, board=board)


def _change(request: HttpRequest, shot: Shot, do: Change) -> HttpResponse:
    """Make the change and go back to the board, or show there why it was not made."""
    try:
        do(shot, request.POST.get("version", ""))
    except boards.NotChanged as e:
        return board_page.show(request, shot.board, shot.pk, board_page.not_made(request, e))
    except boards.BoardChanged as e:
        return board_page.show(request, shot.board, shot.pk, board_page.overtaken(request, e))
    return redirect(address(shot.board, shot))


@require_POST
def name(request: HttpRequest, board: int, pk: int) -> HttpResponse:
    """What the shot is called."""

    def do(shot: Shot, seen: str) -> None:
        boards.name_shot(shot, seen, member(request), request.POST.get("name", ""))

    return _change(request, _shot(board, pk), do)


@require_POST
def trim(request: HttpRequest, board: int, pk: int) -> HttpResponse:
    """Where the shot begins and ends in its clip."""
    given = (request.POST.get("trim_in", ""), request.POST.get("trim_out", ""))

    def do(shot: Shot, seen: str) -> None:
        boards.trim(shot, seen, member(request), *given)
        shots.renew_followers(shot)

    return _change(request, _shot(board, pk), do)


@require_POST
def join(request: HttpRequest, board: int, pk: int) -> HttpResponse:
    """How the shot goes over into the next one."""
    given = (request.POST.get("transition", ""), request.POST.get("transition_s", ""))

    def do(shot: Shot, seen: str) -> None:
        boards.join(shot, seen, member(request), *given)

    return _change(request, _shot(board, pk), do)


@require_POST
def take(request: HttpRequest, board: int, pk: int) -> HttpResponse:
    """Another take of the same press for this shot."""
    key = uuid_of(request.POST.get("clip", "")) or uuid.UUID(int=0)

    def do(shot: Shot, seen: str) -> None:
        shots.choose_take(shot, seen, member(request), key)

    return _change(request, _shot(board, pk), do)


@require_POST
def move(request: HttpRequest, board: int, pk: int) -> HttpResponse:
    """To another place in the row: by one (`by`, -1 or 1), or to a place from 0 (`to`)."""
    shot = _shot(board, pk)
    step = {"-1": -1, "1": 1}.get(request.POST.get("by", ""), 0)
    place = number_of(request.POST.get("to", ""))

    def do(shot: Shot, seen: str) -> None:
        wanted = shot.position + step if place is None else place
        boards.move(shot, seen, member(request), wanted)

    return _change(request, shot, do)


@require_POST
def remove(request: HttpRequest, board: int, pk: int) -> HttpResponse:
    """Take the shot off the board; the page offers to put it back."""
    shot = _shot(board, pk)
    position = shot.position

    def do(shot: Shot, seen: str) -> None:
        number, user = shot.position + 1, member(request)
        kept = boards.remove(shot, seen, user)
        request.session[board_page.REMOVED] = kept | {"number": number}

    answer = _change(request, shot, do)
    if answer.status_code != 302:
        return answer
    left = Board.objects.get(pk=board).shots.order_by("position")
    neighbour = left.filter(position__lte=position).last() or left.first()
    return redirect(address(shot.board, neighbour))


@require_POST
def extend(request: HttpRequest, board: int, pk: int) -> HttpResponse:
    """A new shot behind this one that begins with its last picture."""
    shot = _shot(board, pk)
    return redirect(address(shot.board, shots.extend(shot, member(request))))


@require_POST
def unchain(request: HttpRequest, board: int, pk: int) -> HttpResponse:
    """Let the shot begin with something else than the last picture of another one."""

    def do(shot: Shot, seen: str) -> None:
        shots.unchain(shot, seen, member(request))

    return _change(request, _shot(board, pk), do)


@require_POST
def content(request: HttpRequest, board: int, pk: int) -> HttpResponse:
    """What is to be made for the shot. A field that the small form lacks stays as it was."""
    given = content_of(request.POST)
    given = {name: texts for name, texts in given.items() if name not in ("version", "chosen")}

    def do(shot: Shot, seen: str) -> None:
        shots.rewrite(shot, seen, member(request), given)

    return _change(request, _shot(board, pk), do)


@require_http_methods(["GET", "POST"])
def make(request: HttpRequest, pk: int) -> HttpResponse:
    """Make what is missing, all of it or one shot: shows what it costs, and asks first."""
    board, user = get_object_or_404(Board, pk=pk), member(request)
    given = request.POST if request.method == "POST" else request.GET
    only = number_of(given.get("shot", ""))
    shots.settle(board)
    plan = shots.plan_of(timelines.timeline_of(board), user, only)
    context = {"board": board, "plan": plan, "only": only, "token": uuid.uuid4()}
    if request.method == "GET":
        return render(request, "boards/make.html", context)
    if request.POST.get("digest") != plan.digest:
        return render(request, "boards/make.html", context | {"is_changed": True}, status=409)
    try:
        made = shots.make(plan, user, uuid_of(request.POST.get("token", "")) or uuid.uuid4())
    except wishes.Refused as e:
        return render(request, "boards/make.html", context | {"problem": str(e)}, status=422)
    return _made(request, made, board_page.back(request, board))


def _made(request: HttpRequest, made: Sequence[Job], back: str) -> HttpResponse:
    transaction.on_commit(lambda: tasks.ring(made))
    words = ngettext(
        "%(count)s clip is in the queue.", "%(count)s clips are in the queue.", len(made)
    )
    said = words % {"count": len(made)} if made else _("Nothing was left to be made.")
    messages.success(request, said)
    return redirect(back)
