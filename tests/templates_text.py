"""Finds text in a template that nobody can translate: what stands there bare."""

import re
from collections.abc import Iterator
from html.parser import HTMLParser

from django.template.base import Lexer, TokenType

SPOKEN = ("aria-label", "title", "placeholder", "alt", "data-busy", "content")
UNSPOKEN = ("kbd", "code", "script", "style", "pre")
ALLOWED = {"Dailies", "SHA", "s", "min", "MB", "GB", "kHz", "px", "fps", "MP"}
COLUMNS = {"prompt", "duration_s", "takes"}
"""Names that stay the same in every language, as in a CSV file."""
WORD = re.compile(r"[^\W\d]+")
SILENT = {"blocktranslate", "comment"}
ENDS = {"endblocktranslate", "endcomment", "endblock"}


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self._within: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            is_said = name in SPOKEN and (name != "content" or ("name", "description") in attrs)
            if is_said and value:
                self._look(value)
        if tag in UNSPOKEN:
            self._within.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if self._within and self._within[-1] == tag:
            self._within.pop()

    def handle_data(self, data: str) -> None:
        if not self._within:
            self._look(data)

    def _look(self, text: str) -> None:
        if set(WORD.findall(text)) - ALLOWED - COLUMNS:
            self.found.append(" ".join(text.split()))


def bare_texts(source: str) -> list[str]:
    """Every visible text, and every spoken attribute, that stands outside of {% translate %}."""
    reader = _Reader()
    reader.feed("".join(_plain_html(source)))
    reader.close()
    return reader.found


def _plain_html(source: str) -> Iterator[str]:
    """The template without Django's tags; what stands in them is not bare."""
    is_translated = False
    for token in Lexer(source).tokenize():
        if token.token_type == TokenType.BLOCK:
            name = token.contents.split()[0]
            is_silent = name in SILENT or token.contents == "block page_class"
            is_translated = is_silent or (is_translated and name not in ENDS)
            yield "\n"
        elif token.token_type == TokenType.TEXT and not is_translated:
            yield token.contents
