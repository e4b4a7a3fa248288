"""Signing in tells nobody who has an account, and leads nowhere else (rows 17 and 27)."""

from typing import Any
from urllib.parse import urlsplit

import pytest
from django.contrib.auth.hashers import MD5PasswordHasher
from django.contrib.auth.models import User
from django.test import Client

from tests.live import PASSWORD
from tests.security.routes import every_route
from tests.security.world import World, undone

ELSEWHERE = [
    "https://evil.example/",
    "http://evil.example",
    "//evil.example",
    "///evil.example",
    "////evil.example",
    "/\\evil.example",
    "\\\\evil.example",
    "\\/evil.example",
    "/\t/evil.example",
    "/\n/evil.example",
    "/\r\n/evil.example",
    "\t//evil.example",
    "\n//evil.example",
    "\x01https://evil.example",
    " //evil.example",
    "\u00a0//evil.example",
    "\u2028//evil.example",
    "https:evil.example",
    "https:/evil.example",
    "https:///evil.example",
    "HTTPS://evil.example",
    "ftp://evil.example",
    "//testserver@evil.example",
    "//evil.example#testserver",
    "//evil.example?testserver",
    "//evil.example\\@testserver",
    "https://testserver:pw@evil.example/",
    "http://testserver.evil.example/",
    "//[::1",
    "//\uff0fevil.example",
    "/%0d%0aLocation:%20https://evil.example",
    "/\r\nSet-Cookie: a=b",
    "javascript:alert(1)",
    "JavaScript:alert(1)",
    "java\tscript:alert(1)",
    "java\nscript:alert(1)",
    " javascript:alert(1)",
    "\x01javascript:alert(1)",
    "javascript://testserver/%0aalert(1)",
    "data:text/html,<script>alert(1)</script>",
    "vbscript:x",
    "blob:http://testserver/x",
]


class CountingHasher(MD5PasswordHasher):
    """Notes each time that somebody has to compute a password's digest."""

    algorithm = "counted"
    computed: list[str] = []

    def encode(self, password: str, salt: str) -> str:
        self.computed.append(password)
        return str(super().encode(password, salt))


@pytest.fixture
def work(settings, db) -> Any:
    """How often a digest is computed for a name and a password at the login."""
    settings.PASSWORD_HASHERS = [f"{__name__}.CountingHasher"]
    User.objects.create_user("mara", password=PASSWORD)
    User.objects.create_user("gone", password=PASSWORD, is_active=False)

    def count(name: str, password: str) -> tuple[int, int]:
        CountingHasher.computed.clear()
        answer = Client().post("/login/", {"username": name, "password": password})
        return len(CountingHasher.computed), answer.status_code

    return count


@pytest.mark.parametrize("name", ["nobody", "mara", "MARA", "gone", "x" * 150])
def test_an_unknown_name_costs_as_much_work_as_a_wrong_password(work, name):
    """GHSA-hmx6-r76c-85g9: the time told who has an account. Work is counted, not time."""
    assert work(name, "a wrong one") == (1, 200)


def test_the_words_do_not_tell_who_has_an_account_either(db, owner):
    """GHSA-hmx6-r76c-85g9: the same sentence for both."""
    said = []
    for name in ("mara", "nobody"):
        answer = Client().post("/login/", {"username": name, "password": "a wrong one"})
        said.append([str(error) for error in answer.context["form"].non_field_errors()])
    assert said[0] == said[1] != []


def stays_here(location: str) -> bool:
    """As a browser reads it: without tabs and line ends, with slashes for backslashes."""
    read = "".join(sign for sign in location.strip() if sign not in "\t\r\n").replace("\\", "/")
    parts = urlsplit(read)
    return read.startswith("/") and not read.startswith("//") and not parts.netloc


@pytest.mark.parametrize("target", ELSEWHERE, ids=repr)
def test_no_way_of_writing_makes_the_login_lead_elsewhere(owner, target):
    """CVE-2026-53662 (GHSA-8244-8vpr-vp9c): XSS and redirect through the address to go on with."""
    fields = {"username": "mara", "password": PASSWORD, "next": target}
    answer = Client().post("/login/", fields)
    assert answer.status_code == 302
    assert stays_here(answer.headers["Location"])
    shown = Client().get("/login/", {"next": target}).content.decode()
    assert not any(f'{name}="{target}' in shown for name in ("href", "action", "src"))


def test_no_button_leads_elsewhere(browser, world: World):
    """CVE-2026-53662: everywhere that takes an address to go back to, not at the login alone."""
    seen = set()
    for route in every_route():
        for target in ELSEWHERE[::10] if route.name != "logout" else []:
            with undone():
                answer = browser.post(world.address(route), {"next": target, "confirmed": "1"})
            assert answer.status_code < 500, (route.name, target)
            if answer.status_code == 302:
                seen.add(route.name)
                assert stays_here(answer.headers["Location"]), (route.name, target)
    assert {"theme", "language", "queue_do", "clips_do"} <= seen
