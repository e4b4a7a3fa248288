"""A clip's family: what it was made from, the takes beside it, and what was made from it."""

from collections import Counter
from dataclasses import dataclass
from functools import cached_property
from uuid import UUID

from django.contrib.auth.models import User
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from studio.models import Asset, Job
from studio.models.job_queries import JobQuerySet
from studio.services import seeing

MOST_UP = 8
MOST_TAKES = 24
MOST_DOWN = 24
MOST_COMPARED = 4
ALIKE = ("negative_prompt", "duration_s", "aspect_ratio", "resolution", "has_sound", "extras")
TAKE, ORIGIN = "take", "origin"


@dataclass(frozen=True, slots=True)
class Version:
    """One clip of a family, made or being made. `kind`: take, origin, or how it was made."""

    job: Job
    kind: str
    name: str
    detail: str
    is_shown: bool = False

    @property
    def clip(self) -> Asset | None:
        """None while it is being made."""
        return self.job.video

    @property
    def is_ready(self) -> bool:
        """True for what can be watched."""
        return self.clip is not None and self.clip.trashed_at is None


@dataclass(frozen=True)
class Family:
    """The versions in the order they came about. `hidden`: how many more there are."""

    versions: list[Version]
    hidden: int = 0

    @cached_property
    def words(self) -> str:
        """ "4 takes, 1 extension"."""
        count = Counter(version.kind for version in self.versions)
        takes = count[TAKE]
        said = [
            (takes if takes > 1 else 0, ngettext("%(n)s take", "%(n)s takes", takes)),
            (
                count[Job.MadeAs.EXTENSION],
                ngettext("%(n)s extension", "%(n)s extensions", count[Job.MadeAs.EXTENSION]),
            ),
            (
                count[Job.MadeAs.REMIX],
                ngettext("%(n)s remix", "%(n)s remixes", count[Job.MadeAs.REMIX]),
            ),
            (
                count[Job.MadeAs.RETAKE],
                ngettext("%(n)s retake", "%(n)s retakes", count[Job.MadeAs.RETAKE]),
            ),
        ]
        return ", ".join(words % {"n": number} for number, words in said if number)

    @cached_property
    def compared(self) -> list[Asset]:
        """Up to four that can be compared, with the one that is shown; the takes where there are
        several. Empty: there are no two."""
        ready = [version for version in self.versions if version.is_ready]
        takes = [version for version in ready if version.kind == TAKE]
        chosen = takes if len(takes) > 1 else ready
        shown = [version for version in chosen if version.is_shown]
        others = [version for version in chosen if not version.is_shown]
        kept = {id(version) for version in shown + others[: MOST_COMPARED - len(shown)]}
        clips = [version.clip for version in chosen if id(version) in kept and version.clip]
        return clips if len(clips) > 1 else []

    @property
    def compares_takes(self) -> bool:
        """True where it is takes that would be compared."""
        return sum(version.is_ready and version.kind == TAKE for version in self.versions) > 1


def family_of(job: Job, user: User) -> Family:
    """The versions around this job's clip that the member may see."""
    whole = _whole(user)
    above, takes = _above(job, whole), _takes(job, whole)
    below, hidden = _below(job, whole)
    seen: set[int] = set()
    versions = []
    for each in (*above, *takes, *below):
        if each.pk not in seen:
            seen.add(each.pk)
            is_take = len(takes) > 1 and each.batch == job.batch
            versions.append(_version(each, job, is_take=is_take))
    return Family(versions, hidden)


def _whole(user: User) -> JobQuerySet:
    jobs = seeing.jobs(user).for_cards().select_related("source")
    return jobs.prefetch_related("source__inputs")


def _above(job: Job, whole: JobQuerySet) -> list[Job]:
    """What it was made from, and that from, the first one first."""
    found: list[Job] = []
    key = job.source_id
    while key is not None and len(found) < MOST_UP:
        source = whole.filter(pk=key).first()
        if source is None or source in found or source.pk == job.pk:
            break
        found.append(source)
        key = source.source_id
    return found[::-1]


def _takes(job: Job, whole: JobQuerySet) -> list[Job]:
    """All that the same press of the button asked for and that came, or may still come."""
    same = whole.filter(batch=job.batch).order_by("variant", "take")
    return [each for each in same if each.pk == job.pk or _counts(each)][:MOST_TAKES]


def _below(job: Job, whole: JobQuerySet) -> tuple[list[Job], int]:
    """What was made from it, and from that: generation by generation."""
    found: list[Job] = []
    seen, generation = {job.pk}, [job.pk]
    while generation:
        born = whole.filter(source__in=generation).exclude(pk__in=seen).order_by("pk")
        children = list(born[: MOST_DOWN + 1 - len(found)])
        generation = [child.pk for child in children]
        seen.update(generation)
        found += [child for child in children if _counts(child)]
        if len(found) > MOST_DOWN:
            rest = whole.filter(source=job).count() - MOST_DOWN
            return found[:MOST_DOWN], max(1, rest)
    return found, 0


def _counts(job: Job) -> bool:
    """What failed is no version, nor what was thrown away."""
    if job.video is not None:
        return job.video.trashed_at is None
    return not job.is_finished


# -- In words ------------------------------------------------------------------------------------


def _version(job: Job, shown: Job, *, is_take: bool) -> Version:
    kind = TAKE if is_take else job.made_as or ORIGIN
    return Version(job, kind, _name(job, kind), _detail(job, kind, shown), job.pk == shown.pk)


def _name(job: Job, kind: str) -> str:
    if kind == TAKE:
        return _("Take %(number)s") % {"number": job.take}
    names = {
        Job.MadeAs.EXTENSION.value: _("Extended"),
        Job.MadeAs.REMIX.value: _("Remix"),
        Job.MadeAs.RETAKE.value: _("Retake"),
    }
    return names.get(kind, _("Original"))


def _detail(job: Job, kind: str, shown: Job) -> str:
    """What is most worth knowing of it beside the others."""
    if job.video is not None and job.video.erased_at is not None:
        return _("deleted")
    if job.video is not None and job.video.trashed_at is not None:
        return _("in the trash")
    if kind == TAKE:
        return _of_press(job, shown)
    if kind == Job.MadeAs.EXTENSION:
        length_s = job.video.duration_s if job.video else job.duration_s
        return _("+%(seconds)s s") % {"seconds": f"{length_s:.0f}"} if length_s else ""
    return _change(job) if job.source else _seed(job)


def _of_press(job: Job, shown: Job) -> str:
    """A take of another variant has another model or other words."""
    if job.variant == shown.variant:
        return _seed(job)
    if job.provider_model_id != shown.provider_model_id:
        return job.provider_model.name
    return _("other words") if job.prompt != shown.prompt else _seed(job)


def _change(job: Job) -> str:
    """What is new in it against what it was made from."""
    source = job.source
    if source is None:
        return ""
    if job.prompt != source.prompt:
        return _("new prompt")
    if job.provider_model_id != source.provider_model_id:
        return job.provider_model.name
    if any(getattr(job, name) != getattr(source, name) for name in ALIKE):
        return _("new settings")
    if _pictures(job) != _pictures(source):
        return _("new pictures")
    return _seed(job) or _("same settings")


def _pictures(job: Job) -> list[tuple[str, UUID]]:
    return sorted((given.role, given.asset_id) for given in job.inputs.all())


def _seed(job: Job) -> str:
    return _("seed %(number)s") % {"number": job.seed} if job.seed is not None else ""
