"""Clips side by side: which ones, how they differ, and picking the best of them."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from django.contrib.auth.models import User
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from studio.models import Asset, JobInput
from studio.services import library, picking, versions
from studio.services.providers import spent_words

FEWEST, MOST = 2, 4
OFFERED = 12


@dataclass(frozen=True, slots=True)
class Row:
    """One fact of every clip, in their order."""

    name: str | Promise
    values: list[str]
    pictures: list[list[JobInput]] = field(default_factory=list)
    """Where the fact is pictures: those of each clip; `values` then only tell them apart."""

    @property
    def differs(self) -> bool:
        return len(set(self.values)) > 1


def clips_of(keys: Iterable[UUID], user: User) -> list[Asset]:
    """The clips with these keys that can be watched, each once, in the order given."""
    found = library.clips_of(list(keys), user)
    whole = (
        Asset.objects.clips()
        .prefetch_related("job__inputs__asset")
        .in_bulk([clip.pk for clip in found])
    )
    return [whole[clip.pk] for clip in found if clip.pk in whole]


def offered(chosen: Sequence[Asset], user: User) -> list[Asset]:
    """What could be compared with these: they themselves, their families, and the newest."""
    family = [
        version.clip
        for clip in chosen
        if clip.job
        for version in versions.family_of(clip.job, user).versions
        if version.is_ready and version.clip
    ]
    newest = list(picking.clips(user)[:OFFERED])
    keys = dict.fromkeys(clip.pk for clip in (*chosen, *family, *newest))
    return clips_of(list(keys)[: max(OFFERED, len(chosen))], user)


# -- How they differ -----------------------------------------------------------------------------


def rows(clips: Sequence[Asset]) -> list[Row]:
    """Every fact that at least one of the clips has."""
    found = [Row(name, [read(clip) for clip in clips]) for name, read in FACTS]
    given = [list(clip.job.inputs.all()) if clip.job else [] for clip in clips]
    found.insert(PICTURES_AT, Row(_("Made from"), [_keys(each) for each in given], given))
    names = dict.fromkeys(name for clip in clips if clip.job for name in clip.job.extras)
    found += [Row(name, [_extra(clip, name) for clip in clips]) for name in names]
    return [row for row in found if any(row.values)]


def are_takes(clips: Sequence[Asset]) -> bool:
    """True for clips that one press of the button asked for with the same words."""
    presses = {(clip.job.batch, clip.job.prompt) if clip.job else clip.pk for clip in clips}
    return len(presses) == 1


def common_prompt(clips: Sequence[Asset]) -> str:
    """What all of them were asked for with; "" where they differ."""
    found = {clip.job.prompt if clip.job else "" for clip in clips}
    return found.pop() if len(found) == 1 else ""


def _extra(clip: Asset, name: str) -> str:
    value = clip.job.extras.get(name, "") if clip.job else ""
    return str(value)


def _of_job(name: str) -> Callable[[Asset], str]:
    def read(clip: Asset) -> str:
        value = getattr(clip.job, name) if clip.job else None
        return "" if value is None else str(value)

    return read


def _model(clip: Asset) -> str:
    return clip.job.provider_model.name if clip.job else ""


def _provider(clip: Asset) -> str:
    return clip.job.provider.name if clip.job else ""


def _keys(given: Iterable[JobInput]) -> str:
    return " ".join(f"{each.role} {each.asset_id}" for each in given)


def _length(clip: Asset) -> str:
    return _("%(seconds)s s") % {"seconds": f"{clip.duration_s or 0.0:.1f}"}


def _size(clip: Asset) -> str:
    return f"{clip.width}\N{MULTIPLICATION SIGN}{clip.height}"


def _fps(clip: Asset) -> str:
    return f"{clip.fps or 0:.4g} fps"


def _sound(clip: Asset) -> str:
    return _("with sound") if clip.has_sound else _("none")


def _seed(clip: Asset) -> str:
    if clip.job is None:
        return ""
    return str(clip.job.seed) if clip.job.seed is not None else _("left to the model")


def _cost(clip: Asset) -> str:
    """What was charged, or is to be expected; a demo costs nothing."""
    if clip.job is None:
        return ""
    if clip.job.provider.is_demo:
        return _("demo, free")
    if clip.job.charged:
        return spent_words(clip.job.charged)
    if clip.job.estimated:
        return _("about %(sum)s") % {"sum": spent_words(clip.job.estimated)}
    return _("not published")


FACTS: tuple[tuple[str | Promise, Callable[[Asset], str]], ...] = (
    (gettext_lazy("Prompt"), _of_job("prompt")),
    (gettext_lazy("Without"), _of_job("negative_prompt")),
    (gettext_lazy("Model"), _model),
    (gettext_lazy("Provider"), _provider),
    (gettext_lazy("Seed"), _seed),
    (gettext_lazy("Length"), _length),
    (gettext_lazy("Ratio"), _of_job("aspect_ratio")),
    (gettext_lazy("Resolution"), _of_job("resolution")),
    (gettext_lazy("Size"), _size),
    (gettext_lazy("Frame rate"), _fps),
    (gettext_lazy("Sound"), _sound),
    (gettext_lazy("Cost"), _cost),
)
PICTURES_AT = 5
"""Behind the words, the model and the seed."""


# -- Picking -------------------------------------------------------------------------------------


def pick(winner: Asset | None, starred_before: Asset | None) -> bool:
    """Make the winner a favourite. `starred_before`: what an earlier pick made one, and that is
    none any more. True if this pick gave the winner its star."""
    if starred_before is not None and starred_before != winner:
        library.favour([starred_before], is_on=False)
    if winner is None or winner.is_favourite:
        return winner is not None and winner == starred_before
    library.favour([winner])
    return True
