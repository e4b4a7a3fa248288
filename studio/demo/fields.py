"""Reads the fields of a JSON body; a wrong one is a Problem that names it."""

from collections.abc import Collection, Mapping
from typing import Any, TypeVar

from studio.demo.problem import Problem, Reason, invalid, missing

Body = Mapping[str, Any]
T = TypeVar("T")


def text(body: Body, name: str, *, longest: int | None = None, default: str | None = None) -> str:
    """A string; needed and not blank when there is no default."""
    value = body.get(name)
    if value is None:
        return _default(name, default)
    if not isinstance(value, str):
        raise _wrong_type(name, "a string")
    if not value.strip() and default is None:
        raise invalid(name, f"{name} must not be empty.")
    if longest is not None and len(value) > longest:
        raise invalid(name, f"{name} must have at most {longest} characters.")
    return value


def choice(body: Body, name: str, allowed: Collection[str], default: str | None = None) -> str:
    value = text(body, name, default=default)
    if value not in allowed and value != default:
        raise invalid(name, f"{name} must be one of: {', '.join(allowed)}.")
    return value


def whole(body: Body, name: str, allowed: Collection[int], default: int | None = None) -> int:
    """A whole number out of `allowed`."""
    value = body.get(name)
    if value is None:
        return _default(name, default)
    if not isinstance(value, int) or isinstance(value, bool):
        raise _wrong_type(name, "an integer")
    if value not in allowed:
        numbers = ", ".join(str(number) for number in allowed)
        raise invalid(name, f"{name} must be one of: {numbers}.")
    return value


def flag(body: Body, name: str, default: bool) -> bool:
    value = body.get(name)
    if value is None:
        return default
    if not isinstance(value, bool):
        raise _wrong_type(name, "a boolean")
    return value


def items(body: Body, name: str, *, most: int) -> list[Any]:
    """A list, empty when it is not given."""
    value = body.get(name)
    if value is None:
        return []
    if not isinstance(value, list):
        raise _wrong_type(name, "an array")
    if len(value) > most:
        raise invalid(name, f"{name} takes at most {most}.")
    return value


def _default(name: str, default: T | None) -> T:
    if default is None:
        raise missing(name)
    return default


def _wrong_type(name: str, expected: str) -> Problem:
    return Problem(Reason.WRONG_TYPE, f"{name} must be {expected}.", field=name)
