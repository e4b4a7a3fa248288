"""Accounts at hosted APIs and their models. A key can be typed, but never read."""

from collections.abc import Iterator
from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest

from studio.models import Provider, ProviderModel
from studio.provider_forms import AccountForm, secret_field
from studio.providers import registry
from studio.providers.contract import OptionField
from studio.services import providers


class ProviderForm(AccountForm):
    """Every API in one form, with the options of each of them."""

    adapter_slug = forms.ChoiceField(label="API")
    new_key = secret_field("API key", "Leave empty to keep the stored key.")

    class Meta:
        model = Provider
        fields = (
            "adapter_slug",
            "name",
            "base_url",
            "new_key",
            "image_delivery",
            "creates_per_minute",
            "concurrent_jobs",
            "least_role",
            "is_enabled",
        )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [(a.slug, a.name) for a in registry.ADAPTERS.values()]
        self.fields["adapter_slug"].choices = choices  # type: ignore[attr-defined]
        self.fields["base_url"].required = self.fields["least_role"].required = False
        self.fields[
            "base_url"
        ].help_text = "Empty: the API's own address. A changed address clears the stored key."
        for name, label, is_secret in _option_fields():
            self.fields[name] = forms.CharField(
                label=label,
                required=False,
                initial="" if is_secret else self.instance.options.get(name, ""),
                widget=forms.PasswordInput() if is_secret else forms.TextInput(),
            )

    def option_fields(self) -> Iterator[tuple[str, OptionField]]:
        """Under their own names."""
        for option in registry.get(self.instance.adapter_slug).options:
            yield option.name, option


def _option_fields() -> list[tuple[str, str, bool]]:
    """Name, label and secrecy of every option that any API has."""
    return [
        (field.name, f"{adapter.name}: {field.label}", field.is_secret)
        for adapter in registry.ADAPTERS.values()
        for field in adapter.options
    ]


@admin.register(Provider)
class ProviderAdmin(admin.ModelAdmin):
    form = ProviderForm
    list_display = ("name", "adapter_slug", "base_url", "masked_key", "health", "is_enabled")
    list_filter = ("adapter_slug", "is_enabled", "health")
    readonly_fields = (
        "masked_key",
        "health",
        "health_note",
        "paused_at",
        "sends_held_until",
        "faults_in_a_row",
        "balance",
        "checked_at",
    )

    def get_fieldsets(self, request: HttpRequest, obj: Provider | None = None) -> Any:
        own = [name for name, _, _ in _option_fields()]
        return (
            (None, {"fields": ProviderForm.Meta.fields}),
            ("Options of single APIs", {"fields": own}),
            ("State", {"fields": self.readonly_fields}),
        )

    def get_form(
        self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any
    ) -> Any:
        # The option fields are made by the form itself, from the adapters' data.
        return super().get_form(
            request, obj, change, **(kwargs | {"fields": ProviderForm.Meta.fields})
        )

    def save_model(self, request: Any, obj: Provider, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        if not change:
            providers.save_catalogue(obj, obj.adapter.models)


@admin.register(ProviderModel)
class ProviderModelAdmin(admin.ModelAdmin):
    list_display = ("name", "provider", "model_id", "is_enabled", "refreshed_at")
    list_filter = ("provider", "is_enabled")
    search_fields = ("name", "model_id")
    list_select_related = ("provider",)
