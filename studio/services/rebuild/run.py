"""One run through the media folder: first the clips, then what they were made from."""

import logging
from collections.abc import Callable
from dataclasses import dataclass, field

from django.contrib.auth.models import User
from django.db.models import Q

from studio.media.errors import MediaError
from studio.models import Asset, Job
from studio.services import keepsake
from studio.services.assets import sha256_of
from studio.services.engine.afterwork import finish_clip
from studio.services.rebuild import folder, rows, said
from studio.services.rebuild.accounts import Accounts, People
from studio.services.rebuild.folder import Document, Found

logger = logging.getLogger(__name__)


@dataclass(slots=True)
class Report:
    """What was made (or would be), and what could not be."""

    clips: int = 0
    jobs: int = 0
    pictures: int = 0
    companions: int = 0
    known: int = 0
    said_of: int = 0
    members: list[str] = field(default_factory=list)
    accounts: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)


def rebuild(
    *,
    owner: User | None = None,
    is_dry: bool = False,
    tell: Callable[[str], None] = logger.info,
) -> Report:
    """Make the rows that the files in the media folder speak of and the database lacks.

    `owner` gets everything; without, each thing goes to whom it belonged to. `is_dry` only looks.
    """
    run = _Run(owner, is_dry=is_dry)
    tell(f"{len(run.found)} videos in the media folder.")
    for found in run.found:
        run.clip(found)
    run.pictures()
    if not is_dry:
        run.complete()
    return run.report


class _Run:
    def __init__(self, owner: User | None, *, is_dry: bool) -> None:
        self.report = Report()
        self.found = list(folder.clips())
        self._is_dry = is_dry
        self._people, self._accounts = People(owner), Accounts()
        self._library = keepsake.read() or {}

    # -- What there is -----------------------------------------------------------------------

    def clip(self, found: Found) -> None:
        """The clip's row and its job's."""
        if _is_known(found):
            self.report.known += 1
            return
        sha256 = sha256_of(found.path)
        if found.file.get("sha256") not in (None, sha256):
            self._problem(found, "its content is not what was stored; it is taken as it is")
        try:
            job = found.is_of_job if self._is_dry else self._save(found, sha256)
        except MediaError as e:
            self._problem(found, e.message)
            return
        self.report.clips += 1
        self.report.jobs += bool(job)

    def _save(self, found: Found, sha256: str) -> Job | None:
        """Raises NotAVideo."""
        told = _part(_part(self._library, "clips"), str(found.key))
        owner = self._people.named(found.text("owner") or str(told.get("owner") or ""))
        clip = rows.clip_row(found, owner, sha256)
        clip.original_name = clip.original_name or str(told.get("name") or "")[:255]
        model = self._accounts.model_of(found) if found.is_of_job else None
        if found.is_of_job and model is None:
            self._problem(found, f"{found.text('api')} is no API that is spoken here")
        return rows.save(clip, found, model)

    def pictures(self) -> None:
        """Uploaded pictures, and frames taken out of clips."""
        told = self._told_pictures() | _part(self._library, "pictures")
        for kind, found in folder.pictures():
            if _is_known(found):
                continue
            try:
                if not self._is_dry:
                    about = _part(told, str(found.key))
                    owner = self._people.named(str(about.get("owner") or ""))
                    rows.picture(found, kind, owner, about)
            except OSError as e:
                self._problem(found, f"it cannot be read ({e})")
            else:
                self.report.pictures += 1

    def _told_pictures(self) -> Document:
        """What the clips' documents say of the pictures that they were made from."""
        told: Document = {}
        for clip in self.found:
            for each in rows.given_in(clip):
                told.setdefault(str(each.get("asset")), {"owner": clip.text("owner")} | each)
        return told

    # -- What hangs on it --------------------------------------------------------------------

    def complete(self) -> None:
        """What clips were made from, their companions, and what people said of them: only once
        all of them are there."""
        for found in self.found:
            clip = Asset.objects.filter(pk=found.key, erased_at=None).first()
            if clip is not None:
                self._link(clip, found)
                self._give_companions(clip)
        self.report.said_of = said.restore(self._library, self._people)
        self.report.members, self.report.accounts = self._people.made, self._accounts.made
        keepsake.keep(takes_over=True)

    def _link(self, clip: Asset, found: Found) -> None:
        job = Job.objects.filter(video=clip).first()
        for name in rows.link(job, found) if job else []:
            self._problem(found, f"it was made from {name}, which is not here")

    def _give_companions(self, clip: Asset) -> None:
        """Those that lie there, and the missing ones made again."""
        before = clip.derived.count()
        rows.companions(clip)
        finish_clip(clip.pk)
        self.report.companions += clip.derived.count() - before

    def _problem(self, found: Found, words: str) -> None:
        self.report.problems.append(f"{found.relative_path}: {words}.")


def _is_known(found: Found) -> bool:
    same = Q(pk=found.key) | Q(relative_path=found.relative_path)
    return Asset.objects.filter(same).exists()


def _part(document: Document, name: str) -> Document:
    value = document.get(name)
    return value if isinstance(value, dict) else {}
