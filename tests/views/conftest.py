"""A signed-in client, and the account that most pages are shown with."""

import pytest
from django.core.cache import cache
from django.test import Client

from studio.models import Provider
from studio.services import house


@pytest.fixture(autouse=True)
def plain_static(settings, tmp_path):
    settings.STORAGES = settings.STORAGES | {
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    }
    settings.MEDIA_ROOT = tmp_path / "media"


@pytest.fixture(autouse=True)
def plain_name() -> None:
    """The studio's name is kept by the process for a while: not the one that a test before gave."""
    cache.set(house.NAME_KEY, house.DEFAULT_NAME)


@pytest.fixture
def browser(owner) -> Client:
    client = Client()
    client.force_login(owner)
    return client


@pytest.fixture
def getimg(make_provider) -> Provider:
    return make_provider("getimg", name="Team")
