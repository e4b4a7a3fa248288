"""Where keys go, and where they never turn up (rows 18, 19, 21 and 22; figure C2)."""

import base64
import dataclasses
import logging
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping

import pytest
from django.contrib.auth.models import User
from django.contrib.sessions.models import Session
from django.core import signing
from django.db import connection
from django.test import Client
from django.urls import reverse

from studio.models import Provider
from studio.providers import client, dafty, downloads
from studio.providers.account import Account
from studio.providers.contract import HttpCall
from studio.providers.errors import ProviderError, UnexpectedReply
from studio.services import assets, engine, providers
from tests.providers.test_client import Server
from tests.security.routes import every_route

KEY = "Zq7Canary-9fKx2LmP4vTw8RbN"
PIECE = 8
STYLES: dict[str, Callable[[str], Mapping[str, str]]] = {
    "bearer": lambda key: {"Authorization": f"Bearer {key}"},
    "key": lambda key: {"Authorization": f"Key {key}"},
    "basic": lambda key: {"Authorization": f"Basic {base64.b64encode(key.encode()).decode()}"},
    "x-api-key": lambda key: {"x-api-key": key},
    "x-goog-api-key": lambda key: {"X-Goog-Api-Key": key},
    "cookie": lambda key: {"Cookie": f"session={key}"},
}
CODED = base64.b64encode(KEY.encode()).decode()


@pytest.fixture
def origins() -> Iterator[tuple[Server, Server]]:
    """The API, and the other origin that it leads to."""
    servers = Server(), Server()
    yield servers
    for server in servers:
        server.server.shutdown()
        server.server.server_close()


def carried(server: Server) -> list[str]:
    """The requests that came with the key in whatever form."""
    return [str(seen) for seen in server.seen if KEY in str(seen) or CODED in str(seen)]


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("style", STYLES)
def test_no_redirect_takes_a_key_along(origins, style, status):
    """Measured on the HTTP library: a redirect carries `X-Api-Key` to a foreign host."""
    api, other = origins
    api.say("/x", status, b"", Location=f"{other.url}/x")
    other.say("/x", body={})
    account = Account(dataclasses.replace(dafty.ADAPTER, key_headers=STYLES[style]), api.url, KEY)
    with pytest.raises(UnexpectedReply):
        client.send(account, HttpCall("POST", "/x", json={"prompt": "x"}))
    with downloads.open_download(account, f"{api.url}/x") as download:
        assert b"".join(download.iter_bytes()) == b"{}"
    assert len(carried(api)) == 1
    assert len(other.seen) == 1
    assert carried(other) == []


# -- A key of an account -------------------------------------------------------------------------


@pytest.fixture
def canary(make_provider, origins) -> Provider:
    """An account whose API says its key back in everything."""
    api, _ = origins
    return make_provider("getimg", name="Canary", api_key=KEY, base_url=api.url)


PIECES = {KEY[at : at + PIECE] for at in range(len(KEY) - PIECE + 1)}


def pieces_in(text: str) -> set[str]:
    return {piece for piece in PIECES if piece in text}


@pytest.mark.parametrize("status", [400, 401, 402, 403, 404, 422, 429, 500, 200])
def test_no_piece_of_a_key_turns_up_anywhere(browser, canary, origins, make_job, caplog, status):
    """CVE-2024-9606: a key was hidden but for its end. Here no eight characters in a row turn up
    in a page, in the log or in the database, whatever the API says back."""
    caplog.set_level(logging.DEBUG)
    api, _ = origins
    echo = {"message": f"bad key {KEY}, Bearer {KEY}", "key": KEY[:12], "keys": [KEY]}
    api.say("/", status, {"error": echo, "id": "job-1", "status": KEY, KEY: KEY})
    api.answers = defaultdict(lambda: api.answers["/"], api.answers)
    job = make_job(canary)
    engine.send_next(canary.pk)
    assert job.events.exists()
    assert carried(api)
    assert pieces_in(_database()) == set()
    assert pieces_in(caplog.text) == set()
    admin = [f"/admin/studio/{path}" for path in (f"provider/{canary.pk}/change/", "provider/")]
    job_pages = [route.path({"pk": job.pk}) for route in every_route() if "jobs/<" in route.route]
    for address in [
        *admin,
        *job_pages,
        f"/admin/studio/job/{job.pk}/change/",
        "/",
        "/queue/",
        "/history/",
    ]:
        assert pieces_in(browser.get(address).content.decode()) == set(), address


