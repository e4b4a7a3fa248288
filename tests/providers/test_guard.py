"""No disguise leads a request to a private address, and no redirect carries a key away.

One server listens on every address of this machine and notes where each connection was made to.
127.0.0.2 plays the internet: it alone counts as public here, so that a guarded client can reach
a server at all. Names are looked up in a table; nothing else of the studio is replaced.
"""

import asyncio
import http.server
import json
import socket
import socketserver
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from studio.providers import aiml, client, dafty, downloads, egress, registry
from studio.providers.account import Account
from studio.providers.contract import Adapter, HttpCall, ImageFile
from studio.providers.errors import ProviderError, RequestRefused, UnexpectedReply
from studio.providers.looks import LookClient
from tests.providers.test_client import Server

pytestmark = pytest.mark.allow_hosts(["127.0.0.1", "127.0.0.2", "::1", "localhost"])

INTERNET = "127.0.0.2"
KEY = "sk_live_0123456789"
HOSTS = """
127.0.0.1 127.0.0.3 127.1.2.3 127.255.255.254 127.1 127.0.1 2130706433 017700000001 0177.0.0.1
0177.1 0x7f000001 0x7f.0.0.1 0x7F.1 0x7f.0x0.0x0.0x1 127.0x1 127.00.00.01 0.0.0.0 0 0x0 00
[::] [::1] [0:0:0:0:0:0:0:1] [::ffff:127.0.0.1] [::ffff:7f00:1] [0:0:0:0:0:ffff:127.0.0.1]
[::127.0.0.1] [::ffff:0.0.0.0] [64:ff9b::7f00:1] [64:ff9b::127.0.0.1] [64:ff9b:1::1]
[2002:7f00:1::] [2001::1] [2001:db8::1] [3fff::1] [5f00::1] [100::1] [fc00::1] [fd00:ec2::254]
[fe80::1] [fec0::1] [ff02::1] [::ffff:169.254.169.254] [::ffff:a9fe:a9fe] [::ffff:10.0.0.1]
10.0.0.1 10.255.255.255 100.64.0.1 100.100.100.200 169.254.169.254 2852039166 0xa9fea9fe
0xa9.254.0xa9.254 172.16.0.1 172.31.255.255 192.0.0.8 192.0.0.192 192.0.2.1 192.88.99.1
192.168.1.1 0xc0a80101 198.18.0.1 198.51.100.1 203.0.113.1 224.0.0.1 240.0.0.1 255.255.255.255
"""
# No addresses to a resolver, but spelt so in a link they may become one on the way.
SPELLINGS = """
localhost LOCALHOST localhost. 127.0.0.1. 127.0.0.1.. 127.0.0.2@127.0.0.1 127.0.0.2%40127.0.0.1
127.0.0.2\\@127.0.0.1 %31%32%37.0.0.1 127%2e0%2e0%2e1 127\u30020\u30020\u30021
\uff11\uff12\uff17.0.0.1 \u2460\u2461\u2466.0.0.1 \uff4c\uff4f\uff43alhost [::1%25lo] [fe80::1%25lo]
"""
as_link = pytest.mark.parametrize("host", [*HOSTS.split(), *SPELLINGS.split()])
as_answer = pytest.mark.parametrize("host", HOSTS.split())


class Machine(socketserver.ThreadingMixIn, http.server.HTTPServer):
    """Listens on every address of this machine. `reached`: where each connection was made to."""

    address_family = socket.AF_INET6
    daemon_threads = True

    def __init__(self) -> None:
        self.reached: list[tuple[str, int]] = []
        self.link = ""
        super().__init__(("::", 0), Answers)
        threading.Thread(target=self.serve_forever, args=[0.02], daemon=True).start()

    def server_bind(self) -> None:
        self.socket.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        socketserver.TCPServer.server_bind(self)
        self.port = self.server_address[1]

    def get_request(self) -> tuple[Any, Any]:
        connection, peer = super().get_request()
        place = connection.getsockname()[0].removeprefix("::ffff:")
        self.reached.append((place, peer[1]))
        return connection, peer

    def took(self) -> list[str]:
        """Where connections were made to since the last time. One of our own is sent after
        them: once that one is seen, so are all before it."""
        with socket.create_connection(("127.0.0.1", self.port)) as last:
            mark = ("127.0.0.1", last.getsockname()[1])
            while mark not in self.reached:
                threading.Event().wait(0.0005)
        places = [place for place, _ in self.reached[: self.reached.index(mark)]]
        self.reached.clear()
        return places


