"""Accounts at hosted APIs: adding, testing, filling their catalogue, pausing, who may use them."""

import logging
from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import ProtectedError, Q
from django.utils import timezone
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from studio.models import Job, Provider, ProviderModel, Role
from studio.models.provider import ProviderModelQuerySet
from studio.providers import client, registry
from studio.providers.contract import ModelSpec, Money
from studio.providers.errors import (
    KeyRejected,
    OutOfCredit,
    ProviderError,
    SettingMissing,
    Unreachable,
)
from studio.services import members

DEMO_PATHS = {
    "getimg": "/getimg",
    "indoxhub": "/indoxhub/api/v1",
    "dafty": "/dafty/api/v1",
    "imgix": "/imgix",
    "aiml": "/aiml",
}


REFRESH_EVERY = timedelta(days=1)
MOST_REASON_CHARS = 200

logger = logging.getLogger(__name__)


class CannotRemove(Exception):
    """The provider has jobs, and history is never deleted."""


@transaction.atomic
def add(
    slug: str,
    *,
    name: str,
    base_url: str = "",
    api_key: str = "",
    options: Mapping[str, str] | None = None,
    is_demo: bool = False,
) -> Provider:
    """A new account with the adapter's own table of models. Nothing is called."""
    adapter = registry.get(slug)
    _check_options(slug, options or {})
    provider = Provider(
        adapter_slug=slug,
        name=name,
        base_url=(base_url or adapter.base_url).rstrip("/"),
        api_key=api_key,
        is_demo=is_demo,
    )
    provider.options = options or {}
    keep_new(provider)
    return provider


@transaction.atomic
def keep_new(provider: Provider) -> None:
    """Save a new account with the adapter's own table of models. Nothing is called."""
    provider.save()
    save_catalogue(provider, provider.adapter.models)


def _check_options(slug: str, options: Mapping[str, str]) -> None:
    fields = {field.name: field for field in registry.get(slug).options}
    for name, value in options.items():
        if name not in fields:
            known = ", ".join(fields) or "none"
            raise SettingMissing(f"{slug} has no option {name!r}. Its options: {known}.")
        if fields[name].choices and value not in fields[name].choices:
            raise SettingMissing(
                f"{name}={value!r} is not possible. It is one of: "
                f"{', '.join(fields[name].choices)}."
            )


def remove(provider: Provider) -> None:
    """Delete an account that was never used; raises CannotRemove else."""
    try:
        provider.delete()
    except ProtectedError as e:
        words = _("%(name)s has jobs, and their history is kept. It can be switched off instead.")
        raise CannotRemove(words % {"name": provider.name}) from e


def save_catalogue(provider: Provider, specs: tuple[ModelSpec, ...]) -> None:
    """Make the provider's rows those of the catalogue. Models that are gone are switched off,
    never deleted: old jobs point to them."""
    for position, spec in enumerate(specs):
        ProviderModel.objects.update_or_create(
            provider=provider,
            model_id=spec.model_id,
            defaults=ProviderModel.columns(spec) | {"position": position},
        )
    known = [spec.model_id for spec in specs]
    provider.models.exclude(model_id__in=known).update(is_enabled=False)


def refresh_catalogue(provider: Provider) -> int:
    """Ask the API for its models, where it has a list. Returns how many there are."""
    adapter = provider.adapter
    specs = adapter.models
    if adapter.catalogue is not None:
        specs = client.converse(provider.account, adapter.catalogue(provider.options)) or specs
    save_catalogue(provider, specs)
    return len(specs)


def due_for_refresh() -> list[int]:
    """Usable providers with a live list of models that was not read today."""
    yesterday = timezone.now() - REFRESH_EVERY
    stale = Provider.objects.usable().filter(Q(checked_at=None) | Q(checked_at__lt=yesterday))
    return [provider.pk for provider in stale if provider.adapter.catalogue is not None]


def refresh_quietly(provider: Provider) -> None:
    """Read the live list and the balance. A failure leaves the models as they were: until the next
    minute where another try may help, else until the next day."""
    money = None
    try:
        refresh_catalogue(provider)
        money = balance(provider)
    except ProviderError as e:
        logger.warning("The models of %s could not be read: %s", provider.name, e.message)
        if not e.permanent:
            return
    _keep_balance(provider, money)


def _keep_balance(provider: Provider, money: Money | None) -> None:
    """What was told just now; nothing is better than an amount of yesterday."""
    provider.balance = money.amount if money else None
    provider.balance_currency = money.currency if money else ""
    provider.checked_at = timezone.now()
    provider.save(update_fields=["balance", "balance_currency", "checked_at"])


def balance(provider: Provider) -> Money | None:
    """Ask the API for the account's balance; None where it has no such call."""
    adapter = provider.adapter
    if adapter.build_balance is None or adapter.parse_balance is None:
        return None
    reply = client.send(provider.account, adapter.build_balance(provider.options))
    return adapter.parse_balance(reply.body)


def check(provider: Provider) -> Money | None:
    """Call the API for real (free): models and balance. Raises ProviderError.

    Where an API has neither call there is nothing free to ask, and only the base address
    can be tried; a refusal other than of the key then counts as an answer.
    """
    try:
        refresh_catalogue(provider)
        money = balance(provider)
        if provider.adapter.catalogue is None and money is None:
            _knock(provider)
    except ProviderError as e:
        _note_health(provider, health_after(e), e.message)
        raise
    _keep_balance(provider, money)
    _note_health(provider, Provider.Health.WELL)
    return money


