"""Set-up of the first account, and the theme."""

from django.contrib.auth import login
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from studio.forms import OwnerForm
from studio.services import accounts
from studio.templatetags.context import THEMES

YEAR_S = 365 * 24 * 3600


@login_not_required
@never_cache
@sensitive_post_parameters("password1", "password2")
@require_http_methods(["GET", "POST"])
def setup(request: HttpRequest, token: str) -> HttpResponse:
    """Create the owner's account, once, with the link that the start printed."""
    if not accounts.setup_is_open(token):
        return render(request, "accounts/setup_closed.html", status=404)
    form = OwnerForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        user = accounts.create_owner(token, data["username"], data["password1"])
        if user is None:
            return render(request, "accounts/setup_closed.html", status=404)
        login(request, user)
        return redirect("studio:compose")
    status = 422 if form.errors else 200
    return render(request, "accounts/setup.html", {"form": form}, status=status)


@login_not_required
@require_POST
def theme(request: HttpRequest) -> HttpResponse:
    """Keep the chosen theme in a cookie, so that the server renders it without a flash."""
    back = request.POST.get("next", "/")
    if not url_has_allowed_host_and_scheme(back, allowed_hosts={request.get_host()}):
        back = "/"
    response = HttpResponseRedirect(back)
    chosen = request.POST.get("theme", "")
    if chosen in THEMES:
        response.set_cookie("theme", chosen, max_age=YEAR_S, samesite="Lax", httponly=True)
    return response
