"""Taking secrets out of what is logged, stored or shown.

By name (authorization, api_key ...) and by value (literal keys and pieces of them, bearer
tokens, signed links, data URIs). A whole value is replaced, never a part of it: a half-masked
key is still a key.
"""

import json
import re
from collections.abc import Collection
from typing import Any

HIDDEN = "••••"
LONGEST_DOCUMENT_BYTES = 64 * 1024
PIECE = 8

_NAMES = re.compile(
    r"authorization|api.?key|password|secret|cookie|access.?token|^token$|upload.?url|x-goog|x-amz",
    re.IGNORECASE,
)
_VALUES = re.compile(
    r"\bBearer\s+\S+|\b(?:sk|pk)[-_][A-Za-z0-9_-]{8,}|\bindox-[A-Za-z0-9]{8,}|\bAIza[\w-]{20,}"
)
_SIGNED = re.compile(
    r"([?&](?:sig|signature|token|key|x-amz-[a-z-]+|x-goog-[a-z-]+)=)[^&\s\"']+", re.IGNORECASE
)
_DATA_URI = re.compile(r"data:[\w/+.-]+;base64,[A-Za-z0-9+/=_-]+")
_BASE64 = re.compile(r"[A-Za-z0-9+/=_-]{1024,}")


def redact(value: Any, *, secrets: Collection[str] = ()) -> Any:
    """The same shape without secrets. Documents over 64 KB become a shortened text."""
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


def _walk(value: Any, pieces: Collection[str]) -> Any:
    if isinstance(value, dict):
        return {
            str(name): HIDDEN if _NAMES.search(str(name)) and each else _walk(each, pieces)
            for name, each in value.items()
        }
    if isinstance(value, (list, tuple)):
        return [_walk(each, pieces) for each in value]
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
