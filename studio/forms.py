"""Django's own forms: the first account, and a provider's id of an unconfirmed job."""

from typing import Any

from django import forms
from django.contrib.auth.forms import BaseUserCreationForm
from django.contrib.auth.models import User


class OwnerForm(BaseUserCreationForm):
    """The first account of a studio."""

    class Meta:
        model = User
        fields = ("username",)
        help_texts = {"username": ""}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["password1"].help_text = "At least 10 characters."
        self.fields["password2"].help_text = ""


class RemoteIdForm(forms.Form):
    """The provider's own id of an unconfirmed job, as a person found it."""

    remote_id = forms.CharField(max_length=200, strip=True)
