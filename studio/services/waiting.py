"""What a person who waits is told: why a clip is not sent yet, and how long one under way takes.

The engine's own functions answer (`turns`, `disk`, `timing`), so a page never says anything but
what happens.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property

from django.db.models import Count
from django.utils import timezone

from studio.models import Job, Provider
from studio.models.job_state import AT_PROVIDER
from studio.services import disk, timing
from studio.services.engine import turns

State = Job.State
DRAWN_PLACES = 12
SAME_KEY = "asked again with the same key, not charged twice"


def clock(seconds: float) -> str:
    """`0:42`, `12:05`, `1:02:11`."""
    minutes, whole = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{whole:02d}" if hours else f"{minutes}:{whole:02d}"


def moment(at: datetime) -> str:
    """`14:03:10`; with its day where that is not today."""
    local = timezone.localtime(at)
    is_today = local.date() == timezone.localdate()
    return f"{local:%H:%M:%S}" if is_today else f"{local:%-d %B, %H:%M}"


@dataclass(frozen=True, slots=True)
class Told:
    """What stands beside a job's state. `so_far_s` counts on while the page is shown; `note` is
    the longer text, for a line of its own."""

    words: str = ""
    so_far_s: float | None = None
    percent: int | None = None
    is_moving: bool = False
    is_late: bool = False
    note: str = ""

    @property
    def so_far(self) -> str:
        return "" if self.so_far_s is None else clock(self.so_far_s)


@dataclass(frozen=True)
class Standing:
    """One provider at one moment: what it has to do, and whether it takes another clip."""

    provider: Provider
    now: datetime
    jobs: Mapping[str, int]
    """How many it has, by state."""
    sent_at: Sequence[datetime] = ()
    """When those of the last minute were sent."""

    @property
    def sent(self) -> int:
        """How many were sent within the last minute."""
        return len(self.sent_at)

    @property
    def queued(self) -> int:
        return self.jobs.get(State.QUEUED, 0)

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
        provider, name = self.provider, self.provider.name
        if self.free_at is None:
            return ""
        if not provider.is_enabled:
            return f"{name} is switched off"
        if provider.is_paused:
            return f"{name} is paused: {provider.health_note}"
        if self.held_until and self.is_down:
            return f"{name} does not answer; next try at {moment(self.held_until)}"
        if self.held_until:
            return f"{name} asked us to wait until {moment(self.held_until)}"
        places = provider.limits.concurrent_jobs
        if self.is_full and self.is_down and not (places and self.running >= places):
            return f"{name} did not answer lately; one clip is tried at a time"
        if self.is_full:
            return f"Waiting for a place: {self.running} of {places} running at {name}"
        most = provider.limits.creates_per_minute
        return f"{most} creates per minute at {name}: next at {moment(self.free_at)}"

    # -- For its lane ------------------------------------------------------------------------

    @property
    def load(self) -> str:
        """ "1 of 2 running, 3 waiting"."""
        most = self.provider.limits.concurrent_jobs
        running = f"{self.running} of {most}" if most else f"{self.running}"
        fetching = self.jobs.get(State.FETCHING, 0)
        parts = [
            f"{running} running" if self.running or (most and self.queued) else "",
            f"{fetching} fetching" if fetching else "",
            f"{self.queued} waiting" if self.queued else "",
        ]
        return ", ".join(part for part in parts if part) or "Idle"

    @property
    def places(self) -> list[bool]:
        """One for each place there, True where it is taken; empty where nobody says how many, or
        where they are too many to be drawn."""
        most = self.provider.limits.concurrent_jobs or 0
        return [place < self.running for place in range(most)] if most <= DRAWN_PLACES else []

    @property
    def trouble(self) -> str:
        """What is not as it should be there; empty: nothing."""
        provider, faults = self.provider, self.provider.faults_in_a_row
        if provider.paused_at:
            return f"Paused since {moment(provider.paused_at)}. {provider.health_note}".strip()
        if self.held_until and self.is_down:
            silent = f"No answer {faults} times in a row"
            return f"{silent}; next try at {moment(self.held_until)}"
        if self.held_until:
            return f"Asked us to wait until {moment(self.held_until)}"
        if faults:
            return f"No answer {faults} times in a row" if faults > 1 else "No answer last time"
        is_well = provider.health in {Provider.Health.WELL, Provider.Health.UNKNOWN}
        return "" if is_well else provider.get_health_display()

    @property
    def can_be_tried(self) -> bool:
        """True where a person can let it go on before its time."""
        return self.provider.is_paused or (self.is_down and self.held_until is not None)


class Waits:
    """What everybody who waits is told at one moment, for one page: every provider is asked
    about once."""

    def __init__(self) -> None:
        self.now = timezone.now()
        self._standings: dict[int, Standing] = {}

    def lanes(self) -> list[Standing]:
        """The providers that members may choose, as they stand."""
        return [self.standing(provider) for provider in Provider.objects.usable()]

    def standing(self, provider: Provider) -> Standing:
        if provider.pk not in self._standings:
            jobs = self._jobs.get(provider.pk, {})
            sent_at = self._sent.get(provider.pk, [])
            self._standings[provider.pk] = Standing(provider, self.now, jobs, sent_at)
        return self._standings[provider.pk]

    @cached_property
    def _jobs(self) -> dict[int, dict[str, int]]:
        counted = Job.objects.worked_on().order_by().values_list("provider", "state")
        found: dict[int, dict[str, int]] = {}
        for provider_id, state, count in counted.annotate(Count("pk")):
            found.setdefault(provider_id, {})[state] = count
        return found

    @cached_property
    def _sent(self) -> dict[int, list[datetime]]:
        since = self.now - turns.MINUTE
        # What was sent lately was changed lately, and that has an index.
        lately = Job.objects.filter(changed_at__gt=since, sent_at__gt=since).order_by()
        found: dict[int, list[datetime]] = {}
        for job in lately.only("provider_id", "sent_at"):
            found.setdefault(job.provider_id, []).append(job.sent_at or self.now)
        return found

    @cached_property
    def is_disk_low(self) -> bool:
        return disk.is_low()

    # -- One job -----------------------------------------------------------------------------

    def told(self, job: Job) -> Told:
        if job.is_set_aside:
            return Told("Set aside until somebody decides")
        if job.state == State.QUEUED:
            return self._of_queued(job)
        if job.state == State.SUBMITTING:
            times = "once" if job.submit_attempts < 2 else "again"
            return Told(f"Sent {times}, waiting for a receipt", is_moving=True)
        if job.state == State.FETCHING:
            return self._of_fetching(job)
        return self._of_followed(job) if job.is_worked_on else Told()

    def reason(self, job: Job) -> str:
        """Why a queued job is not sent yet, in one phrase."""
        standing = self.standing(job.provider)
        if standing.why_not:
            return standing.why_not
        if self.is_disk_low and not job.unclear_since:
            return "The studio's disk is nearly full"
        if self._rests(job):
            return f"Next try at {moment(job.next_look_at)}"
        if standing.next_job_id == job.pk:
            return "Next to be sent"
        return "In line; members are served in turn"

    def _rests(self, job: Job) -> bool:
        """True for a job that is not tried at once for a reason of its own."""
        has_place = self.standing(job.provider).free_at is None
        return has_place and job.next_look_at > self.now + turns.FULL_FOR

    def _of_queued(self, job: Job) -> Told:
        words = self.reason(job)
        if job.unclear_since:
            words = f"{words}; {SAME_KEY}"
        is_own = self._rests(job) and (job.unclear_since or not self.is_disk_low)
        return Told(words, note=job.error if is_own else "")

    def _of_followed(self, job: Job) -> Told:
        so_far_s = (self.now - (job.accepted_at or job.created_at)).total_seconds()
        usual, words, is_late = timing.of_job(job), "so far", False
        if usual is not None:
            span = f"{clock(usual.low_s)} to {clock(usual.high_s)}"
            is_late = so_far_s > usual.latest_s
            words += f", longer than usual ({span})" if is_late else f", usually {span}"
        if job.cancel_asked_at:
            words, is_late = "so far; cancelling at the provider", False
        return Told(
            words,
            so_far_s=so_far_s,
            percent=job.progress_percent if job.state == State.GENERATING else None,
            is_moving=True,
            is_late=is_late,
            note=job.error,
        )

    def _of_fetching(self, job: Job) -> Told:
        is_held = job.lease_until is not None and job.lease_until > self.now
        if is_held:
            words = "The file is on its way"
        elif job.next_look_at > self.now + turns.FULL_FOR:
            words = f"Next try at {moment(job.next_look_at)}"
        else:
            words = "Made; its file is fetched in turn"
        return Told(words, percent=job.progress_percent, is_moving=is_held, note=job.error)

    # -- How long it stays true --------------------------------------------------------------

    def until(self, jobs: Iterable[Job], lanes: Iterable[Standing] = ()) -> datetime | None:
        """When the passing of time alone makes something else true of these; None: never."""
        ends = [self._true_until(job) for job in jobs]
        for lane in lanes:
            ends.append(lane.held_until)
            if lane.sent_at and lane.provider.limits.creates_per_minute:
                ends.append(min(lane.sent_at) + turns.MINUTE)
        return min((end for end in ends if end and end > self.now), default=None)

    def _true_until(self, job: Job) -> datetime | None:
        if job.state == State.QUEUED:
            return job.next_look_at if self._rests(job) else self.standing(job.provider).opens_at
        if job.state == State.FETCHING:
            return job.next_look_at
        usual = timing.of_job(job) if job.is_worked_on and job.accepted_at else None
        if usual is None or job.accepted_at is None:
            return None
        return job.accepted_at + timedelta(seconds=usual.latest_s)
