"""A name for the studio on the LAN, such as `dailies.local`, told by multicast DNS (RFC 6762)."""

import socket
from collections.abc import Sequence

from zeroconf import AddressResolverIPv4, Error, IPVersion, ServiceInfo, Zeroconf  # type: ignore[attr-defined]

from studio.lan import local

ANSWER_MS = 700
"""How long somebody else with the same name has to say so."""


class Sign:
    """Tells the name, the port and these addresses of ours, from `put_up` to `take_down`."""

    def __init__(
        self, name: str, addresses: Sequence[str], port: int, *, path: str = "/", is_tls: bool
    ) -> None:
        self.host = local(name)
        self._name, self._addresses, self._port, self._path = name, addresses, port, path
        self._kind = "_https._tcp.local." if is_tls else "_http._tcp.local."
        self._open: Zeroconf | None = None

    def put_up(self) -> str:
        """Why the name cannot be told; "" if it is. The studio runs in either case."""
        try:
            self._open = Zeroconf(interfaces=list(self._addresses), ip_version=IPVersion.V4Only)
            if problem := self._taken(self._open):
                self.take_down()
                return problem
            self._open.register_service(self._service())
        except (OSError, ValueError, Error) as e:
            self.take_down()
            return f"{self.host} cannot be told on the LAN ({e or type(e).__name__})."
        return ""

    def _service(self) -> ServiceInfo:
        return ServiceInfo(
            self._kind,
            f"{self._name}.{self._kind}",
            port=self._port,
            server=f"{self.host}.",
            addresses=[socket.inet_aton(address) for address in self._addresses],
            properties={"path": self._path},
        )

    def _taken(self, asked: Zeroconf) -> str:
        """Whose name it is already: two machines with one name would get each other's visitors."""
        found = AddressResolverIPv4(f"{self.host}.")
        found.request(asked, ANSWER_MS)
        others = sorted(set(found.parsed_addresses()) - set(self._addresses))
        if not others:
            return ""
        return f"{self.host} is {others[0]} already. Set MDNS_NAME to another name."

    def take_down(self) -> None:
        if self._open is not None:
            self._open.close()
            self._open = None