class Answers(http.server.BaseHTTPRequestHandler):
    """As an API whose replies name a stranger's link."""

    server: Machine

    def do_GET(self) -> None:
        self.rfile.read(int(self.headers.get("content-length") or 0))
        self.send_response(302 if self.path == "/redirect" else 200)
        self.send_header("Location", self.server.link.encode().decode("latin-1"))
        self.end_headers()
        named = {"uploadId": "u1", "uploadUrl": self.server.link}
        self.wfile.write(json.dumps({"url": self.server.link, "data": named}).encode())

    do_POST = do_PUT = do_GET

    def log_message(self, *args: Any) -> None:
        return


@pytest.fixture(scope="module")
def listening() -> Iterator[Machine]:
    machine = Machine()
    yield machine
    machine.shutdown()
    machine.server_close()


class Names:
    """Stands in for socket.getaddrinfo; no question leaves this machine. A name's answers are
    given one after the other, the last one for ever."""

    def __init__(self) -> None:
        self.known = {"localhost": [["127.0.0.1", "::1"]]}
        self.real = socket.getaddrinfo

    def __call__(self, host: str, port: int, *args: Any, **kwargs: Any) -> list[Any]:
        answers = self.known.get(str(host).lower().rstrip("."), [[host]])
        found = answers.pop(0) if len(answers) > 1 else answers[0]
        return [answer for address in found for answer in self.read(address, port)]

    def read(self, address: str, port: int) -> list[Any]:
        flags = socket.AI_NUMERICHOST
        return self.real(address.strip("[]"), port, type=socket.SOCK_STREAM, flags=flags)


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> Names:
    names = Names()
    monkeypatch.setattr(socket, "getaddrinfo", names)
    return names


@pytest.fixture
def machine(listening: Machine, names: Names, monkeypatch: pytest.MonkeyPatch) -> Machine:
    is_public = egress.is_public
    monkeypatch.setattr(
        egress, "is_public", lambda address: address == INTERNET or is_public(address)
    )
    listening.took()
    return listening


def account_at(machine: Machine, adapter: Adapter = dafty.ADAPTER) -> Account:
    return Account(adapter, f"http://{INTERNET}:{machine.port}", KEY)


def by_call(account: Account, address: str) -> None:
    client.send(account, HttpCall("GET", address))


def by_download(account: Account, address: str) -> None:
    with downloads.open_download(account, address) as download:
        list(download.iter_bytes())


def by_look(account: Account, *paths: str) -> None:
    async def ask() -> None:
        async with LookClient() as looks:
            for path in paths:
                call = HttpCall("GET", path)
                await looks.send(account, call, is_private=account.is_on_private_network)

    asyncio.run(ask())


Way = Callable[[Account, str], None]
ways = pytest.mark.parametrize("way", [by_call, by_download, by_look])


def link_of(machine: Machine, host: str) -> str:
    return f"http://{host}:{machine.port}/v.mp4"


@ways
def test_the_internet_is_reached(machine, way):
    """Or else the tests below would prove nothing."""
    way(account_at(machine), link_of(machine, INTERNET))
    assert machine.took() == [INTERNET]


@ways
@as_link
def test_a_link_leads_to_no_private_address(machine, way, host):
    with pytest.raises(ProviderError):
        way(account_at(machine), link_of(machine, host))
    assert machine.took() == []


@ways
@as_answer
def test_a_name_leads_to_no_private_address(machine, names, way, host):
    names.known["named.example"] = [[host]]
    with pytest.raises(RequestRefused, match="private network"):
        way(account_at(machine), link_of(machine, "named.example"))
    assert machine.took() == []


@ways
@as_answer
def test_a_name_that_changes_its_address_leads_to_no_private_one(machine, names, way, host):
    names.known["turning.example"] = [[INTERNET], [host]]
    account, link = account_at(machine), link_of(machine, "turning.example")
    way(account, link)
    with pytest.raises(RequestRefused, match="private network"):
        way(account, link)
    assert machine.took() == [INTERNET]


