"""Django's own forms: accounts and invitations, a provider's id of an unconfirmed job, and what can
be changed of a clip that is not sent yet."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from django import forms
from django.contrib.auth.forms import AuthenticationForm, BaseUserCreationForm
from django.contrib.auth.models import User
from django.http import QueryDict
from django.utils.translation import gettext, ngettext_lazy
from django.utils.translation import gettext_lazy as _

from studio.models import Budget, House, Job, Provider, Role
from studio.providers.contract import Extra, GenerationRequest, Sound
from studio.services import house, members, sharing

EDITED = (
    "prompt",
    "negative_prompt",
    "duration_s",
    "aspect_ratio",
    "resolution",
    "has_sound",
    "seed",
)


class LoginForm(AuthenticationForm):
    """Signing in."""

    error_messages = AuthenticationForm.error_messages | {
        "invalid_login": _("That name and password do not match. Capital letters count."),
    }


class AccountForm(BaseUserCreationForm):
    """A new account: the first one of a studio, or that of somebody who was invited."""

    class Meta:
        model = User
        fields = ("username",)
        help_texts = {"username": ""}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["password1"].help_text = gettext("At least 10 characters.")
        self.fields["password2"].help_text = ""


class SetupForm(AccountForm):
    """The owner's account, and what the studio is called."""

    studio_name = forms.CharField(
        label=_("Name of the studio"), max_length=60, initial=house.DEFAULT_NAME
    )
    field_order = ["studio_name", "username"]


class HouseForm(forms.Form):
    """What the studio is called and, for an owner, whether it lets the LAN in."""

    name = forms.CharField(label=_("Name of the studio"), max_length=60)
    is_on_lan = forms.BooleanField(label=_("Let others on the LAN in"), required=False)

    def __init__(self, there: House, data: QueryDict | None = None, *, is_owner: bool) -> None:
        super().__init__(data, initial={"name": there.name, "is_on_lan": there.is_on_lan})
        if not is_owner:
            del self.fields["is_on_lan"]


class InviteForm(forms.Form):
    """Whom a new link is for, and what they may do: not more than the one who invites."""

    note = forms.CharField(label=_("For whom"), max_length=80, required=False, strip=True)
    role = forms.ChoiceField(label=_("Role"), initial=Role.CREATOR)

    def __init__(self, by: User, data: QueryDict | None = None) -> None:
        super().__init__(data)
        self.roles = [role for role in Role if members.may(by, role)]
        self.fields["role"].choices = [  # type: ignore[attr-defined]
            (role.value, role.label) for role in self.roles
        ]


class ShareForm(forms.Form):
    """How long a link works, and what it lets a stranger do."""

    days = forms.TypedChoiceField(
        label=_("Works for"),
        coerce=int,
        initial=7,
        choices=[
            (days, ngettext_lazy("%(count)s day", "%(count)s days", days) % {"count": days})
            for days in sharing.LIFE_DAYS
        ],
    )
    may_download = forms.BooleanField(label=_("May be downloaded"), required=False)


class BudgetForm(forms.ModelForm):
    """What may be spent, by whom, where, and in which stretch of time."""

    class Meta:
        model = Budget
        fields = ("member", "provider", "period", "amount", "allows_unpriced")
        labels = {
            "member": _("Who"),
            "provider": _("Where"),
            "period": _("For"),
            "amount": _("Most, in dollars"),
            "allows_unpriced": _("Also clips without a published price"),
        }

    def __init__(self, data: QueryDict | None = None) -> None:
        super().__init__(data)
        self.fields["member"].empty_label = gettext("Everybody together")  # type: ignore[attr-defined]
        self.fields["provider"].empty_label = gettext("All providers together")  # type: ignore[attr-defined]
        self.fields["provider"].queryset = Provider.objects.filter(is_demo=False)  # type: ignore[attr-defined]


class RemoteIdForm(forms.Form):
    """The provider's own id of an unconfirmed job, as a person found it."""

    remote_id = forms.CharField(max_length=200, strip=True)


