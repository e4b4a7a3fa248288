"""What every page needs: the counts beside the navigation, and the theme."""

from typing import Any

from django.http import HttpRequest

from studio.services import live

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
    "live": "live",
}
"""The places of the navigation by the first part of an address."""


def studio(request: HttpRequest) -> dict[str, Any]:
    theme = request.COOKIES.get("theme", "")
    context: dict[str, Any] = {"theme": theme if theme in THEMES else ""}
    if hasattr(request, "user") and request.user.is_authenticated:
        context |= {"nav": live.counts(request.user), "section": section_of(request)}
    return context


def section_of(request: HttpRequest) -> str:
    """The place in the navigation that a page belongs to; a poll says it for its page."""
    found = SECTIONS.get(request.path.split("/")[1], "")
    return request.GET.get("section", "") if found == "live" else found
