"""A worker dies while it renders a film: there is one film in the end, whole, and nothing else."""

import time
from collections.abc import Callable
from typing import Any

from tests.kills.studio import KillStudio

SHOTS = 8
WITHIN_S = 240.0


def until(studio: KillStudio, is_true: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
    """The film as soon as this is true of it; a worker is there all the while."""
    give_up_at = time.monotonic() + WITHIN_S
    while not is_true(report := studio.ask("film_report")):
        assert time.monotonic() < give_up_at, report
        studio.keep(1)
        studio.ask("ring_for_films")
        time.sleep(0.5)
    return report


def test_a_film_whose_worker_is_killed_is_made_once(tmp_path):
    with KillStudio(tmp_path) as studio:
        studio.ask("ask_film", shots=SHOTS)
        until(studio, lambda film: film["state"] == "rendering" and film["percent"] > 0)
        studio.end_workers()
        assert studio.ask("film_report")["state"] == "rendering"
        film = until(studio, lambda film: film["state"] not in ("queued", "rendering"))
        assert (film["state"], film["error"], film["attempts"]) == ("ready", "", 2)
        assert (film["is_whole"], film["duration_s"]) == (True, 2.0 * SHOTS)
        assert (film["rows"], film["files"], film["parts"]) == (1, [".mp4"], 0)
