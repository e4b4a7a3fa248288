"""Whose key is used, and where it may go."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import httpx

from studio.providers.contract import Adapter, HttpCall
from studio.providers.egress import is_private_host
from studio.providers.errors import KeyRejected
from studio.providers.redaction import remember


@dataclass(frozen=True, slots=True)
class Account:
    """Whose key is used, and where. The key is in no repr."""

    adapter: Adapter
    base_url: str
    api_key: str = field(repr=False)
    options: Mapping[str, str] = field(default_factory=dict, repr=False)

    def __post_init__(self) -> None:
        remember(*self.secrets)

    def address(self, path: str) -> str:
        """`path` below the base URL, or itself where it is a whole address."""
        if path.startswith(("http://", "https://")):
            return path
        return self.base_url.rstrip("/") + path

    def owns(self, address: str) -> bool:
        """True if the address has the base URL's own origin: only there the key may go."""
        return _origin(address) == _origin(self.base_url)

    def gives_key_to(self, call: HttpCall) -> bool:
        return call.sends_key and self.owns(self.address(call.path))

    @property
    def secrets(self) -> list[str]:
        """Everything of this account that must never be shown or logged."""
        named = [option.name for option in self.adapter.options if option.is_secret]
        found = [self.api_key, *(self.options.get(name, "") for name in named)]
        return [secret for secret in found if secret]

    @property
    def is_on_private_network(self) -> bool:
        """True where an admin gave a private base URL: then its replies may name neighbours."""
        return is_private_host(httpx.URL(self.base_url).host)


def _origin(address: str) -> tuple[str, bytes, int | None]:
    """Read by the parser that also connects: two parsers could see two hosts."""
    url = httpx.URL(address)
    return url.scheme, url.raw_host, url.port


def headers_for(account: Account, call: HttpCall) -> dict[str, str]:
    """The headers of a call; the key is among them only where it may go.

    Raises KeyRejected for a key that no header can carry. Compressed bodies can explode, so
    none is asked for.
    """
    headers = {"Accept": "application/json", "Accept-Encoding": "identity", **call.headers}
    if account.gives_key_to(call):
        headers |= account.adapter.key_headers(_sendable_key(account))
    return headers


def _sendable_key(account: Account) -> str:
    key = account.api_key
    if not (key and key.isascii() and key.isprintable()):
        raise KeyRejected(
            f"The key for {account.adapter.name} cannot be sent: it is empty or has characters "
            "that no key has. Nothing was sent or charged. Enter it again under Providers."
        )
    return key
