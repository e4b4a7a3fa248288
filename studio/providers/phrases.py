"""Sentences for people, put together where no Django is: complete in English, and with everything
that is needed to say them in another language (`services.words.said`)."""

from typing import Any


class Phrase(str):
    """A sentence with its pattern and what stands in it; a plain string to whoever needs no more.

    A value may be a phrase itself. Whole numbers are grouped: 4,096.
    """

    __slots__ = ("pattern", "values")

    pattern: str
    values: dict[str, Any]

    def __new__(cls, pattern: str, values: dict[str, Any]) -> "Phrase":
        made = super().__new__(cls, pattern % {name: _plain(each) for name, each in values.items()})
        made.pattern, made.values = pattern, values
        return made


def phrase(words: str, /, **values: Any) -> Phrase:
    """`phrase("%(name)s takes no seed.", name="Veo 3")`, gathered for translation."""
    return Phrase(words, values)


def pattern(words: str) -> str:
    """Marks a pattern that is kept in a table, so that it is gathered for translation."""
    return words


def _plain(value: Any) -> str:
    return f"{value:,}" if isinstance(value, int) else str(value)
