"""The log: one line an event, as text or as JSON, and no secret in it.

Whoever writes uses `logging` as ever; Django, Huey and the HTTP client do the same. What was
bound to the request or the step (`structlog.contextvars`) stands behind every event of it, so
`job_id=12` or `request_id=...` finds a whole story.
"""

import json
import logging
import re
import sys
import threading
from datetime import UTC, datetime
from types import TracebackType
from typing import Any

import structlog
from django.conf import settings
from structlog.typing import EventDict, WrappedLogger

from studio.providers.redaction import HIDDEN, hide_known, redact, remember

JSON, TEXT = "json", "text"
LONGEST_CHARS = 16_000
"""Of one event or traceback: its beginning and its end."""
OURS = ("timestamp", "level", "logger")
FIRST = (*OURS, "event", "exception")

# Addresses that are as good as a password for who knows them.
_TOKENS_IN_PATHS = re.compile(r"(/(?:join|setup|s|p)/)[^/\s\"'?#&\\]+")
_COOKIES = re.compile(r"(cookie[\"']?\s*[:=]\s*|(?:sessionid|csrftoken)=).+", re.IGNORECASE)
_FIELDS = re.compile(
    r"((?:authorization|api.?key|passphrase|password|secret|token|signature)[\"']?\s*[:=]\s*)"
    r"(?:(?:Basic|Key|Token)\s+)?(?:\"[^\"]*\"|'[^']*'|[^\s,;)}\]]+)",
    re.IGNORECASE,
)
# Whoever can get a line end into a text could forge events, and others colour a terminal.
_CONTROLS = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")


# -- Without secrets -----------------------------------------------------------------------------


def clean(text: str) -> str:
    """The text without secrets, known ones and what looks like one; line by line, so that one
    does not take a whole traceback with it."""
    return "\n".join(_clean_line(line) for line in _cut(text).split("\n"))


def _clean_line(line: str) -> str:
    line = redact(hide_known(line))
    line = _TOKENS_IN_PATHS.sub(rf"\1{HIDDEN}", line)
    line = _COOKIES.sub(rf"\1{HIDDEN}", line)
    return _FIELDS.sub(rf"\1{HIDDEN}", line)


def _cut(text: str) -> str:
    if len(text) <= LONGEST_CHARS:
        return text
    half = LONGEST_CHARS // 2
    return f"{text[:half]} … {text[-half:]}"


def _without_secrets(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    return {
        name: value if name in OURS else _clean_value(name, value) for name, value in event.items()
    }


def _clean_value(name: str, value: Any) -> Any:
    """By its name as well: a password looks like nothing special."""
    return redact({name: clean(value) if isinstance(value, str) else value})[name]


# -- As text or JSON -----------------------------------------------------------------------------


def _as_line(_logger: WrappedLogger, _method: str, event: EventDict) -> str:
    """`TIME LEVEL logger: what happened  name=value`; a traceback stands below, moved in, so
    that no line of it can be taken for an event."""
    facts = [f"{name}={_quoted(value)}" for name, value in event.items() if name not in FIRST]
    head = f"{event['timestamp']} {event['level'].upper()} {event['logger']}: {event['event']}"
    below = event["exception"].split("\n") if "exception" in event else []
    lines = ["  ".join([head, *facts]), *(f"    {line}" for line in below)]
    return "\n".join(_escaped(line) for line in lines)


def _quoted(value: Any) -> str:
    """In quotes where a value could be taken for two facts."""
    text = str(value)
    return json.dumps(text, ensure_ascii=False) if re.search(r'[\s"]', text) else text


def _escaped(text: str) -> str:
    return _CONTROLS.sub(lambda found: json.dumps(found[0])[1:-1], text)


def _as_json(_logger: WrappedLogger, _method: str, event: EventDict) -> str:
    first = {name: event[name] for name in FIRST if name in event}
    return json.dumps({**first, **event}, default=str)


class Formatter(structlog.stdlib.ProcessorFormatter):
    """Every record of `logging` as an event. `style`: "text" or "json"."""

    def __init__(self, style: str = TEXT) -> None:
        remember(*_own_secrets())
        super().__init__(
            foreign_pre_chain=[
                structlog.contextvars.merge_contextvars,
                structlog.stdlib.add_log_level,
                structlog.stdlib.add_logger_name,
                structlog.stdlib.ExtraAdder(allow=["status_code"]),
                structlog.processors.TimeStamper(fmt="iso", utc=True),
            ],
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.format_exc_info,
                _without_secrets,
                _as_json if style == JSON else _as_line,
            ],
        )


def _own_secrets() -> list[str]:
    named = [settings.METRICS_TOKEN, settings.ADMIN_PASSWORD, settings.OIDC_RP_CLIENT_SECRET]
    keys = [settings.SECRET_KEY, *settings.FIELD_KEYS, settings.HUEY.serializer.secret.decode()]
    return [*keys, *named]


class Handler(logging.StreamHandler[Any]):
    """Writes to standard error. `logging` itself would print the arguments of a record that
    cannot be formatted, with whatever secret is among them."""

    def handleError(self, record: logging.LogRecord) -> None:
        fault = sys.exc_info()[0]
        said = "" if fault is None else fault.__name__
        print(f"An event of {record.name} could not be logged: {said}", file=sys.stderr)


# -- What other processes print ------------------------------------------------------------------


def passed_on(process: str, line: str, style: str) -> str:
    """A line that a process of ours printed, with that process's name."""
    if style != JSON:
        return f"{process:>6} | {_escaped(clean(line))}"
    event = _event_in(line)
    if event is None:
        return as_event(process, clean(line))
    return json.dumps(event | {"process": process})


def as_event(process: str, text: str) -> str:
    """A text that is no event yet, as JSON."""
    now = datetime.now(UTC).isoformat().replace("+00:00", "Z")
    event = {"timestamp": now, "level": "info", "logger": "studio", "event": text}
    return json.dumps(event | {"process": process})


def _event_in(line: str) -> dict[str, Any] | None:
    try:
        event = json.loads(line)
    except ValueError:
        return None
    return event if isinstance(event, dict) and "event" in event else None


# -- What nobody caught --------------------------------------------------------------------------


def tell_of_crashes() -> None:
    """What ends this process or one of its threads goes to the log as well, without secrets."""
    sys.excepthook = _tell_of_crash
    threading.excepthook = _tell_of_thread


def _tell_of_crash(
    kind: type[BaseException], fault: BaseException, trace: TracebackType | None
) -> None:
    if issubclass(kind, KeyboardInterrupt):
        sys.__excepthook__(kind, fault, trace)
        return
    logging.getLogger(__name__).critical("The process ends.", exc_info=(kind, fault, trace))


def _tell_of_thread(crash: threading.ExceptHookArgs) -> None:
    name = crash.thread.name if crash.thread else "?"
    if crash.exc_value is not None:
        logging.getLogger(__name__).critical("The thread %s ended.", name, exc_info=crash.exc_value)
