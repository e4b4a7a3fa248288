"""Whatever happens in whatever order, the engine keeps its promises (see `machine`)."""

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from studio.services import providers
from tests.services.machine import StudioMachine
from tests.services.world import Files, World

IN_CI = settings(
    max_examples=60,
    stateful_step_count=40,
    derandomize=True,
    database=None,
    print_blob=True,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)


@pytest.fixture
def new_world(demo, owner, make_image, settings, tmp_path: Path) -> Callable[[], World]:
    settings.MEDIA_ROOT = tmp_path / "media"
    settings.LOOK_INTERVAL_FACTOR = 1.0
    providers.register_demo_accounts(demo.origin)
    picture, files = make_image(), Files()
    return lambda: World(demo, owner, picture, files)


def test_nothing_is_paid_twice_and_nothing_finished_is_lost(new_world):
    run_state_machine_as_test(lambda: StudioMachine(new_world), settings=IN_CI)
