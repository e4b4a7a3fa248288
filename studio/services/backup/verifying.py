"""Is everything there, and is it what it was? Of the studio itself, and of a backup."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from django.db import connection

from studio.models import Asset, FileToRemove
from studio.services.backup import database, keys, manifest, media, rotation
from studio.services.backup.files import PART, FileFact, names_below, weigh
from studio.services.backup.standstill import refuse_half_restored

SMALL = "small/"
TEMPORARY = "incoming/"


@dataclass(slots=True)
class Findings:
    """What was looked at and what was found. `temporary` (being made or fetched) and `leaving`
    (deleted a moment ago) are no faults."""

    files: int = 0
    size_bytes: int = 0
    missing: list[str] = field(default_factory=list)
    damaged: list[str] = field(default_factory=list)
    orphans: list[str] = field(default_factory=list)
    database: list[str] = field(default_factory=list)
    unreadable_keys: list[str] = field(default_factory=list)
    temporary: list[str] = field(default_factory=list)
    leaving: list[str] = field(default_factory=list)

    @property
    def is_whole(self) -> bool:
        """True where nothing differs."""
        faults = (self.missing, self.damaged, self.orphans, self.database, self.unreadable_keys)
        return not any(faults)

    def compare(self, place: Path, fact: FileFact) -> None:
        """Weigh the file at `place` against what it has to be."""
        self.files += 1
        self.size_bytes += fact.size_bytes
        try:
            found = weigh(place, fact.path)
        except FileNotFoundError:
            self.missing.append(fact.path)
        except OSError as e:
            self.damaged.append(f"{fact.path}: cannot be read ({e.strerror})")
        else:
            self.damaged += difference(found, fact)


def difference(found: FileFact, fact: FileFact) -> list[str]:
    """What tells a file from what it has to be, in words; nothing where they are the same."""
    if found.size_bytes != fact.size_bytes:
        return [f"{fact.path}: {found.size_bytes} bytes instead of {fact.size_bytes}"]
    if found.sha256 != fact.sha256:
        return [f"{fact.path}: its content is not what it was"]
    return []


# -- A backup --------------------------------------------------------------------------------------


def verify_backup(folder: Path) -> Findings:
    """A backup against its manifest. Raises BackupProblem for what is no finished backup."""
    made, _sha256 = manifest.read(folder)
    findings = Findings()
    for fact in made.everything:
        findings.compare(folder / fact.path, fact)
    known = {fact.path for fact in made.everything} | {manifest.NAME}
    findings.orphans += sorted(set(names_below(folder)) - known)
    if (folder / manifest.DATABASE).exists():
        findings.database += database.faults(folder / manifest.DATABASE)
    return findings


# -- The studio ------------------------------------------------------------------------------------


def verify_studio() -> Findings:
    """Every row has its file, every file its row. The studio may go on working: what comes, and
    what is deleted, while this looks is no fault. Raises BackupProblem for half a restore."""
    refuse_half_restored()
    findings = Findings()
    lying = media.names()
    for fact in list(media.files_named_by("default")):
        findings.compare(media.root() / fact.path, fact)
    findings.missing = _still_wanted(findings.missing)
    _sort(lying, findings)
    connection.ensure_connection()
    findings.database += database.faults_in(connection.connection)
    findings.unreadable_keys += rotation.unreadable("default", keys.field_keys())
    return findings


def _still_wanted(paths: list[str]) -> list[str]:
    """Without those of clips that were deleted for good meanwhile."""
    there = Asset.objects.filter(relative_path__in=paths, erased_at=None) if paths else []
    return sorted(asset.relative_path for asset in there)


def _sort(lying: set[str], findings: Findings) -> None:
    """What lies in the media folder without a row of its own."""
    leaving = set(FileToRemove.objects.values_list("relative_path", flat=True))
    findings.leaving += sorted(lying & leaving)
    findings.temporary += sorted(filter(_is_temporary, lying - leaving))
    rest = lying - leaving - set(findings.temporary) - media.companions_of("default")
    rest -= set(Asset.objects.filter(erased_at=None).values_list("relative_path", flat=True))
    findings.orphans += sorted(_still_there(_without_small_copies(rest)))


def _is_temporary(path: str) -> bool:
    return path.startswith(TEMPORARY) or path.endswith(PART)


def _without_small_copies(paths: set[str]) -> set[str]:
    """Small copies of pictures have no row; they belong to their picture's."""
    small = {path for path in paths if path.startswith(SMALL)}
    if not small:
        return paths
    names = {str(key) for key in Asset.objects.values_list("pk", flat=True)}
    return {path for path in paths if path not in small or Path(path).stem not in names}


def _still_there(paths: Iterable[str]) -> list[str]:
    """A file that went away meanwhile is none without a row."""
    return [path for path in paths if (media.root() / path).exists()]
