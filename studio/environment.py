"""Reading the environment and the data folder, for `settings.py` alone.

Every reader here stops the start with the variable's name when its value makes no sense.
"""

import ipaddress
import os
import re
import secrets
import ssl
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar
from urllib.parse import urlsplit

import environ
from django.core.exceptions import ImproperlyConfigured

T = TypeVar("T")

MARKER = ".dailies"
PLAIN_KEY = "-----BEGIN PRIVATE KEY-----"
"""How a private key in PKCS#8 without a password begins; the web server reads no other."""
_env = environ.Env()


def read(name: str, cast: Callable[[str], T], default: T, *, meaning: str) -> T:
    """The variable's value through `cast`, or `default` where it is unset or empty."""
    text = _env.str(name, default="")
    if not text:
        return default
    try:
        return cast(text)
    except ValueError as e:
        raise ImproperlyConfigured(f"{name}={text!r} is not usable: it must be {meaning}.") from e


def is_blank(name: str) -> bool:
    """True where the variable is set, to nothing: something is switched off by it."""
    return os.environ.get(name) == ""


def forget(name: str) -> None:
    """Leave a secret out of the environment: no process that is started from here gets it."""
    os.environ.pop(name, None)


def flag(text: str) -> bool:
    words = {"1": True, "true": True, "yes": True, "on": True}
    words |= {"0": False, "false": False, "no": False, "off": False}
    if text.lower() not in words:
        raise ValueError(text)
    return words[text.lower()]


def whole_number(least: int, most: int) -> Callable[[str], int]:
    def cast(text: str) -> int:
        number = int(text)
        if not least <= number <= most:
            raise ValueError(text)
        return number

    return cast


def positive_number(text: str) -> float:
    number = float(text)
    if not 0 < number < float("inf"):
        raise ValueError(text)
    return number


def web_address(text: str) -> str:
    """`https://host[:port][/path]` without a trailing slash."""
    parts = urlsplit(text)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.query:
        raise ValueError(text)
    if not re.fullmatch(r"(/[\w.~-]+)*/?", parts.path, re.ASCII):
        raise ValueError(text)
    return text.rstrip("/")


def host_label(text: str) -> str:
    """One part of a host's name, such as `dailies`."""
    if not re.fullmatch(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?", text.lower()):
        raise ValueError(text)
    return text.lower()


def one_of(*words: str) -> Callable[[str], str]:
    def cast(text: str) -> str:
        if text not in words:
            raise ValueError(text)
        return text

    return cast


Networks = list[ipaddress.IPv4Network | ipaddress.IPv6Network]


def networks(text: str) -> Networks:
    """Addresses and networks with commas between, such as `10.0.0.2, fd00::/8`."""
    return [ipaddress.ip_network(part.strip()) for part in text.split(",") if part.strip()]


def require(name: str, *needed: str) -> None:
    """A setting that is of no use without these."""
    missing = [each for each in needed if not _env.str(each, default="")]
    if missing and _env.str(name, default=""):
        raise ImproperlyConfigured(f"{name} is set, but {missing[0]} is not. It needs both.")


def require_all(*names: str) -> None:
    """Settings that are of use together only: all of them, or none."""
    for name in names:
        require(name, *names)


def open_data_dir(path: Path) -> Path:
    """Create the data folder with its marker, or refuse one that is not ours.

    A folder with files but no marker is most likely a wrong path or a disk that is not
    mounted; writing there would split the studio's data in two.
    """
    try:
        path.mkdir(parents=True, exist_ok=True)
        if not (path / MARKER).exists():
            if any(path.iterdir()):
                raise ImproperlyConfigured(
                    f"DATA_DIR={str(path)!r} holds files but no {MARKER} marker, so it is not a "
                    f"Dailies data folder. Give an empty folder, or create the marker file "
                    f"{path / MARKER} if these are your data."
                )
            (path / MARKER).write_text("Dailies keeps its data in this folder.\n")
        if not os.access(path, os.W_OK):
            raise PermissionError(path)
    except OSError as e:
        raise ImproperlyConfigured(f"DATA_DIR={str(path)!r} cannot be written: {e}.") from e
    return path


def key_file(path: Path, make: Callable[[], str] = lambda: secrets.token_urlsafe(64)) -> str:
    """The secret in this file, made once with mode 0600.

    The file appears whole or not at all (a hard link of a finished file), so two processes
    that start together agree on one key.
    """
    try:
        if not path.exists():
            draft = path.with_name(f"{path.name}.{os.getpid()}")
            descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "w") as file:
                file.write(make())
            try:
                os.link(draft, path)
            except FileExistsError:
                pass
            finally:
                draft.unlink()
        secret = path.read_text().strip()
    except OSError as e:
        raise ImproperlyConfigured(f"The key file {path} cannot be used: {e}.") from e
    if not secret:
        raise ImproperlyConfigured(f"The key file {path} is empty. Restore it from a backup.")
    return secret


def require_tls_pair(certificate: str, key: str) -> None:
    """Both files or neither, readable, and made for each other."""
    if not certificate and not key:
        return
    if not (certificate and key):
        missing = "TLS_KEY" if certificate else "TLS_CERT"
        raise ImproperlyConfigured(f"{missing} is not set. HTTPS needs TLS_CERT and TLS_KEY.")
    _readable("TLS_CERT", certificate)
    if PLAIN_KEY not in _readable("TLS_KEY", key):
        raise ImproperlyConfigured(
            f"TLS_KEY={key!r} is no PKCS#8 key without a password. Make one of it: "
            f"openssl pkcs8 -topk8 -nocrypt -in {key} -out NEW_FILE"
        )
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(certificate, key)
    except ssl.SSLError as e:
        raise ImproperlyConfigured(
            f"TLS_CERT={certificate!r} and TLS_KEY={key!r} do not belong together, or one of them "
            f"is damaged ({e.reason}). Give the certificate (PEM, with its chain) and its own key."
        ) from e


def _readable(name: str, path: str) -> str:
    try:
        return Path(path).read_text()
    except (OSError, UnicodeDecodeError) as e:
        raise ImproperlyConfigured(f"{name}={path!r} cannot be read: {e}.") from e
