"""`make_*` fixtures: rows that show only what a test is about."""

import io
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.utils import timezone
from PIL import Image

from studio.models import Asset, Job, Member, Provider, Role
from studio.providers import registry
from studio.services import assets, providers


@pytest.fixture
def owner(db: None) -> User:
    return User.objects.create_superuser("mara", password="a long enough one")


def new_member(name: str, role: Role = Role.CREATOR, **fields: Any) -> User:
    """An account with a role."""
    user = User.objects.create_user(name, is_staff=role.covers(Role.MANAGER), **fields)
    Member.objects.create(user=user, role=role)
    return user


@pytest.fixture
def make_provider(db: None) -> Callable[..., Provider]:
    def make(slug: str = "getimg", **fields: Any) -> Provider:
        fields.setdefault("name", f"{registry.get(slug).name} {uuid.uuid4().hex[:6]}")
        fields.setdefault("api_key", "key-that-works")
        return providers.add(slug, **fields)

    return make


@pytest.fixture
def make_job(owner: User, make_provider: Callable[..., Provider]) -> Callable[..., Job]:
    def make(provider: Provider | None = None, **fields: Any) -> Job:
        provider = provider or make_provider()
        fields.setdefault("prompt", "Mist over a lake")
        fields.setdefault("batch", uuid.uuid4())
        if fields.get("state", Job.State.QUEUED) != Job.State.QUEUED:
            fields.setdefault("sent_at", timezone.now())
            fields.setdefault("accepted_at", timezone.now())
        model = provider.models.first()
        return Job.objects.create(owner=owner, provider=provider, provider_model=model, **fields)

    return make


@pytest.fixture
def png() -> Callable[..., io.BytesIO]:
    """A small picture as a file, in one colour."""

    def make(colour: str = "teal", size: tuple[int, int] = (320, 180)) -> io.BytesIO:
        file = io.BytesIO()
        Image.new("RGB", size, colour).save(file, "PNG")
        file.seek(0)
        return file

    return make


@pytest.fixture
def make_image(owner: User, png: Callable[..., io.BytesIO]) -> Callable[..., Asset]:
    def make(colour: str = "teal", **kwargs: Any) -> Asset:
        return assets.store_image(png(colour, **kwargs), owner=owner, name=f"{colour}.png")

    return make


@pytest.fixture
def image_file(tmp_path: Path, png: Callable[..., io.BytesIO]) -> Callable[..., Path]:
    def make(colour: str = "teal", **kwargs: Any) -> Path:
        path = tmp_path / f"{colour}.png"
        path.write_bytes(png(colour, **kwargs).getvalue())
        return path

    return make
