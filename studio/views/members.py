"""Members: who is in the studio, what they may do, and inviting others."""

from django.contrib import messages
from django.contrib.auth import login
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from studio.forms import AccountForm, InviteForm
from studio.models import Role
from studio.services import members
from studio.services.backend import BACKEND
from studio.services.members import NotAllowed
from studio.views.requests import member


@never_cache
@require_GET
def member_list(request: HttpRequest) -> HttpResponse:
    return _page(request, InviteForm(member(request)))


def _page(
    request: HttpRequest, form: InviteForm, link: str = "", status: int = 200
) -> HttpResponse:
    context = {
        "form": form,
        "link": link,
        "people": members.everyone(),
        "invitations": members.open_invitations(),
        "roles": form.roles,
    }
    return render(request, "members/members.html", context, status=status)


@never_cache
@require_POST
def invite(request: HttpRequest) -> HttpResponse:
    """Make an invitation and show its link, this once: only its hash is kept."""
    form = InviteForm(member(request), request.POST)
    if not form.is_valid():
        return _page(request, form, status=422)
    data = form.cleaned_data
    token = members.invite(Role(data["role"]), member(request), data["note"])
    link = request.build_absolute_uri(reverse("studio:join", args=[token]))
    return _page(request, InviteForm(member(request)), link)


@require_POST
def withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    if members.withdraw(pk):
        messages.success(request, _("The invitation is void now."))
    else:
        messages.error(request, _("That invitation was used, or has ended."))
    return redirect("studio:members")


@require_POST
def change_role(request: HttpRequest, pk: int) -> HttpResponse:
    """Give a member another role."""
    user, asked = get_object_or_404(User, pk=pk), request.POST.get("role", "")
    try:
        if asked not in Role.values:
            raise NotAllowed(_("Choose a role. Nothing was changed."))
        messages.success(request, members.set_role(user, Role(asked), member(request)))
    except NotAllowed as e:
        messages.error(request, str(e))
    return redirect("studio:members")


@require_POST
def switch(request: HttpRequest, pk: int) -> HttpResponse:
    """Switch an account off, or on again."""
    user, to = get_object_or_404(User, pk=pk), request.POST.get("to")
    try:
        if to not in {"on", "off"}:
            raise NotAllowed(_("Say on or off. Nothing was changed."))
        messages.success(request, members.switch(user, is_active=to == "on", by=member(request)))
    except NotAllowed as e:
        messages.error(request, str(e))
    return redirect("studio:members")


@login_not_required
@never_cache
@sensitive_post_parameters("password1", "password2")
@require_http_methods(["GET", "POST"])
def join(request: HttpRequest, token: str) -> HttpResponse:
    """The invited person chooses a name and a password, once."""
    invitation = members.invitation_of(token)
    if invitation is None:
        return render(request, "members/join_closed.html", status=404)
    form = AccountForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        user = members.join(token, data["username"], data["password1"])
        if user is None:
            return render(request, "members/join_closed.html", status=404)
        login(request, user, backend=BACKEND)
        return redirect("studio:compose")
    context = {"form": form, "role": Role(invitation.role).label}
    return render(request, "members/join.html", context, status=422 if form.errors else 200)
