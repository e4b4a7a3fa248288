"""What a person who waits is told: why a clip is not sent yet, and how long one under way takes.

The engine's own functions answer (`turns`, `disk`, `timing`), so a page never says anything but
what happens.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cached_property

from django.contrib.auth.models import AnonymousUser, User
from django.db.models import Count
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from studio.models import Job, Provider
from studio.services import disk, timing
from studio.services.engine import turns
from studio.services.standing import Standing, clock, day_and_time, moment

State = Job.State
FEW_S, MINUTE_S = 8, 55


def left_words(seconds: float) -> str:
    """ "about 40 s left", "about 3 min left"; static/js/live.js counts on in the same words."""
    if seconds < FEW_S:
        return _("a few seconds left")
    if seconds < MINUTE_S:
        return _("about %(count)s s left") % {"count": 5 * round(seconds / 5)}
    return _("about %(count)s min left") % {"count": max(1, round(seconds / 60))}


def ordinal(number: int) -> str:
    """ "2nd", "3rd", "11th"."""
    last = 0 if number % 100 in (11, 12, 13) else number % 10
    words = {
        1: pgettext("place in line", "%(number)sst"),
        2: pgettext("place in line", "%(number)snd"),
        3: pgettext("place in line", "%(number)srd"),
    }
    return words.get(last, pgettext("place in line", "%(number)sth")) % {"number": number}


@dataclass(frozen=True, slots=True)
class Told:
    """What stands beside a job's state. `so_far_s` and `left_s` count on while the page is shown;
    `note` is the longer text, for a line of its own."""

    words: str = ""
    so_far_s: float | None = None
    left_s: float | None = None
    percent: int | None = None
    is_moving: bool = False
    is_late: bool = False
    note: str = ""

    @property
    def so_far(self) -> str:
        return "" if self.so_far_s is None else clock(self.so_far_s)

    @property
    def left(self) -> str:
        return "" if self.left_s is None else left_words(self.left_s)


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
        key = provider.pk
        if key not in self._standings:
            jobs, sent_at = self._jobs.get(key, {}), self._sent.get(key, [])
            put_off = self._put_off[key]
            self._standings[key] = Standing(provider, self.now, jobs, sent_at, put_off)
        return self._standings[key]

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
    def _put_off(self) -> Counter[int]:
        later = Job.objects.put_off(self.now).order_by().values_list("provider", flat=True)
        return Counter(later)

    @cached_property
    def _places(self) -> dict[int, int]:
        """Each waiting job's place among its member's at its provider, from 1."""
        lines: Counter[tuple[int, int]] = Counter()
        found: dict[int, int] = {}
        in_line = Job.objects.in_line(self.now).values_list("pk", "provider", "owner")
        for key, provider_id, owner_id in in_line:
            lines[provider_id, owner_id] += 1
            found[key] = lines[provider_id, owner_id]
        return found

    @cached_property
    def is_disk_low(self) -> bool:
        return disk.is_low()

    # -- One job -----------------------------------------------------------------------------

    def told(self, job: Job, viewer: User | AnonymousUser | None = None) -> Told:
        """What is said beside its state, to this member."""
        if job.is_set_aside:
            return Told(_("Set aside until somebody decides"))
        if job.state == State.QUEUED:
            return self._of_queued(job, viewer)
        if job.state == State.SUBMITTING:
            is_first = job.submit_attempts < 2
            words = _("Sent once, waiting for a receipt")
            return Told(
                words if is_first else _("Sent again, waiting for a receipt"), is_moving=True
            )
        if job.state == State.FETCHING:
            return self._of_fetching(job)
        return self._of_followed(job) if job.is_worked_on else Told()

    def reason(self, job: Job) -> str:
        """Why a queued job is not sent yet, in one phrase."""
        if hindrance := self._hindrance(job):
            return hindrance
        is_next = self.standing(job.provider).next_job_id == job.pk
        return _("Next to be sent") if is_next else _("Members are served in turn")

    def _hindrance(self, job: Job) -> str:
        """What is in its way but for others before it."""
        if job.is_held:
            return _("Not sent until somebody lets it go on")
        if job.is_for_later(self.now) and job.not_before:
            return _("To be sent %(when)s") % {"when": day_and_time(job.not_before)}
        standing = self.standing(job.provider)
        if standing.why_not:
            return standing.why_not
        if self.is_disk_low and not job.unclear_since:
            return _("The studio's disk is nearly full")
        if self._rests(job):
            return _("Next try at %(time)s") % {"time": moment(job.next_look_at)}
        return ""

    def place(self, job: Job, viewer: User | AnonymousUser | None = None) -> str:
        """ "3rd in your line": among what its member has waiting at the same provider; empty for
        what is in no line, or alone in it or first."""
        place = self._places.get(job.pk, 0)
        if place < 2:
            return ""
        named = {"place": ordinal(place), "member": job.owner.get_username()}
        if viewer is not None and job.owner_id == viewer.pk:
            return _("%(place)s in your line") % named
        return _("%(place)s in %(member)s's line") % named

    def _rests(self, job: Job) -> bool:
        """True for a job that is not tried at once for a reason of its own."""
        has_place = self.standing(job.provider).free_at is None
        return has_place and job.next_look_at > self.now + turns.FULL_FOR

    def _of_queued(self, job: Job, viewer: User | AnonymousUser | None) -> Told:
        if job.is_held or job.is_for_later(self.now):
            return Told(self.reason(job))
        parts = [self.place(job, viewer), self._hindrance(job)]
        words = " · ".join(part for part in parts if part) or self.reason(job)
        if job.unclear_since:
            same_key = _("asked again with the same key, not charged twice")
            words = f"{words}; {same_key}"
        is_own = self._rests(job) and (job.unclear_since or not self.is_disk_low)
        return Told(words, note=job.error if is_own else "")

    def _of_followed(self, job: Job) -> Told:
        so_far_s = (self.now - (job.accepted_at or job.created_at)).total_seconds()
        told = self._of_time(timing.of_job(job), so_far_s)
        if job.cancel_asked_at:
            told = Told(_("so far; cancelling at the provider"), so_far_s=so_far_s)
        percent = job.progress_percent if job.state == State.GENERATING else None
        return replace(told, percent=percent, is_moving=True, note=job.error)

    def _of_time(self, usual: timing.Usual | None, so_far_s: float) -> Told:
        """How long it has taken, and as far as the past can tell, how long it still takes."""
        if usual is None:
            return Told(_("so far"), so_far_s=so_far_s)
        left_s = timing.left_s(usual, so_far_s)
        if left_s is not None:
            return Told(left_s=left_s)
        span = {"low": clock(usual.low_s), "high": clock(usual.high_s)}
        is_late = so_far_s > usual.latest_s
        late, fine = _("longer than usual (%(low)s to %(high)s)"), _("usually %(low)s to %(high)s")
        words = (late if is_late else fine) % span
        so_far = _("so far, %(comparison)s") % {"comparison": words}
        return Told(so_far, so_far_s=so_far_s, is_late=is_late)

    def _of_fetching(self, job: Job) -> Told:
        is_held = job.lease_until is not None and job.lease_until > self.now
        if is_held:
            words = _("The file is on its way")
        elif job.next_look_at > self.now + turns.FULL_FOR:
            words = _("Next try at %(time)s") % {"time": moment(job.next_look_at)}
        else:
            words = _("Made; its file is fetched in turn")
        return Told(words, percent=job.progress_percent, is_moving=is_held, note=job.error)

    # -- How long it stays true --------------------------------------------------------------

    def until(self, jobs: Iterable[Job], lanes: Iterable[Standing] = ()) -> datetime | None:
        """When the passing of time alone makes something else true of these; None: never."""
        ends = [end for job in jobs for end in self._true_until(job)]
        for lane in lanes:
            ends.append(lane.held_until)
            if lane.sent_at and lane.provider.limits.creates_per_minute:
                ends.append(min(lane.sent_at) + turns.MINUTE)
        return min((end for end in ends if end and end > self.now), default=None)

    def _true_until(self, job: Job) -> list[datetime | None]:
        if job.state == State.QUEUED and job.is_for_later(self.now):
            return [job.not_before]
        if job.state == State.QUEUED:
            return [job.next_look_at if self._rests(job) else self.standing(job.provider).opens_at]
        if job.state == State.FETCHING:
            return [job.next_look_at]
        usual = timing.of_job(job) if job.is_worked_on and job.accepted_at else None
        if usual is None or job.accepted_at is None:
            return []
        turning_s = (usual.median_s, usual.latest_s)
        return [job.accepted_at + timedelta(seconds=seconds) for seconds in turning_s]
