"""Who may do what: roles, invitations, and switching accounts off."""

from datetime import timedelta
from typing import Any

from django.contrib.auth.models import AnonymousUser, User
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from studio.models import Invitation, Member, Role
from studio.services.tokens import hash_of, new_token

INVITATION_LIFE = timedelta(days=7)


class NotAllowed(Exception):
    """The person who asks may not do this; the text says who may."""


def role_of(user: User | AnonymousUser) -> Role | None:
    """What this account may do; None for a stranger."""
    if not isinstance(user, User) or not user.is_active:
        return None
    if user.is_superuser:
        return Role.OWNER
    member: Member | None = getattr(user, "member", None)
    return Role(member.role) if member else Role.VIEWER


def may(user: User | AnonymousUser, needed: Role) -> bool:
    """True if this account's role is `needed` or above."""
    role = role_of(user)
    return role is not None and role.covers(needed)


def may_direct(user: User, owner_id: int) -> bool:
    """True if this account may act on the jobs of that one: on its own as a creator, on
    everybody's as a manager."""
    return may(user, Role.MANAGER if owner_id != user.pk else Role.CREATOR)


def must_direct(user: User, owner: User) -> None:
    """Raises NotAllowed where a job is somebody else's."""
    if not may_direct(user, owner.pk):
        words = _("Only %(member)s or a manager can do that. Nothing was changed.")
        raise NotAllowed(words % {"member": owner.get_username()})


# -- Members ---------------------------------------------------------------------------------------


def everyone() -> QuerySet[User]:
    """All accounts, who may sign in first."""
    return User.objects.select_related("member__invited_by").order_by("-is_active", "username")


def _changed(user: User, by: User) -> User:
    """The account as it is now, to be changed by this one. Raises NotAllowed.

    Since nobody changes their own, there is always an owner left.
    """
    if user.pk == by.pk:
        raise NotAllowed(_("Your own account is changed by somebody else. Nothing was changed."))
    locked = User.objects.select_for_update(of=("self",)).select_related("member")
    there, mine = locked.get(pk=user.pk), role_of(locked.get(pk=by.pk))
    theirs = Role.OWNER if there.is_superuser else role_of(there) or Role.VIEWER
    if mine is None or not mine.covers(Role.MANAGER) or not mine.covers(theirs):
        raise NotAllowed(_("Only an owner can change this account. Nothing was changed."))
    return there


@transaction.atomic
def set_role(user: User, role: Role, by: User) -> str:
    """Give an account another role; nobody gives more than they have. Raises NotAllowed."""
    there = _changed(user, by)
    if not may(by, role):
        raise NotAllowed(_("Only an owner can make owners. Nothing was changed."))
    give(there, role)
    return _("%(name)s is now: %(role)s.") % {"name": there.get_username(), "role": role.label}


def give(user: User, role: Role, **more: Any) -> None:
    """Write down what an account may do, with other columns of its row as a member."""
    user.is_superuser = role == Role.OWNER
    user.is_staff = role.covers(Role.MANAGER)
    user.save(update_fields=["is_superuser", "is_staff"])
    Member.objects.update_or_create(user=user, defaults={"role": role, **more})


@transaction.atomic
def switch(user: User, *, is_active: bool, by: User) -> str:
    """Let an account in, or out at once: its sessions end with it. Raises NotAllowed."""
    there = _changed(user, by)
    there.is_active = is_active
    there.save(update_fields=["is_active"])
    name = {"name": there.get_username()}
    if is_active:
        return _("%(name)s can sign in again.") % name
    return _("%(name)s cannot sign in any more. Clips and history stay.") % name


# -- Invitations -----------------------------------------------------------------------------------


def invite(role: Role, by: User, note: str = "") -> str:
    """Make a link for one new account; returns its token, which is not kept. Raises NotAllowed."""
    if not may(by, Role.MANAGER) or not may(by, role):
        raise NotAllowed(_("Only an owner can make owners. Nothing was changed."))
    token = new_token()
    Invitation.objects.create(
        token_hash=hash_of(token),
        role=role,
        note=" ".join(note.split())[:80],
        created_by=by,
        expires_at=timezone.now() + INVITATION_LIFE,
    )
    return token


def open_invitations() -> QuerySet[Invitation]:
    """Those that can still be used. One by somebody who may not invite any more is void."""
    now = timezone.now()
    return Invitation.objects.filter(
        used_at=None, expires_at__gt=now, created_by__is_active=True, created_by__is_staff=True
    ).select_related("created_by")


def invitation_of(token: str) -> Invitation | None:
    """The open invitation with this token."""
    return open_invitations().filter(token_hash=hash_of(token)).first()


def withdraw(key: int) -> bool:
    """Make an invitation void. False: there is none that is open."""
    return open_invitations().filter(pk=key).delete()[0] > 0


@transaction.atomic
def join(token: str, username: str, password: str) -> User | None:
    """The invited person's account; None if the link was used, withdrawn or has ended."""
    found = invitation_of(token)
    if found is None:
        return None
    # The guard of two people with one link: only one of them changes the row.
    if not open_invitations().filter(pk=found.pk).update(used_at=timezone.now()):
        return None
    user = User.objects.create_user(username, password=password)
    give(user, Role(found.role), invited_by=found.created_by)
    Invitation.objects.filter(pk=found.pk).update(used_by=user)
    return user
