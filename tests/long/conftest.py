"""Tests that take minutes: `pytest -m long`. Any other run leaves them out."""

import pytest

from tests.services.conftest import drive, fast_looks, make_account

__all__ = ["drive", "fast_looks", "make_account"]


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "long: takes minutes; run with -m long")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if "long" in config.option.markexpr:
        return
    long = [item for item in items if item.get_closest_marker("long")]
    items[:] = [item for item in items if item not in long]
    config.hook.pytest_deselected(items=long)
