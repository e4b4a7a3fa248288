"""Words that let whoever has them in: long enough that nobody guesses one, and never kept."""

import hashlib
import secrets

TOKEN_BYTES = 32


def new_token() -> str:
    """A word of 256 random bits, as it stands in an address."""
    return secrets.token_urlsafe(TOKEN_BYTES)


def hash_of(token: str) -> str:
    """What is kept of a token: enough to know it again, and not to write it down."""
    return hashlib.sha256(token.encode()).hexdigest()
