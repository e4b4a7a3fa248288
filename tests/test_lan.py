"""How others on the LAN find the studio: its addresses, the code for a camera, the name."""

import socket
import threading

import pytest
from zeroconf import IPVersion, ServiceInfo, Zeroconf

from studio import lan, mdns
from studio.management import greeting
from studio.management.greeting import Door

HERE = ["127.0.0.1"]
NAME = "dailies-test"
KIND = "_http._tcp.local."


def test_no_address_of_this_machine_alone_is_told_to_others():
    assert not [each for each in lan.addresses() if each.startswith(("127.", "169.254."))]
    assert {socket.gethostname().lower(), f"{NAME}.local"} <= set(lan.names(NAME))


def test_a_studio_for_this_machine_alone_has_one_address_and_no_code(settings):
    door = Door("127.0.0.1")
    assert door.shown == [f"http://127.0.0.1:{settings.PORT}/"]
    assert greeting.qr_code(door) == []


def test_one_address_of_the_lan_is_what_everybody_types(settings):
    settings.SUB_PATH, settings.TLS_CERT = "/dailies", "cert.pem"
    assert Door("192.168.1.5").shown == [f"https://192.168.1.5:{settings.PORT}/dailies/"]
    assert Door("fd00::5").shown == [f"https://[fd00::5]:{settings.PORT}/dailies/"]


def test_the_code_has_the_plain_address_and_nothing_secret(settings, capsys):
    caption, *squares = greeting.qr_code(Door("192.168.1.5"))
    assert caption.endswith(f"http://192.168.1.5:{settings.PORT}/")
    assert len({len(line) for line in squares}) == 1
    assert set("".join(squares)) <= set(" ▀▄█")


def test_the_setup_link_is_printed_where_somebody_can_sign_in(settings):
    told = greeting.lines(Door("127.0.0.1"), "/setup/token/")
    assert f"  Set up  http://127.0.0.1:{settings.PORT}/setup/token/" in told
    settings.PUBLIC_URL, settings.SUB_PATH = "https://office.example/dailies", "/dailies"
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    told = greeting.lines(Door("127.0.0.1"), "/dailies/setup/token/")
    assert "  Set up  https://office.example/dailies/setup/token/" in told


@pytest.fixture
def neighbour():
    """Another machine's view of the same network."""
    other = Zeroconf(interfaces=HERE, ip_version=IPVersion.V4Only)
    yield other
    other.close()


def test_the_name_is_found_by_a_neighbour_until_it_is_taken_down(neighbour):
    sign = mdns.Sign(NAME, HERE, 8123, path="/dailies/", is_tls=False)
    assert sign.put_up() == ""
    found = neighbour.get_service_info(KIND, f"{NAME}.{KIND}")
    assert (found.server, found.port, found.parsed_addresses()) == (f"{NAME}.local.", 8123, HERE)
    assert found.properties == {b"path": b"/dailies/"}
    sign.take_down()
    assert neighbour.get_service_info(KIND, f"{NAME}.{KIND}", 500) is None


def test_a_name_that_another_machine_has_is_left_to_it(neighbour):
    taken = ServiceInfo(
        KIND,
        f"other.{KIND}",
        port=80,
        server=f"{NAME}.local.",
        addresses=[socket.inet_aton("192.0.2.9")],
    )
    neighbour.register_service(taken)
    sign = mdns.Sign(NAME, HERE, 8123, is_tls=False)
    assert sign.put_up() == f"{NAME}.local is 192.0.2.9 already. Set MDNS_NAME to another name."
    assert not [thread for thread in threading.enumerate() if sign.host in thread.name]


@pytest.mark.filterwarnings("ignore:unclosed <socket:ResourceWarning")
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("address", ["192.0.2.77", "not-an-address"])
def test_a_network_that_is_not_there_is_one_line_and_no_fault(address):
    problem = mdns.Sign(NAME, [address], 8123, is_tls=False).put_up()
    assert problem.startswith(f"{NAME}.local cannot be told on the LAN (")
    assert "\n" not in problem
