"""Signing in: an account with its role in one question to the database."""

from typing import Any

from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.models import User

from studio.models import Role
from studio.services import members

APP = "studio"


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
