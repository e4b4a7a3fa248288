"""One request and its answer: what the handlers of all five APIs get and how they are listed."""

import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from aiohttp import web

from studio.demo.jobs import State
from studio.demo.problem import Problem, invalid

if TYPE_CHECKING:
    from studio.demo.hub import Hub


@dataclass(slots=True, kw_only=True)
class Exchange:
    """A request being answered. `job_id`, `is_created` and `idempotency` go to the journal;
    `outcome`, `error_code`, `error` and `ignores_range` are set by faults."""

    hub: "Hub"
    api: "Api"
    endpoint: str
    request: web.Request
    body: bytes
    headers: dict[str, str] = field(default_factory=dict)
    job_id: str = ""
    is_created: bool = False
    outcome: State = State.SUCCEEDED
    error_code: str = ""
    error: str = ""
    ignores_range: bool = False

    @property
    def origin(self) -> str:
        """This server's address as the client calls it."""
        return f"{self.request.scheme}://{self.request.host}"

    def part(self, name: str) -> str:
        return self.request.match_info[name]

    def json_object(self) -> dict[str, Any]:
        """The body as a JSON object. Raises Problem."""
        try:
            body = json.loads(self.body)
        except ValueError as e:
            raise invalid("body", "The body is not valid JSON.") from e
        if not isinstance(body, dict):
            raise invalid("body", "The body must be a JSON object.")
        return body


Handler = Callable[[Exchange], Awaitable[web.Response]]


@dataclass(frozen=True, slots=True)
class Route:
    """`endpoint` is the name that faults and the journal use."""

    method: str
    path: str
    endpoint: str
    handler: Handler
    needs_key: bool = True


@dataclass(frozen=True, slots=True)
class Api:
    """One hosted API as this server speaks it. `key` reads the key of a request, "" if none."""

    slug: str
    routes: tuple[Route, ...]
    key: Callable[[Exchange], str]
    refuse: Callable[[Problem], web.Response]


def json_answer(
    body: object, status: int = 200, headers: dict[str, str] | None = None
) -> web.Response:
    data = json.dumps(body, separators=(",", ":")).encode()
    return web.Response(body=data, status=status, headers=headers, content_type="application/json")


def bearer(exchange: Exchange) -> str:
    """The token of `Authorization: Bearer <token>`, "" without one."""
    scheme, _, token = exchange.request.headers.get("Authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""
