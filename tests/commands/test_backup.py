"""backup, restore, verify and rotate_keys as they are typed, over a studio's own data folder."""

import fcntl
import json
import shutil

import pytest

from tests.folders import DataFolder

PASSPHRASE = "correct horse battery"


@pytest.fixture(scope="module")
def prepared(tmp_path_factory) -> DataFolder:
    """A studio that was prepared as the start does it."""
    folder = DataFolder(tmp_path_factory.mktemp("commands") / "data", DEMO_PROVIDER="false")
    folder.manage("up", "--prepare-only")
    folder.manage(
        *("provider", "add", "getimg", "--name", "Team", "--api-key-stdin"),
        stdin="sk_0123456789abcd\n",
    )
    return folder


@pytest.fixture
def home(prepared, tmp_path) -> DataFolder:
    return prepared.copied_to(tmp_path / "data")


def test_a_studio_moves_to_another_folder_and_is_whole_there(home, tmp_path):
    made = home.json("backup", str(tmp_path / "backup"))
    assert made["problems"] == []
    there = DataFolder(tmp_path / "there", DEMO_PROVIDER="false")
    there.path.mkdir()
    for name in (".dailies", "field.key"):
        shutil.copy(home.path / name, there.path)
    there.manage("restore", made["backup"])
    there.manage("up", "--prepare-only")
    assert there.json("verify")["is_whole"]
    assert there.json("provider", "list")["providers"][0]["key"] == "••••abcd"


def test_a_passphrase_may_come_on_standard_input(home, tmp_path):
    words = (
        "backup",
        str(tmp_path / "backup"),
        "--with-secrets",
        "--passphrase-file",
        "-",
        "--json",
    )
    done = home.run(*words, stdin=PASSPHRASE + "\n")
    assert json.loads(done.stdout)["has_keys"] is True
    there = DataFolder(tmp_path / "there")
    there.manage("restore", str(tmp_path / "backup"), "--passphrase-file", "-", stdin=PASSPHRASE)
    assert there.json("provider", "list")["providers"][0]["key"] == "••••abcd"


@pytest.mark.parametrize("words", [["--with-secrets"], ["--passphrase-file", "-"]])
def test_secrets_and_a_passphrase_go_together(home, tmp_path, words):
    assert "go together" in home.manage("backup", str(tmp_path / "backup"), *words, status=1)
    assert not (tmp_path / "backup").exists()


def test_a_passphrase_file_that_is_not_there_is_named(home, tmp_path):
    place = str(tmp_path / "none")
    words = ("backup", str(tmp_path / "backup"), "--with-secrets", "--passphrase-file", place)
    assert place in home.manage(*words, status=1)


def test_verify_ends_with_1_where_something_differs_and_names_it(home):
    (home.path / "media" / "stray.mp4").write_bytes(b"nobody's")
    assert home.json("verify", status=1)["orphans"] == ["stray.mp4"]
    said = home.manage("verify", status=1)
    assert "Belongs to nothing: stray.mp4" in said
    assert "differences: 1." in said


def test_verify_says_what_is_no_backup(home, tmp_path):
    assert "is no folder" in home.manage("verify", str(tmp_path / "none"), status=1)
    assert "is no backup" in home.manage("verify", str(tmp_path), status=1)


def test_a_tampered_backup_is_named_by_file(home, tmp_path):
    home.manage("backup", str(tmp_path / "backup"))
    with (tmp_path / "backup" / "studio.sqlite3").open("ab") as file:
        file.write(b"more")
    found = home.json("verify", str(tmp_path / "backup"), status=1)
    assert "bytes instead of" in found["damaged"][0]


@pytest.mark.parametrize("words", [["rotate_keys"], ["restore", "backup"]])
def test_nothing_of_this_touches_a_running_studio(home, words):
    with (home.path / "up.lock").open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        assert "Stop it first" in home.manage(*words, status=1)


def test_a_studio_with_the_wrong_field_key_does_not_start(home):
    (home.path / "field.key").unlink()
    said = home.manage("up", "--prepare-only", status=1)
    assert "cannot be read with the key in field.key" in said
    assert "Nothing was sent anywhere" in said
    assert "Emptied" in home.manage("rotate_keys", "--forget-unreadable")
    home.manage("up", "--prepare-only")


def test_rotating_says_how_many_secrets_have_a_new_key(home):
    assert home.json("rotate_keys") == {"secrets": 2, "dropped_keys": 1, "forgotten": []}
    assert home.json("provider", "list")["providers"][0]["key"] == "••••abcd"


@pytest.mark.parametrize("command", ["backup", "restore", "verify", "rotate_keys"])
def test_every_help_shows_an_example(home, command):
    assert "Example" in home.manage(command, "--help")
