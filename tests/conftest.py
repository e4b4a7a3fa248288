"""Fixtures for every test: rows from `factories`, and the demo provider as a real process."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.utils import translation

from tests.demo.harness import DemoServer

pytest_plugins = ["tests.factories", "tests.boards", "tests.clips"]
HERE = Path(__file__).parent
ALONE = {"kills", "test_bench"}
"""Folders and files whose tests need the machine for themselves: they watch the clock."""
STUDIOS = {"browser", "e2e", "test_supervisor", "test_worker"}
"""Those that start whole studios: one after the other, beside tests that do not."""


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Say which tests keep together where several processes share the work."""
    for item in items:
        place = item.path.relative_to(HERE).with_suffix("")
        if place.parts[0] in ALONE:
            item.add_marker(pytest.mark.alone)
        group = "studios" if place.parts[0] in STUDIOS else str(place)
        item.add_marker(pytest.mark.xdist_group(group))


@pytest.fixture(autouse=True)
def in_english() -> Iterator[None]:
    """A page that another test read in German leaves its language behind."""
    with translation.override(settings.LANGUAGE_CODE):
        yield


@pytest.fixture(scope="session")
def demo_process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DemoServer]:
    with DemoServer(tmp_path_factory.mktemp("demo")) as server:
        yield server


@pytest.fixture
def demo(demo_process: DemoServer) -> DemoServer:
    """The five APIs over real HTTP, without any job or fault of another test."""
    demo_process.reset()
    return demo_process
