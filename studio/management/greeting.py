"""What the start says: where the studio is, for this machine and for others on the LAN."""

import io
import sys
from dataclasses import dataclass

import segno
from django.conf import settings

from studio import lan

QUIET_ZONE = 2
"""Modules around the code; scanners ask for four on paper, and read two on a screen."""


@dataclass(frozen=True, slots=True)
class Door:
    """Where the web server listens, and what its addresses are."""

    host: str

    @property
    def is_on_lan(self) -> bool:
        return self.host not in lan.HERE

    @property
    def lan_addresses(self) -> list[str]:
        """The IPv4 addresses under which others get in."""
        if not self.is_on_lan:
            return []
        return lan.addresses() if self.host in lan.EVERYWHERE else [self.host]

    @property
    def near_host(self) -> str:
        """Under which this machine itself gets in."""
        return "127.0.0.1" if self.host in lan.EVERYWHERE else self.host

    def origin(self, host: str) -> str:
        scheme = "https" if settings.TLS_CERT else "http"
        return f"{scheme}://{lan.in_address(host)}:{settings.PORT}"

    def address(self, host: str) -> str:
        return f"{self.origin(host)}{settings.SUB_PATH}/"

    @property
    def shown(self) -> list[str]:
        """What a person can type, this machine's own first."""
        hosts = dict.fromkeys([self.near_host, *self.lan_addresses])
        return [self.address(host) for host in hosts]


def lines(door: Door, setup_link: str, mdns_host: str = "") -> list[str]:
    """The text of the start, but for what the database and the demo provider are like."""
    told = ["", "Dailies is running."]
    told += [f"  Open    {address}" for address in door.shown]
    if mdns_host:
        told.append(f"  Open    {door.address(mdns_host)}")
    if settings.PUBLIC_URL:
        told.append(f"  Public  {settings.PUBLIC_URL}/")
    if setup_link:
        told += ["  First time? Create the owner's account with this link (it works once):"]
        told.append(f"  Set up  {_setup_origin(door)}{setup_link}")
    return told


def _setup_origin(door: Door) -> str:
    """Behind a proxy with HTTPS the cookies are secure: only there can anybody sign in."""
    if settings.SECURE_PROXY_SSL_HEADER:
        return str(settings.PUBLIC_URL).removesuffix(settings.SUB_PATH)
    return door.origin(door.near_host)


def qr_code(door: Door) -> list[str]:
    """The LAN address for a phone's camera, where there is one. It never holds a token."""
    if not door.lan_addresses or not _can_draw():
        return []
    address, drawn = door.address(door.lan_addresses[0]), io.StringIO()
    code = segno.make(address, micro=False, error="l")
    code.terminal(out=drawn, border=QUIET_ZONE, compact=True)
    squares = [f"  {line}" for line in drawn.getvalue().splitlines()]
    return [f"  For a phone's camera: {address}", *squares]


def _can_draw() -> bool:
    try:
        "▀▄█".encode(sys.stdout.encoding or "ascii")
    except UnicodeEncodeError:
        return False
    return True
