"""Accounts at hosted APIs, and the models they offer."""

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db import models
from django.db.models import F, Q, TextChoices
from django.utils import timezone
from django.utils.translation import pgettext_lazy

from studio.models.fields import EncryptedTextField
from studio.models.member import Role
from studio.providers import registry
from studio.providers.account import Account
from studio.providers.contract import Adapter, Capabilities, Delivery, Limits, ModelSpec, Price
from studio.providers.serial import (
    capabilities_from_json,
    capabilities_to_json,
    prices_from_json,
    prices_to_json,
)

BREAK_AFTER = 3
"""Faults in a row after which a provider counts as down, and is tried with one job at a time."""
FAR_BELL = timedelta(minutes=1)
"""A bell that rings later than this speaks only for what was asked for later."""


class ProviderQuerySet(models.QuerySet["Provider"]):
    def usable(self) -> "ProviderQuerySet":
        """Those a member may choose."""
        return self.filter(is_enabled=True)


class Provider(models.Model):
    """One account at one hosted API."""

    class Health(TextChoices):
        UNKNOWN = "unknown", pgettext_lazy("health", "Not tested")
        WELL = "well", pgettext_lazy("health", "Working")
        KEY_REJECTED = "key_rejected", pgettext_lazy("health", "Key rejected")
        OUT_OF_CREDIT = "out_of_credit", pgettext_lazy("health", "Out of credit")
        UNREACHABLE = "unreachable", pgettext_lazy("health", "Not reachable")

    adapter_slug = models.CharField("API", max_length=40)
    name = models.CharField(max_length=80, unique=True)
    base_url = models.CharField("base address", max_length=500)
    api_key = EncryptedTextField("API key", blank=True, default="")
    options_text = EncryptedTextField(blank=True, default="", editable=False)
    image_delivery = models.CharField(
        "how images are delivered",
        max_length=20,
        blank=True,
        default="",
        choices=[
            (Delivery.INLINE, "inside the request"),
            (Delivery.UPLOAD, "by upload"),
            (Delivery.PUBLIC_URL, "by public address"),
        ],
        help_text="Empty: the way this API prefers.",
    )
    creates_per_minute = models.PositiveIntegerField(
        null=True, blank=True, help_text="Empty: what the API allows."
    )
    concurrent_jobs = models.PositiveIntegerField(
        null=True, blank=True, help_text="Empty: what the API allows."
    )
    is_enabled = models.BooleanField("enabled", default=True)
    least_role = models.CharField(
        "who may use it",
        max_length=10,
        choices=[choice for choice in Role.choices if choice[0] != Role.VIEWER],
        default=Role.CREATOR,
        help_text="This role and those above it.",
    )
    is_demo = models.BooleanField("demo", default=False, editable=False)
    health = models.CharField(max_length=20, choices=Health, default=Health.UNKNOWN, editable=False)
    health_note = models.TextField(blank=True, default="", editable=False)
    paused_at = models.DateTimeField(null=True, blank=True, editable=False)
    sends_held_until = models.DateTimeField(null=True, blank=True, editable=False)
    faults_in_a_row = models.PositiveIntegerField(default=0, editable=False)
    bell_at = models.DateTimeField(
        null=True,
        blank=True,
        editable=False,
        help_text="For when the worker was told to look for the next job to send.",
    )
    balance = models.DecimalField(
        max_digits=14, decimal_places=4, null=True, blank=True, editable=False
    )
    balance_currency = models.CharField(max_length=8, blank=True, default="", editable=False)
    checked_at = models.DateTimeField(null=True, blank=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = ProviderQuerySet.as_manager()

    class Meta:
        ordering = ["name"]
        constraints = [
            models.CheckConstraint(condition=~Q(base_url=""), name="provider_has_base_url"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def adapter(self) -> Adapter:
        return registry.get(self.adapter_slug)

    @property
    def options(self) -> dict[str, str]:
        """The API's own settings by name, decrypted."""
        return dict(json.loads(self.options_text or "{}"))

    @options.setter
    def options(self, options: Mapping[str, str]) -> None:
        self.options_text = json.dumps(dict(options), sort_keys=True)

    @property
    def account(self) -> Account:
        return Account(self.adapter, self.base_url, self.api_key, self.options)

    @property
    def secrets(self) -> list[str]:
        """Everything of this account that must never be shown or logged."""
        return self.account.secrets

    @property
    def masked_key(self) -> str:
        """`••••` and the last four characters; short keys show nothing."""
        if not self.api_key:
            return "none"
        return "••••" + (self.api_key[-4:] if len(self.api_key) >= 12 else "")

    @property
    def limits(self) -> Limits:
        """The admin's limits where set, else the API's."""
        published = self.adapter.limits
        return Limits(
            creates_per_minute=self.creates_per_minute or published.creates_per_minute,
            concurrent_jobs=self.concurrent_jobs or published.concurrent_jobs,
            looks_per_minute=published.looks_per_minute,
        )

    # -- How it is doing ---------------------------------------------------------------------

    @property
    def is_paused(self) -> bool:
        return self.paused_at is not None

    @property
    def is_down(self) -> bool:
        """True after so many faults in a row that it is tried with one job at a time only."""
        return self.faults_in_a_row >= BREAK_AFTER

    def pause(self, health: Health, note: str) -> None:
        """Send nothing more to this provider until a person presses "try again"."""
        self._write(health=health, health_note=note, paused_at=timezone.now())

    def resume(self) -> None:
        """Let the queue go on."""
        self._write(
            health=self.Health.UNKNOWN,
            health_note="",
            paused_at=None,
            sends_held_until=None,
            faults_in_a_row=0,
        )

    def note_health(self, health: Health, note: str = "") -> None:
        """Remember how the last call went, without pausing anything."""
        self._write(health=health, health_note=note)

    def hold_sends(self, until: datetime) -> None:
        """Send nothing before `until`; a later end that is known already stays."""
        Provider.objects.filter(
            Q(sends_held_until=None) | Q(sends_held_until__lt=until), pk=self.pk
        ).update(sends_held_until=until)

    def note_fault(self, note: str) -> int:
        """One more call that found nobody in; returns how many that makes in a row."""
        self._write(faults_in_a_row=F("faults_in_a_row") + 1)
        self.note_silence(note)
        return self.faults_in_a_row

    def note_silence(self, note: str) -> None:
        """Nobody is in. A pause keeps its own reason: that is what a person has to mend."""
        Provider.objects.filter(pk=self.pk, paused_at=None).update(
            health=self.Health.UNREACHABLE, health_note=note
        )
        self.refresh_from_db(fields=["health", "health_note"])

    def note_answer(self) -> None:
        """Somebody is in: whatever the answer was, the provider is there.

        A rest that came of faults ends with them; one that the API asked for stays.
        """
        mine = Provider.objects.filter(pk=self.pk)
        mine.filter(faults_in_a_row__gte=BREAK_AFTER).update(sends_held_until=None)
        mine.filter(faults_in_a_row__gt=0).update(faults_in_a_row=0)
        mine.filter(health=self.Health.UNREACHABLE).update(health=self.Health.WELL, health_note="")

    def take_bell(self, at: datetime) -> bool:
        """True for the one caller who is to ring the worker at this moment; False where a bell
        that rings as early is on its way already."""
        later = Q(bell_at=None) | Q(bell_at__lte=timezone.now()) | Q(bell_at__gt=at)
        return Provider.objects.filter(later, pk=self.pk).update(bell_at=at) == 1

    def take_silence(self, since: datetime) -> bool:
        """True for the one caller who is to ring because no bell has been rung since then. The
        far bell of a clip that is to be sent tonight says nothing about now."""
        much_later = timezone.now() + FAR_BELL
        silent = Q(bell_at=None) | Q(bell_at__lte=since) | Q(bell_at__gt=much_later)
        return Provider.objects.filter(silent, pk=self.pk).update(bell_at=timezone.now()) == 1

    def _write(self, **columns: Any) -> None:
        Provider.objects.filter(pk=self.pk).update(**columns)
        self.refresh_from_db(fields=list(columns))


class ProviderModelQuerySet(models.QuerySet["ProviderModel"]):
    def usable(self) -> "ProviderModelQuerySet":
        """Those a member may choose, with their provider."""
        return self.filter(is_enabled=True, provider__is_enabled=True).select_related("provider")


class ProviderModel(models.Model):
    """One model of a provider: what it can do and what it costs, as data."""

    provider = models.ForeignKey(Provider, on_delete=models.CASCADE, related_name="models")
    model_id = models.CharField("id at the API", max_length=120)
    name = models.CharField(max_length=120)
    capabilities_json = models.JSONField("capabilities", default=dict)
    prices_json = models.JSONField("prices", default=list, blank=True)
    is_enabled = models.BooleanField("enabled", default=True)
    position = models.PositiveIntegerField(default=0)
    refreshed_at = models.DateTimeField(default=timezone.now)

    objects = ProviderModelQuerySet.as_manager()

    class Meta:
        ordering = ["provider__name", "position", "name"]
        constraints = [
            models.UniqueConstraint(fields=["provider", "model_id"], name="one_row_per_model"),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.provider})"

    @property
    def capabilities(self) -> Capabilities:
        return capabilities_from_json(self.capabilities_json)

    @property
    def prices(self) -> tuple[Price, ...]:
        return prices_from_json(self.prices_json)

    @staticmethod
    def columns(spec: ModelSpec) -> dict[str, object]:
        """The columns that hold this catalogue entry."""
        return {
            "name": spec.name,
            "capabilities_json": capabilities_to_json(spec.capabilities),
            "prices_json": prices_to_json(spec.prices),
            "refreshed_at": timezone.now(),
        }
