"""How a provider stands at one moment: what it has to do, and whether it takes another clip."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from studio.models import Job, Provider
from studio.models.job_state import AT_PROVIDER
from studio.services.engine import turns
from studio.services.providers import is_paused_by_hand

State = Job.State
DRAWN_PLACES = 12
ONE_DAY = timedelta(days=1)


def clock(seconds: float) -> str:
    """`0:42`, `12:05`, `1:02:11`."""
    minutes, whole = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{whole:02d}" if hours else f"{minutes}:{whole:02d}"


def moment(at: datetime) -> str:
    """`14:03:10`; with its day where that is not today."""
    local = timezone.localtime(at)
    if local.date() == timezone.localdate():
        return f"{local:%H:%M:%S}"
    return f"{date_format(local, 'MONTH_DAY_FORMAT')}, {local:%H:%M}"


def day_and_time(at: datetime) -> str:
    """ "today at 23:00", "tomorrow at 02:00", "3 May at 02:00"."""
    local, today = timezone.localtime(at), timezone.localdate()
    named = {"time": f"{local:%H:%M}", "day": date_format(local, "MONTH_DAY_FORMAT")}
    if local.date() == today:
        return _("today at %(time)s") % named
    if local.date() == today + ONE_DAY:
        return _("tomorrow at %(time)s") % named
    return _("%(day)s at %(time)s") % named


@dataclass(frozen=True)
class Standing:
    """One provider at one moment."""

    provider: Provider
    now: datetime
    jobs: Mapping[str, int]
    """How many it has, by state."""
    sent_at: Sequence[datetime] = ()
    """When those of the last minute were sent."""
    put_off: int = 0
    """How many of the queued ones are held, or wished for later."""

    @property
    def sent(self) -> int:
        """How many were sent within the last minute."""
        return len(self.sent_at)

    @property
    def queued(self) -> int:
        return self.jobs.get(State.QUEUED, 0) - self.put_off

    @property
    def running(self) -> int:
        """How many take up a place there."""
        return sum(self.jobs.get(state, 0) for state in AT_PROVIDER)

    @property
    def is_idle(self) -> bool:
        return not any(self.jobs.values())

    @cached_property
    def free_at(self) -> datetime | None:
        """None if a clip may be sent now, else when that is looked at again."""
        return turns.next_place(self.provider, self.now)

    @property
    def held_until(self) -> datetime | None:
        held = self.provider.sends_held_until
        return held if held and held > self.now else None

    @property
    def is_down(self) -> bool:
        return self.provider.is_down

    @property
    def opens_at(self) -> datetime | None:
        """When it takes clips again by the clock alone; None where that hangs on something
        else."""
        is_shut = self.provider.is_paused or not self.provider.is_enabled or self.is_full
        return None if is_shut else self.free_at

    @property
    def is_full(self) -> bool:
        """True if the next place is one that a clip under way has to leave."""
        return self.free_at == self.now + turns.FULL_FOR

    @cached_property
    def next_job_id(self) -> int | None:
        """The job that is sent with the next place."""
        job = turns.next_to_send(self.provider, self.now + turns.FULL_FOR)
        return job.pk if job else None

    @cached_property
    def why_not(self) -> str:
        """Why nothing is sent there now; empty if there is a place."""
        if self.free_at is None:
            return ""
        return self._why_shut() or self._why_full(self.free_at)

    def _why_shut(self) -> str:
        """Why it takes nothing at all; empty if it takes clips."""
        name = {"name": self.provider.name}
        if not self.provider.is_enabled:
            return _("%(name)s is switched off") % name
        if is_paused_by_hand(self.provider):
            return _("%(name)s is paused by hand") % name
        if self.provider.is_paused:
            why = {"why": self.provider.get_health_display().lower()}
            return _("%(name)s is paused: %(why)s") % (name | why)
        if self.held_until is None:
            return ""
        until = name | {"time": moment(self.held_until)}
        if self.is_down:
            return _("%(name)s does not answer; next try at %(time)s") % until
        return _("%(name)s asked us to wait until %(time)s") % until

    def _why_full(self, free_at: datetime) -> str:
        """Why it takes no more for now."""
        name, limits = self.provider.name, self.provider.limits
        places = limits.concurrent_jobs
        if self.is_full and self.is_down and not (places and self.running >= places):
            return _("%(name)s did not answer lately; one clip is tried at a time") % {"name": name}
        if self.is_full:
            counted = {"running": self.running, "places": places, "name": name}
            words = _("Waiting for a place: %(running)s of %(places)s running at %(name)s")
            return words % counted
        most = {"most": limits.creates_per_minute, "name": name, "time": moment(free_at)}
        return _("%(most)s creates per minute at %(name)s: next at %(time)s") % most

    # -- For its lane ------------------------------------------------------------------------

    @property
    def load(self) -> str:
        """ "1 of 2 running, 3 waiting"."""
        most, fetching = self.provider.limits.concurrent_jobs, self.jobs.get(State.FETCHING, 0)
        parts = []
        if most and (self.running or self.queued):
            parts.append(_("%(count)s of %(most)s running") % {"count": self.running, "most": most})
        elif self.running:
            parts.append(_("%(count)s running") % {"count": self.running})
        if fetching:
            parts.append(_("%(count)s fetching") % {"count": fetching})
        if self.queued:
            parts.append(_("%(count)s waiting") % {"count": self.queued})
        if self.put_off:
            parts.append(_("%(count)s for later") % {"count": self.put_off})
        return ", ".join(parts) or _("Idle")

    @property
    def places(self) -> list[bool]:
        """One for each place there, True where it is taken; empty where nobody says how many, or
        where they are too many to be drawn."""
        most = self.provider.limits.concurrent_jobs or 0
        return [place < self.running for place in range(most)] if most <= DRAWN_PLACES else []

    @property
    def trouble(self) -> str:
        """What is not as it should be there; empty: nothing."""
        provider = self.provider
        if is_paused_by_hand(provider):
            return provider.health_note or _("Paused")
        if provider.paused_at:
            return _("Paused: %(why)s") % {"why": provider.get_health_display().lower()}
        if self.held_until and self.is_down:
            next_try = _("next try at %(time)s") % {"time": moment(self.held_until)}
            return f"{self._silence}; {next_try}"
        if self.held_until:
            return _("Asked us to wait until %(time)s") % {"time": moment(self.held_until)}
        if provider.faults_in_a_row:
            return self._silence
        is_well = provider.health in {Provider.Health.WELL, Provider.Health.UNKNOWN}
        return "" if is_well else str(provider.get_health_display())

    @property
    def _silence(self) -> str:
        faults = self.provider.faults_in_a_row
        words = ngettext("No answer last time", "No answer %(count)s times in a row", faults)
        return words % {"count": faults}

    @property
    def can_be_tried(self) -> bool:
        """True where a person can let it go on before its time."""
        return self.provider.is_paused or (self.is_down and self.held_until is not None)

    @property
    def waiting_words(self) -> str:
        """ "2 clips wait; nothing was charged for them." """
        words = ngettext(
            "%(count)s clip waits; nothing was charged for it.",
            "%(count)s clips wait; nothing was charged for them.",
            self.queued,
        )
        return words % {"count": self.queued} if self.queued else ""
