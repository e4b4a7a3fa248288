"""A text field that is encrypted at rest."""

from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import models

PREFIX = "v1:"


def _cipher() -> MultiFernet:
    return MultiFernet([Fernet(key) for key in settings.FIELD_KEYS])


class EncryptedTextField(models.TextField):
    """Text kept as `v1:` and a Fernet token under the newest key in `field.key`.

    A value that cannot be decrypted stops with an error: handing the ciphertext on would
    send it to a provider as an API key. "" stays "". The field cannot be searched.
    """

    def get_prep_value(self, value: Any) -> Any:
        if not value:
            return ""
        return PREFIX + _cipher().encrypt(str(value).encode()).decode()

    def from_db_value(self, value: str | None, expression: Any, connection: Any) -> str:
        if not value:
            return ""
        try:
            return _cipher().decrypt(value.removeprefix(PREFIX).encode()).decode()
        except InvalidToken as e:
            raise ImproperlyConfigured(
                "A stored API key cannot be read with the key in field.key. Put the right "
                "field.key back into the data folder. Nothing was sent anywhere."
            ) from e
