"""Reading replies whose shape cannot be trusted."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from functools import wraps
from typing import Any, ParamSpec, TypeVar

from studio.providers.contract import ErrorBody, RemoteState, RemoteStatus, Reply
from studio.providers.errors import ProviderError, UnexpectedReply
from studio.providers.redaction import redact, shorten

P = ParamSpec("P")
T = TypeVar("T")

UNREADABLE = (
    KeyError,
    TypeError,
    IndexError,
    AttributeError,
    ValueError,
    InvalidOperation,
    OverflowError,
    RecursionError,
)


@contextmanager
def _understanding(name: str, body: Any) -> Iterator[None]:
    try:
        yield
    except ProviderError:
        raise
    except UNREADABLE as e:
        raise UnexpectedReply(
            f"{name}'s reply could not be read.",
            detail=shorten(f"{type(e).__name__}: {e}; {redact(body)!r}", 1000),
        ) from e


def reply_of(name: str) -> Callable[[Callable[[Any], T]], Callable[[Any], T]]:
    """Decorates a `parse_*` function: whatever it stumbles over becomes UnexpectedReply."""

    def decorate(parse: Callable[[Any], T]) -> Callable[[Any], T]:
        @wraps(parse)
        def parse_or_refuse(body: Any) -> T:
            with _understanding(name, body):
                return parse(body)

        return parse_or_refuse

    return decorate


def status_of(word: Any, statuses: Mapping[str, RemoteStatus], name: str) -> RemoteStatus:
    """The common status for an API's own word. An unknown word is an error: reading it as
    "still waiting" would ask for ever."""
    if not isinstance(word, str) or word not in statuses:
        raise UnexpectedReply(f"{name} gave a status that is not known: {shorten(repr(word), 60)}.")
    return statuses[word]


def first_news(parse_poll: Callable[[Any], RemoteState], body: Any) -> RemoteState:
    """The state in the receipt of a submit. One that cannot be read must not cost the id beside
    it, which is the only proof of a paid job: then the first look tells."""
    try:
        return parse_poll(body)
    except UnexpectedReply:
        return RemoteState(status=RemoteStatus.WAITING)


def text_of(value: Any) -> str:
    """The value if it is a text, else ""."""
    return value if isinstance(value, str) else ""


def needed_text(value: Any) -> str:
    """The value, which must be a text that is not empty."""
    if not isinstance(value, str) or not value:
        raise TypeError(f"a text was expected, not {value!r}")
    return value


def moment_of(value: Any) -> datetime | None:
    """A moment from ISO 8601 text or Unix seconds; None where nothing is given."""
    if value is None or value == "":
        return None
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return datetime.fromtimestamp(value, UTC)
    moment = datetime.fromisoformat(value)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def amount_of(value: Any) -> Decimal:
    """An exact amount from a number or a decimal text."""
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        raise TypeError(f"an amount was expected, not {value!r}")
    amount = Decimal(str(value))
    if not amount.is_finite():
        raise ValueError(value)
    return amount


def error_at(*path: str) -> Callable[[Reply], ErrorBody]:
    """A `parse_error` for bodies that keep code and message in an object at `path`."""

    def parse(reply: Reply) -> ErrorBody:
        place = reply.body
        for name in path:
            place = place.get(name) if isinstance(place, dict) else None
        if not isinstance(place, dict):
            return ErrorBody(text_of(place) or shorten(reply.text, 200))
        return ErrorBody(text_of(place.get("message")), text_of(place.get("code")))

    return parse
