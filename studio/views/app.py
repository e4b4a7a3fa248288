"""Dailies as an app of its own: what a browser needs to install it, and what it shows when the
studio trips."""

from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponseServerError, JsonResponse
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.urls import reverse
from django.utils.cache import patch_cache_control
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET
from structlog.contextvars import get_contextvars

from studio.services import house

HOUR_S = 3600
DARK = "#0e1011"


@login_not_required
@require_GET
def manifest(request: HttpRequest) -> JsonResponse:
    """The web app manifest. A browser asks for it without cookies, so in its own language."""
    response = JsonResponse(
        {
            "name": house.name(),
            "short_name": house.name(),
            "description": _("A self-hosted prompt-to-video studio."),
            "lang": get_language(),
            "id": reverse("studio:compose"),
            "start_url": reverse("studio:compose"),
            "scope": reverse("studio:compose"),
            "display": "standalone",
            "background_color": DARK,
            "theme_color": DARK,
            "categories": ["photo", "productivity"],
            "icons": _icons(),
            "shortcuts": [
                {"name": _("Compose"), "url": reverse("studio:compose")},
                {"name": _("Gallery"), "url": reverse("studio:gallery")},
                {"name": _("Queue"), "url": reverse("studio:queue")},
                {"name": _("Storyboards"), "url": reverse("studio:boards")},
            ],
        },
        content_type="application/manifest+json",
    )
    patch_cache_control(response, public=True, max_age=HOUR_S)
    return response


def _icons() -> list[dict[str, Any]]:
    drawn = {"src": static("img/logo.svg"), "sizes": "any", "type": "image/svg+xml"}
    return [
        drawn,
        *(_icon(f"app-{pixels}.png", pixels, "any") for pixels in (192, 512)),
        _icon("app-maskable-512.png", 512, "maskable"),
    ]


def _icon(name: str, pixels: int, purpose: str) -> dict[str, Any]:
    return {
        "src": static(f"img/{name}"),
        "sizes": f"{pixels}x{pixels}",
        "type": "image/png",
        "purpose": purpose,
    }


def fault(request: HttpRequest) -> HttpResponseServerError:
    """The page of a fault of our own, with the number under which the log tells more. Without a
    context of its own: whatever fails may fail again."""
    number = get_contextvars().get("request_id", "")
    return HttpResponseServerError(render_to_string("500.html", {"number": number}))
