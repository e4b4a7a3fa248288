"""The start: bad values are named, keys are made once, a strange folder is refused."""

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from tests.certificates import OLDER, make_pair
from tests.live import ROOT


def start(data_dir: Path, *words: str, **env: str) -> subprocess.CompletedProcess[str]:
    """`manage.py` in a process of its own, with this environment."""
    return subprocess.run(
        [sys.executable, "manage.py", *(words or ("check",))],
        cwd=ROOT,
        env=os.environ
        | {"DATA_DIR": str(data_dir), "DJANGO_SETTINGS_MODULE": "studio.settings"}
        | env,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PORT", "eighty"),
        ("PORT", "70000"),
        ("DEBUG", "perhaps"),
        ("PUBLIC_URL", "studio.example"),
        ("PUBLIC_URL", "https://office.example/the studio"),
        ("MDNS_NAME", "the studio"),
        ("LOOK_INTERVAL_FACTOR", "0"),
        ("LOG_LEVEL", "LOUD"),
        ("WORKER_THREADS", "-1"),
        ("OIDC_CLIENT_ID", "dailies"),
        ("OIDC_TOKEN_URL", "directory/token"),
        ("PROXY_USER_HEADER", "Remote-User"),
        ("TRUSTED_PROXIES", "the proxy"),
        ("NEW_MEMBERS", "owner"),
    ],
)
def test_a_bad_value_stops_the_start_by_its_name(tmp_path, name, value):
    done = start(tmp_path / "data", **{name: value})
    assert done.returncode != 0
    assert name in done.stderr
    assert "Traceback" not in done.stderr


def test_a_folder_with_foreign_files_is_refused(tmp_path):
    (tmp_path / "photo.jpg").write_text("x")
    done = start(tmp_path)
    assert "DATA_DIR" in done.stderr
    assert ".dailies" in done.stderr


def test_a_folder_that_cannot_be_made_is_named(tmp_path):
    (tmp_path / "file").write_text("x")
    assert "DATA_DIR" in start(tmp_path / "file" / "data").stderr


def test_keys_are_made_once_for_the_owner_alone(tmp_path):
    data = tmp_path / "data"
    assert start(data).returncode == 0
    keys = {path: path.read_text() for path in data.glob("*.key")}
    assert len(keys) == 3
    assert start(data).returncode == 0
    assert {path: path.read_text() for path in data.glob("*.key")} == keys
    assert all(stat.S_IMODE(path.stat().st_mode) == 0o600 for path in keys)


def test_processes_that_start_together_agree_on_one_key(tmp_path):
    data = tmp_path / "data"
    code = "from django.conf import settings; print(settings.SECRET_KEY)"
    env = os.environ | {"DATA_DIR": str(data), "DJANGO_SETTINGS_MODULE": "studio.settings"}
    running = [
        subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, env=env, stdout=subprocess.PIPE)
        for _ in range(4)
    ]
    assert len({process.communicate()[0] for process in running}) == 1


def test_an_empty_key_file_is_refused_instead_of_replaced(tmp_path):
    data = tmp_path / "data"
    start(data)
    (data / "field.key").write_text("")
    assert "field.key" in start(data).stderr


def test_write_ahead_logging_is_used_only_with_a_safe_sqlite(tmp_path):
    code = (
        "import sqlite3; from django.conf import settings; "
        "init = settings.DATABASES['default']['OPTIONS']['init_command']; "
        "print(('WAL' in init) == (sqlite3.sqlite_version_info >= (3, 51, 3)))"
    )
    env = os.environ | {
        "DATA_DIR": str(tmp_path / "d"),
        "DJANGO_SETTINGS_MODULE": "studio.settings",
    }
    done = subprocess.run(
        [sys.executable, "-c", f"import studio; {code}"],
        cwd=ROOT,
        env=env,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == "True"


@pytest.mark.parametrize("name", ["TLS_CERT", "TLS_KEY"])
def test_a_certificate_without_its_key_or_the_other_way_is_named(tmp_path, name):
    pair = make_pair(tmp_path / "tls")
    missing = next(other for other in pair if other != name)
    assert f"{missing} is not set" in start(tmp_path / "data", **{name: pair[name]}).stderr


def test_a_certificate_and_key_that_cannot_be_used_are_named(tmp_path):
    pair, other = make_pair(tmp_path / "tls"), make_pair(tmp_path / "other")
    for damaged, words in (
        (pair | {"TLS_CERT": "/nothing/here"}, "TLS_CERT='/nothing/here' cannot be read"),
        (pair | {"TLS_KEY": other["TLS_KEY"]}, "do not belong together"),
        (pair | {"TLS_KEY": pair["TLS_CERT"]}, "TLS_KEY="),
        (make_pair(tmp_path / "older", OLDER), "openssl pkcs8 -topk8 -nocrypt -in"),
    ):
        done = start(tmp_path / "data", **damaged)
        assert done.returncode != 0
        assert words in done.stderr
        assert "Traceback" not in done.stderr


def test_the_owners_password_is_left_to_no_process_that_is_started(tmp_path):
    code = "import os; from django.conf import settings as s; print(s.ADMIN_PASSWORD, *os.environ)"
    env = os.environ | {"DATA_DIR": str(tmp_path / "data"), "ADMIN_PASSWORD": "a long enough one"}
    env |= {"DJANGO_SETTINGS_MODULE": "studio.settings"}
    told = subprocess.check_output([sys.executable, "-c", code], cwd=ROOT, env=env, text=True)
    assert told.startswith("a long enough one ")
    assert "ADMIN_PASSWORD" not in told.split()
