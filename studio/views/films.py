"""Exports of a storyboard: asking for a film, and stopping one."""

import uuid

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from studio import tasks
from studio.models import Board, Film, Heartbeat
from studio.services import films, shots, timelines
from studio.services.drafts import uuid_of
from studio.views import board_page
from studio.views.requests import member


@require_http_methods(["GET", "POST"])
def export(request: HttpRequest, pk: int) -> HttpResponse:
    """The choices of an export; POST queues it."""
    board = get_object_or_404(Board, pk=pk)
    shots.settle(board)
    timeline = timelines.timeline_of(board)
    problem = ""
    if request.method == "POST":
        try:
            film = _ask(request, board, timeline)
        except films.NotAsked as e:
            problem = str(e)
        else:
            transaction.on_commit(tasks.render_film)
            return redirect(f"{board_page.back(request, board)}#film-{film.pk}")
    context = {
        "board": board,
        "timeline": timeline,
        "look": films.look_of(timeline.clips),
        "sizes": films.SHORT_SIDES,
        "rates": films.RATES,
        "token": uuid.uuid4(),
        "problem": problem,
        "typed": request.POST,
        "worker_is_alive": Heartbeat.is_alive(tasks.WORKER),
    }
    return render(request, "boards/export.html", context, status=422 if problem else 200)


def _ask(request: HttpRequest, board: Board, timeline: timelines.Timeline) -> Film:
    return films.ask(
        board,
        timeline,
        member(request),
        uuid_of(request.POST.get("token", "")) or uuid.uuid4(),
        size=request.POST.get("size", films.SOURCE),
        rate=request.POST.get("rate", films.SOURCE),
        leaves_out="leave_out" in request.POST,
    )


@require_POST
def cancel(request: HttpRequest, pk: int) -> HttpResponse:
    """Stop an export, wherever it is."""
    film = get_object_or_404(Film.objects.select_related("board"), pk=pk)
    if not films.cancel(film):
        messages.error(request, _("This export has ended already."))
    return redirect(board_page.back(request, film.board))
