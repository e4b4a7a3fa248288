"""One press for one clip or for many: each is done on its own, and one sentence says what came of
it."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from django.contrib.auth.models import User
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from studio.models import Job
from studio.providers.contract import Money
from studio.providers.errors import ProviderError
from studio.services import jobs, members, seeing, unsent
from studio.services.again import ENDED_EMPTY, ask_again
from studio.services.jobs import NotPossible
from studio.services.unsent import Where

Act = Callable[[Job, User], str]
MOST = 200


def _again(job: Job, actor: User) -> str:
    ask_again(job, actor)
    return _("Sent again: its new clip is in the queue.")


def _to(where: Where) -> Act:
    return lambda job, actor: unsent.move(job, where, actor)


ACTS: dict[str, Act] = {
    "cancel": jobs.cancel,
    "hold": unsent.hold,
    "let_go": unsent.let_go,
    "tonight": unsent.send_tonight,
    "now": unsent.send_now,
    "again": _again,
    **{where.value: _to(where) for where in Where},
}


@dataclass(slots=True)
class Done:
    """What came of a press. `changed` may want a step of the worker now."""

    changed: list[Job] = field(default_factory=list)
    words: list[str] = field(default_factory=list)
    refusals: list[str] = field(default_factory=list)

    def summary(self, act: str) -> str:
        """ "3 cancelled, 1 could not be: it was sent a moment ago." """
        if len(self.changed) + len(self.refusals) == 1:
            return [*self.words, *self.refusals][0]
        parts = [_done_words(act, len(self.changed))] if self.changed else []
        if self.refusals:
            count = len(self.refusals)
            could_not = ngettext(
                "%(count)s could not be changed", "%(count)s could not be changed", count
            )
            reasons = " ".join(dict.fromkeys(self.refusals))
            parts.append(f"{could_not % {'count': count}}: {reasons}")
        return " ".join(parts)


def _done_words(act: str, count: int) -> str:
    words = {
        "cancel": ngettext("%(count)s clip cancelled.", "%(count)s clips cancelled.", count),
        "hold": ngettext("%(count)s clip held.", "%(count)s clips held.", count),
        "let_go": ngettext("%(count)s clip goes on.", "%(count)s clips go on.", count),
        "again": ngettext("%(count)s clip sent again.", "%(count)s clips sent again.", count),
    }
    moved = ngettext("%(count)s clip moved.", "%(count)s clips moved.", count)
    return words.get(act, moved) % {"count": count}


def do(act: str, chosen: Iterable[Job], actor: User) -> Done:
    """Do this with each of them. What cannot be done stops nothing.

    A provider that did not answer once is not asked about its other clips: each would take as
    long again.
    """
    done, silent = Done(), dict[int, str]()
    for job in _in_order(act, chosen):
        try:
            if job.provider_id in silent:
                raise NotPossible(silent[job.provider_id])
            members.must_direct(actor, job.owner)
            done.words.append(ACTS[act](job, actor))
        except (NotPossible, members.NotAllowed) as e:
            done.refusals.append(str(e))
            if isinstance(e.__cause__, ProviderError):
                silent[job.provider_id] = str(e)
        else:
            done.changed.append(job)
    return done


def _in_order(act: str, chosen: Iterable[Job]) -> list[Job]:
    """The order that keeps the chosen ones in theirs: the last one is put on top first."""
    is_upwards = act in (Where.TOP, Where.DOWN)
    return sorted(chosen, key=lambda job: (job.rank, job.pk), reverse=is_upwards)


def chosen(keys: Sequence[str], user: User) -> "QuerySet[Job]":
    """The jobs that a form names and the member may see; numbers that are none are left out."""
    numbers = [int(key) for key in keys if key.isdecimal() and len(key) < 18]
    return seeing.jobs(user).for_cards().filter(pk__in=numbers[:MOST])


def price_again(chosen: Iterable[Job]) -> list[Money]:
    """About what sending these again costs, by currency; what has no price is not in it."""
    sums: dict[str, Money] = {}
    for job in chosen:
        if job.state in ENDED_EMPTY and job.estimated and not job.provider.is_demo:
            one, before = job.estimated, sums.get(job.cost_currency)
            amount = one.amount + before.amount if before else one.amount
            sums[one.currency] = Money(amount, one.currency)
    return list(sums.values())
