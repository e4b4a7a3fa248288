"""No connection to a private address that a stranger chose, seen on a listening socket."""

import socket
import ssl
from collections.abc import Callable, Iterator
from typing import Any

import httpcore
import httpx
import pytest

from studio.providers import client, dafty, downloads, egress
from studio.providers.account import Account
from studio.providers.contract import HttpCall
from studio.providers.egress import (
    ForbiddenAddress,
    GuardedBackend,
    GuardedTransport,
    is_public,
    tls_context,
)
from studio.providers.errors import RequestRefused, Unreachable

TCP = socket.SOCK_STREAM
PRIVATE = """
0.0.0.0 10.0.0.1 10.255.255.255 100.64.0.1 127.0.0.1 127.1.2.3 169.254.169.254 172.16.0.1
172.31.255.255 192.0.0.8 192.0.2.1 192.88.99.1 192.168.1.1 198.18.0.1 198.51.100.1
203.0.113.1 224.0.0.1 240.0.0.1 255.255.255.255 :: ::1 ::127.0.0.1 ::ffff:127.0.0.1
::ffff:10.0.0.1 64:ff9b::7f00:1 64:ff9b:1::1 100::1 2001::1 2001:db8::1 2002:7f00:1::
3fff::1 5f00::1 fc00::1 fd00::1 fe80::1 fec0::1 ff02::1
"""
PUBLIC = ["1.1.1.1", "8.8.8.8", "93.184.216.34", "2606:4700::1111", "2a00:1450::1"]
SPELLINGS = [
    "127.0.0.1",
    "127.1",
    "2130706433",
    "0177.0.0.1",
    "0x7f000001",
    "localhost",
    "[::1]",
    "[::ffff:127.0.0.1]",
    "0.0.0.0",  # noqa: S104 - connected to, not bound
]


@pytest.mark.parametrize("address", PRIVATE.split())
def test_a_reserved_address_is_not_public(address):
    assert not is_public(address)


@pytest.mark.parametrize("address", PUBLIC)
def test_an_address_of_the_internet_is_public(address):
    assert is_public(address)


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.05)
        yield server


def nobody_came(listener: socket.socket) -> bool:
    try:
        connection, _ = listener.accept()
    except TimeoutError:
        return True
    connection.close()
    return False


@pytest.mark.parametrize("host", SPELLINGS)
def test_no_spelling_of_this_machine_is_connected_to(listener, host):
    port = listener.getsockname()[1]
    with (
        httpx.Client(transport=GuardedTransport()) as guarded,
        pytest.raises((httpx.HTTPError, httpx.InvalidURL)),
    ):
        guarded.get(f"http://{host}:{port}/")
    assert nobody_came(listener)


def test_a_link_inside_a_reply_of_a_public_api_never_leads_here(listener):
    account = Account(dafty.ADAPTER, "https://1.1.1.1/api", "key")
    address = f"http://127.0.0.1:{listener.getsockname()[1]}/v.mp4"
    with (
        pytest.raises(RequestRefused, match="private network"),
        downloads.open_download(account, address),
    ):
        pass
    with pytest.raises(RequestRefused, match="private network"):
        client.send(account, HttpCall("PUT", address, content=b"x", sends_key=False))
    assert nobody_came(listener)


def test_an_api_on_a_private_address_of_the_admins_choice_may_name_its_neighbours(listener):
    account = Account(dafty.ADAPTER, "http://127.0.0.1:9/api", "key")
    listener.close()
    with pytest.raises(Unreachable):
        client.send(account, HttpCall("GET", "/x"))


def test_a_wrapped_address_is_seen_through(listener):
    account = Account(dafty.ADAPTER, "https://1.1.1.1/api", "key")
    assert not account.is_on_private_network
    address = f"http://[::ffff:127.0.0.1]:{listener.getsockname()[1]}/v.mp4"
    with pytest.raises(RequestRefused), downloads.open_download(account, address):
        pass
    assert nobody_came(listener)


@pytest.fixture
def many(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """`many("::1", "127.0.0.1")` are the addresses of many.example."""
    real = socket.getaddrinfo

    def has(*addresses: str) -> None:
        def look_up(host: str, port: int, *args: Any, **kwargs: Any) -> list[Any]:
            found = addresses if host == "many.example" else [host]
            return [answer for address in found for answer in real(address, port, type=TCP)]

        monkeypatch.setattr(socket, "getaddrinfo", look_up)

    return has


def test_one_private_address_among_public_ones_is_enough_to_refuse(listener, many):
    for addresses in (["1.1.1.1", "127.0.0.1"], ["127.0.0.1", "1.1.1.1"]):
        many(*addresses)
        with pytest.raises(ForbiddenAddress):
            GuardedBackend().connect_tcp("many.example", listener.getsockname()[1], timeout=1)
    assert nobody_came(listener)


def test_each_address_is_tried_until_one_connects(listener, many, monkeypatch):
    monkeypatch.setattr(egress, "is_public", lambda address: True)
    many("::1", "127.0.0.1")
    GuardedBackend().connect_tcp("many.example", listener.getsockname()[1], timeout=1).close()
    assert not nobody_came(listener)


def test_when_no_address_connects_the_last_one_says_why(listener, many, monkeypatch):
    monkeypatch.setattr(egress, "is_public", lambda address: True)
    port = listener.getsockname()[1]
    listener.close()
    many("::1", "127.0.0.1")
    with pytest.raises(httpcore.ConnectError, match="refused"):
        GuardedBackend().connect_tcp("many.example", port, timeout=1)


def test_certificates_are_read_once_and_checked_always():
    assert tls_context() is tls_context()
    assert tls_context().verify_mode is ssl.CERT_REQUIRED
    assert tls_context().check_hostname
