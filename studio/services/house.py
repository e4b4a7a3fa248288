"""The studio as a whole: what it is called, and whether it lets the LAN in."""

from django.core.cache import cache

from studio.models import House, Provider

DEFAULT_NAME = "Dailies"
NAME_KEPT_S = 60
NAME_KEY = "studio.house.name"


def house() -> House:
    """The studio's row, as it is or as it would be."""
    return House.objects.filter(pk=1).first() or House(pk=1)


def name() -> str:
    """What the studio is called. Each process asks once a minute, since every page says it."""
    kept: str = cache.get_or_set(NAME_KEY, lambda: house().name, NAME_KEPT_S) or DEFAULT_NAME
    return kept


def is_new() -> bool:
    """True while only the demo provider makes clips here."""
    return not Provider.objects.filter(is_demo=False).exists()


def rename(to: str) -> None:
    _change(name=" ".join(to.split()))


def open_to_lan(*, is_on_lan: bool) -> None:
    """Whether the next start listens for other machines."""
    _change(is_on_lan=is_on_lan)


def _change(**fields: str | bool) -> None:
    House.objects.update_or_create(pk=1, defaults=fields)
    cache.delete(NAME_KEY)


def chosen_host() -> str:
    """Where the studio listens when nothing in the environment says so."""
    return "0.0.0.0" if house().is_on_lan else "127.0.0.1"  # noqa: S104 - the owner asked for it
