"""Backups restored elsewhere: made under load, cut off, damaged, with and without keys."""

import io
import json
import os
import shutil
import signal
import threading

import pytest
from django.conf import settings as studio_settings
from django.contrib.auth.models import User
from django.db import connection
from django.utils import timezone
from PIL import Image

from studio.models import Asset, Job
from studio.services import assets, erasing
from studio.services.backup import (
    BackupProblem,
    WrongPassphrase,
    keys,
    make_backup,
    verify_backup,
)
from studio.services.backup.files import names_below
from tests.folders import DataFolder
from tests.services.backup.conftest import KEY, PASSPHRASE


def test_made_under_load_and_restored_elsewhere_nothing_differs(
    add_clip, owner, new_home, tmp_path
):
    for number in range(20):
        add_clip(os.urandom(20_000) + bytes([number]))
    is_over, rounds, failed = threading.Event(), [], []

    def work() -> None:
        """Pictures come, clips go to the trash and out of it for good."""
        try:
            while not is_over.is_set():
                _work_once(owner)
                rounds.append(1)
        except Exception as e:
            failed.append(e)
        finally:
            connection.close()

    worker = threading.Thread(target=work)
    worker.start()
    backups = []
    try:
        for number in range(4):
            folder, made = make_backup(tmp_path / f"backup-{number}")
            assert made.problems == []
            backups.append(folder)
    finally:
        is_over.set()
        worker.join()
    assert failed == []
    assert rounds
    for backup in backups:
        assert verify_backup(backup).is_whole
    new_home.manage("restore", str(backups[-1]))
    assert new_home.json("verify")["is_whole"]
    assert new_home.ask("list(Provider.objects.values_list('api_key', flat=True))") == [KEY]


def _work_once(owner: User) -> None:
    picture = io.BytesIO()
    Image.new("RGB", (32, 18), "teal").save(picture, "PNG")
    picture.seek(0)
    assets.store_image(picture, owner=owner)
    clip = Asset.objects.clips().first()
    if clip is not None:
        Asset.objects.filter(pk=clip.pk).update(trashed_at=timezone.now())
        erasing.erase([clip], owner)


def test_what_was_not_sent_yet_is_held_in_a_restored_studio(
    add_clip, make_job, new_home, tmp_path, make_provider
):
    add_clip()
    make_job()
    make_job(state=Job.State.UNCONFIRMED, error="Perhaps.")
    make_job(make_provider("dafty"), unclear_since=timezone.now())
    followed = make_job(state=Job.State.WAITING, remote_id="r1")
    folder, _made = make_backup(tmp_path / "backup")
    done = new_home.json("restore", str(folder))
    assert done["held_jobs"] == 2
    held = "list(Job.objects.filter(is_held=True).values_list('state', flat=True))"
    assert sorted(new_home.ask(held)) == ["queued", "unconfirmed"]
    told = (
        "list(JobEvent.objects.filter(message__contains='restored').values_list('job', flat=True))"
    )
    assert len(new_home.ask(told)) == 2
    assert followed.pk not in new_home.ask(told)


def test_a_studio_is_never_restored_over(add_clip, new_home, tmp_path):
    add_clip()
    folder, _made = make_backup(tmp_path / "backup")
    new_home.manage("restore", str(folder))
    assert "replaces nothing" in new_home.manage("restore", str(folder), status=1)


def test_clips_without_a_database_are_not_restored_over_either(add_clip, new_home, tmp_path):
    folder, _made = make_backup(tmp_path / "backup")
    (new_home.path / "media").mkdir()
    (new_home.path / "media" / "mine.mp4").write_bytes(b"mine")
    assert "replaces nothing" in new_home.manage("restore", str(folder), status=1)
    assert not (new_home.path / "studio.sqlite3").exists()


