"""Links to clips and collections: making and revoking them, and what a stranger sees."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from studio.forms import ShareForm
from studio.media.errors import MediaError
from studio.models import Asset, Collection, ShareLink
from studio.services import assets, seeing, sharing
from studio.services.members import NotAllowed
from studio.views.media import handed_over
from studio.views.requests import member, way_back

PER_PAGE = 48


@never_cache
@require_http_methods(["GET", "POST"])
def clip_share(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The links to a clip; POST makes one and shows it, this once."""
    clips = assets.visible_to(member(request)).filter(kind=Asset.Kind.VIDEO)
    clip = get_object_or_404(clips.select_related("job").prefetch_related("derived"), pk=pk)
    return _links(request, clip, reverse("studio:clip", args=[pk]))


@never_cache
@require_http_methods(["GET", "POST"])
def collection_share(request: HttpRequest, pk: int) -> HttpResponse:
    """The links to a collection; POST makes one and shows it, this once."""
    collection = get_object_or_404(seeing.collections(member(request)), pk=pk)
    return _links(request, collection, f"{reverse('studio:gallery')}?collection={pk}")


def _links(request: HttpRequest, what: Asset | Collection, back: str) -> HttpResponse:
    form = ShareForm(request.POST if request.method == "POST" else None)
    is_clip = isinstance(what, Asset)
    context: dict[str, Any] = {"what": what, "is_clip": is_clip, "form": form, "back": back}
    if form.is_valid():
        token = sharing.make(what, member(request), **form.cleaned_data)
        path = reverse("studio:shared", args=[token])
        context |= {"link": request.build_absolute_uri(path), "form": ShareForm()}
    context["links"] = sharing.links_to(what)
    return render(request, "sharing/links.html", context, status=422 if form.errors else 200)


@require_POST
def revoke(request: HttpRequest, pk: int) -> HttpResponse:
    try:
        sharing.revoke(pk, member(request))
    except ShareLink.DoesNotExist as e:
        raise Http404 from e
    except NotAllowed as e:
        messages.error(request, str(e))
    else:
        messages.success(request, _("The link is revoked: it opens nothing any more."))
    return redirect(way_back(request, reverse("studio:gallery")))


# -- What a stranger sees --------------------------------------------------------------------------


@login_not_required
@never_cache
@require_safe
def shared(request: HttpRequest, token: str) -> HttpResponse:
    """The clip, or the clips, behind a link; nothing else of the studio."""
    link = sharing.find(token)
    if link is None:
        return _unseen(render(request, "sharing/closed.html", status=404))
    if request.method == "GET" and "page" not in request.GET:
        sharing.count(link)
    page = Paginator(sharing.clips_of(link), PER_PAGE).get_page(request.GET.get("page"))
    context = {"link": link, "page": page, "token": token}
    return _unseen(render(request, "sharing/shared.html", context))


@login_not_required
@require_safe
def shared_file(request: HttpRequest, token: str, pk: UUID) -> HttpResponse:
    """One file that a link shows."""
    link = sharing.find(token)
    found = sharing.file_of(link, pk) if link else None
    wants_it = "download" in request.GET
    if link is None or found is None or (wants_it and not link.may_download):
        raise Http404
    try:
        is_clip = found.kind == Asset.Kind.VIDEO
        path = sharing.bare_copy(found) if is_clip else found.path
    except MediaError as e:
        raise Http404 from e
    response = handed_over(path, found.mime_type, f"{found.sha256}-shared")
    # Kept nowhere: after its revocation the link is to show nothing.
    response["Cache-Control"] = "private, no-store"
    name = f"clip-{str(found.pk)[:8]}{found.extension}"
    response["Content-Disposition"] = content_disposition_header(wants_it, name) or ""
    return _unseen(response)


def _unseen(response: HttpResponse) -> HttpResponse:
    """Of no concern to search engines."""
    response["X-Robots-Tag"] = "noindex, nofollow"
    return response
