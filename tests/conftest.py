"""Fixtures for every test: rows from `factories`, and the demo provider as a real process."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.utils import translation

from tests.demo.harness import DemoServer

pytest_plugins = ["tests.factories", "tests.boards", "tests.clips"]
HERE = Path(__file__).parent
ALONE = {
    "browser",
    "e2e",
    "kills",
    "test_canaries",
    "test_readiness",
    "test_supervisor",
    "test_worker",
}
"""Folders and files whose tests watch the clock of whole studios."""
PATIENT = {"test_everywhere"}
"""Files among them that only look at pages, however long those take."""


def pytest_itemcollected(item: pytest.Item) -> None:
    """Mark the tests that need the machine for themselves."""
    place = item.path.relative_to(HERE).with_suffix("").parts
    if {place[0], place[-1]} & ALONE and place[-1] not in PATIENT:
        item.add_marker(pytest.mark.alone)


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
