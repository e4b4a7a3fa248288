"""A worker that was frozen past its lease writes nothing stale, and a lost queue loses nothing."""

import time
from pathlib import Path

from tests.kills.frozen import LIVE, freeze
from tests.kills.studio import SLUGS, KillStudio


def test_workers_that_were_frozen_past_their_leases_write_nothing_stale(tmp_path: Path) -> None:
    with KillStudio(tmp_path) as studio:
        assert freeze(studio, rounds=4) == []


def test_a_queue_that_is_lost_while_clips_are_made_delays_them_but_loses_none(
    tmp_path: Path,
) -> None:
    with KillStudio(tmp_path, generating_s=2.0) as studio:
        studio.keep(LIVE)
        studio.ask("create", count=40, slugs=SLUGS)
        while studio.ask("states").get("queued", 0) > 30:
            time.sleep(0.05)
        studio.ask("empty_queue")
        studio.settle(90.0, LIVE, sweeps=False)
        assert studio.findings() == []
