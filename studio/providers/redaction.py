"""Taking secrets out of what is logged, stored or shown.

By name (authorization, api_key ...) and by value (literal keys and pieces of them, bearer
tokens, signed links, data URIs). A whole value is replaced, never a part of it: a half-masked
key is still a key.
"""

import json
import math
import re
from collections.abc import Collection
from typing import Any

HIDDEN = "••••"
LONGEST_DOCUMENT_BYTES = 64 * 1024
PIECE = 8
DEEPEST = 64

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
    pieces = {secret for secret in secrets if len(secret) >= PIECE} | {
        secret[start : start + PIECE]
        for secret in secrets
        for start in range(len(secret) - PIECE + 1)
    }
    clean = _walk(value, pieces | {secret for secret in secrets if secret})
    text = json.dumps(clean, ensure_ascii=False, default=str)
    if len(text.encode()) > LONGEST_DOCUMENT_BYTES:
        return shorten(text, LONGEST_DOCUMENT_BYTES // 4)
    return clean


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
