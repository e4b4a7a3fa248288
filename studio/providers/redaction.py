"""Taking secrets out of what is logged, stored or shown.

By name (authorization, api_key ...) and by value (literal keys and pieces of them, bearer
tokens, signed links, data URIs). A whole value is replaced, never a part of it: a half-masked
key is still a key.
"""

import json
import math
import re
import threading
from collections.abc import Collection
from typing import Any

HIDDEN = "••••"
LONGEST_DOCUMENT_BYTES = 64 * 1024
PIECE = 8
DEEPEST = 64
MOST_KNOWN = 200
KNOWN_PIECE = 12
"""A text is not known to hold a secret, so chance has to be kept out: keys have words in them."""

_NAMES = re.compile(
    r"authorization|api.?key|password|secret|credential|cookie|token$|signature$|upload.?url"
    r"|x-goog|x-amz",
    re.IGNORECASE,
)
_VALUES = re.compile(
    r"\b(?i:Bearer)\s+\S+|\b(?:sk|pk)[-_][\w.-]{8,}|\bindox-[\w.-]{8,}|\bAIza[\w-]{20,}"
)
# Links stand in texts with "&", "&amp;", "\\u0026" or wholly percent-encoded.
_SIGNED = re.compile(
    r"((?:[?&;]s|(?<![a-z_-])[a-z_-]{0,40}(?:sig|signature|token|key|credential|password)"
    r"|(?<![a-z_-])x-(?:amz|goog)-[a-z-]{1,40})(?:=|%3D))[^&\s\"'\\]+",
    re.IGNORECASE,
)
_DATA_URI = re.compile(r"data:[\w/+.-]+;base64,[A-Za-z0-9+/=_-]+")
_BASE64 = re.compile(r"[A-Za-z0-9+/=_-]{1024,}")


def redact(value: Any, *, secrets: Collection[str] = ()) -> Any:
    """The same shape without secrets. A document over 64 KB becomes a shortened text, and what
    lies deeper than 64 levels an ellipsis."""
    clean = _walk(value, _pieces_of(secrets, PIECE) | {secret for secret in secrets if secret})
    text = json.dumps(clean, ensure_ascii=False, default=str)
    if len(text.encode()) > LONGEST_DOCUMENT_BYTES:
        return shorten(text, LONGEST_DOCUMENT_BYTES // 4)
    return clean


def _pieces_of(secrets: Collection[str], length: int) -> set[str]:
    return {
        secret[start : start + length]
        for secret in secrets
        for start in range(len(secret) - length + 1)
    }


def _walk(value: Any, pieces: Collection[str], depth: int = 0) -> Any:
    if depth > DEEPEST:
        return "…"
    if isinstance(value, dict):
        return {
            _text(str(name), pieces): HIDDEN
            if _NAMES.search(str(name)) and each
            else _walk(each, pieces, depth + 1)
            for name, each in value.items()
        }
    if isinstance(value, (list, tuple)):
        return [_walk(each, pieces, depth + 1) for each in value]
    if isinstance(value, float) and not math.isfinite(value):
        # No JSON, so no database takes it.
        return str(value)
    return _text(value, pieces) if isinstance(value, str) else value


def _text(text: str, pieces: Collection[str]) -> str:
    if any(piece in text for piece in pieces):
        return HIDDEN
    text = _DATA_URI.sub(_weigh, text)
    text = _BASE64.sub(_weigh, text)
    return _SIGNED.sub(rf"\1{HIDDEN}", _VALUES.sub(HIDDEN, text))


def _weigh(found: re.Match[str]) -> str:
    return f"[{max(1, len(found[0]) // 1024)} KB of data]"


def shorten(text: str, limit: int = 300) -> str:
    """At most `limit` characters, on one line, with an ellipsis where something was cut."""
    line = " ".join(text.split())
    return line if len(line) <= limit else line[: limit - 1].rstrip() + "…"


# -- Those that this process has had in hand -----------------------------------------------------


class _Known:
    """Secrets, the latest last, and all pieces of them."""

    def __init__(self) -> None:
        self.secrets: tuple[str, ...] = ()
        self.pieces: frozenset[str] = frozenset()
        self._lock = threading.Lock()

    def add(self, *secrets: str) -> None:
        if not self._unknown(secrets):
            return
        with self._lock:
            self.secrets = (*self.secrets, *self._unknown(secrets))[-MOST_KNOWN:]
            self.pieces = frozenset(_pieces_of(self.secrets, KNOWN_PIECE))

    def _unknown(self, secrets: Collection[str]) -> list[str]:
        return [each for each in secrets if len(each) >= PIECE and each not in self.secrets]


_known = _Known()


def remember(*secrets: str) -> None:
    """Keep these out of every text that goes through `hide_known` from now on."""
    _known.add(*secrets)


def hide_known(text: str) -> str:
    """The text without the secrets that were remembered; nothing of it, where a piece of one
    still stands there."""
    for secret in _known.secrets:
        text = text.replace(secret, HIDDEN)
    return HIDDEN if any(piece in text for piece in _known.pieces) else text
