"""The state machine of the engine, for as long as a night allows."""

import pytest
from hypothesis import settings
from hypothesis.stateful import run_state_machine_as_test

from tests.services.machine import StudioMachine
from tests.services.test_machine import IN_CI, new_world

__all__ = ["new_world"]
pytestmark = [pytest.mark.long, pytest.mark.timeout(7200)]
AT_NIGHT = settings(IN_CI, max_examples=2000, stateful_step_count=50, derandomize=False)


def test_two_thousand_runs_break_no_promise(new_world):
    run_state_machine_as_test(lambda: StudioMachine(new_world), settings=AT_NIGHT)
