"""This machine on its LAN: under which addresses and names others reach it."""

import ipaddress
import socket

import ifaddr

EVERYWHERE = frozenset({"0.0.0.0", "::"})  # noqa: S104 - compared, not bound
HERE = frozenset({"127.0.0.1", "localhost", "::1"})
BRIDGES = ("lo", "docker", "br-", "cni", "podman", "veth", "virbr", "vmnet")
"""Interfaces that lead to containers and virtual machines of this machine alone."""


def addresses() -> list[str]:
    """The IPv4 addresses that others on the LAN can type; the oldest interface first."""
    found = (
        str(given.ip)
        for adapter in sorted(ifaddr.get_adapters(), key=lambda adapter: adapter.index or 0)
        for given in adapter.ips
        if given.is_IPv4 and not adapter.nice_name.startswith(BRIDGES)
    )
    return [address for address in found if _is_of_a_network(address)]


def _is_of_a_network(address: str) -> bool:
    given = ipaddress.ip_address(address)
    return not given.is_loopback and not given.is_link_local


def names(mdns_name: str = "") -> list[str]:
    """Every name and address under which this machine may be asked for on the LAN."""
    name = socket.gethostname().lower()
    short = name.split(".")[0]
    told = [local(mdns_name)] if mdns_name else []
    return sorted({name, short, local(short), *told, *addresses()})


def local(label: str) -> str:
    """The name that multicast DNS gives to a machine or service."""
    return f"{label}.local"


def in_address(host: str) -> str:
    """The host as it stands in an address: IPv6 in brackets."""
    return f"[{host}]" if ":" in host else host
