"""Clips from a CSV: a preview of every row, then one press for those that are chosen."""

import uuid
from collections.abc import Sequence

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from studio import tasks
from studio.services import costs, csv_rows, providers, starting, wishes
from studio.services.csv_rows import NotRows, Row, Surroundings
from studio.services.drafts import Draft, number_of, uuid_of
from studio.views.requests import member


@require_http_methods(["GET", "POST"])
def batch(request: HttpRequest) -> HttpResponse:
    """The table to send, its preview, and what became of the press."""
    if request.method == "GET":
        return _page(request)
    try:
        text = _text(request)
        rows = csv_rows.read(text, _around(request))
    except NotRows as e:
        typed = request.POST.get("text", "")
        return _page(request, status=422, error=str(e), text=typed)
    if "queue" in request.POST:
        return _send(request, text, rows)
    lines = [row.line for row in rows if row.is_good]
    return _preview(request, text, rows, lines, uuid.uuid4())


@require_POST
def total(request: HttpRequest) -> HttpResponse:
    """The count and cost of the rows that are ticked, for the page to show before the press."""
    try:
        rows = csv_rows.read(request.POST.get("text", ""), _around(request))
    except NotRows as e:
        return HttpResponse(str(e), status=422, content_type="text/plain")
    return render(
        request, "compose/_batch_total.html", _sum(rows, _lines(request)) | {"is_swap": True}
    )


@require_GET
def template(request: HttpRequest) -> HttpResponse:
    """A CSV to begin with."""
    text = csv_rows.template(starting.with_model(member(request), Draft()).model)
    # The mark makes spreadsheets read it as UTF-8.
    response = HttpResponse("\ufeff" + text, content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="dailies-clips.csv"'
    return response


def _send(request: HttpRequest, text: str, rows: Sequence[Row]) -> HttpResponse:
    lines = _lines(request)
    token = uuid_of(request.POST.get("batch", "")) or uuid.uuid4()
    asked = csv_rows.asked(rows, lines, token)
    if not asked:
        words = _("No row is ticked. Nothing was sent.")
        return _preview(request, text, rows, lines, token, error=words)
    try:
        made = wishes.create_all(asked, member(request))
    except wishes.Refused as refused:
        words = _("Nothing was sent. %(why)s") % {"why": refused}
        return _preview(request, text, rows, lines, token, error=words)
    transaction.on_commit(lambda: tasks.ring(made))
    words = ngettext(
        "%(count)s clip is in the queue.", "%(count)s clips are in the queue.", len(made)
    )
    messages.success(request, words % {"count": len(made)})
    return redirect("studio:queue")


def _text(request: HttpRequest) -> str:
    """What was pasted, or what the file holds. Raises NotRows."""
    file = request.FILES.get("file")
    if file is None:
        text = request.POST.get("text", "")
        return csv_rows.decoded(text.encode())
    return csv_rows.decoded(file.read(csv_rows.MOST_BYTES + 1))


def _lines(request: HttpRequest) -> list[int]:
    found = (number_of(text) for text in request.POST.getlist("line"))
    return [line for line in found if line is not None]


def _around(request: HttpRequest) -> Surroundings:
    """Raises NotRows where there is no model at all."""
    models = list(providers.usable_by(member(request)).order_by("provider__name", "position"))
    standard = starting.with_model(member(request), Draft()).model
    if standard is None:
        raise NotRows(_("There is no provider yet, so nothing can be made."))
    return Surroundings(member(request), models, standard)


def _sum(rows: Sequence[Row], lines: Sequence[int]) -> dict[str, object]:
    chosen = [row for row in rows if row.is_good and row.line in set(lines)]
    cost = costs.cost_of(row.wish for row in chosen if row.wish)
    return {
        "cost": cost,
        "clips": cost.clips,
        "all_clips": sum(row.takes or 1 for row in rows),
        "most_clips": wishes.MOST_CLIPS,
        "is_free": all(row.wish.provider_model.provider.is_demo for row in chosen if row.wish),
    }


def _preview(
    request: HttpRequest,
    text: str,
    rows: Sequence[Row],
    lines: Sequence[int],
    token: uuid.UUID,
    *,
    error: str = "",
) -> HttpResponse:
    bad = sum(not row.is_good for row in rows)
    context = {
        "rows": rows,
        "lines": lines,
        "text": text,
        "batch": token,
        "error": error,
        "bad": bad,
    }
    name = "compose/batch_preview.html"
    return render(request, name, context | _sum(rows, lines), status=422 if error else 200)


def _page(request: HttpRequest, status: int = 200, **said: object) -> HttpResponse:
    context = {"columns": csv_rows.COLUMNS, **said}
    return render(request, "compose/batch.html", context, status=status)
