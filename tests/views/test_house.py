"""The studio's own page: after set-up, and later."""

import pytest
from django.test import Client

from studio import lan
from studio.models import House, Role
from studio.services import house
from tests.factories import new_member

SAVED = {"name": "Nordlicht", "is_on_lan": "on"}


def client_of(name: str, role: Role) -> Client:
    client = Client()
    client.force_login(new_member(name, role))
    return client


def test_a_new_studio_is_welcomed_and_asks_where_its_clips_come_from(browser):
    page = browser.get("/welcome/").content.decode()
    assert "Welcome to Dailies" in page
    assert "Save and stay with the demo" in page


def test_staying_with_the_demo_leads_to_compose(browser):
    answer = browser.post("/welcome/", SAVED | {"go": "compose"})
    assert answer.headers["Location"] == "/"
    assert House.objects.get().is_on_lan
    assert house.name() == "Nordlicht"


def test_without_a_demo_provider_none_is_offered(browser, settings):
    settings.DEMO_PROVIDER = False
    page = browser.get("/welcome/").content.decode()
    assert "demo" not in page.partition("<main")[2].partition("</main")[0]
    assert "Save and add one later" in page


def test_a_real_provider_is_added_from_there(browser):
    assert (
        browser.post("/welcome/", SAVED | {"go": "provider"}).headers["Location"].endswith("/add/")
    )


def test_a_studio_with_a_provider_is_changed_without_the_welcome(browser, getimg):
    page = browser.get("/welcome/").content.decode()
    assert "Welcome" not in page
    assert browser.post("/welcome/", SAVED).headers["Location"] == "/welcome/"
    assert "That changes with the next start" in browser.get("/welcome/").content.decode()


def test_every_page_and_the_app_have_the_studios_name(browser):
    house.rename("Nordlicht <Film>")
    for path in ("/queue/", "/nothing/"):
        assert "Nordlicht &lt;Film&gt;" in browser.get(path).content.decode()
    assert "Nordlicht &lt;Film&gt;" in Client().get("/login/").content.decode()
    assert Client().get("/manifest.webmanifest").json()["name"] == "Nordlicht <Film>"


def test_a_manager_renames_the_studio_and_leaves_the_lan_to_an_owner(owner):
    client = client_of("ines", Role.MANAGER)
    assert b'name="is_on_lan"' not in client.get("/welcome/").content
    client.post("/welcome/", SAVED)
    assert House.objects.get().name == "Nordlicht"
    assert not House.objects.get().is_on_lan


def test_a_creator_changes_nothing(owner):
    assert client_of("jonas", Role.CREATOR).post("/welcome/", SAVED).status_code == 403
    assert not House.objects.exists()


def test_a_studio_without_a_name_is_refused(browser):
    assert browser.post("/welcome/", {"name": "  "}).status_code == 422
    assert not House.objects.exists()


def test_the_name_costs_no_query_on_each_page(browser, django_assert_num_queries, db):
    house.name()
    with django_assert_num_queries(0):
        assert house.name() == "Dailies"


@pytest.mark.parametrize("is_on_lan", [True, False])
def test_the_next_start_listens_where_the_owner_said(db, is_on_lan):
    house.open_to_lan(is_on_lan=is_on_lan)
    assert house.chosen_host() in (lan.EVERYWHERE if is_on_lan else lan.HERE)
    assert house.name() == "Dailies"
