"""A proxy that says who asks: believed where it is that proxy, and nowhere else."""

from ipaddress import ip_network

import pytest
from django.contrib.auth.models import User
from django.test import Client

from studio.models import Role
from studio.services import members

HEADER = "HTTP_REMOTE_USER"


@pytest.fixture
def proxy(settings, db):
    settings.PROXY_USER_HEADER = "Remote-User"
    settings.TRUSTED_PROXIES = [ip_network("10.0.0.2/32"), ip_network("fd00::/8")]


def asked(name: str | None, address: str = "10.0.0.2", path: str = "/gallery/"):
    said = {HEADER: name} if name is not None else {}
    return Client(REMOTE_ADDR=address, **said).get(path)


def test_whom_the_proxy_names_is_signed_in(proxy, owner):
    answer = asked("mara")
    assert (answer.status_code, answer.wsgi_request.user) == (200, owner)


def test_somebody_new_becomes_a_viewer_or_stays_outside(proxy, settings):
    assert asked("noor", "fd00::7").status_code == 200
    assert members.role_of(User.objects.get(username="noor")) == Role.VIEWER
    settings.NEW_MEMBERS = "none"
    assert asked("jonas").status_code == 302
    assert not User.objects.filter(username="jonas").exists()


@pytest.mark.parametrize("address", ["10.0.0.3", "127.0.0.1", "::1", "", "10.0.0.2, 1.2.3.4"])
def test_from_anywhere_else_the_header_is_not_read(proxy, owner, address):
    assert asked("mara", address).status_code == 302


def test_an_address_that_is_only_told_is_not_believed(proxy, owner):
    client = Client(
        REMOTE_ADDR="10.0.0.3", HTTP_X_FORWARDED_FOR="10.0.0.2", HTTP_REMOTE_USER="mara"
    )
    assert client.get("/gallery/").status_code == 302


def guesses(address: str, forwarded: str) -> list[int]:
    """Six wrong passwords through the proxy."""
    client = Client(REMOTE_ADDR=address, HTTP_X_FORWARDED_FOR=forwarded)
    wrong = {"username": "mara", "password": "not it"}
    return [client.post("/login/", wrong).status_code for _ in range(6)]


def test_behind_a_proxy_of_ours_each_client_has_its_own_tries(proxy, owner):
    assert guesses("10.0.0.2", "203.0.113.5")[-1] == 429
    right = {"username": "mara", "password": "a long enough one"}
    other = Client(REMOTE_ADDR="10.0.0.2", HTTP_X_FORWARDED_FOR="203.0.113.6")
    assert other.post("/login/", right).status_code == 302


def test_what_a_client_writes_before_its_address_gives_it_no_new_tries(proxy, owner):
    for number in range(5):
        guesses("10.0.0.2", f"198.51.100.{number}, 203.0.113.5")
    right = {"username": "mara", "password": "a long enough one"}
    again = Client(REMOTE_ADDR="10.0.0.2", HTTP_X_FORWARDED_FOR="198.51.100.9, 203.0.113.5")
    assert again.post("/login/", right).status_code == 429


def test_two_names_are_none(proxy, owner):
    """One was sent along by somebody, as `Remote_User`, and came through."""
    assert asked("mara,noor").status_code == 302
    assert not User.objects.filter(username__contains=",").exists()


def test_without_the_header_nobody_stays_signed_in(proxy, owner):
    client = Client(REMOTE_ADDR="10.0.0.2")
    assert client.get("/gallery/", **{HEADER: "mara"}).status_code == 200
    assert client.get("/gallery/").status_code == 302


def test_an_account_that_is_switched_off_stays_outside(proxy, owner):
    asked("noor")
    members.switch(User.objects.get(username="noor"), is_active=False, by=owner)
    assert asked("noor").status_code == 302


def test_a_password_works_beside_it(proxy, owner):
    client = Client(REMOTE_ADDR="10.0.0.3")
    client.post("/login/", {"username": "mara", "password": "a long enough one"})
    assert client.get("/gallery/").status_code == 200


def test_it_is_off_unless_it_is_switched_on(db, owner):
    assert asked("mara").status_code == 302
