"""What the loop of looks knows of each provider: how to ask it, how often, and when to let it
rest."""

import logging
import time
from collections import deque
from dataclasses import dataclass, field

from django.conf import settings

from studio.models import Job, Provider
from studio.providers.account import Account
from studio.providers.contract import Adapter
from studio.providers.errors import NoAnswer, ProviderDown, ProviderError, RateLimited, Unreachable

logger = logging.getLogger(__name__)

FRESH_FOR_S = 5.0
MINUTE_S = 60.0
DOWN_AFTER = 5
"""So many questions in a row without an answer, and the provider is left alone for a while."""
LONGEST_REST_S = 60.0
SILENCES = (Unreachable, NoAnswer, ProviderDown)


@dataclass(slots=True)
class Followed:
    """One provider as it is asked. Moments are on the monotonic clock."""

    provider: Provider
    account: Account
    is_private: bool
    adapter: Adapter
    asked_at: deque[float] = field(default_factory=deque)
    silences: int = 0
    rests_until: float = 0.0

    @property
    def is_limited(self) -> bool:
        return self.provider.limits.looks_per_minute is not None

    def room(self) -> int:
        """How many questions may be put now; for limited ones, within the minute's budget."""
        now, most = time.monotonic(), self.provider.limits.looks_per_minute
        if now < self.rests_until:
            return 0
        if most is None:
            return 1
        while self.asked_at and self.asked_at[0] < now - MINUTE_S:
            self.asked_at.popleft()
        return max(0, most - len(self.asked_at))

    def note_question(self) -> None:
        if self.is_limited:
            self.asked_at.append(time.monotonic())

    def note_answer(self) -> bool:
        """True if the provider was thought to be down until now."""
        was_down, self.silences = self.silences >= DOWN_AFTER, 0
        return was_down

    def note_error(self, error: ProviderError) -> bool:
        """True if this is the moment from which on the provider counts as down."""
        if isinstance(error, RateLimited):
            self._rest(error.retry_after_s or 0.0)
        if not isinstance(error, SILENCES):
            return False
        self.silences += 1
        if self.silences >= DOWN_AFTER:
            self._rest(2.0 ** min(self.silences - DOWN_AFTER, 6) * settings.LOOK_INTERVAL_FACTOR)
        return self.silences == DOWN_AFTER

    def _rest(self, seconds: float) -> None:
        self.rests_until = time.monotonic() + min(seconds, LONGEST_REST_S)


class Following:
    """All providers with their keys, read anew every five seconds."""

    def __init__(self) -> None:
        self._known: dict[int, Followed] = {}
        self._read_at = -FRESH_FOR_S

    def refresh(self) -> None:
        """Read the providers, if that is due. Resolves names, so not for the loop's thread."""
        if time.monotonic() - self._read_at < FRESH_FOR_S:
            return
        for provider in Provider.objects.all():
            self._note(provider)
        self._read_at = time.monotonic()

    def _note(self, provider: Provider) -> None:
        account, known = provider.account, self._known.get(provider.pk)
        if known is None:
            is_private = account.is_on_private_network
            self._known[provider.pk] = Followed(provider, account, is_private, provider.adapter)
            return
        if known.account.base_url != account.base_url:
            known.is_private = account.is_on_private_network
        known.provider, known.account = provider, account

    def of(self, job: Job) -> Followed:
        return self._known[job.provider_id]

    def unlimited(self) -> list[int]:
        """Providers that may be asked as often as we like, and are not resting."""
        return [pk for pk, each in self._known.items() if not each.is_limited and each.room()]

    def limited(self) -> list[tuple[int, int]]:
        """Providers with a budget of questions, each with what is left of it."""
        return [
            (pk, room)
            for pk, each in self._known.items()
            if each.is_limited
            if (room := each.room())
        ]
