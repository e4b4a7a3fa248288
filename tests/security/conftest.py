"""A signed-in owner, a studio with one row of every kind, and the whole of it as a real process."""

from collections.abc import Iterator

import pytest
from django.test import Client

from studio.models import Provider
from tests.live import LiveStudio
from tests.security.world import World, make_world


@pytest.fixture(autouse=True)
def plain_static(settings, tmp_path):
    settings.STORAGES = settings.STORAGES | {
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    }
    settings.MEDIA_ROOT = tmp_path / "media"


@pytest.fixture
def browser(owner) -> Client:
    """Like a real one: a view that breaks answers 500 instead of raising here."""
    client = Client(raise_request_exception=False)
    client.force_login(owner)
    return client


@pytest.fixture
def getimg(make_provider) -> Provider:
    return make_provider("getimg", name="Team")


@pytest.fixture
def world(owner, make_shots, make_image, getimg) -> World:
    """One row of every kind, so that every address has something to answer about."""
    return make_world(owner, make_shots(2.0, 2.0, has_file=True), make_image(), getimg)


@pytest.fixture(scope="package")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveStudio]:
    """Web server and worker as a user starts them, with an owner `mara`."""
    live = LiveStudio(tmp_path_factory.mktemp("security") / "data")
    try:
        live.create_owner()
        yield live
    finally:
        live.stop()
