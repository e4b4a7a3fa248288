"""What a supervisor and a monitoring system ask: alive, ready, numbers."""

import hmac

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET
from prometheus_client import CONTENT_TYPE_LATEST

from studio.models import Role
from studio.services import health, members, metrics


@login_not_required
@never_cache
@require_GET
def alive(request: HttpRequest) -> HttpResponse:
    """The web server answers; the database is not asked."""
    return HttpResponse("alive\n", content_type="text/plain")


@login_not_required
@never_cache
@require_GET
def ready(request: HttpRequest) -> HttpResponse:
    """200 while everything is well, else 503; what is wrong, only managers are told."""
    found = health.checks()
    is_ready = health.is_ready(found)
    document: dict[str, object] = {"ready": is_ready}
    if members.may(request.user, Role.MANAGER):
        document["checks"] = {c.name: {"well": c.is_well, "told": c.told} for c in found}
    return JsonResponse(document, status=200 if is_ready else 503)


@login_not_required
@never_cache
@require_GET
def numbers(request: HttpRequest) -> HttpResponse:
    """The gauges, for who has METRICS_TOKEN or is a manager."""
    if not (_has_token(request) or members.may(request.user, Role.MANAGER)):
        raise PermissionDenied
    return HttpResponse(metrics.exposition(), content_type=CONTENT_TYPE_LATEST)


def _has_token(request: HttpRequest) -> bool:
    given = request.headers.get("Authorization", "").removeprefix("Bearer ")
    wanted = settings.METRICS_TOKEN
    return bool(wanted) and hmac.compare_digest(given.encode(), wanted.encode())
