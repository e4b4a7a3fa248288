"""One whole studio for all end-to-end tests that do not break it."""

from collections.abc import Iterator

import pytest

from tests.live import LiveStudio


@pytest.fixture(scope="session")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveStudio]:
    live = LiveStudio(tmp_path_factory.mktemp("live") / "data")
    live.create_owner()
    yield live
    live.stop()


@pytest.fixture
def own_studio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveStudio]:
    """A studio that a test may break."""
    live = LiveStudio(tmp_path_factory.mktemp("live") / "data")
    live.create_owner()
    yield live
    live.stop()