def test_a_folder_without_a_manifest_is_no_backup(add_clip, new_home, tmp_path):
    folder, _made = make_backup(tmp_path / "backup")
    (folder / "manifest.json").unlink()
    assert "cut off while it was made" in new_home.manage("restore", str(folder), status=1)
    assert new_home.names.isdisjoint({"studio.sqlite3", "restore-under-way.json"})


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"format": 2}, "Update Dailies first"),
        ({"migrations": ["studio.9999_from_tomorrow"]}, "newer Dailies"),
        ({"files": [{"path": "media/../field.key", "size_bytes": 1, "sha256": "0"}]}, "no place"),
        ({"files": [{"path": "/etc/passwd", "size_bytes": 1, "sha256": "0"}]}, "no place"),
        ({"files": None}, "cannot be read"),
        ({"made_at": "yesterday"}, "cannot be read"),
    ],
)
def test_a_manifest_that_makes_no_sense_is_refused(add_clip, new_home, tmp_path, change, words):
    folder, _made = make_backup(tmp_path / "backup")
    path = folder / "manifest.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | change))
    assert words in new_home.manage("restore", str(folder), status=1)
    assert "studio.sqlite3" not in new_home.names


def test_a_truncated_database_is_noticed_before_anything_is_written(add_clip, new_home, tmp_path):
    folder, _made = make_backup(tmp_path / "backup")
    os.truncate(folder / "studio.sqlite3", 4096)
    assert "4096 bytes instead of" in new_home.manage("restore", str(folder), status=1)
    assert "restore-under-way.json" not in new_home.names
    findings = verify_backup(folder)
    assert findings.damaged
    assert findings.database


def test_damaged_files_stop_a_restore_until_they_are_mended(add_clip, new_home, tmp_path):
    first, second, sound = add_clip(b"first"), add_clip(b"second"), add_clip(b"sound")
    folder, _made = make_backup(tmp_path / "backup")
    (folder / "media" / first.relative_path).write_bytes(b"FIRST")
    (folder / "media" / second.relative_path).unlink()
    assert "2 files of the backup" in new_home.manage("restore", str(folder), status=1)
    assert "is not finished" in new_home.manage("up", "--prepare-only", status=1)
    assert (new_home.path / "media" / sound.relative_path).read_bytes() == b"sound"
    (folder / "media" / first.relative_path).write_bytes(b"first")
    (folder / "media" / second.relative_path).write_bytes(b"second")
    new_home.manage("restore", str(folder))
    assert new_home.json("verify")["is_whole"]


def test_one_can_go_on_without_damaged_files(add_clip, new_home, tmp_path):
    clip = add_clip()
    folder, _made = make_backup(tmp_path / "backup")
    (folder / "media" / clip.relative_path).write_bytes(b"something else....")
    done = new_home.json("restore", str(folder), "--skip-damaged")
    assert len(done["left_out"]) == 1
    assert new_home.json("verify", status=1)["missing"] == [clip.relative_path]
    assert not [name for name in new_home.names if name.endswith(".part")]


# -- Cut off ---------------------------------------------------------------------------------------


