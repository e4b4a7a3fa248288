"""The data folder's key files, and how they travel in a backup: under a key from a passphrase."""

import json
import os
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterable
from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt
from django.conf import settings

from studio.services.backup.files import write_whole
from studio.services.backup.problems import BackupProblem, WrongPassphrase

FIELD_KEY = "field.key"
NAMES = (FIELD_KEY, "secret.key", "queue.key")
SHORTEST_PASSPHRASE = 10
SCRYPT_COST = 2**16
"""64 MiB and about a fifth of a second for each guess."""
ONLY_OURS = 0o600


# -- Those of the data folder ----------------------------------------------------------------------


def field_keys() -> list[str]:
    """What encrypts the stored API keys, newest first. Read anew: it may have been changed since
    the settings were. Raises BackupProblem for a file that holds something else."""
    found = _file(FIELD_KEY).read_text().split()
    try:
        MultiFernet([Fernet(key) for key in found])
    except ValueError as e:
        raise BackupProblem(
            f"{_file(FIELD_KEY)} holds no usable key ({e}). Put the right field.key back. "
            "Nothing was sent or changed."
        ) from e
    return found


def write_field_keys(keys: Iterable[str]) -> None:
    """All at once, or not at all."""
    write_whole(_file(FIELD_KEY), "\n".join(keys).encode(), mode=ONLY_OURS)


def put_back(saved: dict[str, str]) -> None:
    """The keys of a backup. A `field.key` that lies there already stays behind those: it may be
    the only one that reads another backup."""
    present = field_keys() if _file(FIELD_KEY).exists() else []
    write_field_keys(dict.fromkeys([*saved[FIELD_KEY].split(), *present]))
    for name in NAMES:
        if name != FIELD_KEY:
            write_whole(_file(name), saved[name].encode(), mode=ONLY_OURS)


def _file(name: str) -> Path:
    return Path(settings.DATA_DIR) / name


# -- Under a passphrase ----------------------------------------------------------------------------


def require_usable(passphrase: str) -> None:
    """Raises BackupProblem for a passphrase that can be guessed in no time."""
    if len(passphrase) < SHORTEST_PASSPHRASE:
        raise BackupProblem(
            f"The passphrase has {len(passphrase)} characters. Use {SHORTEST_PASSPHRASE} or more: "
            "whoever guesses it can read every API key. Nothing was written."
        )


def wrapped(passphrase: str) -> bytes:
    """All key files, encrypted, as JSON."""
    salt = os.urandom(16)
    keys = {name: _file(name).read_text() for name in NAMES}
    token = _cipher(passphrase, salt).encrypt(json.dumps(keys).encode())
    said = {"salt": urlsafe_b64encode(salt).decode(), "token": token.decode()}
    return json.dumps(said).encode()


def unwrapped(content: bytes, passphrase: str) -> dict[str, str]:
    """What `wrapped` took. Raises WrongPassphrase."""
    try:
        said = json.loads(content)
        cipher = _cipher(passphrase, urlsafe_b64decode(said["salt"]))
        keys = json.loads(cipher.decrypt(said["token"].encode()))
        return {name: str(keys[name]) for name in NAMES}
    except InvalidToken as e:
        raise WrongPassphrase(
            "The keys in this backup cannot be read with this passphrase. Nothing was restored. "
            "Give the one that the backup was made with, or restore with --without-keys and enter "
            "the API keys anew."
        ) from e


def _cipher(passphrase: str, salt: bytes) -> Fernet:
    derived = Scrypt(salt=salt, length=32, n=SCRYPT_COST, r=8, p=1).derive(passphrase.encode())
    return Fernet(urlsafe_b64encode(derived))
