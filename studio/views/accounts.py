"""Set-up of the first account, and signing in."""

from typing import Any

from django.conf import settings
from django.contrib.auth import login
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import LoginView
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from studio.forms import LoginForm, SetupForm
from studio.services import accounts, house
from studio.services.backend import BACKEND


class SignIn(LoginView):
    """Name and password; beside them the way to a sign-in service, where there is one."""

    template_name = "accounts/login.html"
    authentication_form = LoginForm

    def get_context_data(self, **context: Any) -> dict[str, Any]:
        service = settings.OIDC_NAME if settings.OIDC_RP_CLIENT_ID else ""
        return super().get_context_data(**context) | {"sign_in_service": service}


@login_not_required
@never_cache
@sensitive_post_parameters("password1", "password2")
@require_http_methods(["GET", "POST"])
def setup(request: HttpRequest, token: str) -> HttpResponse:
    """Create the owner's account and name the studio, once, by the link that the start printed."""
    if not accounts.setup_is_open(token):
        return render(request, "accounts/setup_closed.html", status=404)
    form = SetupForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        user = accounts.create_owner(token, data["username"], data["password1"])
        if user is None:
            return render(request, "accounts/setup_closed.html", status=404)
        house.rename(data["studio_name"])
        login(request, user, backend=BACKEND)
        return redirect("studio:welcome")
    status = 422 if form.errors else 200
    return render(request, "accounts/setup.html", {"form": form}, status=status)
