"""What is not sent yet can still be changed: held and let go on, sent later, moved in its member's
line. Each is one guarded UPDATE with its line in the timeline, so a worker that sends the clip in
the same moment wins, and the person is told."""

from collections.abc import Sequence
from datetime import datetime, time, timedelta
from enum import StrEnum

from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from studio.models import Job
from studio.services.jobs import NotPossible
from studio.services.standing import day_and_time

NIGHT = time(2)
LATEST = timedelta(days=365)
AT_ONCE = 500
"""Rows in one UPDATE; each takes two of the few thousand parameters that a database allows."""


class Where(StrEnum):
    """Where a clip is put among what its member has waiting at the same provider."""

    TOP = "top"
    UP = "up"
    DOWN = "down"
    BOTTOM = "bottom"


MOVED = {
    Where.TOP: "Moved to the top",
    Where.UP: "Moved up",
    Where.DOWN: "Moved down",
    Where.BOTTOM: "Moved to the bottom",
}


def hold(job: Job, actor: User) -> str:
    """Keep it from being sent until somebody lets it go on. Raises NotPossible."""
    if not job.is_held:
        _change(job, "Held", actor, is_held=True)
    return _("Held. It is not sent until somebody lets it go on.")


def let_go(job: Job, actor: User) -> str:
    """Let a held clip go on, at the time that it was wished for. Raises NotPossible."""
    if job.is_held:
        _change(job, "Let go on", actor, is_held=False)
    if job.is_for_later(timezone.now()) and job.not_before:
        return _("It goes on %(when)s.") % {"when": day_and_time(job.not_before)}
    return _("It goes on as soon as its turn comes.")


def send_later(job: Job, at: datetime, actor: User) -> str:
    """Send it at this time, or when its turn comes after that. Raises NotPossible."""
    now = timezone.now()
    if at <= now:
        raise NotPossible(_("That time is past. Choose a later one, or send it now."))
    if at > now + LATEST:
        raise NotPossible(_("Choose a time within the next year."))
    local = timezone.localtime(at)
    _change(job, f"To be sent on {local:%-d %B %Y at %H:%M %Z}", actor, not_before=at)
    return _("It is sent %(when)s, or when its turn comes after that.") % {"when": day_and_time(at)}


def send_tonight(job: Job, actor: User) -> str:
    """Send it at the next two o'clock at night. Raises NotPossible."""
    return send_later(job, tonight(), actor)


def tonight() -> datetime:
    """The next two o'clock at night, by the studio's own clock."""
    now = timezone.localtime()
    at = timezone.make_aware(datetime.combine(now.date(), NIGHT))
    if at > now:
        return at
    return timezone.make_aware(datetime.combine(now.date() + timedelta(days=1), NIGHT))


def send_now(job: Job, actor: User) -> str:
    """Forget the time that was wished for, and that it was held. Raises NotPossible."""
    if job.is_held or job.not_before is not None:
        _change(job, "To be sent now", actor, is_held=False, not_before=None)
    return _("It is sent as soon as its turn comes.")


def _change(job: Job, message: str, actor: User, **columns: object) -> None:
    if not job.change_unsent(message, actor=actor, **columns):
        raise NotPossible(too_late(job))


def too_late(job: Job) -> str:
    """Why a clip, read anew, cannot be changed any more."""
    if job.is_finished:
        ended = {"state": job.get_state_display().lower()}
        return _("This clip is already %(state)s. Nothing was changed.") % ended
    if job.is_set_aside:
        return _("This clip asks something first. Nothing was changed.")
    if job.state == Job.State.QUEUED and job.unclear_since is None and not job.remote_id:
        return _("It is being sent at this moment. Nothing was changed.")
    if job.state == Job.State.QUEUED:
        return _("An earlier send may have been accepted, so it must stay as it is.")
    return _("It was sent a moment ago. Nothing was changed.")


# -- A member's own order ------------------------------------------------------------------------


def move(job: Job, where: Where, actor: User) -> str:
    """Move it among what its member has waiting at the same provider. Raises NotPossible."""
    with transaction.atomic():
        line = _line(job, actor)
        at = line.index(job)
        beside = [place for place, each in enumerate(line) if each.provider_id == job.provider_id]
        to = _target(beside, beside.index(at), where)
        _arrange(line, _moved(line, at, to), job, MOVED[where], actor)
    return _("Moved.") if to != at else _("It stands there already.")


def place_before(job: Job, before_id: int | None, actor: User) -> str:
    """Put it before another clip of the same member; None: behind them all. Raises
    NotPossible."""
    with transaction.atomic():
        line = _line(job, actor)
        at = line.index(job)
        keys = [each.pk for each in line if each != job]
        to = keys.index(before_id) if before_id in keys else len(keys)
        _arrange(line, _moved(line, at, to), job, "Moved by hand", actor)
    return _("Moved.")


def _line(job: Job, actor: User) -> list[Job]:
    """What its member can still change, in order. Nobody sends or moves any of it before the
    transaction ends."""
    if job.owner_id != actor.pk:
        name = {"member": job.owner.get_username()}
        raise NotPossible(_("Only %(member)s can change the order of these clips.") % name)
    mine = Job.objects.unsent().filter(owner=actor).order_by("rank", "pk")
    line = list(mine.select_for_update().only("rank", "provider"))
    if job not in line:
        job.refresh_from_db()
        raise NotPossible(too_late(job))
    return line


def _target(beside: Sequence[int], place: int, where: Where) -> int:
    """Of these places in the whole line the one to move to."""
    last = len(beside) - 1
    to = {Where.TOP: 0, Where.UP: place - 1, Where.DOWN: place + 1, Where.BOTTOM: last}[where]
    return beside[min(max(to, 0), last)]


def _moved(line: Sequence[Job], at: int, to: int) -> list[Job]:
    others = [*line[:at], *line[at + 1 :]]
    return [*others[:to], line[at], *others[to:]]


def _arrange(
    line: Sequence[Job], wanted: Sequence[Job], job: Job, message: str, actor: User
) -> None:
    """Give the same ranks out anew; what stands still keeps its own."""
    if list(wanted) == list(line):
        return
    changed: list[Job] = []
    last = 0
    for each, rank in zip(wanted, [each.rank for each in line], strict=True):
        # Takes of one press may share a rank; a place of its own is the next free one.
        last = max(rank, last + 1)
        if each.rank != last:
            each.rank = last
            changed.append(each)
    Job.objects.bulk_update(changed, ["rank"], batch_size=AT_ONCE)
    job.change_unsent(message, actor=actor)
