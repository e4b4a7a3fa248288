"""The studio as a whole: its name, whether the LAN is let in, and the first step after set-up."""

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from studio import lan
from studio.forms import HouseForm
from studio.models import House, Role
from studio.services import house, members
from studio.views.requests import member

NEXT = {"provider": "studio:provider_choose", "compose": "studio:compose"}
"""Where the two buttons of a new studio lead."""


@never_cache
@require_http_methods(["GET", "POST"])
def welcome(request: HttpRequest) -> HttpResponse:
    """Name the studio and let the LAN in; a new one also chooses where its clips come from."""
    there, is_owner = house.house(), members.may(member(request), Role.OWNER)
    form = HouseForm(there, request.POST or None, is_owner=is_owner)
    if request.method == "POST" and form.is_valid():
        _save(form)
        if request.POST.get("go") in NEXT:
            return redirect(NEXT[request.POST["go"]])
        messages.success(request, _("Saved."))
        return redirect("studio:welcome")
    context = {"form": form, "is_new": house.is_new(), "has_demo": settings.DEMO_PROVIDER}
    status = 422 if form.errors else 200
    return render(request, "house/welcome.html", context | _lan(there), status=status)


def _save(form: HouseForm) -> None:
    house.rename(form.cleaned_data["name"])
    if "is_on_lan" in form.cleaned_data:
        house.open_to_lan(is_on_lan=form.cleaned_data["is_on_lan"])


def _lan(there: House) -> dict[str, object]:
    """What is so now, what the next start changes, and what others will type."""
    scheme = "https" if settings.TLS_CERT else "http"
    hosts = [*lan.addresses()[:1], *([lan.local(settings.MDNS_NAME)] if settings.MDNS_NAME else [])]
    places = [f"{scheme}://{host}:{settings.PORT}{settings.SUB_PATH}/" for host in hosts]
    return {
        "is_open": settings.LISTENS_ON_LAN,
        "is_changed": there.is_on_lan != settings.LISTENS_ON_LAN,
        "lan_addresses": places,
    }
