"""A new key for the stored API keys: all of them, quickly, and none is lost on the way."""

import fcntl
import os
import random
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from cryptography.fernet import Fernet
from django.core.exceptions import ImproperlyConfigured
from django.db import connection

from studio.models import Job, Provider
from studio.services import engine, providers
from studio.services.backup import BackupProblem, StudioRuns, keys, require_readable, rotate_keys
from tests.folders import ROOT, DataFolder

MANY = 1000
LONGEST_S = 5.0
ADD = (
    "from studio.models import Provider; "
    "Provider.objects.bulk_create(Provider(adapter_slug='getimg', name=f'Team {n}', "
    "base_url='https://api.example', api_key=f'sk-secret-{n:06}', options_text='{}') "
    "for n in range(400))"
)
READ = (
    "list(Provider.objects.filter(is_demo=False).order_by('pk').values_list('api_key', flat=True))"
)


@pytest.fixture
def data_dir(transactional_db, settings, tmp_path) -> Path:
    """A data folder whose field.key is its own."""
    (tmp_path / keys.FIELD_KEY).write_text(Fernet.generate_key().decode())
    settings.DATA_DIR = tmp_path
    settings.FIELD_KEYS = keys.field_keys()
    return tmp_path


@pytest.fixture(scope="module")
def prepared(tmp_path_factory) -> DataFolder:
    """A studio of its own, prepared as the start does it, with many secrets."""
    folder = DataFolder(tmp_path_factory.mktemp("rotation") / "data", DEMO_PROVIDER="false")
    folder.manage("up", "--prepare-only")
    done = folder.run("shell", "--no-imports", "-c", ADD)
    assert done.returncode == 0, done.stderr
    return folder


@pytest.fixture
def home(prepared, tmp_path) -> DataFolder:
    return prepared.copied_to(tmp_path / "data")


def add(name: str, **columns: object) -> Provider:
    return providers.add("getimg", name=name, **columns)


def stored() -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT api_key FROM studio_provider ORDER BY id")
        return [text for (text,) in cursor.fetchall()]


def test_after_a_rotation_only_the_new_key_reads_everything(data_dir, settings):
    add("Team", api_key="sk-one"), add("Other", api_key="sk-two"), add("Bare", api_key="")
    (old,), before = settings.FIELD_KEYS, stored()
    done = rotate_keys()
    (new,) = settings.FIELD_KEYS = keys.field_keys()
    assert (done.secrets, done.dropped_keys, done.forgotten) == (5, 1, [])
    assert new != old
    assert set(stored()) & set(before) == {""}
    assert [p.api_key for p in Provider.objects.order_by("pk")] == ["sk-one", "sk-two", ""]
    assert (data_dir / keys.FIELD_KEY).stat().st_mode & 0o777 == 0o600


def test_a_thousand_secrets_take_less_than_five_seconds(data_dir, settings):
    Provider.objects.bulk_create(
        Provider(
            adapter_slug="getimg", name=f"{n}", base_url="https://x.example", api_key=f"sk-{n}"
        )
        for n in range(MANY)
    )
    began = time.monotonic()
    assert rotate_keys().secrets == MANY
    assert time.monotonic() - began < LONGEST_S
    settings.FIELD_KEYS = keys.field_keys()
    assert {p.api_key for p in Provider.objects.all()} == {f"sk-{n}" for n in range(MANY)}


def test_a_running_studio_is_not_rotated_under(data_dir):
    add("Team", api_key="sk-one")
    before = stored(), keys.field_keys()
    with (data_dir / "up.lock").open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        with pytest.raises(StudioRuns, match="Stop it first"):
            rotate_keys()
    assert (stored(), keys.field_keys()) == before


