"""The forms of an account at a hosted API. A key can be typed, but is never read again: not from
the page, and not from a form that comes back with an error."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from studio.models import Provider
from studio.providers import registry
from studio.providers.contract import Delivery, OptionField
from studio.providers.phrases import Phrase
from studio.services.words import said

OPTION_PREFIX, FORGET_PREFIX = "option-", "forget-"
DELIVERIES = {
    Delivery.INLINE: gettext_lazy("Inside the request"),
    Delivery.UPLOAD: gettext_lazy("By upload"),
    Delivery.PUBLIC_URL: gettext_lazy("By public address"),
}
COLUMNS = ("name", "least_role", "image_delivery", "creates_per_minute", "concurrent_jobs")
CONNECTION = ("base_url", "api_key", "options_text")
"""These are saved together: a key belongs to the address that it was typed for."""


def secret_field(label: str, help_text: str) -> forms.CharField:
    """One that a page never fills in."""
    # Browsers offer the member's own password in a field that is not said to be new.
    widget = forms.PasswordInput(attrs={"autocomplete": "new-password"}, render_value=False)
    return forms.CharField(label=label, required=False, widget=widget, help_text=help_text)


class AccountForm(forms.ModelForm):
    """Name, key, address and options of an account: what the pages and the admin panel share."""

    is_key_cleared = False
    """True after a save that left the account without the key it had."""

    def option_fields(self) -> Iterator[tuple[str, OptionField]]:
        """The API's own options, by the name of their field in this form."""
        for option in registry.get(self.instance.adapter_slug).options:
            yield OPTION_PREFIX + option.name, option

    def clean_base_url(self) -> str:
        """The address without a slash at its end; the API's own where none is given."""
        slug = self.cleaned_data.get("adapter_slug") or self.instance.adapter_slug
        adapter = registry.ADAPTERS.get(slug)
        given = str(self.cleaned_data["base_url"] or (adapter.base_url if adapter else ""))
        given = given.rstrip("/")
        if given.startswith(("https://", "http://")) and _is_plain(given):
            return given
        words = _(
            "Give an address that starts with https:// or http://, without a name, password, “?” "
            "or “#” in it."
        )
        raise forms.ValidationError(words)

    def clean_least_role(self) -> str:
        return str(self.cleaned_data["least_role"] or self.instance.least_role)

    def save(self, commit: bool = True) -> Provider:
        provider: Provider = super().save(commit=False)
        typed_key = self.cleaned_data.get("new_key", "")
        known_url = self.initial.get("base_url")
        if known_url and provider.base_url != known_url:
            # A stored secret must never go to an address it was not typed for.
            self.is_key_cleared = bool(provider.secrets) and not typed_key
            provider.api_key, provider.options = "", {}
        provider.api_key = typed_key or provider.api_key
        provider.options = self._options(provider)
        if commit:
            provider.save()
        return provider

    def _options(self, provider: Provider) -> dict[str, str]:
        """What was typed; a secret that was left empty stays as it is."""
        found = {}
        for name, option in self.option_fields():
            typed = self.cleaned_data.get(name, "")
            kept = provider.options.get(option.name, "") if option.is_secret else ""
            is_forgotten = self.cleaned_data.get(FORGET_PREFIX + option.name)
            found[option.name] = typed or ("" if is_forgotten else kept)
        return {name: value for name, value in found.items() if value}


def _is_plain(address: str) -> bool:
    """True for scheme, host, port and path alone."""
    try:
        parts = urlsplit(address)
        has_host = bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:
        return False
    return has_host and not (parts.username or parts.password or parts.query or parts.fragment)


