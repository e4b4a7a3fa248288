"""The files themselves, behind the same access check as their pages."""

from pathlib import Path
from uuid import UUID

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_safe

from studio.media.errors import MediaError
from studio.media.handover import FILE_HEADER
from studio.models import Asset
from studio.services import assets, thumbs
from studio.services.bundle import file_name
from studio.views.requests import member


@require_safe
def media(request: HttpRequest, pk: UUID) -> HttpResponse:
    """One file, if the member may see it. The front sends the bytes (see studio.front)."""
    asset = get_object_or_404(assets.visible_to(member(request)), pk=pk)
    return _file(asset, as_attachment="download" in request.GET)


@require_safe
def small(request: HttpRequest, pk: UUID) -> HttpResponse:
    """A small copy of one picture, for lists of many."""
    shown = assets.visible_to(member(request)).filter(mime_type__startswith="image/")
    asset = get_object_or_404(shown, pk=pk)
    try:
        path = thumbs.thumb_of(asset)
    except MediaError as e:
        raise Http404 from e
    return handed_over(path, "image/jpeg", f"{asset.sha256}-small")


@login_not_required
@require_safe
def public_image(request: HttpRequest, token: str) -> HttpResponse:
    """An image that a provider was given a signed link to; nothing else can be had here."""
    asset = assets.from_public_link(token)
    if asset is None:
        raise Http404
    return _file(asset, as_attachment=False)


def handed_over(path: Path, mime_type: str, version: str) -> HttpResponse:
    """An empty answer that asks the front for the file. Its type is ours, never the sender's,
    and a sandbox makes sure that no file can act as a page."""
    response = HttpResponse(content_type=mime_type)
    response[FILE_HEADER] = str(path)
    response["ETag"] = f'"{version}"'
    response["Cache-Control"] = "private, max-age=31536000, immutable"
    response["Content-Security-Policy"] = "sandbox; default-src 'none'"
    response["Cross-Origin-Resource-Policy"] = "same-origin"
    return response


def _file(asset: Asset, *, as_attachment: bool) -> HttpResponse:
    """The whole file, under a sensible name."""
    response = handed_over(asset.path, asset.mime_type, asset.sha256)
    response["Content-Disposition"] = (
        content_disposition_header(as_attachment, file_name(asset)) or ""
    )
    return response
