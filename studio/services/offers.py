"""The model picker: every model with what it can do of the form as it stands, and its price."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from studio.models import Provider, ProviderModel
from studio.providers.contract import InputRole
from studio.services import costs, delivery, fitting, timing, wishes
from studio.services.drafts import Draft
from studio.services.providers import is_paused_by_hand, spent_words

MOST_TAGS = 4


@dataclass(frozen=True, kw_only=True)
class Offer:
    """One model for what stands in the form."""

    model: ProviderModel
    price: str
    """About what one clip costs there, in words."""
    rate: str
    needs: list[str] = field(default_factory=list)
    """What would have to change, in words; empty if it can do all of it."""
    is_chosen: bool = False
    usual_s: float | None = None
    """Seconds that its clips of this length take; None where too little is known."""

    @property
    def fits(self) -> bool:
        return not self.needs

    @cached_property
    def tags(self) -> list[str]:
        """What it can do, in words."""
        able = self.model.capabilities
        most = max(able.resolutions, key=fitting.lines_of, default="")
        cancels = self.model.provider.adapter.build_cancel is not None
        found = [
            _frames_tag(self.model),
            _references_tag(able.inputs.get(InputRole.REFERENCE, 0)),
            _("Sound") if self.takes_sound else "",
            most,
            "" if able.aspect_ratios else _("Fixed ratio"),
            _("Cancel") if cancels else "",
        ]
        return [tag for tag in found if tag][:MOST_TAGS]

    @property
    def takes_sound(self) -> bool:
        return self.model.capabilities.sound != "never"

    @property
    def health(self) -> str:
        """What is not well at its provider, in words; "" if nothing is known to be."""
        return health_words(self.model.provider)


def health_words(provider: Provider) -> str:
    """ "Paused: out of credit", "Paused by mara.", "Not reachable"; "" where nothing is known to be
    wrong."""
    if is_paused_by_hand(provider):
        return provider.health_note or _("Paused")
    well = (Provider.Health.WELL, Provider.Health.UNKNOWN)
    state = "" if provider.health in well else provider.get_health_display()
    if provider.is_paused:
        return _("Paused: %(why)s") % {"why": state.lower()} if state else _("Paused")
    return state


def _frames_tag(model: ProviderModel) -> str:
    inputs = model.capabilities.inputs
    if inputs.get(InputRole.FIRST_FRAME) and inputs.get(InputRole.LAST_FRAME):
        return _("First + last")
    if not inputs.get(InputRole.FIRST_FRAME):
        return ""
    is_needed = InputRole.FIRST_FRAME in model.capabilities.needed_inputs
    return _("First frame needed") if is_needed else _("First frame")


def _references_tag(most: int) -> str:
    words = ngettext("%(count)s reference", "%(count)s references", most)
    return words % {"count": most} if most else ""


def offers(draft: Draft, models: Sequence[ProviderModel], *, with_times: bool) -> list[Offer]:
    """Every model for this form. Looking up the usual times asks the database for each."""
    chosen = {model.pk for model in draft.models}
    return [
        _offer(draft, model, is_chosen=model.pk in chosen, with_times=with_times)
        for model in models
    ]


def _offer(draft: Draft, model: ProviderModel, *, is_chosen: bool, with_times: bool) -> Offer:
    near = fitting.fitted(draft.wish_of(model))
    money = wishes.estimate(near.wish)
    usual = timing.usual(model.pk, near.wish.request.duration_s) if with_times else None
    return Offer(
        model=model,
        price=spent_words(money) if money else _("Price not published"),
        rate=costs.rate_of(near.wish),
        needs=missing(near) + near.changes,
        is_chosen=is_chosen,
        usual_s=usual.median_s if usual else None,
    )


def missing(near: fitting.Fitted) -> list[str]:
    """What the model needs and nobody gave, or why it cannot be given what is there."""
    found = []
    able = near.wish.provider_model.capabilities
    roles = {role for role, _asset in near.wish.inputs}
    if InputRole.FIRST_FRAME in able.needed_inputs - roles:
        found.append(_("Needs a first frame"))
    if near.wish.inputs and (why_not := delivery.problem(near.wish.provider_model.provider)):
        found.append(why_not)
    return found


def asked_words(draft: Draft) -> str:
    """What a fitting model takes, as the picker's heading: "Takes your first frame and 8 s"."""
    length = _("%(seconds)s s") % {"seconds": draft.duration_s} if draft.duration_s else ""
    given = _given_words(draft.roles)
    if given and length:
        return _("Takes %(pictures)s and %(length)s") % {"pictures": given, "length": length}
    if given:
        return _("Takes %(pictures)s") % {"pictures": given}
    if length:
        return _("Makes %(length)s") % {"length": length}
    return _("Takes what is set")


def _given_words(roles: set[InputRole]) -> str:
    frames = roles & {InputRole.FIRST_FRAME, InputRole.LAST_FRAME}
    if len(frames) == 2:
        return _("your frames")
    if frames:
        is_first = InputRole.FIRST_FRAME in frames
        return _("your first frame") if is_first else _("your last frame")
    return _("your references") if InputRole.REFERENCE in roles else ""
