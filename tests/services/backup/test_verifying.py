"""What differs between a studio and its files, or a backup and its manifest, is named."""

import os

from django.utils import timezone

from studio.models import Asset, FileToRemove
from studio.services import erasing, keepsake, thumbs
from studio.services.backup import (
    make_backup,
    verify_backup,
    verify_studio,
)


def test_a_studio_with_all_its_files_is_whole(add_clip, make_image):
    add_clip()
    thumbs.thumb_of(make_image())
    keepsake.keep()
    findings = verify_studio()
    assert findings.is_whole
    assert findings.files == 3


def test_what_differs_is_named_by_kind(add_clip, studio):
    lost, longer, other = add_clip(b"lost"), add_clip(b"longer"), add_clip(b"other")
    lost.path.unlink()
    longer.path.write_bytes(b"longer still")
    other.path.write_bytes(b"OTHER")
    (studio / "media" / "clips" / "stray.mp4").write_bytes(b"nobody's")
    findings = verify_studio()
    assert findings.missing == [lost.relative_path]
    assert {words.split(":")[0] for words in findings.damaged} == {
        longer.relative_path,
        other.relative_path,
    }
    assert findings.orphans == ["clips/stray.mp4"]
    assert not findings.is_whole


def test_what_comes_and_what_goes_is_no_fault(add_clip, studio):
    clip = add_clip()
    media = studio / "media"
    (media / "incoming").mkdir()
    (media / "incoming" / "half").write_bytes(b"...")
    clip.path.with_name("x.1f2e.part").write_bytes(b"...")
    (media / "clips" / "old.mp4").write_bytes(b"...")
    FileToRemove.objects.create(relative_path="clips/old.mp4")
    findings = verify_studio()
    assert findings.is_whole
    assert len(findings.temporary) == 2
    assert findings.leaving == ["clips/old.mp4"]


def test_a_clip_deleted_for_good_is_not_missed_but_its_forgotten_file_is_found(add_clip, owner):
    clip = add_clip()
    Asset.objects.filter(pk=clip.pk).update(trashed_at=timezone.now())
    erasing.erase([clip], owner)
    assert verify_studio().is_whole
    clip.path.write_bytes(b"back again")
    assert verify_studio().orphans == [clip.relative_path]


def test_a_stranger_in_a_backup_is_named(add_clip, tmp_path):
    folder, _made = make_backup(tmp_path / "backup")
    (folder / "media").mkdir(exist_ok=True)
    (folder / "media" / "new.mp4").write_bytes(b"later")
    assert verify_backup(folder).orphans == ["media/new.mp4"]


def test_a_database_whose_pages_are_damaged_is_told(add_clip, tmp_path):
    for number in range(30):
        add_clip(bytes([number]))
    folder, _made = make_backup(tmp_path / "backup")
    path = folder / "studio.sqlite3"
    with path.open("r+b") as file:
        file.seek(path.stat().st_size // 2)
        file.write(os.urandom(50_000))
    assert verify_backup(folder).database
