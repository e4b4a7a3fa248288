"""Workers are killed at random instants: nothing is paid for twice, nothing made is lost."""

from pathlib import Path

from tests.kills.at_random import kill_at_random
from tests.kills.studio import KillStudio


def test_thirty_kills_at_random_cost_nothing_and_lose_nothing(tmp_path: Path) -> None:
    with KillStudio(tmp_path) as studio:
        assert kill_at_random(studio, jobs=60, kills=30) == []
        assert studio.deaths >= 20
