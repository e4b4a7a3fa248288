"""Two hundred kills over five hundred jobs."""

from pathlib import Path

import pytest

from tests.kills.at_random import kill_at_random
from tests.kills.studio import KillStudio


@pytest.mark.long
@pytest.mark.timeout(1200)
def test_two_hundred_kills_at_random_cost_nothing_and_lose_nothing(tmp_path: Path) -> None:
    with KillStudio(tmp_path) as studio:
        assert kill_at_random(studio, jobs=500, kills=200) == []
