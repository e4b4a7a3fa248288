"""Links that end while no worker is there: the provider renews them, and nothing is lost."""

import time
from pathlib import Path

import pytest

from tests.kills.studio import SLUGS, KillStudio

WORKERS = 2
JOBS = 20


RENEWING = [slug for slug in SLUGS if slug != "getimg"]
"""getimg.ai deletes the file when its link ends; the others give a fresh link."""


@pytest.mark.parametrize(
    ("slugs", "life_s", "down_s"),
    [(RENEWING, 4.0, 6.0), pytest.param(SLUGS, 60.0, 45.0, marks=pytest.mark.long)],
)
def test_no_clip_is_lost_whose_link_ended_or_nearly_while_no_worker_was_there(
    slugs: list[str], life_s: float, down_s: float, tmp_path: Path
) -> None:
    with KillStudio(tmp_path) as studio:
        studio.demo.settings(link_life_s=life_s)
        studio.demo.fault("*", "download", "reset_before", times=None)
        studio.ask("create", count=JOBS, slugs=slugs)
        studio.keep(WORKERS)
        while studio.ask("states").get("fetching", 0) < JOBS:
            time.sleep(0.1)
        studio.end_workers()
        studio.demo.clear_faults()
        time.sleep(down_s)
        studio.settle(120.0, WORKERS)
        assert studio.findings() == []
