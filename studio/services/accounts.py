"""Who is who: the first owner, and whom the command line acts as."""

import hmac
import secrets
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.auth.models import User
from django.db import transaction
from django.urls import reverse


class NoOwnerYet(Exception):
    """The studio has no account yet."""


def owner() -> User | None:
    """The first active superuser: who set the studio up."""
    return User.objects.filter(is_superuser=True, is_active=True).order_by("pk").first()


def acting_user(name: str = "") -> User:
    """The account the command line acts as: `name`, else the owner.

    Raises NoOwnerYet for an empty studio and User.DoesNotExist for an unknown name.
    """
    user = get_user_model().objects.get(username=name, is_active=True) if name else owner()
    if user is None:
        raise NoOwnerYet(
            "This studio has no owner yet. Open the set-up link that the start prints, or run "
            "`manage.py createsuperuser`."
        )
    return user


def setup_link() -> str:
    """The one-time path that creates the owner's account, or "" once there is one."""
    if User.objects.exists():
        settings.SETUP_TOKEN_FILE.unlink(missing_ok=True)
        return ""
    if not settings.SETUP_TOKEN_FILE.exists():
        settings.SETUP_TOKEN_FILE.touch(mode=0o600)
        settings.SETUP_TOKEN_FILE.write_text(secrets.token_urlsafe(32))
    return reverse("studio:setup", args=[settings.SETUP_TOKEN_FILE.read_text()])


def setup_is_open(token: str) -> bool:
    """True while no account exists and the token is the one that was printed."""
    if User.objects.exists() or not settings.SETUP_TOKEN_FILE.exists():
        return False
    return hmac.compare_digest(token.encode(), settings.SETUP_TOKEN_FILE.read_bytes())


def create_owner(token: str, username: str, password: str, **names: Any) -> User | None:
    """The owner's account; None if somebody else was first or the token is wrong."""
    with transaction.atomic():
        if not setup_is_open(token):
            return None
        user = User.objects.create_superuser(username, password=password, **names)
    settings.SETUP_TOKEN_FILE.unlink(missing_ok=True)
    return user
