"""What a probe is told, and that it is told to nobody else."""

from datetime import timedelta

import pytest
from django.db import OperationalError, connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from django.test import Client
from django.utils import timezone

from studio.models import Heartbeat, Job, Role
from studio.services import health, live
from tests.factories import new_member


@pytest.fixture
def well(db, settings, tmp_path):
    """A studio that works."""
    settings.MEDIA_ROOT = tmp_path / "media"
    health.mark(print)
    Heartbeat.beat(live.WORKER)


@pytest.fixture
def manager(db):
    client = Client()
    client.force_login(new_member("ma", Role.MANAGER))
    return client


def wrong(client: Client) -> set[str]:
    answer = client.get("/readyz")
    found = {name for name, check in answer.json()["checks"].items() if not check["well"]}
    assert answer.status_code == (503 if found else 200)
    return found


def test_alive_asks_no_database(django_assert_num_queries, db):
    with django_assert_num_queries(0):
        assert Client().get("/healthz").content == b"alive\n"


def test_a_stranger_is_told_yes_or_no_alone(well):
    assert Client().get("/readyz").json() == {"ready": True}
    Heartbeat.objects.all().delete()
    answer = Client().get("/readyz")
    assert (answer.status_code, answer.json()) == (503, {"ready": False})


def test_all_is_well(well, manager):
    assert wrong(manager) == set()


def test_a_dead_worker_is_told_within_ninety_seconds_and_one_that_is_back_at_once(well, manager):
    for age_s, told in ((60, set()), (90, {"worker"})):
        at = timezone.now() - timedelta(seconds=age_s)
        Heartbeat.objects.filter(name=live.WORKER).update(at=at)
        assert wrong(manager) == told
    Heartbeat.beat(live.WORKER)
    assert wrong(manager) == set()


def test_a_disk_that_gets_full_is_told(well, manager, settings):
    settings.DISK_SOFT_MB = 10**12
    assert wrong(manager) == {"disk"}


def test_a_folder_without_its_mark_is_told(well, manager):
    health.marker().unlink()
    assert wrong(manager) == {"media"}
    health.mark(print)
    assert wrong(manager) == set()


def test_a_pending_migration_is_told(well, manager):
    [newest] = MigrationLoader(connection).graph.leaf_nodes("studio")
    MigrationRecorder(connection).record_unapplied(*newest)
    assert wrong(manager) == {"migrations"}


@pytest.mark.parametrize(
    ("state", "told"), [(Job.State.GENERATING, {"due"}), (Job.State.QUEUED, set())]
)
def test_a_step_that_nobody_takes_is_told(well, manager, make_job, state, told):
    make_job(state=state, remote_id="r-1", next_look_at=timezone.now() - timedelta(minutes=4))
    assert wrong(manager) == told


def test_a_database_that_cannot_be_written_is_told(well, manager, monkeypatch):
    def fail(name: str) -> None:
        raise OperationalError("disk I/O error at /secret/path")

    monkeypatch.setattr(Heartbeat, "beat", fail)
    answer = manager.get("/readyz")
    assert answer.json()["checks"]["database"]["told"] == "Does not answer: OperationalError."
    assert answer.status_code == 503


def test_an_empty_folder_with_clips_in_the_database_is_not_taken_for_the_right_one(
    db, settings, tmp_path, make_clip
):
    make_clip()
    settings.MEDIA_ROOT = tmp_path / "empty"
    told: list[str] = []
    health.mark(told.append)
    assert "Is its disk mounted?" in told[0]
    assert not health.marker().exists()


# -- Numbers -------------------------------------------------------------------------------------


def test_numbers_need_the_token_or_a_manager(well, settings, manager):
    assert Client().get("/metrics").status_code == 403
    assert Client().get("/metrics", headers={"Authorization": "Bearer "}).status_code == 403
    assert manager.get("/metrics").status_code == 200
    settings.METRICS_TOKEN = "a-long-random-word"
    for given, status in (("a-long-random-word", 200), ("another", 403)):
        answer = Client().get("/metrics", headers={"Authorization": f"Bearer {given}"})
        assert answer.status_code == status


def test_numbers_tell_what_is_there(well, manager, make_job, make_clip):
    make_clip()
    end = timezone.now() + timedelta(minutes=10)
    make_job(state=Job.State.FETCHING, video_expires_at=end)
    text = manager.get("/metrics").content.decode()
    assert 'dailies_jobs{state="fetching"} 1.0' in text
    assert "dailies_clips 1.0" in text
    assert 'dailies_check{check="database"} 1.0' in text
    [left] = [line for line in text.splitlines() if line.startswith("dailies_nearest_link")]
    assert 590 < float(left.split()[1]) <= 600
