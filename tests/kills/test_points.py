"""A worker dies at every place between two commits, for every API: nothing is paid for twice,
nothing made is lost."""

import json
import time
from pathlib import Path

import pytest

from studio.services.engine.killpoints import KillPoint as At
from tests.kills.studio import SLUGS, KillStudio

WORKERS = 3
LONGEST_S = 560.0
SETTLE_S = 240.0
DEATHS = (
    # One job each. Not more than two deaths in one phase: the third try is taken in quarantine.
    [At.CLAIMED, At.LOOKS_CLAIMED, At.FETCH_BEGUN, At.ADDRESS_FOUND],
    [At.PLACE_FOUND, At.LOOK_ANSWERED, At.PART_OPENED, At.PART_GROWN],
    [At.INPUTS_DELIVERED, At.LOOKS_BOOKED, At.PART_WHOLE, At.PART_CHECKED],
    [At.LEASE_KEPT, At.NEWS_TOLD, At.TAGGED, At.SIDECAR_WRITTEN],
    [At.RECEIPT_KEPT, At.NEWS_COST_KEPT, At.CLIP_ROW_WRITTEN, At.READY_WRITTEN],
    [At.RECEIPT_TOLD, At.MADE, At.RENAMED, At.FOLDER_SYNCED],
    [At.COST_KEPT, At.READY_COMMITTED],
    [At.ACCEPTED, At.STEP_ENDED, At.COMPANION_WRITTEN],
    [At.INTENT_COMMITTED, At.RECOVERING],
    [At.ANSWERED],
)


@pytest.mark.timeout(600)
@pytest.mark.parametrize("apis", [1, pytest.param(len(SLUGS), marks=pytest.mark.long)])
def test_a_death_at_any_point_costs_nothing_and_loses_nothing(tmp_path: Path, apis: int) -> None:
    """A dying worker takes the steps of other jobs with it, which may end them before their own
    point; so rounds go on until each point has been met by so many APIs."""
    assert {point for points in DEATHS for point in points} == set(At)
    wanted = [
        (SLUGS[(place + further) % len(SLUGS)], row)
        for place, row in enumerate(DEATHS)
        for further in range(apis)
    ]
    give_up_at = time.monotonic() + LONGEST_S
    plan, met = tmp_path / "plan.json", set[tuple[str, str]]()
    with KillStudio(tmp_path) as studio:
        while rows := [(slug, row) for slug, row in wanted if missing(slug, row, met)]:
            assert time.monotonic() < give_up_at, rows
            jobs = studio.ask("create", count=len(rows), slugs=[slug for slug, _ in rows])
            plan.write_text(
                json.dumps(
                    {
                        job: missing(slug, row, met)
                        for job, (slug, row) in zip(jobs, rows, strict=True)
                    }
                )
            )
            studio.settle(SETTLE_S, WORKERS, plan=str(plan), threads=2)
            studio.wait_for_companions(WORKERS, plan=str(plan), threads=2)
            studio.end_workers()
            slug_of = dict(zip(jobs, (slug for slug, _ in rows), strict=True))
            met |= deaths_in(plan.with_suffix(".log"), slug_of)
        # The two threads of a worker may reach their points in the same instant.
        assert studio.deaths * 2 >= len(met) == len(At) * apis
        assert studio.findings() == []


def missing(slug: str, row: list[At], met: set[tuple[str, str]]) -> list[At]:
    """Points of a row that this API has not met, with those that lead to them."""
    left = [point for point in row if (slug, point) not in met]
    return row if At.RECOVERING in left else left


def deaths_in(log: Path, slug_of: dict[int, str]) -> set[tuple[str, str]]:
    """Which API has met which point in this round."""
    lines = [line.split() for line in log.read_text().splitlines()]
    return {(slug_of[int(job)], point) for job, point in lines if int(job) in slug_of}
