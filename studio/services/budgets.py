"""Budgets: nobody has more made than was set aside for it.

A job takes its estimate from the moment it is queued, in the same transaction; what the provider
charged, once that is known; and nothing, once it ended without a charge. So there is no second
account to keep: the sum is read from the jobs each time, while nobody else can queue any.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.contrib.auth.models import User
from django.db.models import Case, DecimalField, F, Q, QuerySet, Sum, Value, When
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from studio.models import Budget, Job, Provider
from studio.models.job_state import FINISHED
from studio.providers.contract import Money
from studio.services.engine.submit import FREE
from studio.services.providers import spent_words

WARN_FROM = Decimal("0.8")
NOTHING = Value(Decimal(0), output_field=DecimalField())


class OverBudget(Exception):
    """This would spend more than was set aside; the text says which budget and who can lift it."""


@dataclass(frozen=True, slots=True)
class Planned:
    """Clips that are to be queued: where, how many, and what one costs (None: not published)."""

    provider: Provider
    clips: int
    each: Money | None


@dataclass(frozen=True, slots=True)
class Standing:
    """A budget and what is gone of it."""

    budget: Budget
    spent: Decimal

    @property
    def left(self) -> Decimal:
        return max(self.budget.amount - self.spent, Decimal(0))

    @property
    def percent(self) -> int:
        if not self.budget.amount:
            return 100
        return min(100, int(self.spent / self.budget.amount * 100))

    @property
    def is_nearly_gone(self) -> bool:
        return self.spent >= self.budget.amount * WARN_FROM

    @property
    def left_words(self) -> str:
        """ "$41.20 left this month" """
        money = spent_words(Money(self.left, self.budget.currency))
        if self.budget.period == Budget.Period.DAY:
            return _("%(money)s left today") % {"money": money}
        return _("%(money)s left this month") % {"money": money}


# -- What is gone ----------------------------------------------------------------------------------


def begins_at(period: str, now: datetime) -> datetime:
    """When the day or month began, by the studio's own clock."""
    today = timezone.localtime(now).replace(hour=0, minute=0, second=0, microsecond=0)
    return today if period == Budget.Period.DAY else today.replace(day=1)


def ended_free() -> Q:
    """True of jobs that ended without a charge: never sent, or refused in words that say so."""
    is_said_free = Q()
    for words in FREE:
        is_said_free |= Q(error__contains=words)
    return Q(state__in=FINISHED) & (Q(sent_at=None) | is_said_free)


def _taken() -> Case:
    """What a job takes of a budget: see the module's text."""
    return Case(
        When(cost_charged__isnull=False, then=F("cost_charged")),
        When(ended_free(), then=NOTHING),
        default=Coalesce(F("cost_estimated"), NOTHING),
        output_field=DecimalField(),
    )


def spent(budget: Budget, now: datetime, *, but_for: int = 0) -> Decimal:
    """What is gone of it in this day or month; one job may be left out."""
    jobs = Job.objects.filter(
        created_at__gte=begins_at(budget.period, now),
        provider__is_demo=False,
        cost_currency=budget.currency,
    ).exclude(pk=but_for)
    if budget.member_id:
        jobs = jobs.filter(owner=budget.member_id)
    if budget.provider_id:
        jobs = jobs.filter(provider=budget.provider_id)
    return jobs.aggregate(sum=Sum(_taken()))["sum"] or Decimal(0)


def of(owner: User, providers: Iterable[int]) -> QuerySet[Budget]:
    """The budgets that what this member has made at these providers takes from."""
    return Budget.objects.filter(
        Q(member=None) | Q(member=owner), Q(provider=None) | Q(provider__in=providers)
    ).select_related("member", "provider")


def standings(budgets: Iterable[Budget]) -> list[Standing]:
    now = timezone.now()
    return [Standing(budget, spent(budget, now)) for budget in budgets]


def tightest(owner: User, providers: Iterable[Provider]) -> Standing | None:
    """The budget of which the least is left for this member at these providers."""
    real = [provider.pk for provider in providers if not provider.is_demo]
    found = standings(of(owner, real)) if real else []
    return min(found, key=lambda standing: standing.left, default=None)


# -- Keeping them ----------------------------------------------------------------------------------


def require(owner: User, planned: Sequence[Planned], *, instead_of: int = 0) -> None:
    """Raises OverBudget where these clips do not fit; `instead_of` is a job that they replace.

    Has to stand in the transaction that queues them: the rows are locked until it ends (on SQLite
    the whole database is).
    """
    real = [each for each in planned if not each.provider.is_demo]
    if not real:
        return
    now = timezone.now()
    found = of(owner, {each.provider.pk for each in real}).order_by("pk")
    for budget in found.select_for_update(of=("self",)):
        mine = [each for each in real if budget.provider_id in (None, each.provider.pk)]
        wanted = _sum(mine, budget)
        standing = Standing(budget, spent(budget, now, but_for=instead_of))
        if wanted > standing.left:
            raise OverBudget(_over_words(standing, wanted))


def _sum(planned: Iterable[Planned], budget: Budget) -> Decimal:
    wanted = Decimal(0)
    for each in planned:
        if each.each is not None and each.each.currency == budget.currency:
            wanted += each.each.amount * each.clips
        elif not budget.allows_unpriced:
            words = _(
                "%(budget)s cannot be kept with a clip at %(provider)s: its price is not published "
                "in %(currency)s. Nothing was sent or charged. Choose another model, or ask a "
                "manager to allow it."
            )
            named = {"provider": each.provider.name, "currency": budget.currency}
            raise OverBudget(words % (named | {"budget": name_of(budget)}))
    return wanted


def _over_words(standing: Standing, wanted: Decimal) -> str:
    words = _(
        "%(budget)s is not enough: %(left)s, and this takes about %(wanted)s. Nothing was sent or "
        "charged. Ask for less, or ask a manager to raise it."
    )
    return words % {
        "budget": name_of(standing.budget),
        "left": standing.left_words,
        "wanted": spent_words(Money(wanted, standing.budget.currency)),
    }


def name_of(budget: Budget) -> str:
    """ "mara's budget at indoxhub", "The studio's budget" """
    who = budget.member.get_username() if budget.member else ""
    if budget.provider and who:
        named = {"member": who, "provider": budget.provider.name}
        return _("%(member)s's budget at %(provider)s") % named
    if budget.provider:
        return _("The budget for %(provider)s") % {"provider": budget.provider.name}
    if who:
        return _("%(member)s's budget") % {"member": who}
    return pgettext("budget", "The studio's budget")


# -- Setting them ----------------------------------------------------------------------------------


def save(budget: Budget) -> Budget:
    """Set it; there is one for each member, provider and stretch of time."""
    same = Budget.objects.filter(
        member=budget.member, provider=budget.provider, period=budget.period
    ).first()
    if same is not None:
        budget.pk = same.pk
    budget.save()
    return budget
