"""The words of a gallery's address: what each may say, and how a clip or a job meets it."""

from dataclasses import dataclass

from django.db.models import F, Q
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from studio.models import Asset, JobInput
from studio.models.job_state import WORKED, JobState

READY, MAKING, FAILED, TRASH = "ready", "making", "failed", "trash"
STATES: dict[str, str | Promise] = {
    READY: _("Finished"),
    MAKING: _("Under way"),
    FAILED: _("Failed"),
    TRASH: _("Trash"),
}
JOB_STATES = {
    MAKING: (*WORKED, JobState.UNCONFIRMED),
    FAILED: (JobState.FAILED, JobState.EXPIRED, JobState.CANCELLED),
}
"""What was asked for and is no clip: these views show jobs."""


@dataclass(frozen=True, slots=True)
class Span:
    """From a number on, and below another."""

    name: str
    at_least: float
    below: float
    words: str | Promise = ""


RATIOS = (
    Span("21:9", 2.0, 100.0),
    Span("16:9", 1.55, 2.0),
    Span("4:3", 1.15, 1.55),
    Span("1:1", 0.87, 1.15),
    Span("3:4", 0.65, 0.87),
    Span("9:16", 0.0, 0.65),
)
"""Width by height; what lies between two formats belongs to the nearer one."""
LENGTHS = (
    Span("short", 0.0, 5.5, _("Up to 5 s")),
    Span("medium", 5.5, 10.5, _("6 to 10 s")),
    Span("long", 10.5, 1e9, _("Longer than 10 s")),
)
"""Seconds; a clip of 5 s is often a few pictures longer."""
RATIOS_BY_NAME = {span.name: span for span in RATIOS}
LENGTHS_BY_NAME = {span.name: span for span in LENGTHS}
YES_NO = ("1", "0")
MOST_STARS = 5


def shape(name: str) -> Q:
    """Clips whose picture has about this ratio."""
    span = RATIOS_BY_NAME[name]
    return Q(width__gte=F("height") * span.at_least, width__lt=F("height") * span.below)


def length(name: str, column: str = "duration_s") -> Q:
    """Clips of about this length."""
    span = LENGTHS_BY_NAME[name]
    return Q(**{f"{column}__gte": span.at_least, f"{column}__lt": span.below})


def of_clip(word: str) -> Q:
    """In a clip's prompt, model, file name or tags; or its seed."""
    tagged = Asset.tags.through.objects.filter(_anywhere("tag__name", word))
    found = Q(pk__in=tagged.values("asset_id")) | _anywhere("original_name", word)
    return found | of_job(word, "job__")


def of_job(word: str, way: str = "") -> Q:
    """In a job's prompt or model; or its seed."""
    found = _anywhere(f"{way}prompt", word) | _anywhere(f"{way}provider_model__name", word)
    is_number = word.isascii() and word.isdecimal() and len(word) <= 18
    return found | Q(**{f"{way}seed": int(word)}) if is_number else found


def with_images(has: bool, job: str = "pk") -> Q:
    """Those whose job was given pictures, or words alone."""
    made = Q(**{f"{job}__in": JobInput.objects.values("job_id")})
    return made if has else ~made


def _anywhere(column: str, word: str) -> Q:
    """Whatever its case. SQLite knows that of plain letters only, so the others are spelled out."""
    spellings = {word} if word.isascii() else {word, word.lower(), word.upper(), word.capitalize()}
    found = Q()
    for spelling in spellings:
        found |= Q(**{f"{column}__icontains": spelling})
    return found
