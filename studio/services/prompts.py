"""Variables in a prompt: `{morning|evening} in {city}` stands for several prompts.

`{a|b}` is a choice; `{name}` stands for values that are listed elsewhere. Every variable
multiplies the number of prompts; a name that is used twice has the same value in both places.
`\\{`, `\\|` and `\\}` are the characters themselves.
"""

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product

from django.utils.translation import gettext as _

NAME_MAX_CHARS = 40
TOKENS = re.compile(r"\\[{|}]|[{|}]|[^{|}\\]+|\\")
"""An escaped sign, a sign, a run of plain text, or a backslash of its own."""

Lists = Mapping[str, Sequence[str]]


class BadTemplate(Exception):
    """The braces of a prompt cannot be read; the text says what to do."""


@dataclass(frozen=True, slots=True)
class Variable:
    """A choice between `options`, or a name whose values are listed elsewhere."""

    name: str = ""
    options: tuple[str, ...] = ()

    def values(self, lists: Lists) -> Sequence[str]:
        return self.options or lists.get(self.name, ())


@dataclass(frozen=True, slots=True)
class Template:
    """A prompt taken apart: text, and the numbers of the variables that stand between it."""

    parts: tuple[str | int, ...]
    variables: tuple[Variable, ...] = ()

    @property
    def names(self) -> list[str]:
        """The variables whose values have to be listed, as they appear."""
        return [variable.name for variable in self.variables if variable.name]

    def count(self, lists: Lists) -> int:
        """How many prompts this makes, counted without making them."""
        return math.prod(len(variable.values(lists)) for variable in self.variables)

    def prompts(self, lists: Lists) -> Iterator[str]:
        """Every prompt, the last variable changing first."""
        for said in product(*(variable.values(lists) for variable in self.variables)):
            yield "".join(said[part] if isinstance(part, int) else part for part in self.parts)


def plain(prompt: str) -> Template:
    """A prompt whose braces mean nothing."""
    return Template((prompt,))


def needs_escape(prompt: str) -> bool:
    """True if a prompt that is meant as it stands would be read as one with variables."""
    return any(sign in prompt for sign in "{}")


def read(prompt: str) -> Template:
    """Take a prompt apart. Raises BadTemplate."""
    parts: list[str | int] = []
    variables: list[Variable] = []
    tokens = iter(TOKENS.findall(prompt))
    for token in tokens:
        if token == "}":  # noqa: S105 - a sign, no secret
            raise BadTemplate(_("A } has no { before it. For the sign itself write \\}."))
        if token != "{":  # noqa: S105
            parts.append(_unescaped(token))
            continue
        variable = _variable(tokens)
        if variable.options or variable not in variables:
            variables.append(variable)
        parts.append(_last_place(variables, variable))
    return Template(tuple(parts), tuple(variables))


def _last_place(variables: Sequence[Variable], variable: Variable) -> int:
    return len(variables) - 1 - list(reversed(variables)).index(variable)


def _unescaped(token: str) -> str:
    return token[1:] if len(token) == 2 and token[0] == "\\" and token[1] in "{|}" else token


def _variable(tokens: Iterator[str]) -> Variable:
    """What stands between the braces, the first of which was read already."""
    options = [""]
    for token in tokens:
        if token == "}":  # noqa: S105
            return _checked([option.strip() for option in options])
        if token == "{":  # noqa: S105
            raise BadTemplate(
                _("Braces cannot stand inside braces. For the sign itself write \\{.")
            )
        if token == "|":  # noqa: S105
            options.append("")
        else:
            options[-1] += _unescaped(token)
    raise BadTemplate(
        _("The brace before “%(text)s” is not closed. Add a }, or write \\{ for the sign itself.")
        % {"text": options[0].strip()[:30]}
    )


def _checked(options: list[str]) -> Variable:
    if options == [""]:
        raise BadTemplate(
            _("{} is empty. Write choices as {morning|evening}, or a name as {city}.")
        )
    if "" in options:
        raise BadTemplate(
            _("A choice in {%(choices)s} is empty. Fill it, or remove the extra |.")
            % {"choices": "|".join(options)[:40]}
        )
    if len(options) > 1:
        return Variable(options=tuple(dict.fromkeys(options)))
    if len(options[0]) > NAME_MAX_CHARS:
        raise BadTemplate(
            _(
                "“%(name)s…” is long for a variable's name. Write choices as {a|b}; for the sign "
                "itself write \\{."
            )
            % {"name": options[0][:NAME_MAX_CHARS]}
        )
    return Variable(name=options[0])
