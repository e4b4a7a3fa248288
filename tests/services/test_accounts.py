"""The owner whom the environment names."""

import pytest

from studio.services import accounts
from studio.services.accounts import BadAdmin

PASSWORD = "a long enough one"


@pytest.fixture
def named(db, settings):
    """An owner in the environment, as it is read at the start."""
    settings.ADMIN_USER, settings.ADMIN_PASSWORD = "mara", PASSWORD
    return settings


def test_the_named_owner_is_made_once_and_can_sign_in(named):
    user = accounts.create_admin()
    assert user.is_superuser
    assert user.check_password(PASSWORD)
    assert accounts.create_admin() is None
    assert accounts.setup_link() == ""


def test_a_studio_with_an_account_ignores_the_environment(named, owner):
    named.ADMIN_USER, named.ADMIN_PASSWORD = "eve", "short"
    assert accounts.create_admin() is None
    assert accounts.owner().username == "mara"


def test_the_password_may_stand_in_a_file(named, tmp_path):
    path = tmp_path / "password"
    path.write_text(f"{PASSWORD} \n")
    named.ADMIN_PASSWORD_FILE = str(path)
    assert accounts.create_admin().check_password(f"{PASSWORD} ")


@pytest.mark.parametrize(
    ("changed", "setting"),
    [
        ({"ADMIN_PASSWORD": "sh0rt"}, "ADMIN_PASSWORD"),
        ({"ADMIN_PASSWORD": "password123"}, "ADMIN_PASSWORD"),
        ({"ADMIN_PASSWORD": ""}, "neither ADMIN_PASSWORD nor ADMIN_PASSWORD_FILE"),
        ({"ADMIN_USER": "ma ra!"}, "ADMIN_USER"),
        ({"ADMIN_PASSWORD_FILE": "/nothing/here"}, "ADMIN_PASSWORD_FILE"),
    ],
)
def test_what_cannot_be_used_is_named_and_the_password_is_not_said(named, changed, setting):
    for name, value in changed.items():
        setattr(named, name, value)
    with pytest.raises(BadAdmin, match=setting) as problem:
        accounts.create_admin()
    assert named.ADMIN_PASSWORD not in str(problem.value) or not named.ADMIN_PASSWORD
    assert accounts.owner() is None
