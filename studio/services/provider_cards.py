"""What a manager is shown of an account: how it is doing, what it may send, what a test found."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Exists, OuterRef, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from studio.models import Job, Provider, Role
from studio.providers.contract import Delivery, Money
from studio.providers.errors import ProviderError
from studio.providers.guides import GUIDES, Guide
from studio.services import delivery, providers
from studio.services.providers import is_paused_by_hand, spent_words
from studio.services.standing import Standing
from studio.services.waiting import Waits
from studio.services.words import said

Health = Provider.Health
ICONS = {
    Health.UNKNOWN: "circle-dashed",
    Health.WELL: "circle-check",
    Health.KEY_REJECTED: "circle-x",
    Health.OUT_OF_CREDIT: "badge-dollar-sign",
    Health.UNREACHABLE: "cloud-off",
}
TONES = {
    Health.UNKNOWN: "quiet",
    Health.WELL: "ok",
    Health.KEY_REJECTED: "bad",
    Health.OUT_OF_CREDIT: "bad",
    Health.UNREACHABLE: "warn",
}


@dataclass(frozen=True)
class Way:
    """One way that images can take to the API; `words` say what it needs from here."""

    words: str
    is_open: bool
    is_chosen: bool


@dataclass(frozen=True)
class Card:
    """One account at one moment."""

    provider: Provider
    standing: Standing
    has_jobs: bool

    @property
    def guide(self) -> Guide:
        return GUIDES[self.provider.adapter_slug]

    # -- How it is doing -----------------------------------------------------------------------

    @property
    def state(self) -> str:
        """ "Switched off", "Paused", "Paused: key rejected", "Working"."""
        provider = self.provider
        if not provider.is_enabled:
            return _("Switched off")
        if not provider.is_paused:
            return str(provider.get_health_display())
        if is_paused_by_hand(provider) or provider.health == Health.WELL:
            return _("Paused")
        return _("Paused: %(why)s") % {"why": provider.get_health_display().lower()}

    @property
    def icon(self) -> str:
        if not self.provider.is_enabled:
            return "circle-minus"
        if self.provider.is_paused and self.tone != "bad":
            return "circle-pause"
        return ICONS[Health(self.provider.health)]

    @property
    def tone(self) -> str:
        """ok, warn, bad or quiet."""
        if not self.provider.is_enabled:
            return "quiet"
        tone = TONES[Health(self.provider.health)]
        return "warn" if self.provider.is_paused and tone != "bad" else tone

    @property
    def notes(self) -> list[str]:
        """Why it is not well, and what waits because of it."""
        provider, standing = self.provider, self.standing
        if not provider.is_enabled:
            # Nobody asks it anything, so what it said last announces no next try.
            return [standing.waiting_words] if standing.waiting_words else []
        is_told = standing.trouble and standing.trouble != self.state
        found = [
            provider.health_note,
            "" if provider.is_paused or not is_told else standing.trouble,
        ]
        if provider.is_paused and provider.health == Health.WELL:
            found.append(_("The last test went well. “Try again” lets its queue go on."))
        if provider.is_paused:
            found.append(standing.waiting_words)
        return list(dict.fromkeys(text for text in found if text))

    # -- What is known of it -------------------------------------------------------------------

    @property
    def balance(self) -> str:
        """The amount, or that the API tells none."""
        provider = self.provider
        if provider.balance is not None:
            return spent_words(Money(provider.balance, provider.balance_currency))
        tells = provider.adapter.build_balance is not None
        return _("Not known") if tells else _("This API tells none")

    @property
    def ways(self) -> list[Way]:
        chosen = delivery.way(self.provider)
        return [_way(self.provider, each, chosen) for each in self.provider.adapter.deliveries]

    @property
    def can_take_images(self) -> bool:
        return any(way.is_open and way.is_chosen for way in self.ways)

    @property
    def limits(self) -> list[str]:
        """What is kept to, with what is used of it now."""
        kept, found = self.provider.limits, []
        if kept.concurrent_jobs:
            counted = {"count": self.standing.running, "most": kept.concurrent_jobs}
            found.append(_("%(count)s of %(most)s clips at once") % counted)
        if kept.creates_per_minute:
            counted = {"count": self.standing.sent, "most": kept.creates_per_minute}
            found.append(_("%(count)s of %(most)s new clips this minute") % counted)
        return found or [_("No limit is known or set")]

    @property
    def models(self) -> str:
        """ "4 of 6 models offered"."""
        every = list(self.provider.models.all())
        counted = {"count": sum(model.is_enabled for model in every), "all": len(every)}
        words = ngettext(
            "%(count)s of %(all)s model offered", "%(count)s of %(all)s models offered", len(every)
        )
        return words % counted

    @property
    def for_whom(self) -> str:
        """Who may use it."""
        roles = [role for role in Role if role.covers(Role(self.provider.least_role))]
        return ", ".join(str(role.label) for role in roles)

    @property
    def key(self) -> str:
        """Its last four characters, or that there is none."""
        return self.provider.masked_key if self.provider.api_key else _("No key")


def _way(provider: Provider, each: Delivery, chosen: Delivery) -> Way:
    needs = delivery.lacking(provider, each)
    labels = {option.name: _(option.label) for option in provider.adapter.options}
    named = {"way": _WAYS[each](), "settings": ", ".join(labels.get(n, n) for n in needs)}
    if each is Delivery.PUBLIC_URL and needs:
        words = _(
            "%(way)s: not from here. Set %(settings)s to an address that the internet can reach."
        )
    elif needs:
        words = _("%(way)s: not yet. It needs “%(settings)s” in its settings.")
    else:
        words = "%(way)s"
    return Way(words % named, is_open=not needs, is_chosen=each is chosen)


_WAYS = {
    Delivery.INLINE: lambda: _("Inside the request"),
    Delivery.UPLOAD: lambda: _("By upload"),
    Delivery.PUBLIC_URL: lambda: _("By public address"),
}


def every_account() -> QuerySet[Provider]:
    """All accounts with their models, demo accounts last."""
    used = Job.objects.filter(provider=OuterRef("pk")).order_by()
    found = Provider.objects.prefetch_related("models").annotate(has_jobs=Exists(used))
    return found.order_by("is_demo", "name")


def cards(accounts: Iterable[Provider]) -> list[Card]:
    """For rows of `every_account`."""
    waits = Waits()
    return [
        Card(each, waits.standing(each), has_jobs=bool(getattr(each, "has_jobs", True)))
        for each in accounts
    ]


# -- Testing -------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Tested:
    """What came of asking the API, in words."""

    is_well: bool
    words: str


def ask(provider: Provider) -> Tested:
    """Call the API for real. That is free, and the words say so."""
    free = _("Testing costs nothing.")
    try:
        money = providers.check(provider)
    except ProviderError as e:
        return Tested(is_well=False, words=f"{said(e.message)} {free}")
    return Tested(is_well=True, words=" ".join([*_found(provider, money), free]))


def _found(provider: Provider, money: Money | None) -> list[str]:
    offered = provider.models.filter(is_enabled=True).count()
    models = ngettext("%(count)s model.", "%(count)s models.", offered) % {"count": offered}
    found = [_("%(name)s answers.") % {"name": provider.name}]
    if money:
        found.append(_("Balance: %(balance)s.") % {"balance": spent_words(money)})
    found += [models, *_limits(provider)]
    if provider.is_paused:
        found.append(_("It is still paused: “Try again” lets its queue go on."))
    return found


def _limits(provider: Provider) -> list[str]:
    """What is kept to there."""
    kept = provider.limits
    at_once = _("Clips at once: %(count)s.") % {"count": kept.concurrent_jobs}
    a_minute = _("New clips per minute: %(count)s.") % {"count": kept.creates_per_minute}
    found = [(kept.concurrent_jobs, at_once), (kept.creates_per_minute, a_minute)]
    return [words for most, words in found if most]
