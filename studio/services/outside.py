"""Accounts of people whom somebody else has signed in: an OpenID Connect service, or a proxy."""

from django.conf import settings
from django.contrib.auth.models import User
from django.db import IntegrityError, transaction

from studio.models import Member, Role
from studio.services import members

NOBODY = "none"
"""For NEW_MEMBERS: whoever has no account here stays outside."""
NAME_CHARS = 150


def account_of(subject: str, name: str) -> User | None:
    """The account of this person, made at the first time; None where there is to be none.

    `subject` is what the service calls the person for good. An account with a password here is
    never taken over by somebody who happens to have its name elsewhere.
    """
    if (found := _known(subject)) is not None:
        return found if found.is_active else None
    if settings.NEW_MEMBERS == NOBODY or not name:
        return None
    try:
        return _made(subject, name)
    except IntegrityError:
        # The same person in another window was a moment faster.
        return _known(subject)


def _known(subject: str) -> User | None:
    member = Member.objects.filter(subject=subject).select_related("user").first()
    return member.user if member else None


@transaction.atomic
def _made(subject: str, name: str) -> User:
    user = User.objects.create_user(_free_name(name), password=None)
    members.give(user, Role(settings.NEW_MEMBERS), subject=subject)
    return user


def _free_name(name: str) -> str:
    """The name, or with a number behind it where somebody else has it."""
    wanted = " ".join(name.split())[:NAME_CHARS]
    taken = User.objects.filter(username__istartswith=wanted[: NAME_CHARS - 4])
    names = {each.casefold() for each in taken.values_list("username", flat=True)}
    if wanted.casefold() not in names:
        return wanted
    tries = (f"{wanted[: NAME_CHARS - 4]}-{number}" for number in range(2, len(names) + 3))
    return next(each for each in tries if each.casefold() not in names)
