"""The words that scripts say, in the language of the page."""

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.utils.cache import patch_cache_control
from django.utils.translation import override
from django.views.decorators.http import require_GET
from django.views.i18n import JavaScriptCatalog

from studio.services import words as catalogues

YEAR_S = 365 * 24 * 3600
_catalogue = JavaScriptCatalog.as_view(packages=["studio"])


@login_not_required
@require_GET
def words(request: HttpRequest, language: str, version: str) -> HttpResponseBase:
    """`gettext`, `ngettext` and `interpolate` for the scripts, as Django makes them. The address
    changes with the words, so a browser asks for them once."""
    if language not in dict(settings.LANGUAGES):
        raise Http404
    with override(language):
        response = _catalogue(request)
    if version == catalogues.version(language):
        patch_cache_control(response, public=True, max_age=YEAR_S, immutable=True)
    return response