def test_what_no_key_reads_stops_a_rotation_before_it_begins(data_dir, settings):
    add("Team", api_key="sk-one")
    keys.write_field_keys([Fernet.generate_key().decode()])
    before = stored(), keys.field_keys()
    with pytest.raises(BackupProblem, match="forget-unreadable"):
        rotate_keys()
    with pytest.raises(BackupProblem, match="Nothing was sent anywhere"):
        require_readable()
    assert (stored(), keys.field_keys()) == before


def test_what_no_key_reads_can_be_given_up(data_dir, settings):
    add("Lost", api_key="sk-one"), add("Demo", api_key="x", is_demo=True)
    settings.FIELD_KEYS = [Fernet.generate_key().decode()]
    keys.write_field_keys(settings.FIELD_KEYS)
    add("Kept", api_key="sk-two")
    assert len(rotate_keys(forgets_unreadable=True).forgotten) == 4
    settings.FIELD_KEYS = keys.field_keys()
    found = Provider.objects.order_by("pk").values_list("name", "api_key", "is_enabled")
    assert list(found) == [
        ("Lost", "", False),
        ("Demo", "demo-key-for-getimg", True),
        ("Kept", "sk-two", True),
    ]


def test_a_worker_with_the_wrong_key_sends_nothing(
    transactional_db, demo, make_account, make_job, settings
):
    job = make_job(make_account(), state=Job.State.QUEUED)
    settings.FIELD_KEYS = [Fernet.generate_key().decode()]
    with pytest.raises(ImproperlyConfigured, match="Nothing was sent anywhere"):
        engine.step(job.pk)
    assert demo.journal() == []
    assert list(Job.objects.values_list("state", flat=True)) == ["queued"]


def test_a_key_file_that_holds_something_else_is_named(data_dir):
    (data_dir / keys.FIELD_KEY).write_text("hunter2")
    with pytest.raises(BackupProblem, match="no usable key"):
        require_readable()


def test_a_key_that_a_page_writes_meanwhile_is_never_lost(data_dir, settings):
    """A process that was not stopped holds the old keys: its secret makes the old key stay."""
    account = add("Team", api_key="sk-one")

    def enter_anew(_words: str) -> None:
        writer = threading.Thread(target=_enter, args=(account.pk, "sk-newer"))
        writer.start()
        writer.join()

    with pytest.raises(BackupProblem, match="still running"):
        rotate_keys(tell=enter_anew)
    settings.FIELD_KEYS = keys.field_keys()
    assert Provider.objects.get().api_key == "sk-newer"
    rotate_keys()
    settings.FIELD_KEYS = keys.field_keys()
    assert len(settings.FIELD_KEYS) == 1
    assert Provider.objects.get().api_key == "sk-newer"


def _enter(pk: int, api_key: str) -> None:
    Provider.objects.filter(pk=pk).update(api_key=api_key)
    connection.close()


# -- Killed ----------------------------------------------------------------------------------------


def test_a_rotation_killed_between_two_steps_loses_no_secret(home):
    wanted = home.ask(READ)
    assert len(wanted) == 400
    for after in (1, 2, 5, 9, 10):
        assert home.cut_off("rotate", after) == -signal.SIGKILL
        assert home.ask(READ) == wanted
    home.manage("rotate_keys")
    assert home.ask(READ) == wanted
    assert len((home.path / "field.key").read_text().split()) == 1
    home.manage("up", "--prepare-only")


def test_a_rotation_killed_at_any_moment_loses_no_secret(home):
    wanted, dice = home.ask(READ), random.Random(7)
    for _time in range(6):
        process = subprocess.Popen(
            [sys.executable, "manage.py", "rotate_keys"],
            cwd=ROOT,
            env=home.env,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
        )
        assert process.stderr is not None
        process.stderr.readline()
        time.sleep(dice.uniform(0, 0.15))
        process.kill()
        process.communicate()
        assert home.ask(READ) == wanted
    home.manage("rotate_keys")
    assert home.ask(READ) == wanted
    assert not [name for name in os.listdir(home.path) if name.endswith(".part")]
