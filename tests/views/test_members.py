"""The members' page, joining by a link, and guessing passwords."""

import re

import pytest
from django.contrib.auth.models import User
from django.test import Client

from studio.models import Role
from studio.services import members
from tests.factories import new_member

PASSWORD = "a long enough one"
NEW = {"username": "noor", "password1": PASSWORD, "password2": PASSWORD}


def test_the_page_shows_everyone_with_their_role(browser):
    new_member("jo", Role.VIEWER)
    text = browser.get("/members/").content.decode()
    assert "Owner" in text
    assert re.search(r'value="viewer" selected', text)


def test_a_link_is_shown_once_and_brings_somebody_in(browser):
    text = browser.post("/members/invite/", {"note": "Noor", "role": "creator"}).content.decode()
    path = re.search(r"http://testserver(/join/[\w-]+/)", text)[1]
    assert path not in browser.get("/members/").content.decode()
    newcomer = Client()
    assert "Your role: Creator." in newcomer.get(path).content.decode()
    assert newcomer.post(path, NEW).headers["Location"] == "/"
    assert newcomer.get("/").status_code == 200
    assert members.role_of(User.objects.get(username="noor")) == Role.CREATOR
    assert Client().get(path).status_code == 404


def test_a_form_with_faults_uses_no_invitation_up(browser, owner):
    path = f"/join/{members.invite(Role.CREATOR, owner)}/"
    for wrong in ({"username": "mara"}, {"password2": "different one"}, {"username": ""}):
        answer = Client().post(path, NEW | wrong)
        assert answer.status_code == 422
    assert Client().post(path, NEW).status_code == 302


def test_an_invitation_is_withdrawn(browser, owner):
    token = members.invite(Role.CREATOR, owner)
    key = members.invitation_of(token).pk
    answer = browser.post(f"/members/invitations/{key}/withdraw/", follow=True)
    assert "void now" in answer.content.decode()
    assert Client().post(f"/join/{token}/", NEW).status_code == 404
    again = browser.post(f"/members/invitations/{key}/withdraw/", follow=True)
    assert "was used, or has ended" in again.content.decode()


def test_a_manager_cannot_invite_an_owner(db):
    manager = Client()
    manager.force_login(new_member("ma", Role.MANAGER))
    assert manager.post("/members/invite/", {"role": "owner"}).status_code == 422


def test_a_role_is_changed_and_an_account_switched_off(browser):
    jo = new_member("jo", password=PASSWORD)
    theirs = Client()
    theirs.force_login(jo)
    browser.post(f"/members/{jo.pk}/role/", {"role": "viewer"})
    assert theirs.get("/batch/").status_code == 404
    assert theirs.get("/compose/batch/").status_code == 403
    browser.post(f"/members/{jo.pk}/switch/", {"to": "off"})
    assert theirs.get("/gallery/").headers["Location"].startswith("/login/")
    browser.post(f"/members/{jo.pk}/switch/", {"to": "on"})
    jo.refresh_from_db()
    assert jo.is_active


@pytest.mark.parametrize("role", ["", "admin", "OWNER"])
def test_nonsense_for_a_role_changes_nothing(browser, role):
    jo = new_member("jo")
    answer = browser.post(f"/members/{jo.pk}/role/", {"role": role}, follow=True)
    assert "Choose a role." in answer.content.decode()
    assert members.role_of(User.objects.get(pk=jo.pk)) == Role.CREATOR


# -- Guessing ------------------------------------------------------------------------------------


def sign_in(client: Client, password: str, path: str = "/login/", **where: str):
    return client.post(path, {"username": "mara", "password": password}, **where)


@pytest.mark.parametrize("path", ["/login/", "/admin/login/"])
def test_after_five_guesses_even_the_right_password_rests(owner, path):
    stranger = Client()
    answers = [sign_in(stranger, f"guess {n}", path).status_code for n in range(12)]
    assert answers[:4] == [200] * 4
    assert answers[4:] == [429] * 8
    locked = sign_in(stranger, PASSWORD, path)
    assert locked.status_code == 429
    assert "rests for 15 minutes" in locked.content.decode()


def test_another_address_and_another_name_still_sign_in(owner):
    new_member("jo", password=PASSWORD)
    stranger = Client()
    for number in range(6):
        sign_in(stranger, f"guess {number}")
    assert sign_in(Client(), PASSWORD, REMOTE_ADDR="10.0.0.7").status_code == 302
    jo = stranger.post("/login/", {"username": "jo", "password": PASSWORD})
    assert jo.status_code == 302


def test_a_right_password_forgets_the_wrong_ones(owner):
    person = Client()
    for round_ in range(3):
        for number in range(4):
            assert sign_in(person, f"guess {round_} {number}").status_code == 200
        assert sign_in(person, PASSWORD).status_code == 302
        person.logout()
