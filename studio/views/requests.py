"""Small questions about a request."""

from typing import Any

from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.http import url_has_allowed_host_and_scheme


def member(request: HttpRequest) -> User:
    """Who asks. Every page but the public ones is behind the login."""
    if not isinstance(request.user, User):
        raise TypeError("this page needs a login")
    return request.user


def way_back(request: HttpRequest, otherwise: str) -> str:
    """Where the person was when a button was pressed, as the form says; only within the studio."""
    address = request.POST.get("next") or request.GET.get("next", "")
    hosts, is_secure = {request.get_host()}, request.is_secure()
    is_ours = url_has_allowed_host_and_scheme(address, hosts, require_https=is_secure)
    return address if is_ours and address.startswith("/") else otherwise


def is_part(request: HttpRequest) -> bool:
    """True where a script asks for a part of a page, and not for the whole of it."""
    return request.headers.get("HX-Request") == "true"


def page_or_part(
    request: HttpRequest, page: str, part: str, context: dict[str, Any], status: int = 200
) -> HttpResponse:
    """One address for both: the page, or the part of it that a script asks for."""
    template = part if is_part(request) else page
    response = render(request, template, context | {"is_part": is_part(request)}, status=status)
    response["Vary"] = "HX-Request"
    return response
