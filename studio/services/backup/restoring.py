"""A backup put into an empty data folder.

A mark in the folder says that a restore is under way, and nothing starts while it is there. The
files come first and the database last, each whole or not at all; the mark goes when everything
is in place. Cut off anywhere, it goes on when it is asked for again.
"""

import shutil
from dataclasses import dataclass, field
from pathlib import Path

from django.conf import settings
from django.core.management import call_command

from studio.services.backup import database, keys, manifest, media, rotation, standstill
from studio.services.backup.files import FileFact, part_of, weigh, write_part
from studio.services.backup.making import RESERVE_BYTES, Tell, silent
from studio.services.backup.manifest import DATABASE, KEYS, MEDIA, Manifest
from studio.services.backup.problems import BackupProblem, Damaged
from studio.services.backup.unsent import hold_unsent
from studio.services.backup.verifying import difference
from studio.services.durable import sync_folder


@dataclass(slots=True)
class Restored:
    """What came of it. `left_out`: files of the backup that were damaged."""

    files: int = 0
    size_bytes: int = 0
    has_keys: bool = False
    held_jobs: int = 0
    left_out: list[str] = field(default_factory=list)
    unreadable_keys: list[str] = field(default_factory=list)


def restore(
    backup: Path,
    *,
    passphrase: str | None = None,
    leaves_keys: bool = False,
    skips_damaged: bool = False,
    tell: Tell = silent,
) -> Restored:
    """Put a backup into the data folder, or go on with that.

    A backup with keys wants their passphrase, unless it `leaves_keys` out. Without them API keys
    can only be read with a `field.key` that lies in the folder already. Raises BackupProblem;
    whatever is checked beforehand is checked before anything is written.
    """
    backup = backup.expanduser().absolute()
    with standstill.stopped_studio():
        made, sha256 = manifest.read(backup)
        _require_place(backup, sha256)
        _require_fit(backup, made)
        saved = None if leaves_keys else _keys_of(backup, made, passphrase)
        try:
            standstill.mark_restore(backup, sha256)
            return _Restoring(backup, made, skips_damaged, tell).run(saved)
        except OSError as e:
            raise BackupProblem(
                f"The restore was cut off: {e.strerror or e} ({e.filename or backup}). Nothing "
                "starts on this data folder yet. Mend that, then run the same command again: it "
                "goes on where it was."
            ) from e


# -- Before anything is written --------------------------------------------------------------------


def _require_place(backup: Path, sha256: str) -> None:
    """An empty data folder, or one in which this very restore was begun."""
    if standstill.marker().exists():
        said = standstill.restore_said()
        if said.get("manifest_sha256") != sha256:
            raise BackupProblem(
                f"A restore of another backup ({said.get('backup', 'unknown')}) was begun in "
                f"{settings.DATA_DIR}. End that one, or delete everything in the folder and begin "
                "anew. Nothing was changed."
            )
    elif database.has_tables() or media.names():
        raise BackupProblem(
            f"{settings.DATA_DIR} has a database or clips already, and a restore replaces nothing. "
            "Set DATA_DIR to an empty folder, or move these data away. Nothing was changed."
        )


def _require_fit(backup: Path, made: Manifest) -> None:
    """A backup that this studio understands, whose database is sound, and room for it."""
    if unknown := database.unknown_migrations(made.migrations):
        raise BackupProblem(
            f"The backup was made by a newer Dailies ({made.app_version}): this one does not know "
            f"{unknown[0]}. Update Dailies first. Nothing was changed."
        )
    for fact in (made.database, *([made.keys] if made.keys else [])):
        _require_same(backup, fact)
    if found := database.faults(backup / DATABASE):
        raise Damaged(
            f"The database in this backup is damaged: {found[0]}. Take another backup. Nothing was "
            "changed."
        )
    free_bytes = shutil.disk_usage(settings.DATA_DIR).free
    if not standstill.marker().exists() and free_bytes < made.size_bytes + RESERVE_BYTES:
        raise BackupProblem(
            f"The backup takes {made.size_bytes // 10**6} MB and {free_bytes // 10**6} MB are free "
            f"on the disk of {settings.DATA_DIR}. Make room first. Nothing was changed."
        )


