"""Who is who: the first owner, and whom the command line acts as."""

import hmac
import secrets
from collections.abc import Callable
from pathlib import Path

from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.auth.models import User
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction

from studio.services.places import path_in_studio


class NoOwnerYet(Exception):
    """The studio has no account yet."""


class BadAdmin(Exception):
    """The account that the environment names cannot be made; the text names the setting."""


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
    return f"{settings.SUB_PATH}{path_in_studio('setup', settings.SETUP_TOKEN_FILE.read_text())}"


def setup_is_open(token: str) -> bool:
    """True while no account exists and the token is the one that was printed."""
    if User.objects.exists() or not settings.SETUP_TOKEN_FILE.exists():
        return False
    return hmac.compare_digest(token.encode(), settings.SETUP_TOKEN_FILE.read_bytes())


def create_owner(token: str, username: str, password: str) -> User | None:
    """The owner's account; None if somebody else was first or the token is wrong."""
    with transaction.atomic():
        if not setup_is_open(token):
            return None
        user = User.objects.create_superuser(username, password=password)
    settings.SETUP_TOKEN_FILE.unlink(missing_ok=True)
    return user


def create_admin() -> User | None:
    """The owner that ADMIN_USER names, while nobody has an account; later it means nothing.

    Raises BadAdmin, which never says the password.
    """
    if not settings.ADMIN_USER or User.objects.exists():
        return None
    user = User(username=settings.ADMIN_USER)
    _check("ADMIN_USER", lambda: user.full_clean(exclude=["password"]))
    setting, password = _admin_password()
    _check(setting, lambda: validate_password(password, user))
    return User.objects.create_superuser(user.username, password=password)


def _admin_password() -> tuple[str, str]:
    """The setting that has the password, and the password."""
    if not settings.ADMIN_PASSWORD_FILE:
        if not settings.ADMIN_PASSWORD:
            raise BadAdmin(
                "ADMIN_USER is set, but neither ADMIN_PASSWORD nor ADMIN_PASSWORD_FILE is."
            )
        return "ADMIN_PASSWORD", settings.ADMIN_PASSWORD
    try:
        return "ADMIN_PASSWORD_FILE", Path(settings.ADMIN_PASSWORD_FILE).read_text().rstrip("\r\n")
    except (OSError, UnicodeDecodeError) as e:
        raise BadAdmin(
            f"ADMIN_PASSWORD_FILE={settings.ADMIN_PASSWORD_FILE!r} cannot be read as text."
        ) from e


def _check(setting: str, validate: Callable[[], None]) -> None:
    try:
        validate()
    except ValidationError as e:
        raise BadAdmin(f"{setting} cannot be used: {' '.join(e.messages)}") from e
