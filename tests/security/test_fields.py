"""What a form may say, and what it may not (rows 5, 6, 11, 13, 18 and 24)."""

import socket
from collections.abc import Iterator
from typing import Any

import pytest
from django.apps import apps
from django.contrib.auth.models import User
from django.db.models import Model

from studio.models import Board, Provider
from tests.security.forms import CHOICES, WORDS, sensible
from tests.security.routes import every_route
from tests.security.world import World, undone

INJECTION = "a\r\nX-Injected: 1\r\nSet-Cookie: x=1\r\n\r\n<b>\x00\x0b\x1b[31m\u2028\u202e\x7f"
ROUTES = [route for route in every_route() if route.name != "logout"]
NOT_SETTABLE = {
    "owner": "2",
    "owner_id": "2",
    "user": "2",
    "by": "2",
    "actor": "2",
    "changed_by": "2",
    "provider": "2",
    "provider_id": "2",
    "state": "ready",
    "is_held": "0",
    "is_set_aside": "1",
    "cost": "0",
    "cost_estimated": "0.0001",
    "cost_charged": "0",
    "cost_currency": "EUR",
    "price": "0",
    "lease_token": "00000000-0000-4000-8000-000000000000",
    "idempotency_key": "00000000-0000-4000-8000-000000000000",
    "video": "00000000-0000-4000-8000-000000000000",
    "video_url": "http://127.0.0.1:9/v.mp4",
    "relative_path": "../../secret.key",
    "mime_type": "text/html",
    "sha256": "0" * 64,
    "parent": "00000000-0000-4000-8000-000000000000",
    "kind": "film",
    "trashed_at": "2026-01-01",
    "erased_at": "2026-01-01",
    "api_key": "stolen",
    "base_url": "http://127.0.0.1:9",
    "api_base": "http://127.0.0.1:9",
    "options": '{"base_url": "http://127.0.0.1:9"}',
    "options_text": "{}",
    "adapter_slug": "dafty",
    "is_enabled": "0",
    "health": "well",
    "is_superuser": "1",
    "is_staff": "1",
    "is_active": "0",
    "groups": "1",
    "role": "owner",
    "id": "999",
    "pk": "999",
    "created_at": "2001-01-01",
    "sent_at": "2001-01-01",
}
"""Columns that no page of the studio lets anybody write by their name."""
OF_ONE_MOMENT = ("token", "key", "uuid", "batch", "press", "rank", "hash")


def rows() -> dict[str, Any]:
    """Everything in the database that a form could aim at, without moments and random keys."""
    found: dict[str, Any] = {}
    for model in (*apps.get_app_config("studio").get_models(), User):
        columns = [field.attname for field in model._meta.concrete_fields if _is_steady(field)]
        found[model.__name__] = sorted(map(repr, _table(model).values_list(*columns)))
    return found


def _table(model: type[Model]) -> Any:
    return model._default_manager.all()


def _is_steady(field: Any) -> bool:
    is_moment = field.get_internal_type() in {"DateTimeField", "UUIDField"}
    is_random = any(word in field.attname for word in OF_ONE_MOMENT)
    return not (is_moment or is_random or field.attname in {"relative_path", "content"})


def test_a_form_sets_nothing_but_its_own_fields(browser, world: World):
    """GHSA-jqwv-hx7q-fxh3, GHSA-w47q-3m69-84v8: owners and rights could be posted along. Each
    form is sent without and with such fields, and leaves the same rows."""
    base = sensible(world)
    extra = {name: value for name, value in NOT_SETTABLE.items() if name not in base}
    assert len(extra) > 35
    for route in ROUTES:
        left = []
        for fields in (base, base | extra):
            with undone():
                answer = browser.post(world.address(route), fields)
                left.append((answer.status_code, rows()))
        assert left[0] == left[1], route.name


def test_fields_within_fields_set_nothing_either(browser, world: World):
    """CVE-2024-6587, PYSEC-2026-4070: the address of the API was set by a nested field."""
    address = "http://127.0.0.1:9"
    nested = {
        "extra-api_base": address,
        "extra-base_url": address,
        "extras[base_url]": address,
        "extras.base_url": address,
        "provider__base_url": address,
        "provider_model.base_url": address,
        "options[api_base]": address,
        "list-base_url": address,
    }
    accounts = sorted(Provider.objects.values_list("pk", "base_url"))
    for route in ROUTES:
        with undone():
            browser.post(world.address(route), sensible(world) | nested)
            for job in apps.get_model("studio.Job").objects.all():
                assert address not in job.provider.account.base_url, route.name
                assert address not in str(job.extras), route.name
            assert sorted(Provider.objects.values_list("pk", "base_url")) == accounts


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.05)
        yield server


def test_no_field_makes_the_server_ask_an_address(browser, world: World, listener):
    """CVE-2024-47167 (GHSA-576c-3j53-r9jj), InvokeAI 6.13.8: a posted address was fetched and
    kept. Seen on a listening socket."""
    place, base = f"127.0.0.1:{listener.getsockname()[1]}", sensible(world)
    in_words = base | dict.fromkeys((*WORDS, *CHOICES), f"http://{place}/x.png")
    everywhere = dict.fromkeys(base, f"//{place}/x.png")
    for route in ROUTES:
        for fields in (in_words, everywhere):
            with undone():
                browser.post(world.address(route), fields)
    with pytest.raises(TimeoutError):
        listener.accept()


@pytest.mark.parametrize("method", ["get", "post"])
def test_line_ends_and_nul_are_refused_or_harmless_in_every_field(browser, world: World, method):
    """CVE-2026-22777: CR and LF in a text became a setting of its own."""
    base = sensible(world)
    others = sorted(base.keys() - set(WORDS) - set(CHOICES))
    for route in ROUTES:
        for names in (WORDS, (*CHOICES, *others)):
            with undone():
                ask = getattr(browser, method)
                answer = ask(world.address(route), base | dict.fromkeys(names, INJECTION))
            assert answer.status_code != 500, (route.name, names)
            assert "X-Injected" not in answer.headers, route.name
            assert "x" not in answer.cookies, route.name


@pytest.mark.parametrize(
    "name", ["Accept-Language", "Cookie", "Referer", "HX-Current-URL", "Range"]
)
def test_a_strange_header_breaks_no_page(browser, name):
    for value in (
        "\x00",
        "a\r\nX-Injected: 1",
        "\xff\xfe",
        "x" * 9000,
        "theme=\x00; language=../de",
    ):
        answer = browser.get("/queue/", headers={name: value})
        assert answer.status_code in {200, 302, 400}
        assert "X-Injected" not in answer.headers


def test_the_character_that_postgresql_cannot_keep_is_left_out(browser):
    assert browser.get("/gallery/", {"q": "a\x00b"}).status_code == 200
    browser.post("/boards/", {"name": "Dunes\x00 at dusk"})
    assert Board.objects.get().name == "Dunes at dusk"
