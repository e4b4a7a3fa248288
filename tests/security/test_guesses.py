"""Guessing passwords: five tries for one name from one address, whoever asks how (figure C9).

What counts is how often a digest is really computed: an answer could say anything.
"""

import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import cache

import pytest
from axes.models import AccessAttempt
from django.contrib.auth.hashers import MD5PasswordHasher
from django.contrib.auth.models import User
from django.db import connection
from django.http import HttpResponse
from django.test import Client

from tests.live import PASSWORD

FEW = 100
MANY = pytest.param(1000, marks=pytest.mark.long)
MOST = 5
LOGINS = ["/login/", "/admin/login/"]
HERE, THERE = "10.0.0.7", "10.0.0.8"
TOGETHER = 16


class CountingHasher(MD5PasswordHasher):
    """Notes each password whose digest somebody has to compute; `takes_s` is a slow one's time."""

    algorithm = "counted_guesses"
    computed: "Counter[str]" = Counter()
    takes_s = 0.0
    _lock = threading.Lock()

    def encode(self, password: str, salt: str) -> str:
        with self._lock:
            self.computed[password] += 1
        time.sleep(self.takes_s)
        return str(super().encode(password, salt))


@pytest.fixture
def computed(settings) -> Iterator["Counter[str]"]:
    """What was computed since the account `mara` is there."""
    settings.PASSWORD_HASHERS = [f"{__name__}.CountingHasher"]
    User.objects.create_superuser("mara", password=PASSWORD)
    CountingHasher.computed.clear()
    yield CountingHasher.computed
    CountingHasher.takes_s = 0.0


def guess(
    login: str, password: str, *, address: str = HERE, name: str = "mara", **headers: str
) -> HttpResponse:
    fields = {"username": name, "password": password}
    return browser().post(login, fields, REMOTE_ADDR=address, headers=headers)


@cache
def browser() -> Client:
    """One for all guesses: most of the time of the first is spent on making it."""
    return Client()


def is_in(answer: HttpResponse) -> bool:
    return answer.status_code == 302


@pytest.mark.parametrize("count", [FEW, MANY])
def test_of_however_many_guesses_five_are_evaluated(db, computed, count):
    """At both logins in turn: they count together."""
    guesses = ((LOGINS[number % 2], f"guess {number}") for number in range(count))
    answers = Counter(guess(*each).status_code for each in guesses)
    assert sum(computed.values()) == MOST
    assert answers == {200: MOST - 1, 429: count - MOST + 1}


@pytest.mark.parametrize("login", LOGINS)
def test_then_not_even_the_right_one_is_looked_at_but_from_another_address(db, computed, login):
    for number in range(4 * MOST):
        guess(login, f"guess {number}")
    assert sum(computed.values()) == MOST
    assert not is_in(guess(login, PASSWORD))
    assert computed[PASSWORD] == 0
    assert is_in(guess(login, PASSWORD, address=THERE))


def test_another_name_from_the_same_address_still_gets_in(db, computed):
    User.objects.create_superuser("jonas", password=PASSWORD)
    for number in range(2 * MOST):
        guess("/login/", f"guess {number}")
    assert is_in(guess("/login/", PASSWORD, name="jonas"))


FORGED = ["X-Forwarded-For", "X-Real-IP", "Forwarded", "True-Client-IP", "Remote-Addr", "Client-IP"]


@pytest.mark.parametrize("login", LOGINS)
def test_no_header_makes_another_address_of_a_client(db, computed, login):
    for number in range(10 * MOST):
        forged = f"10.1.0.{number}"
        headers = {name: f"for={forged}" if name == "Forwarded" else forged for name in FORGED}
        guess(login, f"guess {number}", **headers | {"User-Agent": f"browser {number}"})
    assert sum(computed.values()) == MOST


@pytest.mark.parametrize("name", [" mara", "mara ", "\uff4d\uff41\uff52\uff41", "mara\0"])
def test_another_way_of_writing_a_name_is_no_other_name(db, computed, name):
    """What the form makes the same name of (spaces, wide letters) is counted as the same."""
    for number in range(MOST):
        guess("/login/", f"guess {number}")
    assert not is_in(guess("/login/", PASSWORD, name=name))
    assert computed[PASSWORD] == 0


def test_after_a_quarter_of_an_hour_it_goes_on(db, computed):
    for number in range(2 * MOST):
        guess("/login/", f"guess {number}")
    for attempt in AccessAttempt.objects.all():
        attempt.attempt_time -= timedelta(minutes=14)
        attempt.save()
    assert not is_in(guess("/login/", PASSWORD))
    for attempt in AccessAttempt.objects.all():
        attempt.attempt_time -= timedelta(minutes=2)
        attempt.save()
    assert is_in(guess("/login/", PASSWORD))


@pytest.mark.parametrize("login", LOGINS)
@pytest.mark.django_db(transaction=True)
def test_guesses_at_the_same_moment_are_counted_one_by_one(computed, login):
    """Between the question whether somebody is locked out and the note of a failure there is
    the time that a digest takes: sixteen threads would all be let through."""
    CountingHasher.takes_s = 0.02
    begin = threading.Barrier(TOGETHER)

    def together(number: int) -> None:
        begin.wait(10)
        guess(login, f"guess {number}")
        connection.close()

    with ThreadPoolExecutor(TOGETHER) as pool:
        list(pool.map(together, range(TOGETHER)))
    assert sum(computed.values()) == MOST


@pytest.mark.django_db(transaction=True)
def test_nobody_waits_for_the_guesses_of_another_address(computed):
    """A slow digest for one address holds up no other."""
    CountingHasher.takes_s = 0.3
    with ThreadPoolExecutor(MOST) as pool:
        began = time.monotonic()

        def at(number: int) -> None:
            guess("/login/", "wrong", address=f"10.2.0.{number}", name=f"name {number}")
            connection.close()

        list(pool.map(at, range(MOST)))
    assert time.monotonic() - began < MOST * 0.3
