"""The compose form as it is shown: its fields from capabilities as data, and what it costs.

No template and no view knows one API from another: all of it comes from the chosen models.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TypeVar

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from studio.models import Asset, Provider, ProviderModel
from studio.providers.contract import Capabilities, Extra, InputRole, Sound
from studio.services import costs, delivery, fitting, offers, wishes
from studio.services.drafts import EXTRA_PREFIX, IMAGE_ROLES, LIST_PREFIX, Draft
from studio.services.fitting import Fitted
from studio.services.offers import Offer

MOST_IN_A_ROW = 5
"""With more choices a setting is a list to open."""
MOST_LACKING = 2
"""How many of the usual choices are shown although the chosen models lack them."""
SHOWN_PROMPTS = 30
WELL_NAMES: dict[InputRole, "str | Promise"] = {
    InputRole.FIRST_FRAME: gettext_lazy("First frame"),
    InputRole.LAST_FRAME: gettext_lazy("Last frame"),
    InputRole.REFERENCE: gettext_lazy("Reference"),
    InputRole.SOURCE_VIDEO: gettext_lazy("Clip to extend"),
}

LACKING = {
    InputRole.FIRST_FRAME: gettext_lazy("%(model)s takes no first frame"),
    InputRole.LAST_FRAME: gettext_lazy("%(model)s takes no last frame"),
    InputRole.REFERENCE: gettext_lazy("%(model)s takes no references"),
    InputRole.SOURCE_VIDEO: gettext_lazy("%(model)s takes no clip to extend"),
}
T = TypeVar("T", int, str)


@dataclass(frozen=True, kw_only=True)
class Choice:
    """One value of a setting; `reason` says why it cannot be chosen now."""

    value: str
    words: str
    is_chosen: bool
    reason: str = ""
    icon: str = ""


@dataclass(frozen=True, kw_only=True)
class Setting:
    """A setting with a few choices."""

    name: str
    legend: str
    choices: Sequence[Choice]
    nothing: str
    """What is said where the models leave no choice."""
    error: str

    @property
    def is_list(self) -> bool:
        return len(self.choices) > MOST_IN_A_ROW

    @property
    def chosen(self) -> Choice | None:
        return next((choice for choice in self.choices if choice.is_chosen), None)


@dataclass(frozen=True, kw_only=True)
class Well:
    """A place for pictures with what the models say of it and what was given."""

    role: str
    name: str
    most: int
    is_needed: bool
    given: Sequence[Asset]
    reason: str
    error: str

    @property
    def room(self) -> int:
        return max(0, self.most - len(self.given))


@dataclass(frozen=True, slots=True)
class ExtraField:
    """One of the models' own options with what was chosen for it."""

    extra: Extra
    value: str
    error: str

    @property
    def name(self) -> str:
        return f"{EXTRA_PREFIX}{self.extra.name}"


@dataclass(frozen=True, kw_only=True)
class ListField:
    """What a named variable of the prompt stands for, one value on each line."""

    variable: str
    text: str
    error: str

    @property
    def name(self) -> str:
        return f"{LIST_PREFIX}{self.variable}"


@dataclass(frozen=True, kw_only=True)
class Chosen:
    """One of several chosen models: what it changes to make this, and what it costs."""

    model: ProviderModel
    changes: Sequence[str]
    problem: str
    cost: costs.Cost