class ProviderForm(AccountForm):
    """The guided form of one API: its fields come from the adapter's data."""

    prefix = "account"

    class Meta:
        model = Provider
        fields = (*COLUMNS, "base_url")
        labels = {
            "name": gettext_lazy("Name"),
            "least_role": gettext_lazy("Who may use it"),
            "image_delivery": gettext_lazy("How images get there"),
            "creates_per_minute": gettext_lazy("New clips per minute"),
            "concurrent_jobs": gettext_lazy("Clips at once"),
            "base_url": gettext_lazy("Base address"),
        }
        help_texts = {
            "name": gettext_lazy("What this account is called here."),
            "least_role": gettext_lazy("This role and those above it."),
        }
        error_messages = {
            "name": {
                "required": gettext_lazy("Give it a name."),
                "unique": gettext_lazy("Another account has this name. Choose another one."),
            }
        }

    def __init__(self, instance: Provider, data: QueryDict | None = None) -> None:
        initial = {} if instance.pk else {"name": instance.adapter.name, "base_url": ""}
        super().__init__(data, instance=instance, initial=initial)
        self._say_limits()
        self._choose_delivery()
        self.fields["least_role"].required = False
        if instance.is_demo:
            # The start gives these accounts their address and key anew.
            del self.fields["base_url"]
        else:
            self._add_key()
            self._add_options()

    def _say_limits(self) -> None:
        published = self.instance.adapter.limits
        for name in ("creates_per_minute", "concurrent_jobs"):
            most = getattr(published, name)
            known = _("Empty: %(count)s, what the API allows.") % {"count": most}
            field = forms.IntegerField(
                label=self.fields[name].label,
                required=False,
                min_value=1,
                max_value=10_000,
                help_text=known if most else _("Empty: no limit. The API publishes none."),
            )
            self.fields[name] = field

    def _choose_delivery(self) -> None:
        ways = self.instance.adapter.deliveries
        first = _("As this API prefers: %(way)s") % {"way": DELIVERIES[ways[0]]}
        choices = [("", first), *((way.value, DELIVERIES[way]) for way in ways)]
        self.fields["image_delivery"].choices = choices  # type: ignore[attr-defined]

    def _add_key(self) -> None:
        has_key = bool(self.instance.pk and self.instance.api_key)
        told = _("Leave empty to keep the stored key: %(key)s") % {"key": self.instance.masked_key}
        field = secret_field(_("API key"), told if has_key else "")
        field.required = self.instance.pk is None
        field.error_messages["required"] = _("Paste the API key.")
        own = {"address": self.instance.adapter.base_url}
        told = _("Empty: %(address)s. Over http:// a key travels in the clear.") % own
        self.fields["new_key"] = field
        self.fields["base_url"].required = False
        self.fields["base_url"].help_text = told

    def _add_options(self) -> None:
        for name, option in self.option_fields():
            self.fields[name] = self._option_field(option)
            if option.is_secret and self.instance.options.get(option.name):
                words = _("Forget the stored value of “%(option)s”")
                self.fields[FORGET_PREFIX + option.name] = forms.BooleanField(
                    label=words % {"option": _said(option.label)}, required=False
                )

    def _option_field(self, option: OptionField) -> forms.Field:
        stored, help_text = self.instance.options.get(option.name, ""), _said(option.help)
        if option.is_secret:
            kept = _("Leave empty to keep the stored one.") if stored else ""
            return secret_field(_said(option.label), " ".join(filter(None, (help_text, kept))))
        shown: dict[str, Any] = {"label": _said(option.label), "help_text": help_text}
        if option.choices:
            choices = [("", _("As usual")), *((each, each) for each in option.choices)]
            return forms.ChoiceField(choices=choices, required=False, initial=stored, **shown)
        return forms.CharField(required=False, max_length=500, initial=stored, **shown)

    # -- For the page --------------------------------------------------------------------------

    @property
    def main(self) -> list[forms.BoundField]:
        """What everybody fills in: name, key, who may use it, and the API's own options."""
        names = ["name", "new_key", *self._own_names, "least_role"]
        return [self[name] for name in names if name in self.fields]

    @property
    def pace(self) -> list[forms.BoundField]:
        """How images travel, and how much is sent at once."""
        return [self[name] for name in ("image_delivery", "creates_per_minute", "concurrent_jobs")]

    @property
    def is_elsewhere(self) -> bool:
        """True where the address is not the API's own, or was to become another one."""
        if "base_url" not in self.fields:
            return False
        shown = self["base_url"].value()
        return bool(shown) and str(shown).rstrip("/") != self.instance.adapter.base_url

    @property
    def wants_secrets_again(self) -> bool:
        """True where a secret was typed and the form comes back without it."""
        names = ["new_key", *(name for name, option in self.option_fields() if option.is_secret)]
        return bool(self.errors) and any(self.data.get(self.add_prefix(name)) for name in names)

    @property
    def changes_connection(self) -> bool:
        """True where the next call would be made with another address, key or option."""
        return bool({"base_url", "new_key", *self._own_names} & set(self.changed_data))

    @property
    def _own_names(self) -> list[str]:
        """The fields that only this API has."""
        return [name for name in self.fields if name.startswith((OPTION_PREFIX, FORGET_PREFIX))]

    def save(self, commit: bool = True) -> Provider:
        """Only the columns of this form: the engine writes the others at any time."""
        provider = super().save(commit=False)
        if commit and provider.pk:
            connection = () if provider.is_demo else CONNECTION
            provider.save(update_fields=[*COLUMNS, *connection])
        return provider


def _said(text: str) -> str:
    """A text of an adapter's table in the language of the page."""
    return said(text) if isinstance(text, Phrase) or not text else _(text)
