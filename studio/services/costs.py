"""What a press of the button costs, in words: every sum that is known, and what is not."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from studio.providers import checks
from studio.providers.contract import Money, Price, PriceUnit
from studio.services import wishes
from studio.services.providers import spent_words
from studio.services.wishes import Wish

TIMES = " \N{MULTIPLICATION SIGN} "


@dataclass(frozen=True, slots=True)
class Cost:
    """Of several clips: a sum for each currency, and how many have no published price."""

    sums: tuple[Money, ...] = ()
    unknown: int = 0
    clips: int = 0

    @property
    def words(self) -> str:
        """ "About $1.20 and 2 prices not published"; never a sum of nothing."""
        if not self.sums:
            return _("Price not published")
        known = _("About %(sums)s") % {"sums": " + ".join(spent_words(each) for each in self.sums)}
        if not self.unknown:
            return known
        unknown = ngettext(
            "%(count)s price not published", "%(count)s prices not published", self.unknown
        ) % {"count": self.unknown}
        return _("%(known)s and %(unknown)s") % {"known": known, "unknown": unknown}


def cost_of(asked: Iterable[Wish]) -> Cost:
    """About what these cost together."""
    sums: dict[str, Decimal] = {}
    unknown = clips = 0
    for wish in asked:
        clips += wish.takes
        money = wishes.estimate(wish)
        if money is None:
            unknown += wish.takes
        else:
            sums[money.currency] = sums.get(money.currency, Decimal(0)) + money.amount
    known = tuple(Money(amount, currency) for currency, amount in sums.items())
    return Cost(known, unknown, clips)


def rate_words(price: Price | None) -> str:
    """ "$0.05/s", "$0.40 a clip"; "" where none is published."""
    if price is None:
        return ""
    money = spent_words(Money(price.amount, price.currency))
    is_per_clip = price.unit is PriceUnit.CLIP
    return (_("%(money)s a clip") if is_per_clip else _("%(money)s/s")) % {"money": money}


def rate_of(wish: Wish) -> str:
    """The published rate for this clip, in words."""
    return rate_words(checks.rate(wish.provider_model.prices, wish.request))


def sum_words(asked: Sequence[Wish], prompts: int, models: int, takes: int) -> str:
    """The factors of the cost: takes, seconds and rate; of several prompts or models their count
    and the clips they make."""
    said = [_count_takes(takes)]
    if prompts > 1:
        words = ngettext("%(count)s prompt", "%(count)s prompts", prompts)
        said.insert(0, words % {"count": prompts})
    if models > 1:
        words = ngettext("%(count)s model", "%(count)s models", models) % {"count": models}
        said.insert(len(said) - 1, words)
    if prompts == models == len(asked) == 1:
        return TIMES.join([*said, *_one_clip(asked[0])])
    clips = prompts * models * takes
    words = ngettext("%(sum)s = %(clips)s clip", "%(sum)s = %(clips)s clips", clips)
    return words % {"sum": TIMES.join(said), "clips": clips}


def _count_takes(takes: int) -> str:
    return ngettext("%(count)s take", "%(count)s takes", takes) % {"count": takes}


def _one_clip(wish: Wish) -> list[str]:
    """The factors of one clip's price: its length, and the rate."""
    rate, seconds = rate_of(wish), wish.request.duration_s
    length = [_("%(seconds)s s") % {"seconds": seconds}] if seconds else []
    return [*length, rate] if rate else length
