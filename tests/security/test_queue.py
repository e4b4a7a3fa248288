"""The queue's file is no way in: a message that is not ours is never opened (row 12)."""

import ast
import pickle
import sqlite3
import threading
import zlib
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as django_settings
from huey.serializer import Serializer, SignedSerializer

from tests.live import ROOT, LiveStudio

OPENERS = {"pickle", "cPickle", "dill", "shelve", "marshal", "yaml", "jsonpickle", "joblib"}
LONGEST_S = 30.0


class Touch:
    """A pickle that makes a file where it is opened."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> Any:
        return Path.touch, (self.path,)


def forged(path: Path) -> list[bytes]:
    """The same message unsigned, and signed in every wrong way."""
    plain = pickle.dumps(Touch(path))
    ours = django_settings.HUEY.serializer
    other = SignedSerializer(secret="guessed", salt="dailies.queue")
    other_salt = SignedSerializer(secret=ours.secret.decode(), salt="huey")
    return [
        plain,
        plain + b":",
        plain + b":" + b"0" * 40,
        plain + b":" + ours._signature(b"something else"),
        b":" + plain,
        zlib.compress(plain),
        Serializer().serialize(Touch(path)),
        other.serialize(Touch(path)),
        other_salt.serialize(Touch(path)),
        ours.serialize({"a": 1})[:-1],
    ]


def test_the_forged_message_would_work_on_an_unsigned_queue(tmp_path):
    Serializer().deserialize(forged(tmp_path / "touched")[0])
    assert (tmp_path / "touched").exists()


@pytest.mark.parametrize("number", range(10))
def test_a_forged_message_is_refused_and_not_opened(tmp_path, number):
    """CVE-2024-12029: whoever could write to the queue ran code in the worker."""
    with pytest.raises(ValueError, match=r"mismatch|not found"):
        django_settings.HUEY.serializer.deserialize(forged(tmp_path / "touched")[number])
    assert not (tmp_path / "touched").exists()


def test_a_worker_goes_on_past_forged_messages(studio: LiveStudio, tmp_path):
    """CVE-2024-12029: in the real queue of the real worker, before an errand that is real."""
    with sqlite3.connect(studio.data_dir / "queue.sqlite3", timeout=20) as queue:
        rows = [("dailies", data, 1000) for data in forged(tmp_path / "touched")]
        queue.executemany("insert into task (queue, data, priority) values (?, ?, ?)", rows)
    queue.close()
    _wait_until_taken(studio)
    assert not (tmp_path / "touched").exists()
    assert studio.process.poll() is None
    studio.manage("shell", "-c", "from studio import tasks; tasks.keep_library()")
    _wait_until_taken(studio)
    assert (studio.data_dir / "media" / "library.json").exists()


def _wait_until_taken(studio: LiveStudio) -> None:
    """Until nothing is left in the queue."""
    queue = sqlite3.connect(studio.data_dir / "queue.sqlite3", timeout=20)
    for _ in range(int(LONGEST_S / 0.1)):
        if not queue.execute("select count(*) from task").fetchone()[0]:
            queue.close()
            return
        threading.Event().wait(0.1)
    raise AssertionError("The worker left the queue alone.")


def test_nothing_of_ours_opens_what_can_run_code():
    """CVE-2024-12029, ASVS 1.5.2: no unsigned pickle, nor another format that runs code."""
    found = []
    for path in (ROOT / "studio").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            found += [f"{path.name}: {name}" for name in names if name.split(".")[0] in OPENERS]
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                found += (
                    [f"{path.name}: {node.func.id}"] if node.func.id in {"eval", "exec"} else []
                )
    assert found == []


def test_queue_and_sessions_are_signed_or_plain():
    assert isinstance(django_settings.HUEY.serializer, SignedSerializer)
    assert django_settings.SESSION_SERIALIZER.endswith("JSONSerializer")
    key = Path(django_settings.DATA_DIR) / "queue.key"
    assert key.stat().st_mode & 0o077 == 0
    assert key.read_text().strip() != django_settings.SECRET_KEY
