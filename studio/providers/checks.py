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
from studio.providers.phrases import pattern, phrase

TAKES_NO = {
    InputRole.FIRST_FRAME: pattern("%(name)s takes no first frame. Remove it."),
    InputRole.LAST_FRAME: pattern("%(name)s takes no last frame. Remove it."),
    InputRole.REFERENCE: pattern("%(name)s takes no reference images. Remove them."),
    InputRole.SOURCE_VIDEO: pattern("%(name)s takes no clip to extend. Remove it."),
}
NEEDS = {
    InputRole.FIRST_FRAME: pattern("%(name)s needs a first frame. Add one."),
    InputRole.LAST_FRAME: pattern("%(name)s needs a last frame. Add one."),
    InputRole.REFERENCE: pattern("%(name)s needs reference images. Add one."),
    InputRole.SOURCE_VIDEO: pattern("%(name)s needs a clip to extend. Add one."),
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
        found["prompt"] = phrase("Describe the clip first.")
    elif len(request.prompt) > able.prompt_max_chars:
        found["prompt"] = phrase(
            "%(name)s takes %(most)s characters; these are %(count)s. Shorten the prompt.",
            name=name,
            most=able.prompt_max_chars,
            count=len(request.prompt),
        )
    if request.negative_prompt and not able.takes_negative_prompt:
        found["negative_prompt"] = phrase(
            "%(name)s takes no negative prompt. Leave it empty.", name=name
        )
    elif len(request.negative_prompt) > able.negative_prompt_max_chars:
        found["negative_prompt"] = phrase(
            "%(name)s takes %(most)s characters here. Shorten it.",
            name=name,
            most=able.negative_prompt_max_chars,
        )
    return found


def _choices(able: Capabilities, request: GenerationRequest, name: str) -> Problems:
    found: Problems = {}
    if request.duration_s is not None and request.duration_s not in able.durations_s:
        none = phrase("%(name)s lets no duration be chosen. Leave it empty.", name=name)
        found["duration_s"] = _only(name, durations_words(able.durations_s)) or none
    if request.aspect_ratio and request.aspect_ratio not in able.aspect_ratios:
        none = phrase("%(name)s lets no aspect ratio be chosen. Leave it empty.", name=name)
        found["aspect_ratio"] = _only(name, either(able.aspect_ratios)) or none
    if request.resolution and request.resolution not in able.resolutions:
        none = phrase("%(name)s lets no resolution be chosen. Leave it empty.", name=name)
        found["resolution"] = _only(name, either(able.resolutions)) or none
    if request.seed is not None and not able.takes_seed:
        found["seed"] = phrase("%(name)s takes no seed. Leave it empty.", name=name)
    return found | _sound(able, request, name)


def _only(name: str, choices: str) -> str:
    return phrase("%(name)s makes %(choices)s.", name=name, choices=choices) if choices else ""


def _sound(able: Capabilities, request: GenerationRequest, name: str) -> Problems:
    if request.has_sound and able.sound is Sound.NEVER:
        return {"has_sound": phrase("%(name)s makes no sound. Switch it off.", name=name)}
    if request.has_sound is False and able.sound is Sound.ALWAYS:
        return {"has_sound": phrase("%(name)s always makes sound. Switch it on.", name=name)}
    return {}


def _inputs(able: Capabilities, request: GenerationRequest, name: str) -> Problems:
    found: Problems = {}
    for role in request.roles:
        count, most = len(request.references(role)), able.inputs.get(role, 0)
        if not most:
            found[role.value] = phrase(TAKES_NO[role], name=name)
        elif count > most:
            found[role.value] = phrase(
                "%(name)s takes %(most)s of these; %(count)s are given.",
                name=name,
                most=most,
                count=count,
            )
    for role in able.needed_inputs - request.roles:
        found[role.value] = phrase(NEEDS[role], name=name)
    if request.roles & FRAMES == {InputRole.LAST_FRAME} and able.inputs.get(InputRole.LAST_FRAME):
        found["first_frame"] = phrase("A last frame needs a first frame. Add one.")
    mixed = InputRole.REFERENCE in request.roles and request.roles & FRAMES
    if mixed and able.references_exclude_frames:
        found["reference"] = phrase(
            "%(name)s takes either frames or reference images. Remove one kind.", name=name
        )
    return found


def _extras(able: Capabilities, request: GenerationRequest, name: str) -> Problems:
    known = {extra.name: extra for extra in able.extras}
    found: Problems = {}
    for key, value in request.extras.items():
        extra = known.get(key)
        if extra is None:
            found[f"extras.{key}"] = phrase(
                "%(name)s has no option %(option)s. It has: %(options)s.",
                name=name,
                option=key,
                options=either(tuple(known)) or phrase("none"),
            )
        elif extra.choices and value not in extra.choices:
            found[f"extras.{key}"] = phrase(
                "%(label)s is %(choices)s.",
                label=phrase(extra.label),
                choices=either(extra.choices),
            )
        elif not extra.choices and not isinstance(value, bool):
            found[f"extras.{key}"] = phrase(
                "%(label)s is true or false.", label=phrase(extra.label)
            )
    return found


CHECKS: tuple[Check, ...] = (_prompts, _choices, _inputs, _extras)


def durations_words(durations_s: Sequence[int]) -> str:
    """ "5 or 10 seconds", "1 to 15 seconds"."""
    if not durations_s:
        return ""
    first, last = min(durations_s), max(durations_s)
    if len(durations_s) > 3 and len(durations_s) == last - first + 1:
        return phrase("%(first)s to %(last)s seconds", first=first, last=last)
    return phrase("%(choices)s seconds", choices=either(sorted(durations_s)))


def either(words: Iterable[Any]) -> str:
    """ "a, b or c"."""
    texts = [str(word) for word in words]
    if len(texts) < 2:
        return "".join(texts)
    return phrase("%(several)s or %(last)s", several=", ".join(texts[:-1]), last=texts[-1])


def rate(prices: Sequence[Price], request: GenerationRequest) -> Price | None:
    """The most specific published rate for this clip; None where none fits."""
    fitting = [price for price in prices if _fits(price, request)]
    if not fitting:
        return None
    return max(fitting, key=lambda p: (p.resolution is not None) + (p.has_sound is not None))


def estimate(prices: Sequence[Price], request: GenerationRequest) -> Money | None:
    """What one clip costs by the most specific published rate; None where none fits."""
    best = rate(prices, request)
    if best is None:
        return None
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
