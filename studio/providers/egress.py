"""Where a request may go: nowhere private, unless an admin's own address is there.

Addresses inside replies (videos, uploads, redirects) are chosen by a stranger. The check sits at
the connection: a name is resolved once, every answer is checked, and the connection goes to the
checked address, so no second look-up can lead elsewhere. `ipaddress.is_global` alone lets 11 of 23
reserved addresses through (measured on Python 3.11), so the table is our own: for IPv6 only what
is handed out to the public, less the ranges that wrap or document other addresses.
"""

import contextlib
import functools
import ipaddress
import socket
import ssl
from collections.abc import Iterable
from typing import Any

import httpcore
import httpx

DENIED_V4 = [
    ipaddress.IPv4Network(network)
    for network in (
        "0.0.0.0/8",
        "10.0.0.0/8",
        "100.64.0.0/10",
        "127.0.0.0/8",
        "169.254.0.0/16",
        "172.16.0.0/12",
        "192.0.0.0/24",
        "192.0.2.0/24",
        "192.88.99.0/24",
        "192.168.0.0/16",
        "198.18.0.0/15",
        "198.51.100.0/24",
        "203.0.113.0/24",
        "224.0.0.0/3",
    )
]
PUBLIC_V6 = ipaddress.IPv6Network("2000::/3")
DENIED_V6 = [
    ipaddress.IPv6Network(network)
    for network in ("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20")
]


class ForbiddenAddress(httpcore.ConnectError, OSError):
    """The address is not for strangers to choose. An OSError too, as asyncio's connecting
    code looks for nothing else."""


def is_public(address: str) -> bool:
    """True for an IP address that is reachable by anyone on the internet."""
    ip = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(ip, ipaddress.IPv4Address):
        return not any(ip in network for network in DENIED_V4)
    return ip in PUBLIC_V6 and not any(ip in network for network in DENIED_V6)


def check_public(host: str, addresses: list[str]) -> None:
    """Raises ForbiddenAddress unless all of a host's addresses are public."""
    if not addresses or not all(map(is_public, addresses)):
        raise ForbiddenAddress(f"{host} leads to an address that is not public")


def is_private_host(host: str) -> bool:
    """True for a host that is, or only leads to, private addresses."""
    try:
        return not any(is_public(address) for address in _resolve(host, 0))
    except OSError:
        return False


def _resolve(host: str, port: int) -> list[str]:
    answers = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(answer[4][0]) for answer in answers]


@functools.cache
def tls_context() -> ssl.SSLContext:
    """One for the process: reading all the certificates anew costs more than a small call."""
    return httpx.create_ssl_context(trust_env=False)


class GuardedBackend(httpcore.NetworkBackend):
    """Connects to public addresses only."""

    def __init__(self) -> None:
        self._plain = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        """Try one address after the other: the first may be IPv6 on a machine without it."""
        *others, last = _public_addresses(host, port)
        for address in others:
            with contextlib.suppress(httpcore.ConnectError, httpcore.ConnectTimeout):
                return self._plain.connect_tcp(
                    address, port, timeout, local_address, socket_options
                )
        return self._plain.connect_tcp(last, port, timeout, local_address, socket_options)


def _public_addresses(host: str, port: int) -> list[str]:
    try:
        addresses = _resolve(host, port)
    except OSError as e:
        raise httpcore.ConnectError(f"{host} could not be resolved: {e}") from e
    check_public(host, addresses)
    return addresses


class GuardedTransport(httpx.HTTPTransport):
    """httpx' own transport over the guarded backend."""

    def __init__(self) -> None:
        super().__init__(verify=tls_context(), trust_env=False)
        self._pool = httpcore.ConnectionPool(
            ssl_context=tls_context(),
            max_keepalive_connections=0,
            network_backend=GuardedBackend(),
        )
