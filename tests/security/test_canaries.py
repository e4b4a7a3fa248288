"""Fifteen kinds of secret, each really used, and none of them found anywhere but where it belongs
(figure C3)."""

import json
import sqlite3
from contextlib import closing

import httpx
import pytest
from cryptography.fernet import Fernet
from django.core import signing

from tests.security.canaries import NAME, PIECE, Canaries, Person, pieces_in
from tests.security.test_guesses import FORGED, MOST

PROVEN = (
    "set-up token",
    "member's password",
    "password that was tried in vain",
    "session",
    "CSRF secret",
    "token of a form",
    "invitation",
    "link to a clip",
    "signature of a link",
)
KINDS = (
    *PROVEN,
    "provider's key",
    "provider's secret option",
    "key that its provider refuses",
    "metrics token",
    "secret key",
    "key of the fields",
)
PLACES = ("log", "pages", "database", "queue", "backup", "command_lines")


@pytest.fixture(scope="module")
def canaries(tmp_path_factory):
    """A studio that has lived, and still runs."""
    lived = Canaries(tmp_path_factory.mktemp("canaries"))
    try:
        lived.live()
        yield lived
    finally:
        lived.studio.stop()


@pytest.fixture(scope="module")
def places(canaries) -> dict[str, bytes]:
    return {place: getattr(canaries, place) for place in PLACES}


def column(canaries: Canaries, question: str, *values: str) -> str:
    with closing(sqlite3.connect(canaries.studio.data_dir / "studio.sqlite3")) as file:
        return str(file.execute(question, values).fetchone()[0])


# -- Each was in use, and each place can be searched ---------------------------------------------


@pytest.mark.parametrize("kind", PROVEN)
def test_it_was_in_use(canaries, kind):
    assert canaries.proofs[kind] is True
    assert len(canaries.secrets[kind]) >= 2 * PIECE


def test_the_keys_of_the_provider_were_stored_under_the_key_of_the_fields_and_sent(canaries):
    cipher = Fernet(canaries.secrets["key of the fields"])
    for name, kind in ((NAME, "provider's key"), ("Refused", "key that its provider refuses")):
        stored = column(canaries, "SELECT api_key FROM studio_provider WHERE name=?", name)
        assert cipher.decrypt(stored.removeprefix("v1:")).decode() == canaries.secrets[kind]
    stored = column(canaries, "SELECT options_text FROM studio_provider WHERE name=?", NAME)
    options = json.loads(cipher.decrypt(stored.removeprefix("v1:")))
    assert options["byok_api_key"] == canaries.secrets["provider's secret option"]
    assert canaries.made["state"] == "ready"
    assert canaries.failed["state"] == "failed"
    assert b"key" in canaries.answers["a refused key"]


def test_the_secret_key_signs_the_sessions(canaries):
    key, data = (
        canaries.secrets["secret key"],
        column(canaries, "SELECT session_data FROM django_session"),
    )
    salt = "django.contrib.sessions.SessionStore"
    assert "_auth_user_id" in signing.loads(data, key=key, salt=salt)


def test_the_metrics_token_opens_the_metrics(canaries):
    assert b"dailies_jobs" in canaries.answers["numbers"]
    assert httpx.get(f"{canaries.studio.url}/metrics").status_code == 403


@pytest.mark.parametrize("place", ["pages", "database", "backup", "command_lines"])
def test_what_may_be_found_is_found(places, place):
    """A search that finds nothing proves nothing."""
    assert pieces_in(places[place], NAME)


def test_the_log_and_the_queue_were_searched_too(places, canaries):
    assert b"SQLite format 3" in places["queue"]
    log = places["log"].decode()
    assert f"job_id={canaries.made['id']}" in log
    for told in ("Server Error: /compose/presets/", "no such table", "Not Found: /nothing/"):
        assert told in log
    assert f"job_id={canaries.failed['id']}" in log
    assert b"granian" in places["command_lines"]


def test_every_kind_of_error_had_its_page(canaries):
    assert {name for name in canaries.answers if name.startswith("error")} == {
        f"error {status}" for status in (400, 403, 404, 500)
    }
    assert sum(name.startswith("/admin/") for name in canaries.answers) > 20


# -- None is anywhere else -----------------------------------------------------------------------


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("kind", KINDS)
def test_it_is_nowhere(canaries, places, kind, place):
    secret = canaries.secrets[kind]
    assert pieces_in(places[place], secret) == set(), where(canaries, places[place], secret)


def where(canaries: Canaries, content: bytes, secret: str) -> str:
    """The surroundings of what was found, for who has to mend it."""
    found = sorted(pieces_in(content, secret))
    at = content.find(found[0]) if found else 0
    pages = [name for name, page in canaries.answers.items() if pieces_in(page, secret)]
    return f"{content[max(0, at - 200) : at + 60]!r} {pages}"


def test_the_set_up_link_is_printed_once_and_opens_nothing_any_more(canaries):
    log, link = canaries.studio.log.read_text(), canaries.studio.setup_link
    assert log.count(link) == 1
    assert httpx.get(link).status_code == 404


# -- And nobody's address is what they say -------------------------------------------------------


def test_a_real_server_asks_the_connection_for_the_address(canaries):
    """Through the real front neither a header nor its spelling with underscores makes guesses of
    one client those of many."""
    answers = []
    for number in range(2 * MOST):
        forged = dict.fromkeys((*FORGED, "REMOTE_ADDR", "X_FORWARDED_FOR"), f"10.3.0.{number}")
        with Person(base_url=canaries.studio.url, timeout=20, headers=forged) as guesser:
            answers.append(guesser.send_form("/login/", username="nobody", password="x"))
    assert [each.status_code for each in answers] == [200] * (MOST - 1) + [429] * (MOST + 1)