class LaterForm(forms.Form):
    """When a clip is to be sent, by the studio's own clock."""

    at = forms.DateTimeField(
        label=_("Send at"),
        input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M"],
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        error_messages={
            "required": _("Choose a day and a time."),
            "invalid": _("Write a day and a time, such as 2030-05-31 02:00."),
        },
    )


class EditForm(forms.Form):
    """The words and settings of a clip that is not sent yet; what can be chosen, its model says."""

    def __init__(self, job: Job, data: QueryDict | None = None) -> None:
        super().__init__(data, initial=_shown(job))
        able = job.provider_model.capabilities.given(job.request().roles)
        self._extras = {f"extra-{extra.name}": extra for extra in able.extras}
        words = {"rows": 5, "maxlength": able.prompt_max_chars}
        self.fields["prompt"] = _text(gettext("Prompt"), words, required=True)
        if able.takes_negative_prompt:
            self.fields["negative_prompt"] = _text(gettext("Without"), {"rows": 2})
        durations = [(seconds, f"{seconds} s") for seconds in able.durations_s]
        self._choose("duration_s", gettext("Duration"), durations, int)
        self._choose("aspect_ratio", gettext("Aspect ratio"), _plain(able.aspect_ratios))
        self._choose("resolution", gettext("Resolution"), _plain(able.resolutions))
        if able.sound is Sound.OPTIONAL:
            self.fields["has_sound"] = forms.BooleanField(label=gettext("Sound"), required=False)
        if able.takes_seed:
            attrs = {"placeholder": gettext("Random")}
            self.fields["seed"] = forms.IntegerField(
                label=gettext("Seed"),
                required=False,
                widget=forms.TextInput(attrs=attrs | {"inputmode": "numeric"}),
                error_messages={"invalid": gettext("A seed is a whole number, or nothing.")},
            )
        for name, extra in self._extras.items():
            choices = extra.choices or ("true", "false")
            named = gettext(extra.label)
            self._choose(name, named, [("", gettext("As the API likes")), *_plain(choices)])

    def _choose(
        self, name: str, label: str, choices: list[tuple[Any, str]], coerce: Any = str
    ) -> None:
        """A choice, where there is more than one thing to choose."""
        wrong = gettext("This model does not offer “%(value)s”. Choose another.")
        if len(choices) > 1:
            self.fields[name] = forms.TypedChoiceField(
                label=label,
                choices=choices,
                coerce=coerce,
                required=False,
                empty_value="",
                error_messages={"invalid_choice": wrong},
            )

    def wanted(self, job: Job) -> GenerationRequest:
        """What is asked for now; what the form does not hold stays as it was."""
        given = {name: self.cleaned_data[name] for name in EDITED if name in self.fields}
        extras = {
            extra.name: _value(extra, self.cleaned_data[name])
            for name, extra in self._extras.items()
            if self.cleaned_data.get(name)
        }
        return replace(job.request(), **given, extras=extras)

    def refuse(self, problems: Mapping[str, str]) -> None:
        """Put each sentence at its field; what has none goes to the top."""
        for name, text in problems.items():
            field = name.replace("extras.", "extra-")
            self.add_error(field if field in self.fields else None, text)


def _shown(job: Job) -> dict[str, Any]:
    extras = {f"extra-{name}": _word(value) for name, value in job.extras.items()}
    return {name: getattr(job, name) for name in EDITED} | extras


def _text(label: str, attrs: dict[str, Any], *, required: bool = False) -> forms.CharField:
    widget = forms.Textarea(attrs=attrs)
    missing = {"required": gettext("Describe the clip first.")}
    return forms.CharField(label=label, required=required, widget=widget, error_messages=missing)


def _plain(values: Iterable[str]) -> list[tuple[str, str]]:
    return [(value, value) for value in values]


def _word(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _value(extra: Extra, text: str) -> Any:
    return text if extra.choices else text == "true"
