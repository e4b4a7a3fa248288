"""What `manage.py check` says of a data folder whose restore was cut off."""

from typing import Any

from django.core.checks import CheckMessage, Error, register

from studio.services.backup.standstill import restore_words


@register
def restore_is_finished(**_kwargs: Any) -> list[CheckMessage]:
    words = restore_words()
    return [Error(words, id="studio.E001")] if words else []
