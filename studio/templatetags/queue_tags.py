"""How jobs are shown in the queue and on their own page: states, times between, places in line."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import accumulate, pairwise

from django import template
from django.contrib.auth.models import User
from django.template import Context
from django.utils import timezone
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from studio.models import Job, JobEvent
from studio.services import live, members, unsent
from studio.services.again import ENDED_EMPTY
from studio.services.engine.submit import FREE
from studio.services.providers import spent_words
from studio.services.standing import day_and_time
from studio.services.waiting import left_words
from studio.templatetags.studio_tags import STATE_ICONS, seconds_words

register = template.Library()

TINTS = 6
SHORTEST_TOLD_S = 0.05
EDITED_ICON, TOLD_ICON = "pencil-line", "info"


@dataclass(frozen=True, slots=True)
class Badge:
    """A state as icon, word and colour (the end of a class)."""

    css: str
    icon: str
    word: str


@register.filter
def badge(job: Job) -> Badge:
    """What a job's state is called: one that is put off is no longer just queued."""
    if job.state == Job.State.QUEUED and job.is_held:
        return Badge("held", "circle-pause", pgettext("state", "Held"))
    if job.state == Job.State.QUEUED and job.is_for_later(timezone.now()):
        return Badge("later", "calendar-clock", pgettext("state", "Later"))
    state = Job.State(job.state)
    return Badge(state.value, STATE_ICONS[state], str(state.label))


@register.filter
def may_direct(user: User, job: Job) -> bool:
    """True where this member may act on this job."""
    return members.may_direct(user, job.owner_id)


@register.simple_tag(takes_context=True)
def live_strip(context: Context) -> live.Strip | None:
    """What the live strip says beyond the counts."""
    user = context.get("user")
    return live.strip(user) if isinstance(user, User) else None


@register.filter
def about_left(seconds: float) -> str:
    """ "about 40 s left"."""
    return left_words(seconds)


@register.filter
def tint(user: User) -> int:
    """Which of the few colours stands for a member."""
    return user.pk % TINTS


@register.filter
def is_again(job: Job) -> bool:
    """True for what can be sent again as a new clip, and was not yet."""
    return job.state in ENDED_EMPTY and not job.versions.all()


@register.filter
def is_free(job: Job) -> bool:
    """True for what ended and surely was not charged: never sent, or refused with that word."""
    is_said = any(words in job.error for words in FREE)
    return job.is_finished and (not job.sent_at or is_said)


@register.filter
def summary(job: Job) -> str:
    """ "Veo 3 at indoxhub, 8 s, 16:9. Estimate $3.20." """
    duration = f"{job.duration_s} s" if job.duration_s else ""
    settings = [duration, job.aspect_ratio, job.resolution]
    model = _("%(model)s at %(provider)s") % {
        "model": job.provider_model.name,
        "provider": job.provider.name,
    }
    words = ", ".join([model, *(each for each in settings if each)])
    if job.estimated is None or job.provider.is_demo:
        return f"{words}."
    return _("%(settings)s. Estimate %(price)s.") % {
        "settings": words,
        "price": spent_words(job.estimated),
    }


@register.simple_tag
def tonight() -> datetime:
    """When "tonight" is."""
    return unsent.tonight()


@register.filter
def at_words(moment: datetime) -> str:
    """ "tomorrow at 02:00"."""
    return day_and_time(moment)


@register.filter
def size_words(size_bytes: int) -> str:
    """ "16.2 MB"."""
    return f"{number_format(size_bytes / 1_000_000, 1)} MB"


# -- The timeline --------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a timeline: what in bold, why below it, and how long it was until the next."""

    event: JobEvent
    what: str
    why: str
    icon: str
    css: str
    took: str


@register.filter
def timeline(events: Iterable[JobEvent]) -> Iterator[Line]:
    """The events as they are read."""
    every = list(events)
    for event, following in pairwise([*every, None]):
        if event is not None:
            yield _line(event, following)


def _line(event: JobEvent, following: JobEvent | None) -> Line:
    what, _dot, why = event.message.partition(". ")
    state = Job.State(event.to_state) if event.to_state in Job.State.values else None
    icon = STATE_ICONS[state] if state else EDITED_ICON if event.actor_id else TOLD_ICON
    took_s = (following.at - event.at).total_seconds() if following else 0.0
    took = "" if took_s < SHORTEST_TOLD_S else span_words(took_s)
    css = state.value if state else ""
    return Line(event, what.removesuffix(".") if why else what, why, icon, css, took)


def span_words(seconds: float) -> str:
    """ "0.9 s", "18 s", "1 min 38 s"."""
    return f"{number_format(seconds, 1)} s" if seconds < 10 else seconds_words(seconds)


@dataclass(frozen=True, slots=True)
class Stretch:
    """A part of the way from asking to having; `start` and `share` are per cent of the time."""

    name: str
    css: str
    seconds: float
    start: int
    share: int

    @property
    def words(self) -> str:
        return span_words(self.seconds)


@register.filter
def stretches(job: Job) -> list[Stretch]:
    """Where the time of a finished clip went: in the queue, at the model, in the download."""
    moments = (job.created_at, job.accepted_at, job.made_at, job.finished_at)
    if None in moments:
        return []
    names = ((_("Queue"), "queue"), (_("Model"), "model"), (_("Fetch"), "fetch"))
    spans = [(b - a).total_seconds() for a, b in pairwise(moments) if a and b]
    ends = [round(100 * end / (sum(spans) or 1.0)) for end in accumulate(spans, initial=0.0)]
    return [
        Stretch(name, css, seconds, start, max(1, end - start))
        for (name, css), seconds, (start, end) in zip(names, spans, pairwise(ends), strict=True)
    ]