def _database() -> str:
    """All of it, as text."""
    with connection.cursor() as cursor:
        cursor.execute("select name from sqlite_master where type = 'table'")
        tables = [name for (name,) in cursor.fetchall()]
        found = [cursor.execute(f'select * from "{name}"').fetchall() for name in tables]  # noqa: S608
    return str(found)


def test_only_staff_may_touch_an_account(make_provider, db):
    """CVE-2024-6587: who could name the API's address had the key sent there."""
    provider = make_provider(name="Team", api_key=KEY)
    member = Client()
    member.force_login(User.objects.create_user("jonas", password=KEY))
    assert member.post(reverse("studio:provider_resume", args=[provider.pk])).status_code == 403
    fields = {"name": "Mine", "base_url": "http://127.0.0.1:9", "adapter_slug": "getimg"}
    for path in ("add/", f"{provider.pk}/change/", f"{provider.pk}/delete/", ""):
        answer = member.post(f"/admin/studio/provider/{path}", fields)
        assert answer.status_code in {302, 403}
        assert KEY not in answer.content.decode()
    assert list(Provider.objects.values_list("name", "base_url")) == [("Team", provider.base_url)]


def test_a_changed_address_never_gets_the_stored_key(browser, canary, origins):
    """GHSA-7qqc-wrcw-2fj9: "test connection" with a new address reused the stored secret."""
    _, other = origins
    other.say("/v2/models", body={"data": []})
    fields = {"adapter_slug": "getimg", "name": "Canary", "base_url": other.url, "new_key": ""}
    browser.post(f"/admin/studio/provider/{canary.pk}/change/", fields | {"is_enabled": "on"})
    canary.refresh_from_db()
    assert canary.base_url == other.url
    with pytest.raises(ProviderError):
        providers.check(canary)
    assert carried(other) == []


# -- One key, one purpose ------------------------------------------------------------------------


def test_a_signed_link_is_good_for_nothing_else(make_image, db, settings):
    """CVE-2026-114612 (GHSA-7hp6-4w63-5g45): one key for several purposes let a token of one be
    used for another."""
    image = make_image()
    token = assets.public_link(image, "").split("/")[-2]
    assert assets.from_public_link(token) == image
    for salt in ("django.contrib.sessions.SessionStore", "django.core.signing", "studio", ""):
        with pytest.raises(signing.BadSignature):
            signing.loads(token, salt=salt)
        assert assets.from_public_link(signing.dumps(str(image.pk), salt=salt)) is None
    for address in (f"/setup/{token}/", f"/join/{token}/"):
        assert Client().get(address).status_code == 404
    thief = Client()
    thief.cookies["sessionid"] = token
    assert thief.get("/queue/").status_code == 302
    assert not Session.objects.filter(session_key=token).exists()
    keys = [settings.SECRET_KEY, *settings.FIELD_KEYS, settings.HUEY.serializer.secret.decode()]
    assert len(set(keys)) == len(keys) == 3


@pytest.mark.parametrize(
    "change", [lambda t: t[:-1], lambda t: t + "x", str.swapcase, lambda t: ""]
)
def test_a_token_is_compared_whole(make_image, change):
    """CVE-2026-110852: the part that nobody can guess was not looked at."""
    token = assets.public_link(make_image(), "").split("/")[-2]
    assert assets.from_public_link(change(token)) is None
    head, _, signature = token.rpartition(":")
    for forged in (head, f"{head}:", f"{head}:{signature[:-1]}", f"{head}:{'A' * len(signature)}"):
        assert assets.from_public_link(forged) is None
