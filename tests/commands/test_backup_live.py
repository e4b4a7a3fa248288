"""A backup of a whole studio while it makes clips, restored elsewhere and started there."""

from pathlib import Path

import pytest

from tests.folders import DataFolder
from tests.live import LiveStudio

PASSPHRASE = "correct horse battery"
TAKES = 6


@pytest.fixture
def studios(tmp_path):
    """Starts studios; all of them are stopped at the end."""
    started: list[LiveStudio] = []

    def start(data_dir: Path) -> LiveStudio:
        started.append(LiveStudio(data_dir))
        return started[-1]

    yield start
    for each in started:
        each.stop()


def test_a_studio_at_work_is_backed_up_and_lives_on_elsewhere(studios, tmp_path):
    studio = studios(tmp_path / "data")
    studio.create_owner()
    words = ("--provider", "getimg", "--prompt", "Mist over a lake", "--takes", str(TAKES))
    studio.json("generate", *words, "--wait", "120")
    studio.json("generate", *words)
    secret = ("--with-secrets", "--passphrase-file", "-")
    made = [
        studio.json("backup", str(tmp_path / f"backup-{number}"), *secret, stdin=PASSPHRASE)
        for number in range(2)
    ]
    assert [backup["problems"] for backup in made] == [[], []]
    assert studio.run("rotate_keys").returncode == 1
    assert studio.json("verify")["is_whole"]
    there = DataFolder(tmp_path / "there")
    for backup in made:
        there.manage("verify", backup["backup"])
    there.manage("restore", made[-1]["backup"], "--passphrase-file", "-", stdin=PASSPHRASE)
    assert there.json("verify")["is_whole"]
    studio.stop()
    restored = studios(there.path)
    assert len(restored.json("jobs", "--state", "ready")["jobs"]) >= TAKES
    assert restored.json("verify")["is_whole"]
