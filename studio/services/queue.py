"""The queue as a page shows it: every job that is not settled, under the heading that says what it
waits for."""

from dataclasses import dataclass
from datetime import timedelta

from django.contrib.auth.models import User
from django.db.models import Case, IntegerField, Q, When
from django.utils import timezone
from django.utils.translation import gettext as _

from studio.models import Job
from studio.models.job_queries import ASKING, JobQuerySet
from studio.services import seeing

State = Job.State
LATELY = timedelta(days=1)
MOST_DONE = 20
MOST_ROWS = 50
WELL, BADLY = (State.READY, State.CANCELLED), (State.FAILED, State.EXPIRED)
AT_WORK = (State.SUBMITTING, State.WAITING, State.GENERATING, State.FETCHING)


@dataclass(frozen=True, slots=True)
class Group:
    """Rows under one heading. A page shows so many; the rest is counted."""

    name: str
    title: str
    jobs: list[Job]
    total: int

    @property
    def hidden(self) -> int:
        return self.total - len(self.jobs)


def nearest(most: int, user: User) -> list[Job]:
    """So many of what is not settled: first what asks somebody, then what is under way, then what
    waits its turn, and what is put off last."""
    put_off = Job.objects.put_off(timezone.now()).order_by().values("pk")
    order = Case(
        When(ASKING, then=0),
        When(state__in=AT_WORK, then=1),
        When(pk__in=put_off, then=3),
        default=2,
        output_field=IntegerField(),
    )
    return list(seeing.jobs(user).unfinished().for_cards().order_by(order, "rank", "pk")[:most])


def groups(user: User, *, is_mine: bool = False) -> list[Group]:
    """The rows under their headings, of everybody or of this member alone; each job stands under
    one."""
    mine = seeing.jobs(user).filter(Q(owner=user) if is_mine else Q())
    asking = mine.unfinished().asking()
    others = mine.worked_on().exclude(pk__in=asking.order_by().values("pk"))
    queued = others.filter(state=State.QUEUED).order_by("rank", "pk")
    later = queued.put_off(timezone.now())
    in_turn = queued.exclude(pk__in=later.order_by().values("pk"))
    bad, good = _ended(mine, badly=True), _ended(mine, badly=False)
    # One that was sent again, or remixed, has been looked after and needs nobody any more.
    return [
        _group("needs", _("Needs you"), asking, bad.filter(versions=None)),
        _group("working", _("In progress"), others.filter(state__in=AT_WORK)),
        _group("line", _("Waiting their turn"), in_turn),
        _group("later", _("Held or for later"), later),
        _group("done", _("Done lately"), good, most=MOST_DONE, counts_hidden=False),
    ]


def _group(
    name: str, title: str, *parts: JobQuerySet, most: int = 0, counts_hidden: bool = True
) -> Group:
    """What these find, one after the other, up to so many rows."""
    rows: list[Job] = []
    total, most = 0, most or MOST_ROWS
    for part in parts:
        found = list(part.for_rows()[: most + 1])
        is_whole = len(found) <= most
        total += len(found) if is_whole else part.count()
        rows += found
    shown = rows[:most]
    return Group(name, title, shown, total if counts_hidden else len(shown))


def _ended(jobs: JobQuerySet, *, badly: bool) -> JobQuerySet:
    """What ended lately, well or badly, the last one first.

    The index of changes leads to it: an end is a job's last change. By their states alone all
    jobs of all times would be looked through.
    """
    since = timezone.now() - LATELY
    ended = jobs.filter(changed_at__gt=since, finished_at__gt=since)
    return ended.exclude(state__in=WELL if badly else BADLY).order_by("-changed_at")
