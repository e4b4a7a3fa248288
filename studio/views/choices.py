"""What a member chooses for one browser: the theme and the language. A cookie keeps it, so that
the server renders it at once."""

from collections.abc import Container

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.views.decorators.http import require_POST

from studio.templatetags.context import THEMES
from studio.views.requests import way_back

YEAR_S = 365 * 24 * 3600


@login_not_required
@require_POST
def theme(request: HttpRequest) -> HttpResponse:
    """Dark or light; nothing is as the system likes it."""
    return _kept(request, "theme", request.POST.get("theme", ""), THEMES)


@login_not_required
@require_POST
def language(request: HttpRequest) -> HttpResponse:
    """One of the languages; nothing is what the browser asks for."""
    chosen = request.POST.get("language", "")
    return _kept(request, settings.LANGUAGE_COOKIE_NAME, chosen, dict(settings.LANGUAGES))


def _kept(request: HttpRequest, cookie: str, chosen: str, known: Container[str]) -> HttpResponse:
    response = HttpResponseRedirect(way_back(request, reverse("studio:compose")))
    if chosen in known:
        response.set_cookie(
            cookie,
            chosen,
            max_age=YEAR_S,
            path=settings.SESSION_COOKIE_PATH,
            samesite="Lax",
            httponly=True,
            secure=settings.IS_HTTPS,
        )
    elif not chosen:
        response.delete_cookie(cookie, path=settings.SESSION_COOKIE_PATH, samesite="Lax")
    return response
