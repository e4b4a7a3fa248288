"""Every address by every role, as a table that was agreed on; and whose job somebody may act on."""

import re
import uuid

import pytest
from django.test import Client
from django.urls import reverse

from studio.models import Job, Role
from studio.urls import studio_urls
from tests.access_table import ANYONE, ROLES, TABLE
from tests.factories import new_member

NAMES = {str(path.name) for path in studio_urls}
EXAMPLES = {"int": 1, "uuid": uuid.uuid4(), "str": "x"}


def address(name: str) -> str:
    route = next(str(path.pattern) for path in studio_urls if path.name == name)
    arguments = [EXAMPLES[kind] for kind in re.findall(r"<(\w+):", route)]
    return reverse(f"studio:{name}", args=arguments)


def visitor(role: str) -> Client:
    client = Client()
    if role != ANYONE:
        client.force_login(new_member(f"a-{role}", Role(role), is_superuser=role == "owner"))
    return client


def got_in(answer) -> bool:
    sent_to_login = answer.headers.get("Location", "").startswith("/login/?next")
    return answer.status_code != 403 and not sent_to_login


def test_every_address_has_a_row_and_every_row_an_address():
    assert set(TABLE) == NAMES


@pytest.mark.parametrize("role", ROLES)
def test_each_role_reaches_what_the_table_says_and_nothing_else(db, role):
    client, wrong = visitor(role), []
    for name, least in TABLE.items():
        for method, needed in zip(("get", "post"), least, strict=True):
            if name == "logout" and method == "post":
                continue
            answer = getattr(client, method)(address(name))
            if got_in(answer) != (ROLES.index(role) >= ROLES.index(needed)):
                wrong.append((name, method, answer.status_code))
    assert wrong == []


def test_an_address_without_a_row_is_closed_even_to_the_owner(browser, monkeypatch):
    monkeypatch.delitem(access_rows(), "queue")
    assert browser.get("/queue/").status_code == 403


def access_rows():
    from studio.services import access  # noqa: PLC0415 - the table itself is what is changed

    return access.NEEDED


def test_a_refusal_says_that_nothing_was_changed(db):
    answer = visitor("viewer").post("/queue/do/", {"do": "cancel", "job": "1"})
    assert answer.status_code == 403
    assert "nothing was changed" in answer.content.decode()


def test_a_viewer_is_led_from_compose_to_the_gallery(db):
    assert visitor("viewer").get("/").headers["Location"] == "/gallery/"


def test_pages_offer_a_viewer_nothing_that_would_be_refused(db, make_job, make_clip):
    clip, job = make_clip(), make_job(state=Job.State.UNCONFIRMED, error="Perhaps.")
    viewer = visitor("viewer")
    for path in ("/gallery/", f"/clips/{clip.pk}/", "/queue/", f"/jobs/{job.pk}/", "/history/"):
        text = viewer.get(path).content.decode()
        forms = set(re.findall(r'<form[^>]*method="post"[^>]*action="([^"]+)"', text))
        assert {f for f in forms if not re.match(r"/(theme|language|logout|queue/do)/", f)} == set()
        assert "?remix=" not in text
        assert 'data-go="c"' not in text


# -- Whose job it is -----------------------------------------------------------------------------


@pytest.fixture
def theirs(make_job, owner):
    """A job of the owner's that waits to be sent."""
    return make_job(prompt="Mist")


@pytest.mark.parametrize(
    "act", ["cancel/", "go-on/", "give-up/", "close/", "follow-again/", "attach/"]
)
def test_a_creator_acts_on_nobody_elses_job(theirs, act):
    before = Job.objects.filter(pk=theirs.pk).values().get()
    answer = visitor("creator").post(f"/jobs/{theirs.pk}/{act}", {"confirmed": "1"}, follow=True)
    assert "Only mara or a manager can do that." in answer.content.decode()
    assert Job.objects.filter(pk=theirs.pk).values().get() == before


def test_a_creator_edits_holds_and_delays_nobody_elses_job(theirs):
    creator = visitor("creator")
    edited = creator.post(f"/jobs/{theirs.pk}/edit/", {"prompt": "Mine now"})
    assert "Only mara" in edited.content.decode()
    creator.post(f"/jobs/{theirs.pk}/later/", {"at": "2090-01-01T02:00"})
    held = creator.post("/queue/do/", {"do": "hold", "job": str(theirs.pk)}, follow=True)
    assert "Only mara" in held.content.decode()
    theirs.refresh_from_db()
    assert (theirs.prompt, theirs.is_held, theirs.not_before) == ("Mist", False, None)


def test_a_manager_acts_on_everybodys(theirs):
    visitor("manager").post(f"/jobs/{theirs.pk}/cancel/")
    theirs.refresh_from_db()
    assert theirs.state == Job.State.CANCELLED
