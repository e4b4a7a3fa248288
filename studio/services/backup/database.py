"""The database as a file: its copy while the studio goes on working, and what a copy says."""

import os
import sqlite3
import tomllib
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from uuid import uuid4

from django.conf import settings
from django.db import connection, connections
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder

from studio.services.backup.problems import BackupProblem
from studio.services.durable import sync_file, sync_folder

FLEETING = (
    "django_session",
    "axes_accessattempt",
    "axes_accessattemptexpiration",
    "axes_accessfailurelog",
    "axes_accesslog",
    "studio_invitation",
    "studio_sharelink",
)
"""Tables that are emptied in a copy: who is signed in, who tried to, and links that let people in
or show them clips. A backup that falls into other hands opens nothing with them, and one that is
restored does not let in again whom somebody has shown the door since."""
BESIDE = ("-wal", "-shm", "-journal")
OWN_FILE = "PRAGMA journal_mode=DELETE;PRAGMA synchronous=FULL;"
"""A copy stays one file: nothing of it may stand in a log beside it."""


def path() -> Path:
    """Where the studio's database is."""
    return Path(connection.settings_dict["NAME"])


def copy_to(destination: Path) -> None:
    """The database as it is at this moment, without what is fleeting, as one file.

    SQLite's own copying sees one state of it however long it takes, and others go on writing.
    """
    destination.unlink(missing_ok=True)
    connection.ensure_connection()
    with closing(sqlite3.connect(destination, isolation_level=None)) as copy:
        connection.connection.backup(copy)
        for statement in filter(None, OWN_FILE.split(";")):
            copy.execute(statement)
        _forget_fleeting(copy)
    destination.chmod(0o600)
    sync_file(destination)
    sync_folder(destination.parent)


def _forget_fleeting(copy: sqlite3.Connection) -> None:
    """VACUUM, because deleted rows stay readable in a file's free pages."""
    there = {name for (name,) in copy.execute("SELECT name FROM sqlite_master WHERE type='table'")}
    for table in FLEETING:
        if table in there:
            copy.execute(f"DELETE FROM {table}")  # noqa: S608 - a name from above
    copy.execute("VACUUM")


@contextmanager
def opened(path: Path) -> Iterator[str]:
    """A database file under a name for `objects.using(...)`."""
    copy = connections["default"].copy(alias=f"copy-{uuid4().hex}")
    copy.settings_dict["NAME"] = str(path)
    copy.settings_dict["OPTIONS"]["init_command"] = OWN_FILE
    connections[copy.alias] = copy
    try:
        yield copy.alias
    finally:
        copy.close()
        del connections[copy.alias]


def put_in_place(copy: Path) -> None:
    """Let a finished copy be the studio's database."""
    connection.close()
    forget_logs(path())
    sync_file(copy)
    os.replace(copy, path())
    sync_folder(path().parent)


def forget_logs(path: Path) -> None:
    """Delete what a killed process left beside a file that is to be another database: SQLite would
    play it into that one."""
    for ending in BESIDE:
        Path(f"{path}{ending}").unlink(missing_ok=True)


def has_tables() -> bool:
    """True if the data folder has a database already; every start makes an empty file."""
    if not path().exists() or not path().stat().st_size:
        return False
    try:
        with closing(_read_only(path())) as found:
            return bool(found.execute("SELECT count(*) FROM sqlite_master").fetchone()[0])
    except sqlite3.DatabaseError:
        return True


def faults(path: Path) -> list[str]:
    """What SQLite finds wrong in a database file that nobody writes to."""
    try:
        with closing(_read_only(path, is_still=True)) as found:
            return faults_in(found)
    except sqlite3.DatabaseError as e:
        return [f"SQLite cannot read it: {e}"]


def faults_in(found: sqlite3.Connection) -> list[str]:
    """What SQLite finds wrong in an open database."""
    said = [str(words) for (words,) in found.execute("PRAGMA integrity_check(20)")]
    loose = len(found.execute("PRAGMA foreign_key_check").fetchall())
    return [words for words in said if words != "ok"] + (
        [f"{loose} rows point to rows that are not there"] if loose else []
    )


def _read_only(path: Path, *, is_still: bool = False) -> sqlite3.Connection:
    """`is_still`: nobody writes to it, and reading leaves no file beside it."""
    mode = "mode=ro&immutable=1" if is_still else "mode=ro"
    return sqlite3.connect(f"{path.absolute().as_uri()}?{mode}", uri=True)


def applied_migrations(using: str) -> list[str]:
    """`studio.0001_initial`, one for each change of the tables that was made."""
    applied = MigrationRecorder(connections[using]).applied_migrations()
    return sorted(f"{app}.{name}" for app, name in applied)


def unknown_migrations(names: list[str]) -> list[str]:
    """Those that this version of the studio has never heard of."""
    known = {f"{app}.{name}" for app, name in MigrationLoader(None).disk_migrations}
    return [name for name in names if name not in known]


def refuse_newer() -> None:
    """Raises BackupProblem where a newer Dailies has changed the database: this one would write
    rows into tables that it does not know."""
    ours = [name for name in applied_migrations("default") if name.startswith("studio.")]
    if unknown := unknown_migrations(ours):
        raise BackupProblem(
            f"This database was changed by a newer Dailies ({', '.join(unknown[:3])}). Nothing was "
            "started. Start that version again, or restore a backup from before it: see "
            "docs/upgrade.md."
        )


def app_version() -> str:
    """The version of Dailies, as its own `pyproject.toml` has it."""
    project = tomllib.loads((Path(settings.BASE_DIR) / "pyproject.toml").read_text())
    return str(project["project"]["version"])
