"""Backups: what is in them, what never is, and what becomes of damaged files."""

from pathlib import Path

import pytest
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from django.utils import timezone

from studio.models import Asset
from studio.services import erasing, keepsake
from studio.services.backup import (
    BackupProblem,
    database,
    keys,
    make_backup,
    verify_backup,
)
from studio.services.backup.files import names_below
from tests.services.backup.conftest import KEY


def test_a_backup_holds_the_database_every_file_and_what_lies_beside_it(add_clip, tmp_path):
    clip = add_clip()
    keepsake.keep()
    folder, made = make_backup(tmp_path / "backup")
    poster = Path(f"media/{clip.poster.relative_path}")
    beside = Path(f"media/{clip.relative_path}").with_suffix(".json")
    files = {f"media/{clip.relative_path}", str(poster), str(beside), "media/library.json"}
    assert set(names_below(folder)) == {*files, "studio.sqlite3", "manifest.json"}
    assert made.problems == []
    assert verify_backup(folder).is_whole


def test_in_a_folder_that_exists_a_dated_one_is_made(add_clip, tmp_path):
    add_clip()
    folder, _made = make_backup(tmp_path)
    assert folder.parent == tmp_path
    assert folder.name.startswith(f"dailies-{timezone.now():%Y}")


def test_a_backup_is_nobody_elses_to_read(add_clip, tmp_path):
    folder, _made = make_backup(tmp_path / "backup")
    assert folder.stat().st_mode & 0o777 == 0o700
    assert (folder / "studio.sqlite3").stat().st_mode & 0o777 == 0o600


def test_a_backup_never_goes_into_the_data_folder(studio):
    with pytest.raises(BackupProblem, match="inside the data folder"):
        make_backup(studio / "backup")


def test_a_backup_never_goes_into_another(add_clip, tmp_path):
    folder, _made = make_backup(tmp_path / "backup")
    with pytest.raises(BackupProblem, match="holds a backup already"):
        make_backup(folder)


def test_a_place_that_cannot_be_written_is_named(studio, tmp_path):
    (tmp_path / "file").write_text("no folder")
    with pytest.raises(BackupProblem, match="Nothing was written"):
        make_backup(tmp_path / "file" / "backup")


def test_what_is_damaged_in_the_studio_is_told_and_the_rest_is_taken(add_clip, tmp_path):
    lost, changed, sound = add_clip(b"lost"), add_clip(b"changed"), add_clip(b"sound")
    lost.path.unlink()
    changed.path.write_bytes(b"CHANGED")
    folder, made = make_backup(tmp_path / "backup")
    assert [problem.split(":")[0] for problem in made.problems] == sorted(
        f"media/{clip.relative_path}" for clip in (lost, changed)
    )
    assert (folder / "media" / sound.relative_path).read_bytes() == b"sound"
    assert verify_backup(folder).is_whole


def test_a_clip_deleted_for_good_meanwhile_is_not_in_the_backup(add_clip, owner, tmp_path):
    first, other = sorted((add_clip(b"one"), add_clip(b"two")), key=lambda c: c.relative_path)
    Asset.objects.filter(pk__in=[first.pk, other.pk]).update(trashed_at=timezone.now())
    gone: list[str] = []

    def erase_both(name: str, _done_bytes: int, _all_bytes: int) -> None:
        if not gone:
            gone.append(name)
            erasing.erase([first, other], owner)

    folder, made = make_backup(tmp_path / "backup", tell=erase_both)
    assert made.files == []
    assert made.problems == []
    assert set(names_below(folder)) == {"studio.sqlite3", "manifest.json"}


def test_no_one_is_signed_in_with_a_backup(add_clip, tmp_path):
    session = SessionStore()
    session["who"] = "mara"
    session.save()
    folder, _made = make_backup(tmp_path / "backup")
    with database.opened(folder / "studio.sqlite3") as copy:
        assert not Session.objects.using(copy).exists()
    assert session.session_key.encode() not in (folder / "studio.sqlite3").read_bytes()


def test_no_piece_of_a_secret_is_in_a_backup(add_clip, studio, tmp_path):
    add_clip()
    (studio / "setup.token").write_text("token-Aa1Bb2Cc3Dd4Ee5Ff6")
    session = SessionStore()
    session["who"] = "mara"
    session.save()
    secrets = [KEY, session.session_key, (studio / "setup.token").read_text()]
    secrets += [(studio / name).read_text() for name in keys.NAMES]
    pieces = {s[i : i + 8].encode() for s in secrets for i in range(len(s) - 7)}
    folder, _made = make_backup(tmp_path / "backup")
    for name in names_below(folder):
        content = (folder / name).read_bytes()
        assert [piece for piece in pieces if piece in content] == [], name
