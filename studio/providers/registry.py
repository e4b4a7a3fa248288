"""Every hosted API that Dailies speaks: one line each."""

from studio.providers import aiml, dafty, getimg, imgix, indoxhub
from studio.providers.contract import Adapter
from studio.providers.errors import SettingMissing

ADAPTERS: dict[str, Adapter] = {
    "imgix": imgix.ADAPTER,
    "getimg": getimg.ADAPTER,
    "aiml": aiml.ADAPTER,
    "dafty": dafty.ADAPTER,
    "indoxhub": indoxhub.ADAPTER,
}


def get(slug: str) -> Adapter:
    """The adapter of this API. Raises SettingMissing for a slug that is unknown."""
    if slug not in ADAPTERS:
        raise SettingMissing(f"There is no API called {slug!r}. There are: {', '.join(ADAPTERS)}.")
    return ADAPTERS[slug]
