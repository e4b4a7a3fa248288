"""Making a backup while the studio goes on working.

First the database, then the files that it names. A file never changes once its row exists, so
the two agree, with one exception: a clip that is deleted for good in between. Where that has
happened the database is copied once more; then its row says so too.
"""

import errno
import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from django.conf import settings
from django.utils import timezone

from studio.models import Asset
from studio.services.backup import database, keys, manifest, media
from studio.services.backup.files import FileFact, part_of, weigh, write_part, write_whole
from studio.services.backup.manifest import DATABASE, KEYS, MEDIA, Manifest
from studio.services.backup.media import Wanted
from studio.services.backup.problems import BackupProblem, Damaged
from studio.services.backup.standstill import refuse_half_restored
from studio.services.durable import sync_folder

MOST_COPIES = 5
"""So often a database is copied anew because clips were deleted under way."""
RESERVE_BYTES = 50_000_000

Tell = Callable[[str, int, int], None]
"""Told after each file: its name, how many bytes there are by now, and how many there will be."""


def silent(_name: str, _done_bytes: int, _all_bytes: int) -> None:
    """For those who need no progress."""


def make_backup(
    target: Path, *, passphrase: str | None = None, tell: Tell = silent
) -> tuple[Path, Manifest]:
    """A new backup at `target`, or in a dated folder inside if that exists; where it is, and what
    it holds. With a passphrase the keys are in it. Raises BackupProblem."""
    refuse_half_restored()
    if passphrase is not None:
        keys.require_usable(passphrase)
    folder = _new_folder(target)
    try:
        made = _Making(folder, tell).make(passphrase)
    except OSError as e:
        raise BackupProblem(
            f"The backup was cut off: {e.strerror or e} ({e.filename or folder}). "
            f"{_way_out(e)} What is in {folder} is no backup and can be deleted."
        ) from e
    return folder, made


def _way_out(error: OSError) -> str:
    if error.errno == errno.ENOSPC:
        return "Make room there, or choose another place."
    return "Make sure that the place can be written to, then try again."


def _new_folder(target: Path) -> Path:
    """Created, readable by us alone: it has everybody's clips and password hashes."""
    target = target.expanduser().absolute()
    if target.resolve().is_relative_to(Path(settings.DATA_DIR).resolve()):
        raise BackupProblem(
            f"{target} is inside the data folder, and would be lost together with it. Choose a "
            "place on another disk. Nothing was written."
        )
    if any((target / name).exists() for name in (manifest.NAME, DATABASE)):
        raise BackupProblem(
            f"{target} holds a backup already, or a part of one. Choose another folder. Nothing "
            "was written."
        )
    folder = target / f"dailies-{timezone.now():%Y-%m-%dT%H%M%SZ}" if target.exists() else target
    try:
        folder.mkdir(parents=True, mode=0o700)
    except OSError as e:
        raise BackupProblem(
            f"{folder} cannot be made: {e.strerror}. Choose another place. Nothing was written."
        ) from e
    sync_folder(folder.parent)
    return folder


@dataclass
class _Making:
    folder: Path
    tell: Tell
    taken: dict[str, FileFact] = field(default_factory=dict)
    problems: dict[str, str] = field(default_factory=dict)
    done_bytes: int = 0
    all_bytes: int = 0

    def make(self, passphrase: str | None) -> Manifest:
        migrations = self._take_all()
        made = Manifest(
            made_at=timezone.now().isoformat(timespec="seconds"),
            app_version=database.app_version(),
            migrations=migrations,
            database=weigh(self.folder / DATABASE, DATABASE),
            files=[self.taken[path] for path in sorted(self.taken)],
            keys=self._take_keys(passphrase) if passphrase is not None else None,
            problems=[self.problems[name] for name in sorted(self.problems)],
        )
        self._sync()
        manifest.write(made, self.folder)
        return made

    def _take_all(self) -> list[str]:
        """Database and files that agree; the changes of the tables that were made in it."""
        for _number in range(MOST_COPIES):
            database.copy_to(self.folder / DATABASE)
            with database.opened(self.folder / DATABASE) as copy:
                migrations, wanted = database.applied_migrations(copy), media.wanted_by(copy)
            if self._take_files(wanted):
                return migrations
        raise BackupProblem(
            "Clips were deleted for good again and again while the backup was made. Try it again "
            f"when that is over. What is in {self.folder} is no backup and can be deleted."
        )

    def _take_files(self, wanted: list[Wanted]) -> bool:
        """Copy what is not there yet; False where one was deleted for good since."""
        self._require_room(wanted)
        self._drop_others({MEDIA + each.path for each in wanted})
        left = [each for each in wanted if MEDIA + each.path not in self.taken]
        gone = [each for each in left if not self._take(each)]
        return not gone

    def _take(self, wanted: Wanted) -> bool:
        name = MEDIA + wanted.path
        destination = self.folder / name
        try:
            found = write_part(media.root() / wanted.path, destination, name)
        except FileNotFoundError:
            return wanted.fact is None or self._is_lost(wanted.path)
        except Damaged as e:
            self.problems[name] = str(e)
            return True
        part_of(destination).replace(destination)
        self.taken[name] = found
        self.done_bytes += found.size_bytes
        self.tell(name, self.done_bytes, self.all_bytes)
        if wanted.fact and found.sha256 != wanted.fact.sha256:
            self.problems[name] = f"{name}: not what was stored; it is in the backup as it is"
        return True

    def _is_lost(self, path: str) -> bool:
        """True for a file that should be there and is not; False where it was deleted for good
        since the database was copied."""
        is_lost = Asset.objects.filter(relative_path=path, erased_at=None).exists()
        if is_lost:
            self.problems[MEDIA + path] = f"{MEDIA}{path}: missing in the studio"
        return is_lost

    def _drop_others(self, names: set[str]) -> None:
        """What was deleted for good while it was copied does not live on in the backup."""
        for name in self.problems.keys() - names:
            del self.problems[name]
        for name in self.taken.keys() - names:
            (self.folder / name).unlink()
            self.done_bytes -= self.taken.pop(name).size_bytes

    def _require_room(self, wanted: list[Wanted]) -> None:
        self.all_bytes = sum(each.fact.size_bytes for each in wanted if each.fact)
        free_bytes = shutil.disk_usage(self.folder).free
        if free_bytes < self.all_bytes - self.done_bytes + RESERVE_BYTES:
            raise OSError(
                errno.ENOSPC,
                f"{free_bytes // 10**6} MB are free and the clips take "
                f"{self.all_bytes // 10**6} MB",
                str(self.folder),
            )

    def _take_keys(self, passphrase: str) -> FileFact:
        write_whole(self.folder / KEYS, keys.wrapped(passphrase), mode=keys.ONLY_OURS)
        return weigh(self.folder / KEYS, KEYS)

    def _sync(self) -> None:
        """The names too have to be on the disk itself before the manifest speaks of them."""
        for folder in {(self.folder / name).parent for name in self.taken}:
            sync_folder(folder)
