"""A storyboard's page: everything that its live parts show, from one place.

The page, the answer to its poll and the answer to every change are the same parts, so they always
agree. A script renews only those that differ.
"""

import uuid
from dataclasses import dataclass, field
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from studio.models import Board, Shot
from studio.services import boards, films, live, providers, shots, timelines
from studio.services.drafts import number_of
from studio.services.waiting import Waits
from studio.views.requests import member

REMOVED = "removed_shot"
"""In the session: what a member took off a board last, so that it can be put back."""
NOT_TYPED = {"csrfmiddlewaretoken", "version"}


@dataclass(frozen=True, kw_only=True)
class Said:
    """What came of a change that was not made: why, what was typed, and where it was sent."""

    status: int = 200
    conflict: str = ""
    problems: dict[str, str] = field(default_factory=dict)
    typed: dict[str, Any] = field(default_factory=dict)
    address: str = ""


def not_made(request: HttpRequest, problem: boards.NotChanged) -> Said:
    """For the field that is at fault, with what was typed."""
    return Said(status=422, problems=problem.problems, typed=request.POST.dict())


def overtaken(request: HttpRequest, problem: boards.BoardChanged) -> Said:
    """For whom somebody else overtook: the new state, and the change to be made again."""
    typed = {name: text for name, text in request.POST.items() if name not in NOT_TYPED}
    return Said(status=409, conflict=str(problem), typed=typed, address=request.path)


def show(
    request: HttpRequest, board: Board, key: int | None, said: Said | None = None
) -> HttpResponse:
    """The whole page, with this shot chosen."""
    said = said or Said()
    context = context_of(request, board, key) | {"said": said}
    return render(request, "boards/board.html", context, status=said.status)


def chosen(request: HttpRequest) -> int | None:
    """The shot that the address names."""
    return number_of(request.GET.get("shot", ""))


def address(board: Board, shot: Shot | None = None) -> str:
    """The board's page with a shot of it chosen."""
    place = reverse("studio:board", args=[board.pk])
    return f"{place}?shot={shot.pk}" if shot else place


def back(request: HttpRequest, board: Board) -> str:
    """The board's page with the shot chosen that was, as a script says it."""
    key = number_of(request.POST.get("chosen", ""))
    return address(board, board.shots.filter(pk=key).first() if key else None)


def context_of(request: HttpRequest, board: Board, key: int | None) -> dict[str, Any]:
    """What the live parts show."""
    user, waits = member(request), Waits()
    shots.settle(board)
    seen = live.version()
    board.refresh_from_db()
    timeline = timelines.timeline_of(board)
    placed = timeline.find(key) or next(iter(timeline.shots), None)
    return {
        "board": board,
        "timeline": timeline,
        "placed": placed,
        "plan": shots.plan_of(timeline, user),
        "films": films.shown(board, timeline),
        "waits": waits,
        "version": live.true_until(seen, waits.until(timeline.jobs)),
        "removed": _removed(request, board),
        "token": uuid.uuid4(),
        "said": Said(),
        **(_panel(request, timeline, placed) if placed else {}),
    }


def _panel(
    request: HttpRequest, timeline: timelines.Timeline, placed: timelines.Placed
) -> dict[str, Any]:
    """What is shown of the chosen shot alone."""
    shot = placed.shot
    if not shot.is_missing:
        return {"takes": list(shots.takes_of(shot.clip.job if shot.clip else None))}
    plan = shots.plan_of(timeline, member(request), only=shot.pk)
    draft = shots.draft_of(shot, member(request))
    return {
        "missing": next(iter(plan.missing), None),
        "missing_plan": plan,
        "draft": draft,
        "models": providers.usable_by(member(request)).order_by("provider__name", "position"),
        "follows": timeline.find(shot.follows_id),
    }


def _removed(request: HttpRequest, board: Board) -> dict[str, Any] | None:
    kept = request.session.get(REMOVED)
    return kept if kept and kept["board"] == board.pk else None