@ways
@as_link
def test_a_redirect_leads_to_no_private_address(machine, way, host):
    machine.link = link_of(machine, host)
    with pytest.raises(ProviderError):
        way(account_at(machine), f"http://{INTERNET}:{machine.port}/redirect")
    assert machine.took() == [INTERNET]


def an_upload(account: Account) -> None:
    """To where the API says."""
    image = ImageFile(name="a.png", content=b"png", mime_type="image/png")
    client.converse(account, dafty.upload(image, {}))


def a_resolved_download(account: Account) -> None:
    reply = client.send(account, aiml.build_resolve("/resolve"))
    by_download(account, aiml.parse_resolve(reply.body))


def a_look_where_the_last_one_pointed(account: Account) -> None:
    reply = client.send(account, HttpCall("GET", "/job"))
    by_look(account, reply.body["url"])


@pytest.mark.parametrize(
    "follow", [an_upload, a_resolved_download, a_look_where_the_last_one_pointed]
)
@as_link
def test_a_link_inside_a_reply_leads_to_no_private_address(machine, follow, host):
    machine.link = link_of(machine, host)
    with pytest.raises(ProviderError):
        follow(account_at(machine))
    assert machine.took() == [INTERNET]


@ways
@pytest.mark.parametrize("answers", [[INTERNET, "127.0.0.1"], ["::1", INTERNET]])
def test_one_private_answer_is_enough_to_refuse_a_name(machine, names, way, answers):
    names.known["mixed.example"] = [answers]
    with pytest.raises(RequestRefused, match="private network"):
        way(account_at(machine), link_of(machine, "mixed.example"))
    assert machine.took() == []


@ways
def test_an_apis_own_name_that_turns_private_is_refused(machine, names, way):
    names.known["api.example"] = [[INTERNET], ["127.0.0.1"]]
    account = Account(dafty.ADAPTER, f"http://api.example:{machine.port}", KEY)
    with pytest.raises(RequestRefused, match="private network"):
        way(account, link_of(machine, "api.example"))
    assert machine.took() == []


def test_a_kept_connection_opens_no_way_around_the_guard(machine, names):
    """The pool knows a connection by the name in the link, and that one was checked."""
    account = account_at(machine)
    names.known["turning.example"] = [[INTERNET], ["127.0.0.1"]]
    by_look(account, *[link_of(machine, "turning.example")] * 2)
    with pytest.raises(RequestRefused):
        by_look(account, link_of(machine, INTERNET), link_of(machine, "127.0.0.1"))
    assert set(machine.took()) == {INTERNET}


@pytest.fixture
def origins() -> Iterator[tuple[Server, Server]]:
    """The API and another origin that it redirects to."""
    servers = Server(), Server()
    yield servers
    for server in servers:
        server.server.shutdown()
        server.server.server_close()


def with_secrets(slug: str, url: str) -> Account:
    adapter = registry.get(slug)
    secret = {option.name: f"{KEY}-option" for option in adapter.options if option.is_secret}
    return Account(adapter, url, KEY, secret)


@pytest.mark.parametrize("slug", registry.ADAPTERS)
@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_no_redirect_carries_a_key_to_another_origin(origins, slug, status):
    """Seen with every style of key; the API of this test is on a network of the admin's."""
    api, other = origins
    api.say("/x", status, b"", Location=f"{other.url}/x")
    other.say("/x", body={})
    account = with_secrets(slug, api.url)
    for call in (HttpCall("GET", "/x"), HttpCall("POST", "/x", json={"prompt": "x"})):
        with pytest.raises(UnexpectedReply):
            client.send(account, call)
    with pytest.raises(UnexpectedReply):
        by_look(account, "/x")
    assert other.seen == []
    by_download(account, api.url + "/x")
    assert [KEY in str(headers) for _, headers in api.seen] == [True, True, True, False]
    assert KEY not in str(other.seen)


@pytest.mark.parametrize("slug", registry.ADAPTERS)
def test_no_link_carries_a_key_to_another_origin(origins, slug):
    api, other = origins
    other.say("/x", body={})
    account = with_secrets(slug, api.url)
    for way in (by_call, by_download, by_look):
        way(account, f"{other.url}/x")
        way(account, f"{other.url.replace('127.0.0.1', 'localhost')}/x")
    assert len(other.seen) == 6
    assert KEY not in str(other.seen)