def _require_same(backup: Path, fact: FileFact) -> None:
    try:
        found = weigh(backup / fact.path, fact.path)
    except OSError as e:
        raise Damaged(
            f"{backup / fact.path} cannot be read ({e.strerror}). Take another backup. Nothing was "
            "changed."
        ) from e
    if words := difference(found, fact):
        raise Damaged(f"The backup is damaged: {words[0]}. Take another one. Nothing was changed.")


def _keys_of(backup: Path, made: Manifest, passphrase: str | None) -> dict[str, str] | None:
    if passphrase is None and made.keys is None:
        return None
    if passphrase is None:
        raise BackupProblem(
            "This backup holds the keys under a passphrase. Give it with --passphrase-file, or "
            "restore with --without-keys and enter the API keys anew. Nothing was changed."
        )
    if made.keys is None:
        raise BackupProblem(
            "This backup holds no keys, so there is nothing to read with a passphrase. Restore it "
            "without one, and put field.key into the data folder yourself. Nothing was changed."
        )
    return keys.unwrapped((backup / KEYS).read_bytes(), passphrase)


# -- Doing it --------------------------------------------------------------------------------------


@dataclass
class _Restoring:
    backup: Path
    made: Manifest
    skips_damaged: bool
    tell: Tell
    done: Restored = field(default_factory=Restored)

    def run(self, saved: dict[str, str] | None) -> Restored:
        for fact in self.made.files:
            self._take(fact)
        self._sync()
        if self.done.left_out and not self.skips_damaged:
            raise Damaged(self._damaged_words())
        if saved is not None:
            keys.put_back(saved)
            self.done.has_keys = True
        self._take_database()
        standstill.unmark_restore()
        return self.done

    def _take(self, fact: FileFact) -> None:
        """One file, unless it is in place from an earlier try."""
        place = media.root() / fact.path.removeprefix(MEDIA)
        try:
            if not _is_there(place, fact):
                self._copy(fact, place)
        except (FileNotFoundError, Damaged) as e:
            part_of(place).unlink(missing_ok=True)
            words = str(e) if isinstance(e, Damaged) else f"{fact.path}: it is missing"
            self.done.left_out.append(words)
            return
        self.done.files += 1
        self.done.size_bytes += fact.size_bytes
        self.tell(fact.path, self.done.size_bytes, self.made.size_bytes)

    def _copy(self, fact: FileFact, place: Path) -> None:
        found = write_part(self.backup / fact.path, place, fact.path)
        if words := difference(found, fact):
            raise Damaged(words[0])
        part_of(place).replace(place)

    def _damaged_words(self) -> str:
        left_out = self.done.left_out
        return (
            f"{len(left_out)} files of the backup are missing or damaged, the first: "
            f"{left_out[0]}. All others are in place, and nothing starts on this data folder yet. "
            "Give the backup its files back and run the same command again, or add --skip-damaged "
            "to go on without them."
        )

    def _sync(self) -> None:
        places = {(media.root() / fact.path.removeprefix(MEDIA)).parent for fact in self.made.files}
        for folder in places:
            if folder.exists():
                sync_folder(folder)

    def _take_database(self) -> None:
        """Brought up to date and with nothing to send before it gets its name."""
        place = database.path()
        database.forget_logs(part_of(place))
        found = write_part(self.backup / DATABASE, place, DATABASE)
        if words := difference(found, self.made.database):
            raise Damaged(words[0])
        part_of(place).chmod(0o600)
        with database.opened(part_of(place)) as copy:
            call_command("migrate", database=copy, verbosity=0, interactive=False)
            self.done.held_jobs = hold_unsent(copy, self.made.made_on)
            self.done.unreadable_keys = rotation.unreadable(copy, keys.field_keys())
        database.put_in_place(part_of(place))
        self.tell(DATABASE, self.made.size_bytes, self.made.size_bytes)


def _is_there(place: Path, fact: FileFact) -> bool:
    try:
        return weigh(place, fact.path) == fact
    except OSError:
        return False
