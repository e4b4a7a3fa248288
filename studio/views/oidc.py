"""The way to the sign-in service and back."""

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET
from mozilla_django_oidc.views import (
    OIDCAuthenticationCallbackView,
    OIDCAuthenticationRequestView,
)


class _Callback(OIDCAuthenticationCallbackView):  # type: ignore[misc]
    def login_failure(self) -> HttpResponse:
        words = _("%(service)s did not let you in here. Ask the studio's owner for an invitation.")
        messages.error(self.request, words % {"service": settings.OIDC_NAME})
        return redirect("studio:login")


@login_not_required
@never_cache
@require_GET
def start(request: HttpRequest) -> HttpResponse:
    """Send the browser to the service."""
    _must_be_on()
    answer: HttpResponseRedirect = OIDCAuthenticationRequestView.as_view()(request)
    return answer


@login_not_required
@never_cache
@require_GET
def callback(request: HttpRequest) -> HttpResponse:
    """The browser comes back from the service, with proof or without."""
    _must_be_on()
    states = request.session.get("oidc_states", {})
    if "error" in request.GET or request.GET.get("state") not in states:
        return _Callback(request=request).login_failure()
    answer: HttpResponse = _Callback.as_view()(request)
    return answer


def _must_be_on() -> None:
    if not settings.OIDC_RP_CLIENT_ID:
        raise Http404
