"""The admin panel: job history, files and accounts. Keys are write-only everywhere."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from studio.models import Asset, Job, JobEvent, JobInput, Provider, ProviderModel
from studio.providers import registry
from studio.services import providers

admin.site.site_header = admin.site.site_title = "Dailies"
admin.site.index_title = "Studio"


class ProviderForm(forms.ModelForm):
    """A provider with a key that can be typed but never read, and its API's own options."""

    adapter_slug = forms.ChoiceField(label="API")
    new_key = forms.CharField(
        label="API key",
        required=False,
        strip=True,
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
        help_text="Leave empty to keep the stored key.",
    )

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
            "is_enabled",
        )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [(a.slug, a.name) for a in registry.ADAPTERS.values()]
        self.fields["adapter_slug"].choices = choices  # type: ignore[attr-defined]
        self.fields["base_url"].required = False
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

    def clean_base_url(self) -> str:
        slug = self.cleaned_data.get("adapter_slug", "")
        given = str(self.cleaned_data["base_url"] or registry.get(slug).base_url).rstrip("/")
        if not given.startswith(("https://", "http://")):
            raise forms.ValidationError("Give an address that starts with https:// or http://.")
        return given

    def save(self, commit: bool = True) -> Provider:
        provider: Provider = super().save(commit=False)
        if "base_url" in self.changed_data and self.initial.get("base_url"):
            # A stored key must never go to an address it was not typed for.
            provider.api_key = ""
        provider.api_key = self.cleaned_data["new_key"] or provider.api_key
        wanted = {field.name: field for field in provider.adapter.options}
        kept = {n: v for n, v in provider.options.items() if n in wanted and wanted[n].is_secret}
        typed = {n: self.cleaned_data.get(n, "") for n in wanted}
        provider.options = kept | {name: value for name, value in typed.items() if value}
        if commit:
            provider.save()
        return provider


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


class ReadOnlyAdmin:
    """Rows that only the engine writes."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class JobInputInline(ReadOnlyAdmin, admin.TabularInline):
    model = JobInput
    fields = ("role", "asset", "position")
    extra = 0


class JobEventInline(ReadOnlyAdmin, admin.TabularInline):
    model = JobEvent
    fields = ("at", "from_state", "to_state", "message", "actor", "detail")
    extra = 0


@admin.register(Job)
class JobAdmin(ReadOnlyAdmin, admin.ModelAdmin):
    """The job history."""

    list_display = (
        "id",
        "state",
        "short_prompt",
        "provider_model",
        "owner",
        "cost_estimated",
        "cost_charged",
        "created_at",
        "finished_at",
    )
    list_filter = ("state", "is_set_aside", "provider", "owner", "created_at")
    list_select_related = ("provider", "provider_model__provider", "owner")
    search_fields = ("prompt", "remote_id")
    date_hierarchy = "created_at"
    show_full_result_count = False
    inlines = (JobInputInline, JobEventInline)
    exclude = ("video_url", "video_ref", "idempotency_key", "lease_token")

    @admin.display(description="prompt")
    def short_prompt(self, job: Job) -> str:
        return job.prompt[:80]


@admin.register(Asset)
class AssetAdmin(ReadOnlyAdmin, admin.ModelAdmin):
    list_display = ("picture", "kind", "owner", "width", "height", "duration_s", "created_at")
    list_filter = ("kind", "is_favourite", "created_at")
    list_select_related = ("owner",)
    search_fields = ("id", "original_name", "sha256")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Asset]:
        return super().get_queryset(request).prefetch_related("derived")

    @admin.display(description="file")
    def picture(self, asset: Asset) -> SafeString:
        shown = asset if asset.mime_type.startswith("image/") else asset.poster
        if shown is None:
            return SafeString("no picture yet")
        address = reverse("studio:media", args=[shown.pk])
        return format_html('<img src="{}" alt="" height="48">', address)
