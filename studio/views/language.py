"""The words that scripts say, in the language of the page."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.views.decorators.http import require_GET
from django.views.i18n import JavaScriptCatalog

_catalogue = JavaScriptCatalog.as_view(packages=["studio"])


@login_not_required
@require_GET
def words(request: HttpRequest) -> HttpResponseBase:
    """`gettext`, `ngettext` and `interpolate` for the scripts, as Django makes them."""
    return _catalogue(request)
