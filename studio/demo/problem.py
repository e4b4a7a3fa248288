"""Why a request is refused, in words common to the five APIs; each has its own body for it."""

from enum import StrEnum


class Reason(StrEnum):
    MISSING = "missing"
    INVALID = "invalid"
    WRONG_TYPE = "wrong_type"
    BAD_KEY = "bad_key"
    NO_CREDIT = "no_credit"
    REFUSED = "refused"
    FORBIDDEN = "forbidden"
    NOT_FOUND = "not_found"
    EXPIRED = "expired"
    LOCKED = "locked"
    RATE_LIMIT = "rate_limit"
    CONCURRENCY = "concurrency"
    SERVER_ERROR = "server_error"


class Problem(Exception):
    """A refusal. `retry_after` is the header's text; `status` overrides the API's usual one."""

    def __init__(
        self,
        reason: Reason,
        message: str,
        *,
        field: str = "",
        retry_after: str = "",
        status: int | None = None,
        headers: dict[str, str] | None = None,
        details: dict[str, float] | None = None,
    ) -> None:
        super().__init__(message)
        self.reason = reason
        self.message = message
        self.field = field
        self.status = status
        self.headers = dict(headers or {})
        self.details = details or {}
        if retry_after:
            self.headers["Retry-After"] = retry_after


def missing(field: str, message: str = "") -> Problem:
    return Problem(Reason.MISSING, message or f"{field} is required.", field=field)


def invalid(field: str, message: str) -> Problem:
    return Problem(Reason.INVALID, message, field=field)


def not_found(what: str) -> Problem:
    return Problem(Reason.NOT_FOUND, f"{what} not found.")
