"""The gallery: clips, newest first."""

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from studio.models import Asset

PER_PAGE = 60


@require_GET
def gallery(request: HttpRequest) -> HttpResponse:
    """Clips, newest first, a page at a time with real links."""
    page = Paginator(Asset.objects.clips(), PER_PAGE).get_page(request.GET.get("page"))
    return render(request, "gallery/page.html", {"page": page})
