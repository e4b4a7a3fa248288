"""What the studio was used for: figures, charts, and the jobs behind them as CSV."""

from dataclasses import replace
from typing import Any

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from studio.services import usage
from studio.views.requests import member

Link = tuple[str, str, bool]
"""Words, query, and whether it is where we are."""


@never_cache
@require_GET
def overview(request: HttpRequest) -> HttpResponse:
    """The figures of the days in the address; what is not understood there is told at its field."""
    viewer = member(request)
    people = usage.people(viewer)
    asked = usage.read(request.GET, people)
    report = usage.report(viewer, asked, people)
    context = {
        "section": "usage",
        "asked": asked,
        "report": report,
        "charts": usage.charts(report),
        "spans": _spans(asked),
        "ways": _ways(asked, can_compare=len(people) > 1),
        "people": people,
    }
    return render(request, "usage/page.html", context, status=422 if asked.problems else 200)


@never_cache
@require_GET
def export(request: HttpRequest) -> HttpResponseBase:
    """The jobs of these days, a line each. What is not understood, the page tells."""
    viewer = member(request)
    asked = usage.read(request.GET, usage.people(viewer))
    if asked.problems:
        return redirect(f"{reverse('studio:usage')}?{request.GET.urlencode()}")
    name = f"dailies-usage-{asked.first}-to-{asked.last}.csv"
    return StreamingHttpResponse(
        usage.lines(usage.jobs_of(viewer, asked)),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


def _spans(asked: usage.Asked) -> list[Link]:
    """The stretches of time to choose from."""
    return [_link(asked, _span_words(days), span=span) for span, days in usage.SPANS.items()]


def _span_words(days: int) -> str:
    if not days:
        return _("This month")
    return ngettext("%(count)s day", "%(count)s days", days) % {"count": days}


def _ways(asked: usage.Asked, *, can_compare: bool) -> list[Link]:
    """What the figures can be told apart by; members only by who sees several."""
    words = {
        usage.By.PROVIDER: _("Provider"),
        usage.By.MODEL: _("Model"),
        usage.By.MEMBER: _("Member"),
    }
    return [
        _link(asked, word, by=by)
        for by, word in words.items()
        if can_compare or by is not usage.By.MEMBER
    ]


def _link(asked: usage.Asked, words: str, **changes: Any) -> Link:
    there = replace(asked, **changes)
    return words, there.query, there == asked
