"""What several models can do between them: the choices of a form that is sent to all of them."""

from collections.abc import Iterable, Sequence
from typing import TypeVar

from studio.providers.contract import Capabilities, Extra, InputRole, Sound

T = TypeVar("T", int, str)


def together(all_of_them: Sequence[Capabilities]) -> Capabilities:
    """Every choice that at least one of them has; limits are those of the strictest.

    What only some can do is fitted for each of the others (see `studio.services.fitting`).
    """
    if not all_of_them:
        return Capabilities()
    first, *others = all_of_them
    if not others:
        return first
    return Capabilities(
        durations_s=tuple(sorted(_any_of(able.durations_s for able in all_of_them))),
        default_duration_s=first.default_duration_s or next(iter(first.durations_s), None),
        aspect_ratios=_any_of(able.aspect_ratios for able in all_of_them),
        resolutions=_any_of(able.resolutions for able in all_of_them),
        sound=_sound({able.sound for able in all_of_them}),
        inputs=_most_inputs(all_of_them),
        needed_inputs=frozenset().union(*(able.needed_inputs for able in all_of_them)),
        references_exclude_frames=all(able.references_exclude_frames for able in all_of_them),
        takes_seed=any(able.takes_seed for able in all_of_them),
        prompt_max_chars=min(able.prompt_max_chars for able in all_of_them),
        negative_prompt_max_chars=max(able.negative_prompt_max_chars for able in all_of_them),
        extras=_extras(all_of_them),
    )


def _any_of(lists: Iterable[tuple[T, ...]]) -> tuple[T, ...]:
    return tuple(dict.fromkeys(each for items in lists for each in items))


def _sound(sounds: set[Sound]) -> Sound:
    return sounds.pop() if len(sounds) == 1 else Sound.OPTIONAL


def _most_inputs(all_of_them: Sequence[Capabilities]) -> dict[InputRole, int]:
    roles = {role for able in all_of_them for role in able.inputs}
    return {role: max(able.inputs.get(role, 0) for able in all_of_them) for role in roles}


def _extras(all_of_them: Sequence[Capabilities]) -> tuple[Extra, ...]:
    by_name = {extra.name: extra for able in reversed(all_of_them) for extra in able.extras}
    return tuple(by_name.values())
