"""Roles and invitations: nobody gives more than they have, one link makes one account."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.contrib.auth.models import AnonymousUser, User
from django.db import connection
from django.utils import timezone

from studio.models import Invitation, Role
from studio.services import members
from studio.services.members import NotAllowed
from tests.factories import new_member


def test_roles_by_account(owner):
    assert members.role_of(owner) == Role.OWNER
    assert members.role_of(new_member("jo", Role.MANAGER)) == Role.MANAGER
    assert members.role_of(User.objects.create_user("bare")) == Role.VIEWER
    assert members.role_of(new_member("gone", is_active=False)) is None
    assert members.role_of(AnonymousUser()) is None


@pytest.mark.parametrize("held", Role)
@pytest.mark.parametrize("needed", Role)
def test_each_role_may_what_those_before_it_may(held, needed):
    assert held.covers(needed) == (Role.values.index(held) >= Role.values.index(needed))


# -- Changing roles ------------------------------------------------------------------------------


def test_a_manager_makes_managers_but_no_owners(owner):
    manager, jo = new_member("ma", Role.MANAGER), new_member("jo")
    members.set_role(jo, Role.MANAGER, manager)
    jo.refresh_from_db()
    assert (members.role_of(jo), jo.is_staff) == (Role.MANAGER, True)
    with pytest.raises(NotAllowed, match="Only an owner"):
        members.set_role(jo, Role.OWNER, manager)
    with pytest.raises(NotAllowed, match="Only an owner"):
        members.set_role(owner, Role.VIEWER, manager)


def test_a_creator_changes_nobody(owner):
    jo, al = new_member("jo"), new_member("al")
    with pytest.raises(NotAllowed):
        members.set_role(al, Role.VIEWER, jo)
    with pytest.raises(NotAllowed):
        members.invite(Role.VIEWER, jo)


def test_nobody_changes_their_own_account_so_an_owner_is_always_left(owner):
    with pytest.raises(NotAllowed, match="by somebody else"):
        members.set_role(owner, Role.CREATOR, owner)
    with pytest.raises(NotAllowed, match="by somebody else"):
        members.switch(owner, is_active=False, by=owner)
    jo = new_member("jo")
    members.set_role(jo, Role.OWNER, owner)
    members.set_role(owner, Role.CREATOR, jo)
    with pytest.raises(NotAllowed, match="Only an owner"):
        members.set_role(jo, Role.CREATOR, owner)
    owner.refresh_from_db()
    assert (owner.is_superuser, owner.is_staff) == (False, False)


def test_a_role_that_was_taken_away_ends_at_once(owner):
    jo = new_member("jo", Role.MANAGER)
    members.set_role(jo, Role.VIEWER, owner)
    fresh = User.objects.get(pk=jo.pk)
    assert (members.role_of(fresh), fresh.is_staff) == (Role.VIEWER, False)


# -- Invitations ---------------------------------------------------------------------------------


def test_an_invitation_makes_one_account_with_its_role(owner):
    token = members.invite(Role.CREATOR, owner, "  Noor   from  sound ")
    assert members.invitation_of(token).note == "Noor from sound"
    user = members.join(token, "noor", "a long enough one")
    assert members.role_of(user) == Role.CREATOR
    assert user.member.invited_by == owner
    assert members.join(token, "second", "a long enough one") is None
    assert not User.objects.filter(username="second").exists()


def test_only_the_hash_of_a_token_is_kept(owner):
    token = members.invite(Role.VIEWER, owner)
    assert token not in str(Invitation.objects.values().get())
    assert members.invitation_of(token[:-1]) is None
    assert members.invitation_of(Invitation.objects.get().token_hash) is None


def test_an_invitation_ends(owner):
    late, withdrawn = members.invite(Role.VIEWER, owner), members.invite(Role.VIEWER, owner)
    members.withdraw(members.invitation_of(withdrawn).pk)
    Invitation.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    for token in (late, withdrawn):
        assert members.join(token, "noor", "a long enough one") is None


@pytest.mark.parametrize("change", ["off", "demoted"])
def test_the_invitations_of_who_may_not_invite_any_more_are_void(owner, change):
    manager = new_member("ma", Role.MANAGER)
    token = members.invite(Role.MANAGER, manager)
    if change == "off":
        members.switch(manager, is_active=False, by=owner)
    else:
        members.set_role(manager, Role.CREATOR, owner)
    assert members.join(token, "noor", "a long enough one") is None


@pytest.mark.django_db(transaction=True)
def test_two_people_with_one_link_are_one_account(owner):
    token = members.invite(Role.CREATOR, owner)

    def come(name: str) -> bool:
        try:
            return members.join(token, name, "a long enough one") is not None
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as crowd:
        came = list(crowd.map(come, ["a", "b", "c", "d"]))
    assert came.count(True) == 1
    assert User.objects.count() == 2