def test_a_restore_that_was_killed_says_so_and_goes_on(add_clip, new_home, tmp_path):
    for number in range(4):
        add_clip(bytes([number]) * 100_000)
    folder, made = make_backup(tmp_path / "backup")
    points = (1, len(made.files) // 2, len(made.files), len(made.files) + 1)
    for point in points:
        assert new_home.cut_off("restore", point, str(folder)) == -signal.SIGKILL
        assert f"Run `manage.py restore {folder}` again" in new_home.manage("check", status=1)
    for words in (["up", "--prepare-only"], ["verify"], ["rotate_keys"]):
        assert "again: it goes on where it was" in new_home.manage(*words, status=1)
    assert new_home.json("restore", str(folder))["files"] == len(made.files)
    new_home.manage("check")
    assert new_home.json("verify")["is_whole"]


HALF_CHANGE = """
import os, signal, sqlite3, sys
half = sqlite3.connect(sys.argv[1], isolation_level=None)
half.execute("PRAGMA cache_size=1")
half.execute("BEGIN")
half.execute("UPDATE studio_asset SET original_name = hex(randomblob(100))")
half.execute("DELETE FROM studio_job")
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_a_restore_killed_while_it_changes_the_database_starts_that_anew(
    add_clip, new_home, tmp_path
):
    """What SQLite left of the change must not be played into the next copy."""
    for number in range(40):
        add_clip(bytes([number]))
    folder, made = make_backup(tmp_path / "backup")
    assert new_home.cut_off("restore", len(made.files), str(folder)) == -signal.SIGKILL
    part = new_home.path / "studio.sqlite3.part"
    shutil.copy(folder / "studio.sqlite3", part)
    new_home.run(str(part), program=("-c", HALF_CHANGE))
    assert part.with_name(part.name + "-journal").stat().st_size > 0
    Asset.objects.update(original_name="renamed since")
    later, _made = make_backup(tmp_path / "later")
    (new_home.path / "restore-under-way.json").unlink()
    shutil.rmtree(new_home.path / "media")
    new_home.manage("restore", str(later))
    assert new_home.json("verify")["is_whole"]
    assert new_home.ask("list({*Asset.objects.values_list('original_name', flat=True)})") == [
        "renamed since"
    ]
    assert not [name for name in new_home.names if ".part" in name]


def test_another_backup_is_not_mixed_into_a_restore_that_was_cut_off(add_clip, new_home, tmp_path):
    add_clip()
    one, _made = make_backup(tmp_path / "one")
    add_clip(b"another")
    two, _made = make_backup(tmp_path / "two")
    assert new_home.cut_off("restore", 1, str(one)) == -signal.SIGKILL
    assert "another backup" in new_home.manage("restore", str(two), status=1)


# -- With keys -------------------------------------------------------------------------------------


def test_with_secrets_a_restored_studio_reads_its_api_keys(add_clip, studio, tmp_path):
    add_clip()
    folder, _made = make_backup(tmp_path / "backup", passphrase=PASSPHRASE)
    home = DataFolder(tmp_path / "bare")
    (tmp_path / "pass").write_text(PASSPHRASE + "\n")
    home.manage("restore", str(folder), "--passphrase-file", str(tmp_path / "pass"))
    assert home.ask("[p.api_key for p in Provider.objects.all()]") == [KEY]
    assert (home.path / "secret.key").read_text() == (studio / "secret.key").read_text()
    assert (home.path / "field.key").stat().st_mode & 0o777 == 0o600


def test_a_wrong_passphrase_changes_nothing(add_clip, tmp_path):
    folder, _made = make_backup(tmp_path / "backup", passphrase=PASSPHRASE)
    home = DataFolder(tmp_path / "bare")
    said = home.manage("restore", str(folder), "--passphrase-file", "-", stdin="wrong", status=1)
    assert "cannot be read with this passphrase" in said
    assert "without-keys" in home.manage("restore", str(folder), status=1)
    assert "studio.sqlite3" not in home.names
    with pytest.raises(WrongPassphrase):
        keys.unwrapped((folder / "keys.json").read_bytes(), PASSPHRASE + " ")


def test_a_short_passphrase_is_refused(studio, tmp_path):
    with pytest.raises(BackupProblem, match="10 or more"):
        make_backup(tmp_path / "backup", passphrase="short")
    assert not (tmp_path / "backup").exists()


def test_the_keys_are_not_readable_in_a_backup_that_has_them(add_clip, studio, tmp_path):
    add_clip()
    folder, _made = make_backup(tmp_path / "backup", passphrase=PASSPHRASE)
    secrets = [KEY, PASSPHRASE, *((studio / name).read_text() for name in keys.NAMES)]
    for name in names_below(folder):
        content = (folder / name).read_bytes()
        assert not [secret for secret in secrets if secret.encode() in content], name


def test_a_field_key_that_lies_there_already_is_kept_behind_the_backups(add_clip, tmp_path):
    folder, _made = make_backup(tmp_path / "backup", passphrase=PASSPHRASE)
    home = DataFolder(tmp_path / "bare")
    home.manage("jobs", "--help")
    before = (home.path / "field.key").read_text()
    home.manage("restore", str(folder), "--passphrase-file", "-", stdin=PASSPHRASE)
    taken = (home.path / "field.key").read_text().split()
    assert taken == [*studio_settings.FIELD_KEYS, before]


def test_without_the_key_a_restored_studio_says_so_and_does_not_start(add_clip, tmp_path):
    add_clip()
    folder, _made = make_backup(tmp_path / "backup")
    home = DataFolder(tmp_path / "bare")
    assert "cannot be read with the key" in home.manage("restore", str(folder))
    said = home.manage("up", "--prepare-only", status=1)
    assert "Nothing was sent anywhere" in said
    assert home.json("verify", status=1)["unreadable_keys"]
