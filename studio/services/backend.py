"""Signing in: an account with its role in one question to the database."""

from typing import Any

from django.conf import settings
from django.contrib.auth.backends import ModelBackend, RemoteUserBackend
from django.contrib.auth.models import User

from studio.models import Role
from studio.services import members, outside

APP = "studio"
BACKEND = "studio.services.backend.MemberBackend"
"""By which name a session remembers how its account signed in."""


class MemberBackend(ModelBackend):
    """Names and passwords as Django keeps them. In the admin panel managers may all that is the
    studio's own; accounts are the owners'."""

    def get_user(self, user_id: int) -> User | None:
        user = User.objects.select_related("member").filter(pk=user_id).first()
        return user if user and self.user_can_authenticate(user) else None

    def has_perm(self, user_obj: Any, perm: str, obj: Any = None) -> bool:
        is_ours = perm.startswith(f"{APP}.") and members.may(user_obj, Role.MANAGER)
        return is_ours or bool(super().has_perm(user_obj, perm, obj))

    def has_module_perms(self, user_obj: Any, app_label: str) -> bool:
        is_ours = app_label == APP and members.may(user_obj, Role.MANAGER)
        return is_ours or bool(super().has_module_perms(user_obj, app_label))


class ProxyBackend(MemberBackend, RemoteUserBackend):
    """Whoever the trusted proxy says it is: the account of that name, or a new one."""

    def authenticate(  # type: ignore[override]
        self, request: Any, remote_user: str | None = None
    ) -> User | None:
        if not settings.PROXY_USER_HEADER or not remote_user:
            return None
        found = User.objects.filter(username=remote_user).first()
        found = found or outside.account_of(f"proxy {remote_user}", remote_user)
        return found if found and self.user_can_authenticate(found) else None
