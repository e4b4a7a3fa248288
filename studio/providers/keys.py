"""How a key travels."""

from collections.abc import Mapping


def bearer(api_key: str) -> Mapping[str, str]:
    """The way of most APIs: `Authorization: Bearer ...`."""
    return {"Authorization": f"Bearer {api_key}"}