def _note_health(provider: Provider, health: Provider.Health, note: str = "") -> None:
    """What a test found. A pause by hand keeps its reason: it may have come during the test."""
    provider.refresh_from_db(fields=["health", "health_note", "paused_at"])
    if not is_paused_by_hand(provider):
        provider.note_health(health, note)


def _knock(provider: Provider) -> None:
    """Look at a job that cannot exist: only the key's refusal or silence is bad news."""
    nobody = "00000000-0000-4000-8000-000000000000"
    try:
        client.send(provider.account, provider.adapter.build_poll(nobody, provider.options))
    except ProviderError as e:
        if isinstance(e, KeyRejected) or not e.permanent:
            raise


def health_after(error: ProviderError) -> Provider.Health:
    """What an error says about the account."""
    if isinstance(error, KeyRejected):
        return Provider.Health.KEY_REJECTED
    if isinstance(error, OutOfCredit):
        return Provider.Health.OUT_OF_CREDIT
    if isinstance(error, Unreachable):
        return Provider.Health.UNREACHABLE
    return Provider.Health.UNKNOWN


def pause(provider: Provider, by: User, reason: str = "") -> None:
    """Send nothing more there until a person presses "try again". What is there already is still
    followed and fetched, and what waits goes on waiting."""
    named = {"member": by.get_username(), "reason": " ".join(reason.split())[:MOST_REASON_CHARS]}
    words = _("Paused by %(member)s: %(reason)s") if named["reason"] else _("Paused by %(member)s.")
    provider.pause(Provider.Health.UNKNOWN, words % named)


def is_paused_by_hand(provider: Provider) -> bool:
    """True where a person paused it. Where an answer did, that says what has to be mended."""
    return provider.is_paused and provider.health == Provider.Health.UNKNOWN


def resume(provider: Provider) -> None:
    """Let a paused provider's queue go on at once."""
    provider.resume()
    Job.objects.filter(provider=provider, state=Job.State.QUEUED).update(
        next_look_at=timezone.now()
    )


def switch(provider: Provider, *, is_on: bool) -> None:
    """Offer it and send its queue, or not. Saved as a row, so that the audit log tells who did."""
    provider.is_enabled = is_on
    provider.save(update_fields=["is_enabled"])


def switch_models(provider: Provider, shown: set[int], chosen: set[int]) -> int:
    """Of the models that were shown, offer the chosen ones and no others; how many changed."""
    changed = [
        model
        for model in provider.models.filter(pk__in=shown)
        if model.is_enabled != (model.pk in chosen)
    ]
    for model in changed:
        model.is_enabled = model.pk in chosen
        model.save(update_fields=["is_enabled"])
    return len(changed)


# -- Who may use it ------------------------------------------------------------------------------


def usable_by(user: User) -> ProviderModelQuerySet:
    """The models that this member may choose, with their provider."""
    reached = [role for role in Role if members.may(user, role)]
    return ProviderModel.objects.usable().filter(provider__least_role__in=reached)


def why_not_for(user: User, provider: Provider) -> str:
    """Why this member may not use it; "" if they may."""
    needed = Role(provider.least_role)
    if members.may(user, needed):
        return ""
    named = {"name": provider.name}
    if needed is Role.OWNER:
        return _("%(name)s is for owners only: ask one, or choose another model.") % named
    if needed is Role.MANAGER:
        words = _("%(name)s is for managers and owners only: ask one, or choose another model.")
        return words % named
    return _("%(name)s is for creators, managers and owners only.") % named


# -- The demo accounts ---------------------------------------------------------------------------


def register_demo_accounts(base: str) -> None:
    """Five accounts at the demo provider, whose address may have changed since last time."""
    for slug, path in DEMO_PATHS.items():
        options = _demo_options(slug, base)
        existing = Provider.objects.filter(adapter_slug=slug, is_demo=True).first()
        if existing is None:
            add(
                slug,
                name=f"{registry.get(slug).name} (demo)",
                base_url=base + path,
                api_key=f"demo-key-for-{slug}",
                options=options,
                is_demo=True,
            )
        else:
            existing.base_url, existing.options = base + path, options
            existing.save(update_fields=["base_url", "options_text"])


def _demo_options(slug: str, base: str) -> dict[str, str]:
    """Where the demo provider's imgix serves what was uploaded to it."""
    if slug != "imgix":
        return {}
    return {"source_id": "demo", "source_url": f"{base}/imgix/source/demo"}


def switch_demo(is_on: bool) -> None:
    """Offer the demo accounts, or hide them."""
    Provider.objects.filter(is_demo=True).update(is_enabled=is_on)


# -- Words ---------------------------------------------------------------------------------------


def spent_words(money: Money | None) -> str:
    """An amount for a sentence: "$0.25", "12 CU"."""
    if money is None:
        return ""
    if money.currency == "USD":
        places = 2 if money.amount == money.amount.quantize(Decimal("0.01")) else 4
        return pgettext("an amount of dollars", "$%(amount)s") % {
            "amount": _number(round(money.amount, places))
        }
    return f"{_number(money.amount.normalize())} {money.currency}"


def _number(amount: Decimal) -> str:
    return number_format(f"{amount:f}", use_l10n=True, force_grouping=True)
