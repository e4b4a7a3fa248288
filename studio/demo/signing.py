"""Signed links: an address, its end of life in Unix seconds and an HMAC of both."""

import hashlib
import hmac
import secrets
from enum import Enum, auto
from pathlib import Path


class LinkState(Enum):
    VALID = auto()
    EXPIRED = auto()
    FORGED = auto()


class Signer:
    """Signs with a secret kept beside the state, so that links outlive a restart."""

    def __init__(self, secret_file: Path) -> None:
        if not secret_file.exists():
            secret_file.touch(mode=0o600)
            secret_file.write_text(secrets.token_hex(32), encoding="ascii")
        self._secret = secret_file.read_text(encoding="ascii").encode()

    def sign(self, text: str) -> str:
        return hmac.new(self._secret, text.encode(), hashlib.sha256).hexdigest()[:40]

    def query(self, path: str, expires_at: float) -> str:
        """`exp=..&sig=..` for this path, alive until `expires_at` (whole Unix seconds, up)."""
        until = -int(-expires_at // 1)
        return f"exp={until}&sig={self.sign(f'{path}?{until}')}"

    def check(self, path: str, until: str, signature: str, now: float) -> LinkState:
        if not hmac.compare_digest(self.sign(f"{path}?{until}"), signature):
            return LinkState.FORGED
        return LinkState.VALID if now < int(until) else LinkState.EXPIRED
