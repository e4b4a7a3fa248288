"""The files themselves, behind the same access check as their pages."""

import re
from uuid import UUID

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_safe

from studio.media.handover import FILE_HEADER
from studio.models import Asset
from studio.services import assets
from studio.views.requests import member

NAME_CHARS = 40


@require_safe
def media(request: HttpRequest, pk: UUID) -> HttpResponse:
    """One file, if the member may see it. The front sends the bytes (see studio.front)."""
    asset = get_object_or_404(assets.visible_to(member(request)), pk=pk)
    return _file(asset, as_attachment="download" in request.GET)


@login_not_required
@require_safe
def public_image(request: HttpRequest, token: str) -> HttpResponse:
    """An image that a provider was given a signed link to; nothing else can be had here."""
    asset = assets.from_public_link(token)
    if asset is None:
        raise Http404
    return _file(asset, as_attachment=False)


def _file(asset: Asset, *, as_attachment: bool) -> HttpResponse:
    """An empty answer that asks the front for the file. Its type is ours, never the sender's,
    and a sandbox makes sure that no file can act as a page."""
    response = HttpResponse(content_type=asset.mime_type)
    response[FILE_HEADER] = str(asset.path)
    response["ETag"] = f'"{asset.sha256}"'
    response["Cache-Control"] = "private, max-age=31536000, immutable"
    response["Content-Security-Policy"] = "sandbox; default-src 'none'"
    response["Cross-Origin-Resource-Policy"] = "same-origin"
    response["Content-Disposition"] = content_disposition_header(as_attachment, _name(asset)) or ""
    return response


def _name(asset: Asset) -> str:
    """`dailies-12-storm-swell.mp4`: a sensible name for a file that is taken away."""
    words = re.sub(r"[^a-z0-9]+", "-", (asset.job.prompt if asset.job else "").lower())
    parts = ["dailies", str(asset.job_id or asset.pk)[:8], words[:NAME_CHARS].strip("-")]
    return "-".join(part for part in parts if part) + asset.extension
