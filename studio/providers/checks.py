"""What is wrong with a request, said before anything is sent; and what it would cost."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import Any

from studio.providers.contract import (
    Capabilities,
    GenerationRequest,
    InputRole,
    Money,
    Price,
    PriceUnit,
    Sound,
)

ROLE_WORDS = {
    InputRole.FIRST_FRAME: "a first frame",
    InputRole.LAST_FRAME: "a last frame",
    InputRole.REFERENCE: "reference images",
    InputRole.SOURCE_VIDEO: "a clip to extend",
}
FRAMES = {InputRole.FIRST_FRAME, InputRole.LAST_FRAME}

Problems = dict[str, str]
Check = Callable[[Capabilities, GenerationRequest, str], Problems]


def complete(capabilities: Capabilities, request: GenerationRequest) -> GenerationRequest:
    """The request with the model's defaults in the place of what was left open."""
    able = capabilities.given(request.roles)
    duration_s = request.duration_s
    if duration_s is None and able.durations_s:
        duration_s = able.default_duration_s or able.durations_s[0]
    return replace(
        request,
        duration_s=duration_s,
        aspect_ratio=request.aspect_ratio or next(iter(able.aspect_ratios), ""),
        resolution=request.resolution or next(iter(able.resolutions), ""),
        has_sound=_default_sound(able, request.has_sound),
    )


def _default_sound(able: Capabilities, asked: bool | None) -> bool | None:
    if asked is None and able.sound is not Sound.NEVER:
        return able.sound is Sound.ALWAYS
    return asked


def problems(
    capabilities: Capabilities, request: GenerationRequest, *, model_name: str
) -> Problems:
    """Every reason why the model cannot do this, by field name; empty if it can."""
    able = capabilities.given(request.roles)
    found: Problems = {}
    for check in CHECKS:
        found |= check(able, request, model_name)
    return found


def _prompts(able: Capabilities, request: GenerationRequest, name: str) -> Problems:
    found: Problems = {}
    if not request.prompt.strip():
        found["prompt"] = "Describe the clip first."
    elif len(request.prompt) > able.prompt_max_chars:
        found["prompt"] = (
            f"{name} takes {able.prompt_max_chars:,} characters; these are "
            f"{len(request.prompt):,}. Shorten the prompt."
        )
    if request.negative_prompt and not able.takes_negative_prompt:
        found["negative_prompt"] = f"{name} takes no negative prompt. Leave it empty."
    elif len(request.negative_prompt) > able.negative_prompt_max_chars:
        found["negative_prompt"] = (
            f"{name} takes {able.negative_prompt_max_chars:,} characters here. Shorten it."
        )
    return found


def _choices(able: Capabilities, request: GenerationRequest, name: str) -> Problems:
    found: Problems = {}
    if request.duration_s is not None and request.duration_s not in able.durations_s:
        found["duration_s"] = _only(name, "duration", durations_words(able.durations_s), "makes")
    if request.aspect_ratio and request.aspect_ratio not in able.aspect_ratios:
        found["aspect_ratio"] = _only(name, "aspect ratio", either(able.aspect_ratios), "makes")
    if request.resolution and request.resolution not in able.resolutions:
        found["resolution"] = _only(name, "resolution", either(able.resolutions), "makes")
    if request.seed is not None and not able.takes_seed:
        found["seed"] = f"{name} takes no seed. Leave it empty."
    if request.has_sound and able.sound is Sound.NEVER:
        found["has_sound"] = f"{name} makes no sound. Switch it off."
    if request.has_sound is False and able.sound is Sound.ALWAYS:
        found["has_sound"] = f"{name} always makes sound. Switch it on."
    return found


def _only(name: str, option: str, choices: str, verb: str) -> str:
    if not choices:
        return f"{name} lets no {option} be chosen. Leave it empty."
    return f"{name} {verb} {choices}."


def _inputs(able: Capabilities, request: GenerationRequest, name: str) -> Problems:
    found: Problems = {}
    for role in request.roles:
        count, most = len(request.references(role)), able.inputs.get(role, 0)
        if not most:
            found[role.value] = f"{name} takes no {ROLE_WORDS[role].removeprefix('a ')}. Remove it."
        elif count > most:
            found[role.value] = f"{name} takes {most} of these; {count} are given."
    for role in able.needed_inputs - request.roles:
        found[role.value] = f"{name} needs {ROLE_WORDS[role]}. Add one."
    if request.roles & FRAMES == {InputRole.LAST_FRAME} and able.inputs.get(InputRole.LAST_FRAME):
        found["first_frame"] = "A last frame needs a first frame. Add one."
    mixed = InputRole.REFERENCE in request.roles and request.roles & FRAMES
    if mixed and able.references_exclude_frames:
        found["reference"] = f"{name} takes either frames or reference images. Remove one kind."
    return found


def _extras(able: Capabilities, request: GenerationRequest, name: str) -> Problems:
    known = {extra.name: extra for extra in able.extras}
    found: Problems = {}
    for key, value in request.extras.items():
        extra = known.get(key)
        if extra is None:
            names = either(tuple(known)) or "none"
            found[f"extras.{key}"] = f"{name} has no option {key}. It has: {names}."
        elif extra.choices and value not in extra.choices:
            found[f"extras.{key}"] = f"{extra.label} is {either(extra.choices)}."
        elif not extra.choices and not isinstance(value, bool):
            found[f"extras.{key}"] = f"{extra.label} is true or false."
    return found


CHECKS: tuple[Check, ...] = (_prompts, _choices, _inputs, _extras)


def durations_words(durations_s: Sequence[int]) -> str:
    """ "5 or 10 seconds", "1 to 15 seconds"."""
    if not durations_s:
        return ""
    first, last = min(durations_s), max(durations_s)
    if len(durations_s) > 3 and len(durations_s) == last - first + 1:
        return f"{first} to {last} seconds"
    return f"{either(sorted(durations_s))} seconds"


def either(words: Iterable[Any]) -> str:
    """ "a, b or c"."""
    texts = [str(word) for word in words]
    return " or ".join([", ".join(texts[:-1]), texts[-1]] if texts[1:] else texts)


def estimate(prices: Sequence[Price], request: GenerationRequest) -> Money | None:
    """What one clip costs by the most specific published rate; None where none fits."""
    fitting = [price for price in prices if _fits(price, request)]
    if not fitting:
        return None
    best = max(fitting, key=lambda p: (p.resolution is not None) + (p.has_sound is not None))
    if best.unit is PriceUnit.CLIP:
        return Money(best.amount, best.currency)
    return Money(best.amount * (request.duration_s or 0), best.currency)


def _fits(price: Price, request: GenerationRequest) -> bool:
    if price.unit is PriceUnit.SECOND and not request.duration_s:
        return False
    return price.resolution in (None, request.resolution) and price.has_sound in (
        None,
        bool(request.has_sound),
    )
