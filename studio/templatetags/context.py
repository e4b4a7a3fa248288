"""What every page needs: the counts beside the navigation, and the theme."""

from typing import Any

from django.http import HttpRequest

from studio.models import Asset, Job

THEMES = ("dark", "light")


def studio(request: HttpRequest) -> dict[str, Any]:
    theme = request.COOKIES.get("theme", "")
    context: dict[str, Any] = {"theme": theme if theme in THEMES else ""}
    if hasattr(request, "user") and request.user.is_authenticated:
        context["nav"] = nav_counts()
    return context


def nav_counts() -> dict[str, int]:
    """Clips in the gallery, jobs under way, jobs that wait for a person."""
    return {
        "clips": Asset.objects.filter(kind=Asset.Kind.VIDEO, trashed_at=None).count(),
        "running": Job.objects.worked_on().count(),
        "needs": Job.objects.asking().count(),
    }
