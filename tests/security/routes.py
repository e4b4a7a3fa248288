"""Every address of the studio, as the resolver knows it: a new one is in these tests at once."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver
from django.urls.resolvers import RoutePattern

ARGUMENT = re.compile(r"<(?:(\w+):)?(\w+)>")


@dataclass(frozen=True)
class Route:
    """`route` is Django's own writing, such as `jobs/<int:pk>/live/`."""

    name: str
    route: str

    @property
    def kinds(self) -> dict[str, str]:
        """The kind of each argument: int, uuid, str, slug or path."""
        return {name: kind or "str" for kind, name in ARGUMENT.findall(self.route)}

    def path(self, arguments: Mapping[str, Any]) -> str:
        """The address with these arguments as they are, however they are written."""
        return "/" + ARGUMENT.sub(lambda found: str(arguments[found[2]]), self.route)


def every_route() -> list[Route]:
    """All of the studio's own, signed in or not; the admin panel's are Django's."""
    return list(_routes(get_resolver().url_patterns, ""))


def _routes(patterns: list[Any], before: str) -> Iterator[Route]:
    for pattern in patterns:
        if not isinstance(pattern.pattern, RoutePattern):
            continue
        route = before + str(pattern.pattern)
        if isinstance(pattern, URLPattern):
            yield Route(pattern.name or route, route)
        elif isinstance(pattern, URLResolver) and pattern.namespace != "admin":
            yield from _routes(pattern.url_patterns, route)
