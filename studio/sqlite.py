"""The SQLite that the studio uses: one in which write-ahead logging is safe.

SQLite before 3.51.3 can corrupt a database in WAL mode when one connection writes while
another checkpoints (https://github.com/vapor/sqlite-nio/pull/101, read 2026-11-21). Debian 12
ships 3.40.1, so the bundled SQLite of pysqlite3 takes the place of Python's own there.
"""

import sqlite3
import sys

WAL_SAFE = (3, 51, 3)


def take_safe_sqlite() -> None:
    """Put the bundled SQLite in the place of Python's where that one has the WAL bug.

    Must run before anything else imports sqlite3 by name, so the package's `__init__` calls it.
    """
    if sqlite3.sqlite_version_info >= WAL_SAFE:
        return
    try:
        import pysqlite3  # noqa: PLC0415 - there is no wheel for some platforms
    except ImportError:
        return
    sys.modules["sqlite3"] = pysqlite3
    sys.modules["sqlite3.dbapi2"] = pysqlite3.dbapi2


def wal_is_safe() -> bool:
    """True if the SQLite in use has the fix; else a rollback journal must be used."""
    return bool(sys.modules["sqlite3"].sqlite_version_info >= WAL_SAFE)
