"""Fixtures for every test: rows from `factories`, and the demo provider as a real process."""

from collections.abc import Iterator

import pytest

from tests.demo.harness import DemoServer

pytest_plugins = ["tests.factories", "tests.boards", "tests.clips"]


@pytest.fixture(scope="session")
def demo_process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DemoServer]:
    with DemoServer(tmp_path_factory.mktemp("demo")) as server:
        yield server


@pytest.fixture
def demo(demo_process: DemoServer) -> DemoServer:
    """The five APIs over real HTTP, without any job or fault of another test."""
    demo_process.reset()
    return demo_process
