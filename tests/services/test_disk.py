"""Room on the disk, against the limits of the settings."""

import shutil

import pytest

from studio.services import disk

MB = 1_000_000


@pytest.fixture
def free_mb(settings, tmp_path) -> int:
    settings.MEDIA_ROOT = tmp_path / "not" / "made" / "yet"
    settings.DISK_SOFT_MB, settings.DISK_HARD_MB = 5, 1
    return shutil.disk_usage(tmp_path).free // MB


def test_room_is_told_of_a_folder_that_is_not_there_yet(free_mb):
    assert disk.free_bytes() / MB == pytest.approx(free_mb, rel=0.1)


def test_little_room_is_low_before_it_is_none(free_mb, settings):
    assert not disk.is_low()
    settings.DISK_SOFT_MB = 2 * free_mb
    assert disk.is_low()
    assert disk.has_room_for(None)


def test_the_reserve_is_never_given_away(free_mb, settings):
    assert disk.has_room_for(MB)
    assert not disk.has_room_for(2 * free_mb * MB)
    settings.DISK_HARD_MB = 2 * free_mb
    assert not disk.has_room_for(None)
