"""The first account, and signing in."""

import pytest
from django.test import Client

from studio.services import accounts, house


@pytest.fixture
def setup_link(db, settings, tmp_path) -> str:
    settings.SETUP_TOKEN_FILE = tmp_path / "setup.token"
    return accounts.setup_link()


def test_the_setup_link_creates_the_owner_once(setup_link):
    fields = {
        "studio_name": "Nordlicht",
        "username": "mara",
        "password1": "a long enough one",
        "password2": "a long enough one",
    }
    client = Client()
    assert client.post(setup_link, fields).headers["Location"] == "/welcome/"
    assert client.get("/").status_code == 200
    assert Client().post(setup_link, fields | {"username": "eve"}).status_code == 404
    assert accounts.owner().username == "mara"
    assert house.name() == "Nordlicht"


def test_a_wrong_setup_token_is_refused(setup_link):
    assert Client().get("/setup/guessed/").status_code == 404


def test_a_weak_password_is_refused_and_the_name_is_kept(setup_link):
    fields = {
        "studio_name": "Nordlicht",
        "username": "mara",
        "password1": "short",
        "password2": "short",
    }
    answer = Client().post(setup_link, fields)
    assert answer.status_code == 422
    assert b'value="mara"' in answer.content
    assert b'value="Nordlicht"' in answer.content
    assert accounts.owner() is None


@pytest.mark.parametrize(
    "target", ["https://evil.example/", "//evil.example", "javascript:alert(1)"]
)
def test_login_never_leads_elsewhere(owner, target):
    fields = {"username": "mara", "password": "a long enough one", "next": target}
    assert Client().post("/login/", fields).headers["Location"] == "/"
