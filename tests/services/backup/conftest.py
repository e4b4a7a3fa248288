"""A studio with clips over the test's own database, and an empty data folder to restore it into."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from studio.models import Asset, Job, Provider
from studio.services import assets
from studio.services.backup import keys
from tests.folders import DataFolder

KEY = "sk-live-Zq81vPmT4wXc7Ld2"
PASSPHRASE = "correct horse battery"


@pytest.fixture
def studio(transactional_db, settings, tmp_path) -> Path:
    """The data folder of a studio over the test's own database."""
    folder = tmp_path / "data"
    folder.mkdir()
    for name in keys.NAMES:
        shutil.copy(settings.DATA_DIR / name, folder / name)
    settings.DATA_DIR, settings.MEDIA_ROOT = folder, folder / "media"
    return folder


@pytest.fixture
def add_clip(studio, owner, make_job, make_provider) -> Callable[..., Asset]:
    """A clip with its ready job, its file, a document beside it and a poster."""
    made: list[Provider] = []

    def add(content: bytes = b"pictures and sound", **columns: object) -> Asset:
        made.append(made[0] if made else make_provider(api_key=KEY))
        clip = store(owner, content, "clips", ".mp4", kind=Asset.Kind.VIDEO, **columns)
        clip.path.with_suffix(".json").write_text(json.dumps({"prompt": "Mist"}))
        store(owner, b"poster of " + content, "clips", ".jpg", kind="poster", parent=clip)
        job = make_job(made[0])
        Job.objects.filter(pk=job.pk).update(state="ready", sent_at=timezone.now(), video=clip)
        return clip

    return add


def store(owner: User, content: bytes, folder: str, end: str, **columns: object) -> Asset:
    asset = Asset(owner=owner, width=64, height=36, duration_s=1.0, mime_type="x/y", **columns)
    asset.relative_path = assets.new_path(folder, end, asset.pk)
    asset.path.write_bytes(content)
    asset.sha256, asset.size_bytes = assets.sha256_of(asset.path), len(content)
    asset.save()
    return asset


@pytest.fixture
def new_home(tmp_path, studio) -> DataFolder:
    """An empty data folder that has the old one's field.key: what its owner kept."""
    home = DataFolder(tmp_path / "elsewhere")
    home.path.mkdir()
    (home.path / ".dailies").touch()
    shutil.copy(studio / "field.key", home.path)
    return home
