"""What a model can make of a wish: the nearest to it, with every difference in words.

Nothing is ever changed in silence: whoever sends a fitted wish shows its changes first.
"""

import math
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace

from django.utils.translation import gettext as _

from studio.models import Asset
from studio.providers.checks import FRAMES
from studio.providers.contract import Capabilities, InputRole, Sound
from studio.services.wishes import Wish

Given = tuple[tuple[InputRole, Asset], ...]
NAMED_LINES = {"4k": 2160, "2k": 1440, "8k": 4320}


@dataclass(slots=True)
class Fitted:
    """A wish as its model can make it, and what had to be changed for that."""

    wish: Wish
    changes: list[str] = field(default_factory=list)

    def set(self, words: str, **values: object) -> None:
        self.wish = replace(self.wish, **values)  # type: ignore[arg-type]
        self.changes.append(words)


def fitted(wish: Wish) -> Fitted:
    """The nearest that the wish's model can do. What it needs and nobody gave stays missing."""
    base = wish.provider_model.capabilities
    done = Fitted(wish)
    _fit_inputs(base, done)
    able = base.given({role for role, _asset in done.wish.inputs})
    for step in STEPS:
        step(able, done)
    return done


def fit_choices(able: Capabilities, wish: Wish) -> Fitted:
    """Only duration, aspect ratio and resolution, to what these capabilities offer."""
    done = Fitted(wish)
    for step in CHOICES:
        step(able, done)
    return done


# -- Pictures ----------------------------------------------------------------------------------


def _fit_inputs(able: Capabilities, done: Fitted) -> None:
    for role in dict.fromkeys(role for role, _asset in done.wish.inputs):
        given, most = _in_role(done.wish.inputs, role), able.inputs.get(role, 0)
        if not most:
            done.set(without_words(role), inputs=_without(done.wish.inputs, role))
        elif len(given) > most:
            words = _("Takes %(most)s of your %(count)s pictures")
            said = words % {"most": most, "count": len(given)}
            done.set(said, inputs=_without(done.wish.inputs, role) + given[:most])
    roles = {role for role, _asset in done.wish.inputs}
    if able.references_exclude_frames and InputRole.REFERENCE in roles and roles & FRAMES:
        words = _("Takes frames or references: without your references")
        done.set(words, inputs=_without(done.wish.inputs, InputRole.REFERENCE))


def without_words(role: InputRole) -> str:
    """What is said of a model that takes no picture in this role."""
    return {
        InputRole.FIRST_FRAME: _("Takes no first frame"),
        InputRole.LAST_FRAME: _("Takes no last frame"),
        InputRole.REFERENCE: _("Takes no references"),
        InputRole.SOURCE_VIDEO: _("Takes no clip to extend"),
    }[role]


def _in_role(given: Given, role: InputRole) -> Given:
    return tuple(each for each in given if each[0] is role)


def _without(given: Given, role: InputRole) -> Given:
    return tuple(each for each in given if each[0] is not role)


# -- Settings ----------------------------------------------------------------------------------


def _fit_duration(able: Capabilities, done: Fitted) -> None:
    asked = done.wish.duration_s
    if asked is None or asked in able.durations_s:
        return
    nearest = nearest_duration(asked, able.durations_s)
    if nearest is None:
        done.set(_("Decides the length itself"), duration_s=None)
    else:
        done.set(_instead(_seconds(nearest), _seconds(asked)), duration_s=nearest)


def _fit_ratio(able: Capabilities, done: Fitted) -> None:
    asked = done.wish.aspect_ratio
    if not asked or asked in able.aspect_ratios:
        return
    if able.aspect_ratios:
        nearest = nearest_ratio(asked, able.aspect_ratios)
        done.set(_instead(nearest, asked), aspect_ratio=nearest)
    elif any(role is InputRole.FIRST_FRAME for role, _asset in done.wish.inputs):
        # Then the picture decides, as a person expects.
        done.wish = replace(done.wish, aspect_ratio="")
    else:
        done.set(_("Decides the aspect ratio itself"), aspect_ratio="")


def _fit_resolution(able: Capabilities, done: Fitted) -> None:
    asked = done.wish.resolution
    if not asked or asked in able.resolutions:
        return
    if able.resolutions:
        nearest = nearest_resolution(asked, able.resolutions)
        done.set(_instead(nearest, asked), resolution=nearest)
    else:
        done.set(_("Decides the resolution itself"), resolution="")


def _fit_sound(able: Capabilities, done: Fitted) -> None:
    asked = done.wish.has_sound
    if asked and able.sound is Sound.NEVER:
        done.set(_("Makes no sound"), has_sound=None)
    elif asked is False and able.sound is Sound.ALWAYS:
        done.set(_("Always with sound"), has_sound=True)
    elif able.sound is Sound.NEVER:
        done.wish = replace(done.wish, has_sound=None)


def _fit_words(able: Capabilities, done: Fitted) -> None:
    if done.wish.negative_prompt.strip() and not able.takes_negative_prompt:
        done.set(_("Takes no negative prompt"), negative_prompt="")
    if done.wish.seed is not None and not able.takes_seed:
        done.set(_("Takes no seed"), seed=None)


def _fit_extras(able: Capabilities, done: Fitted) -> None:
    known = {extra.name for extra in able.extras}
    kept = {name: value for name, value in done.wish.extras.items() if name in known}
    for name in set(done.wish.extras) - known:
        done.changes.append(_("Has no option “%(name)s”") % {"name": name.replace("_", " ")})
    done.wish = replace(done.wish, extras=kept)


Step = Callable[[Capabilities, Fitted], None]
CHOICES: tuple[Step, ...] = (_fit_duration, _fit_ratio, _fit_resolution)
STEPS = (*CHOICES, _fit_sound, _fit_words, _fit_extras)


def _instead(nearest: str, asked: str) -> str:
    return _("%(nearest)s instead of %(asked)s") % {"nearest": nearest, "asked": asked}


def _seconds(seconds: int) -> str:
    return _("%(seconds)s s") % {"seconds": seconds}


# -- The nearest -------------------------------------------------------------------------------


def nearest_duration(asked_s: int, durations_s: Iterable[int]) -> int | None:
    """In seconds; of two that are equally near the longer one, which can be trimmed."""
    return min(durations_s, key=lambda each: (abs(each - asked_s), -each), default=None)


def nearest_ratio(asked: str, ratios: Sequence[str]) -> str:
    """The most alike in shape; the first where one cannot be read."""
    shape = shape_of(asked)
    return min(ratios, key=lambda each: abs(math.log(shape_of(each) / shape)))


def shape_of(ratio: str) -> float:
    """Width by height of "16:9"; 1 where it cannot be read."""
    found = re.fullmatch(r"(\d+):(\d+)", ratio)
    width, height = (int(found[1]), int(found[2])) if found else (1, 1)
    return width / height if width and height else 1.0


def nearest_resolution(asked: str, resolutions: Sequence[str]) -> str:
    return min(resolutions, key=lambda each: abs(lines_of(each) - lines_of(asked)))


def lines_of(resolution: str) -> int:
    """Lines of "1080p" or "4K"; 0 where it cannot be read."""
    if resolution.lower() in NAMED_LINES:
        return NAMED_LINES[resolution.lower()]
    found = re.search(r"\d+", resolution)
    return int(found[0]) if found else 0
