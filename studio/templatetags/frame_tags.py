"""What the frame around every page needs."""

from django import template
from django.conf import settings
from django.template import Context
from django.urls import reverse
from django.utils.translation import get_language

from studio.services import words

register = template.Library()


@register.simple_tag
def words_address() -> str:
    """Where the scripts' words are: an address of its own per language and version, so that a
    browser asks for them once."""
    language = get_language() or ""
    return reverse("studio:words", args=[language, words.version(language)])


@register.simple_tag
def languages() -> list[tuple[str, str]]:
    """The languages of the pages, each called as it calls itself."""
    return list(settings.LANGUAGES)


@register.simple_tag(takes_context=True)
def here(context: Context) -> str:
    """Where to come back to. What was shown in answer to a form cannot be visited again."""
    request = context["request"]
    return str(request.get_full_path()) if request.method == "GET" else reverse("studio:compose")