@dataclass
class Composing:
    """A draft with everything the page shows of it."""

    draft: Draft
    models: Sequence[ProviderModel] = field(default_factory=list)
    """Every model that can be chosen."""

    # -- The models --------------------------------------------------------------------------

    @cached_property
    def able(self) -> Capabilities:
        return self.draft.capabilities

    @property
    def who(self) -> str:
        """The chosen model's name, or what several are called."""
        is_one = len(self.draft.models) == 1
        return self.draft.models[0].name if is_one else _("These models")

    @property
    def offers(self) -> list[Offer]:
        return offers.offers(self.draft, self.models, with_times=False)

    @property
    def face(self) -> Offer | None:
        """The chosen model, where it is one."""
        if len(self.draft.models) != 1:
            return None
        return offers.offers(self.draft, self.draft.models, with_times=False)[0]

    @cached_property
    def chosen(self) -> list[Chosen]:
        """The chosen models, where there are several."""
        if len(self.draft.models) < 2:
            return []
        return [self._chosen(model) for model in self.draft.models]

    def _chosen(self, model: ProviderModel) -> Chosen:
        mine = [each for each in self.fitted if each.wish.provider_model == model]
        return Chosen(
            model=model,
            changes=mine[0].changes if mine else [],
            problem=" ".join(map(str, _missing(mine[0]).values())) if mine else "",
            cost=costs.cost_of(each.wish for each in mine),
        )

    @property
    def paused(self) -> list[Provider]:
        providers = {model.provider for model in self.draft.models if model.provider.is_paused}
        return sorted(providers, key=lambda provider: provider.name)

    @property
    def delivery_problems(self) -> list[str]:
        """Why the pictures given cannot reach a chosen model's provider."""
        if not self.draft.roles:
            return []
        takers = [model for model in self.draft.models if model.capabilities.inputs]
        found = (delivery.problem(model.provider) for model in takers)
        return list(dict.fromkeys(words for words in found if words))

    # -- Its fields --------------------------------------------------------------------------

    @cached_property
    def settings(self) -> list[Setting]:
        return [self._duration(), self._ratio(), self._resolution()]

    def _duration(self) -> Setting:
        own = self.able.durations_s
        every = _offered(own, (m.capabilities.durations_s for m in self.models))
        texts = {str(each): _("%(seconds)s s") % {"seconds": each} for each in sorted(every)}
        chosen = str(self.draft.duration_s or "")
        return self._setting("duration_s", _("Duration"), texts, map(str, own), chosen)

    def _ratio(self) -> Setting:
        own = self.able.aspect_ratios
        every = _offered(own, (m.capabilities.aspect_ratios for m in self.models))
        texts = {each: each for each in sorted(every, key=_by_shape)}
        return self._setting("aspect_ratio", _("Aspect ratio"), texts, own, self.draft.aspect_ratio)

    def _resolution(self) -> Setting:
        own = self.able.resolutions
        every = _offered(own, (m.capabilities.resolutions for m in self.models))
        texts = {each: each for each in sorted(every, key=fitting.lines_of)}
        return self._setting("resolution", _("Resolution"), texts, own, self.draft.resolution)

    def _setting(
        self, name: str, legend: str, texts: dict[str, str], own: Iterable[str], chosen: str
    ) -> Setting:
        able = set(own)
        choices = [
            Choice(
                value=value,
                words=words,
                is_chosen=value == chosen,
                reason="" if value in able else self._lacks(words),
                icon=_shape_icon(value) if name == "aspect_ratio" else "",
            )
            for value, words in texts.items()
        ]
        follows = name == "aspect_ratio" and InputRole.FIRST_FRAME in self.draft.roles
        nothing = _("Follows the first frame") if follows else _("The model decides")
        return Setting(
            name=name,
            legend=legend,
            choices=choices if able else [],
            nothing=nothing,
            error=self.draft.errors.get(name, ""),
        )

    def _lacks(self, words: str) -> str:
        return _("%(model)s: no %(choice)s") % {"model": self.who, "choice": words}

    @property
    def takes_sound(self) -> bool:
        return self.able.sound is not Sound.NEVER

    @property
    def always_sounds(self) -> bool:
        return self.able.sound is Sound.ALWAYS

    @property
    def extras(self) -> list[ExtraField]:
        draft = self.draft
        return [
            ExtraField(
                extra,
                str(draft.extras.get(extra.name, "")),
                draft.errors.get(f"extras.{extra.name}", ""),
            )
            for extra in self.able.extras
        ]

    @cached_property
    def wells(self) -> dict[str, Well]:
        return {role.value: self._well(role) for role in (*IMAGE_ROLES, InputRole.SOURCE_VIDEO)}

    @property
    def shows_references(self) -> bool:
        """True where there are references and no frames: then their wells are in front."""
        return self.draft.roles == {InputRole.REFERENCE}

    @property
    def places(self) -> list[Well]:
        """The wells that are always there."""
        return [self.wells[role.value] for role in IMAGE_ROLES]

    def _well(self, role: InputRole) -> Well:
        most = max((m.capabilities.inputs.get(role, 0) for m in self.draft.models), default=0)
        needed = any(role in model.capabilities.needed_inputs for model in self.draft.models)
        reason = LACKING[role] % {"model": self.who} if not most else ""
        return Well(
            role=role.value,
            name=str(WELL_NAMES[role]),
            most=most,
            is_needed=needed,
            given=self.draft.inputs.get(role, []),
            reason=reason,
            error=self.draft.errors.get(role.value, ""),
        )

    # -- Its prompts, and the cost -----------------------------------------------------------

    @property
    def lists(self) -> list[ListField]:
        return [
            ListField(
                variable=name,
                text="\n".join(self.draft.lists.get(name, [])),
                error=self.draft.errors.get(LIST_PREFIX + name, ""),
            )
            for name in self.draft.template.names
        ]

    @property
    def shown_prompts(self) -> list[str]:
        """The first of several prompts."""
        return self.draft.prompts[:SHOWN_PROMPTS] if self.draft.prompt_count > 1 else []

    @property
    def more_prompts(self) -> int:
        return max(0, len(self.draft.prompts) - SHOWN_PROMPTS)

    @property
    def has_braces(self) -> bool:
        return self.draft.is_plain or "{" in self.draft.prompt or "}" in self.draft.prompt

    @cached_property
    def fitted(self) -> list[Fitted]:
        return self.draft.fitted()

    @property
    def told(self) -> str:
        return self.draft.to_tell(self.fitted)

    @cached_property
    def asked(self) -> list[wishes.Wish]:
        return [each.wish for each in self.fitted]

    @cached_property
    def cost(self) -> costs.Cost:
        return costs.cost_of(self.asked)

    @property
    def sum_words(self) -> str:
        draft = self.draft
        if not self.asked:
            return ""
        return costs.sum_words(self.asked, len(draft.prompts), len(draft.models), draft.takes)

    @property
    def is_free(self) -> bool:
        return all(model.provider.is_demo for model in self.draft.models)


def _missing(near: Fitted) -> dict[str, str]:
    """What keeps a fitted wish from being sent, the prompt aside: that is told at the prompt."""
    found = wishes.problems(near.wish)
    return {name: words for name, words in found.items() if name not in ("prompt", "takes")}


def _offered(own: Sequence[T], all_of_them: Iterable[Sequence[T]]) -> set[T]:
    """The models' own choices, filled up to a row with what most of the others offer."""
    known = Counter(each for offered in all_of_them for each in offered)
    room = max(0, min(MOST_LACKING, MOST_IN_A_ROW - len(own)))
    others = [each for each, _count in known.most_common() if each not in own]
    return set(own).union(others[:room])


def _by_shape(ratio: str) -> tuple[bool, float]:
    """Wide ones first, the square and the tall ones after them; 16:9 before wider ones."""
    shape = fitting.shape_of(ratio)
    return shape <= 1, abs(shape - 16 / 9) if shape > 1 else -shape


def _shape_icon(ratio: str) -> str:
    shape = fitting.shape_of(ratio)
    if shape == 1:
        return "square"
    return "rectangle-horizontal" if shape > 1 else "rectangle-vertical"
