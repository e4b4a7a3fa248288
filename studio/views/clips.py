"""One clip with everything that is known about it."""

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_GET

from studio.models import Asset


@require_GET
def clip(request: HttpRequest, pk: UUID) -> HttpResponse:
    """One clip with everything that is known about it."""
    found = get_object_or_404(Asset.objects.clips(), pk=pk)
    context: dict[str, Any] = {"clip": found, "job": found.job, **_neighbours(found)}
    if found.job is not None:
        context["events"] = found.job.events.select_related("actor")
        context["inputs"] = found.job.inputs.select_related("asset")
    context["last_frame"] = found.derived.filter(kind=Asset.Kind.LAST_FRAME).first()
    return render(request, "clips/clip.html", context)


def _neighbours(clip: Asset) -> dict[str, Asset | None]:
    """The next newer and the next older clip."""
    others = Asset.objects.filter(kind=Asset.Kind.VIDEO, trashed_at=None).exclude(pk=clip.pk)
    newer = others.filter(created_at__gte=clip.created_at).order_by("created_at", "id").first()
    older = others.filter(created_at__lte=clip.created_at).order_by("-created_at", "-id").first()
    return {"newer": newer, "older": older}
