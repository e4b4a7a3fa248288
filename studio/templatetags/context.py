"""What every page needs: the counts beside the navigation, the theme, and what may be done."""

from functools import partial
from typing import Any

from django.contrib.auth.models import User
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from studio.models import Role
from studio.services import disk, house, live, members

THEMES = ("dark", "light")
SECTIONS = {
    "": "compose",
    "activity": "compose",
    "gallery": "gallery",
    "clips": "gallery",
    "compare": "gallery",
    "queue": "queue",
    "history": "queue",
    "jobs": "queue",
    "boards": "boards",
    "members": "members",
    "budgets": "budgets",
    "providers": "providers",
    "welcome": "house",
    "live": "live",
}
"""The places of the navigation by the first part of an address."""


def studio(request: HttpRequest) -> dict[str, Any]:
    theme = request.COOKIES.get("theme", "")
    context: dict[str, Any] = {"theme": theme if theme in THEMES else ""}
    context["studio_name"] = SimpleLazyObject(house.name)
    if hasattr(request, "user") and request.user.is_authenticated:
        # Counted where it is shown alone: the admin panel has no navigation of ours.
        nav = SimpleLazyObject(partial(live.counts, request.user))
        context |= {"nav": nav, "section": section_of(request)}
        context["room"] = SimpleLazyObject(disk.room)
        context |= may(request.user)
    return context


def may(user: User) -> dict[str, Any]:
    """What the page offers to this member; the middleware and the services decide."""
    return {
        "role": members.role_of(user),
        "may_make": members.may(user, Role.CREATOR),
        "may_manage": members.may(user, Role.MANAGER),
    }


def section_of(request: HttpRequest) -> str:
    """The place in the navigation that a page belongs to; a poll says it for its page."""
    found = SECTIONS.get(request.path_info.split("/")[1], "")
    return request.GET.get("section", "") if found == "live" else found
