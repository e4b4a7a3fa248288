"""From an old state of the database to the newest, and back: nothing is lost, all can be read."""

import json
import shutil
import time
from pathlib import Path
from typing import Any

import pytest

from tests.folders import DataFolder
from tests.old_studio import API_KEY, ROLES, STATES, build, columns_of, rows_of

FIRST, MIDDLE, WITH_BACKUPS = "0001_initial", "0006_companions", "0010_budgets"
"""The first state there was, one with boards and without members, and the first that could be
backed up."""
JOBS = 40
LOOK = """
import json
from django.contrib.auth.models import User
from django.test import Client
from studio.models import Asset, Job, Member, Provider
from studio.services import export
from studio.services.waiting import Waits

client = Client(headers={"host": "localhost"})
client.force_login(User.objects.get(username="mara"))
pages = ["/", "/queue/", "/gallery/", "/history/", "/boards/", "/members/", "/admin/studio/job/"]
pages += [f"/jobs/{pk}/" for pk in Job.objects.values_list("pk", flat=True)]
pages += [f"/clips/{pk}/" for pk in Asset.objects.filter(kind="video").values_list("pk", flat=True)]
waits = Waits()
jobs = Job.objects.for_cards()
print(json.dumps({
    "answers": {page: client.get(page).status_code for page in pages},
    "roles": dict(Member.objects.values_list("user__username", "role")),
    "api_key": Provider.objects.get().api_key,
    "usable": [m.capabilities.durations_s for m in Provider.objects.get().models.all()],
    "told": [str(waits.told(job).words) for job in jobs],
    "documents": [export.job_document(job, with_events=True) for job in jobs],
    "gallery": client.get("/gallery/").content.decode().count("Mist over a lake"),
}))
"""


def database_of(home: DataFolder) -> Path:
    return home.path / "studio.sqlite3"


def look(home: DataFolder) -> dict[str, Any]:
    """What the pages and the services make of the rows."""
    done = home.run("shell", "--no-imports", "-c", LOOK)
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def lost(before: Path, after: Path) -> dict[str, int]:
    """How many rows of each table are not there any more, or say something else than they did."""
    now = columns_of(after)
    missing = {}
    for table, columns in columns_of(before).items():
        kept = [name for name in columns if name in now[table]]
        gone = rows_of(before, table, kept) - rows_of(after, table, kept)
        missing |= {table: len(gone)} if gone else {}
    return missing


def upgrade(home: DataFolder, tmp_path: Path) -> tuple[Path, float]:
    """As a new version's start does it: the database as it was before, and the seconds it took."""
    before = tmp_path / "before.sqlite3"
    shutil.copy(database_of(home), before)
    began = time.monotonic()
    home.manage("up", "--prepare-only")
    return before, time.monotonic() - began


@pytest.mark.parametrize("state", [FIRST, pytest.param(MIDDLE, marks=pytest.mark.long)])
def test_nothing_is_lost_and_everything_can_be_read(db, tmp_path, state):
    home = build(tmp_path / "data", state, jobs=JOBS)
    before, _seconds = upgrade(home, tmp_path)
    assert lost(before, database_of(home)) == {}
    found = look(home)
    assert {page: code for page, code in found["answers"].items() if code != 200} == {}
    assert len(found["answers"]) > JOBS
    assert {document["state"] for document in found["documents"]} == set(STATES)
    assert all(document["events"] for document in found["documents"])
    assert found["gallery"] > 0
    assert found["roles"] == ROLES
    assert found["api_key"] == API_KEY
    assert found["usable"] == [[5, 10]]


def test_a_backup_from_before_is_restored_up_to_date(db, tmp_path):
    home = build(tmp_path / "data", WITH_BACKUPS, jobs=JOBS)
    made = home.json("backup", str(tmp_path / "backup"))
    assert made["problems"] == []
    new = DataFolder(tmp_path / "new", DEMO_PROVIDER="false")
    new.path.mkdir()
    (new.path / ".dailies").touch()
    shutil.copy(home.path / "field.key", new.path)
    new.manage("restore", made["backup"])
    missing = lost(database_of(home), database_of(new))
    # What was not sent yet is held, so that nothing is paid twice.
    assert missing == {"studio_job": 1}
    assert new.ask("list(Job.objects.filter(is_held=True).values_list('state', flat=True))") == [
        "queued"
    ]


@pytest.mark.long
def test_ten_thousand_jobs(db, tmp_path, capsys):
    home = build(tmp_path / "data", FIRST, jobs=10_000)
    before, seconds = upgrade(home, tmp_path)
    with capsys.disabled():
        print(f"\n10,000 jobs from {FIRST} to the newest state: {seconds:.1f} s")
    assert lost(before, database_of(home)) == {}
    assert home.ask("Job.objects.count()") == 10_000
