"""The words of the pages: which catalogues there are, and sentences that come from below Django."""

import hashlib
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from django.utils.formats import number_format
from django.utils.translation import gettext, to_locale

from studio.providers.phrases import Phrase

LOCALE_DIR = Path(__file__).resolve().parent.parent / "locale"


@lru_cache
def version(language: str) -> str:
    """Changes with the scripts' words in this language. English ones stand in the scripts."""
    compiled = LOCALE_DIR / to_locale(language) / "LC_MESSAGES" / "djangojs.mo"
    content = compiled.read_bytes() if compiled.exists() else b""
    return hashlib.sha256(content).hexdigest()[:12]


def said(words: Any) -> str:
    """A sentence of the providers' layer in the language of the page; other text as it is."""
    if isinstance(words, Phrase):
        values = {name: said(value) for name, value in words.values.items()}
        return gettext(words.pattern) % values
    if isinstance(words, int):
        return number_format(words, use_l10n=True, force_grouping=True)
    return str(words)


def all_said(problems: Mapping[str, str]) -> dict[str, str]:
    """Reasons by field name, in the language of the page."""
    return {name: said(words) for name, words in problems.items()}
