"""`manage.py retention`: what it says, and the one document of --json."""

import io
import json
from datetime import timedelta

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.utils import timezone

from studio.models import Asset
from studio.services import health


@pytest.fixture
def old_picture(settings, tmp_path, make_image) -> Asset:
    """A picture of last month that nothing uses, in a studio that keeps such for 30 days."""
    settings.DATA_DIR, settings.MEDIA_ROOT = tmp_path, tmp_path / "media"
    settings.UPLOAD_DAYS = 30
    picture = make_image()
    health.marker().touch()
    Asset.objects.update(created_at=timezone.now() - timedelta(days=31))
    return picture


def said(*words: str) -> str:
    out = io.StringIO()
    call_command("retention", *words, stdout=out, stderr=out)
    return out.getvalue()


def test_without_rules_it_names_the_settings(old_picture, settings):
    settings.UPLOAD_DAYS = 0
    assert "everything is kept. Set TRASH_DAYS, UPLOAD_DAYS or EVENT_DAYS" in said()
    assert old_picture.path.is_file()


def test_a_dry_run_lists_and_says_that_nothing_was_deleted(old_picture):
    told = said("--dry-run")
    assert "Unused pictures uploaded 30 days ago or earlier: 1, 0.0 MB." in told
    assert f" {old_picture.size_bytes:,} bytes  {old_picture.relative_path}\n" in told
    assert "Nothing was deleted: this was a dry run." in told
    assert old_picture.path.is_file()


def test_the_documents_of_a_dry_and_a_real_run_agree(old_picture):
    told, done = json.loads(said("--dry-run", "--json")), json.loads(said("--json"))
    assert (told.pop("is_dry_run"), done.pop("is_dry_run")) == (True, False)
    assert told == done
    (rule,) = done["rules"]
    assert (rule["rule"], rule["setting"], rule["days"]) == ("uploads", "UPLOAD_DAYS", 30)
    assert (rule["count"], rule["size_bytes"]) == (1, old_picture.size_bytes)
    assert rule["leaves"][0]["files"] == [old_picture.relative_path]
    assert not old_picture.path.exists()


def test_while_a_restore_is_under_way_nothing_is_deleted(old_picture, settings):
    (settings.DATA_DIR / "restore-under-way.json").write_text("{}")
    with pytest.raises(CommandError, match="restore"):
        said()
    assert old_picture.path.is_file()


def test_without_the_disk_of_the_clips_nothing_is_deleted(old_picture):
    health.marker().unlink()
    with pytest.raises(CommandError, match=r"is the disk with the clips mounted\? Nothing was"):
        said()
    assert Asset.objects.filter(pk=old_picture.pk).exists()
