"""Two to four clips side by side."""

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from studio.models import Asset
from studio.services import compare as comparing
from studio.services.drafts import uuid_of
from studio.views.requests import member

LAYOUTS = ("side", "grid", "wipe")


@require_GET
def compare(request: HttpRequest) -> HttpResponse:
    """The clips of the address, playing in step; which ones, where that is not two to four."""
    keys = _keys(request.GET)
    clips = comparing.clips_of(keys, member(request))
    if len(clips) != len(keys) or not comparing.FEWEST <= len(clips) <= comparing.MOST:
        return _choose(request, keys, clips)
    return render(request, "compare/page.html", _context(request, clips))


def _keys(said: QueryDict) -> list[UUID]:
    keys = [key for text in said.getlist("clip") if (key := uuid_of(text))]
    return list(dict.fromkeys(keys))


def _choose(request: HttpRequest, keys: Sequence[UUID], clips: Sequence[Asset]) -> HttpResponse:
    """Says what is wrong with the choice, and offers clips to choose from."""
    context = {
        "chosen": [clip.pk for clip in clips[: comparing.MOST]],
        "count": len(clips),
        "gone": len(keys) - len(clips),
        "most": comparing.MOST,
        "clips": comparing.offered(clips, member(request)),
    }
    return render(request, "compare/choose.html", context, status=404 if context["gone"] else 200)


def _context(request: HttpRequest, clips: Sequence[Asset]) -> dict[str, Any]:
    rows = comparing.rows(clips)
    asked = request.GET.get("layout", "")
    picked = uuid_of(request.GET.get("pick", ""))
    return {
        "clips": clips,
        "picked": next((clip for clip in clips if clip.pk == picked), None),
        "starred": uuid_of(request.GET.get("starred", "")),
        "layout": asked if asked in LAYOUTS[: 3 if len(clips) == comparing.FEWEST else 2] else "",
        "are_takes": comparing.are_takes(clips),
        "prompt": comparing.common_prompt(clips),
        "different": [row for row in rows if row.differs],
        "alike": [row for row in rows if not row.differs],
    }


@require_POST
def pick(request: HttpRequest) -> HttpResponse:
    """Make one of the clips the favourite; `starred` is what an earlier pick made one."""
    keys = _keys(request.POST)
    clips = {clip.pk: clip for clip in comparing.clips_of(keys, member(request))}
    winner = clips.get(uuid_of(request.POST.get("pick", "")) or UUID(int=0))
    starred = clips.get(uuid_of(request.POST.get("starred", "")) or UUID(int=0))
    if winner is None and request.POST.get("pick"):
        messages.error(request, _("This clip is not there any more. Nothing was picked."))
    is_new = comparing.pick(winner, starred)
    said = [("clip", str(key)) for key in keys]
    said += [("layout", request.POST["layout"])] if request.POST.get("layout") in LAYOUTS else []
    said += [("pick", str(winner.pk))] if winner else []
    said += [("starred", str(winner.pk))] if winner and is_new else []
    return redirect(f"{reverse('studio:compare')}?{urlencode(said)}")
