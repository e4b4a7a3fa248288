"""A new key for everything that is encrypted in the database.

The new key is put in front of the old ones first, then every secret is encrypted anew, and only
when all of them can be read with the new key alone do the old ones go. So at any moment
`field.key` reads every secret there is; what was cut off is ended by doing it again.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.apps import apps
from django.db import models, transaction
from django.db.models import TextField, Value
from django.db.models.functions import Cast

from studio.models import Provider
from studio.models.fields import PREFIX, EncryptedTextField
from studio.services.backup import keys
from studio.services.backup.problems import BackupProblem
from studio.services.backup.standstill import refuse_half_restored, stopped_studio

AT_ONCE = 100
"""Secrets in one transaction."""

Tell = Callable[[str], None]


@dataclass(slots=True)
class Rotated:
    """How many secrets are under the new key, and which were emptied."""

    secrets: int = 0
    dropped_keys: int = 0
    forgotten: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Secret:
    """One encrypted value as it stands in the database."""

    model: type[models.Model]
    column: str
    pk: int
    stored: str

    def __str__(self) -> str:
        return f"{self.model._meta.verbose_name} {self.pk}: {self.column}"

    def read(self, cipher: MultiFernet) -> bytes | None:
        """The text; None where no key of the cipher reads it."""
        try:
            return cipher.decrypt(self.stored.removeprefix(PREFIX).encode())
        except InvalidToken:
            return None

    def write(self, stored: str) -> bool:
        """One guarded UPDATE. False: somebody else has changed it."""
        mine = _with_stored(self.model, self.column, "default")
        value = Value(stored, output_field=TextField())
        changed = mine.filter(pk=self.pk, stored=self.stored).update(**{self.column: value})
        return changed == 1


def rotate_keys(*, forgets_unreadable: bool = False, tell: Tell = lambda _text: None) -> Rotated:
    """Encrypt every secret under a new key, then drop the old keys.

    What no key reads stops it before anything is changed, or is emptied where that is asked for.
    Raises StudioRuns, BackupProblem.
    """
    with stopped_studio():
        refuse_half_restored()
        old = keys.field_keys()
        done = Rotated(dropped_keys=len(old))
        _settle_unreadable(old, done, forgets=forgets_unreadable)
        new = Fernet.generate_key().decode()
        keys.write_field_keys([new, *old])
        tell("A new key stands first in field.key.")
        done.secrets = _encrypt_anew(new, old, tell)
        _require_all_under(new)
        keys.write_field_keys([new])
        tell("The old keys are gone.")
        return done


def _encrypt_anew(new: str, old: list[str], tell: Tell) -> int:
    reads, writes = _cipher([new, *old]), _cipher([new])
    secrets = list(_secrets("default"))
    for start in range(0, len(secrets), AT_ONCE):
        some = secrets[start : start + AT_ONCE]
        with transaction.atomic():
            for secret in some:
                if (text := secret.read(reads)) is not None:
                    secret.write(PREFIX + writes.encrypt(text).decode())
        tell(f"{start + len(some)} of {len(secrets)} secrets are under the new key.")
    return len(secrets)


def _require_all_under(new: str) -> None:
    """Raises BackupProblem where somebody wrote a secret under an old key meanwhile."""
    if left := unreadable("default", [new]):
        raise BackupProblem(
            f"{len(left)} secrets were changed while they were encrypted anew: a worker or a page "
            "is still running. No secret is lost, and field.key still holds the old keys. Stop "
            "everything, then run `manage.py rotate_keys` again."
        )


# -- What cannot be read ---------------------------------------------------------------------------


def unreadable(using: str, by: list[str]) -> list[str]:
    """The secrets in this database that none of the keys reads, by place."""
    cipher = _cipher(by)
    return [str(secret) for secret in _secrets(using) if secret.read(cipher) is None]


def require_readable() -> None:
    """Raises BackupProblem where a stored API key cannot be read: a studio without its keys must
    not start, or every page and every job would stumble over it."""
    if lost := unreadable("default", keys.field_keys()):
        raise BackupProblem(unreadable_words(lost))


def unreadable_words(lost: list[str]) -> str:
    """What has happened and what to do."""
    return (
        f"{len(lost)} stored API keys or options cannot be read with the key in field.key "
        f"({_few(lost)}). Nothing was sent anywhere. Put the field.key that belongs to this "
        "database into the data folder; or run `manage.py rotate_keys --forget-unreadable`, which "
        "empties them, and enter them anew in the admin panel under Providers."
    )


def _few(names: list[str]) -> str:
    return ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")


def _settle_unreadable(old: list[str], done: Rotated, *, forgets: bool) -> None:
    cipher = _cipher(old)
    lost = [secret for secret in _secrets("default") if secret.read(cipher) is None]
    if lost and not forgets:
        raise BackupProblem(unreadable_words([str(secret) for secret in lost]))
    with transaction.atomic():
        for secret in lost:
            secret.write("")
        _switch_off({secret.pk for secret in lost if secret.model is Provider})
    done.forgotten = [str(secret) for secret in lost]


def _switch_off(accounts: set[int]) -> None:
    """An account without its key is offered to nobody. The demo takes any key."""
    found = Provider.objects.filter(pk__in=accounts)
    found.filter(is_demo=False).update(is_enabled=False)
    for account in found.filter(is_demo=True):
        account.api_key = f"demo-key-for-{account.adapter_slug}"
        account.save(update_fields=["api_key"])


# -- The secrets themselves ------------------------------------------------------------------------


def _secrets(using: str) -> Iterator[Secret]:
    """Every encrypted value that is not empty, in every table that has such."""
    for model in apps.get_models():
        for column in model._meta.concrete_fields:
            if isinstance(column, EncryptedTextField):
                found = _with_stored(model, column.attname, using).exclude(stored="").order_by("pk")
                for pk, stored in found.values_list("pk", "stored"):
                    yield Secret(model, column.attname, pk, stored)


def _with_stored(
    model: type[models.Model], column: str, using: str
) -> "models.QuerySet[models.Model]":
    """Rows with the value as it is stored: read as the field it is, it would be decrypted."""
    rows: models.QuerySet[models.Model] = model._default_manager.using(using)
    annotated: models.QuerySet[models.Model] = rows.annotate(stored=Cast(column, TextField()))
    return annotated


def _cipher(by: list[str]) -> MultiFernet:
    return MultiFernet([Fernet(key) for key in by])
