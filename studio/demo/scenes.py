"""Draws a scene out of a prompt's words: a place, a time of day, a weather; layered and moving.

The same prompt always gives the same scene, arranged anew for every take; words that say nothing
leave the choice to a hash.
"""

import hashlib
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from PIL import Image

from studio.demo import layers, parts, places, planes
from studio.demo.canvas import TIMES, Canvas
from studio.demo.parts import Part
from studio.demo.planes import Planes
from studio.demo.spec import FPS, Spec

Place = Callable[[Canvas], tuple[Image.Image, list[Part]]]

PLACES: dict[str, tuple[Place, str]] = {
    "aurora": (places.aurora, "aurora northern borealis polar arctic"),
    "space": (places.space, "space planet earth orbit galaxy cosmos astronaut mars nebula comet"),
    "city": (
        places.city,
        "city street skyline neon tokyo building buildings tower traffic downtown urban cyberpunk "
        "car cars train bridge market crowd alley skyscraper",
    ),
    "forest": (places.forest, "forest wood woods tree trees jungle pine fog misty moss deer path"),
    "sea": (
        places.sea,
        "sea ocean wave waves beach coast lighthouse boat ship island water surf sail harbour lake "
        "river underwater whale dolphin",
    ),
    "desert": (places.desert, "desert dune dunes canyon sand sahara camel balloon balloons road"),
    "meadow": (
        places.meadow,
        "field meadow grass flower flowers garden hills spring vineyard butterfly farm dog puppy",
    ),
    "abstract": (
        places.abstract,
        "abstract ink paint liquid marble fluid smoke silk pattern texture bottle product perfume",
    ),
    "mountains": (places.mountains, "mountain mountains peak peaks alps hill valley cliff ridge"),
}
FALLBACK = ("mountains", "sea", "aurora", "desert", "meadow", "city")
TIME_WORDS = {
    "night": "night midnight moon moonlit stars starry dark aurora neon",
    "sunset": "sunset dusk evening golden twilight",
    "dawn": "sunrise dawn morning first early soft",
    "grey": "storm rain rainy grey gray fog foggy mist misty cloudy overcast snowfall",
    "day": "noon day daylight sunny blue summer spring bright clear",
}
WEATHER_WORDS = {"snow": "snow snowy snowfall winter blizzard", "rain": "rain rainy storm drizzle"}


@dataclass(frozen=True, slots=True)
class Choice:
    place: str
    time: str
    weather: str
    seed: int


def choose(prompt: str, take: str = "") -> Choice:
    """The place, time and weather that the prompt's words name; the rest by its hash. Where things
    stand in it, the take decides."""
    digest = hashlib.sha256(prompt.encode()).digest()
    words = re.findall(r"[a-z]+", prompt.lower())
    place = _named(words, {name: text for name, (_, text) in PLACES.items()})
    times = list(TIME_WORDS)
    return Choice(
        place=place or FALLBACK[digest[0] % len(FALLBACK)],
        time=_named(words, TIME_WORDS) or times[digest[1] % 3],
        weather=_named(words, WEATHER_WORDS),
        seed=int.from_bytes(hashlib.sha256(f"{prompt}{take}".encode()).digest()[:8]),
    )


def _named(words: list[str], groups: dict[str, str]) -> str:
    """The group with most of its words in the prompt; the earlier group where they are equal."""
    hits = {name: sum(word in text.split() for word in words) for name, text in groups.items()}
    best = max(hits, key=lambda name: hits[name])
    return best if hits[best] else ""


def frames(spec: Spec) -> Iterator[Planes]:
    """The scene, frame by frame."""
    choice = choose(spec.prompt, spec.take)
    canvas = Canvas(
        size=spec.size,
        time=TIMES[choice.time],
        rng=np.random.default_rng(choice.seed),
        words=frozenset(re.findall(r"[a-z]+", spec.prompt.lower())),
        duration_s=spec.duration_s,
    )
    ground, moving = PLACES[choice.place][0](canvas)
    moving = [*moving, *_weather(canvas, choice.weather), parts.vignette(spec.size)]
    backdrop = planes.from_rgb(ground)
    for number in range(spec.frames):
        frame = backdrop.copy()
        for lay in moving:
            lay(frame, number / FPS)
        yield frame


def _weather(canvas: Canvas, weather: str) -> list[Part]:
    unit = canvas.unit
    white = planes.from_rgb(Image.new("RGB", canvas.size, (236, 240, 246)))
    wide = (canvas.width + int(40 * unit), canvas.height)
    if weather == "snow":
        depths = ((220, 1.6, 60, 8), (110, 3.0, 105, 14), (34, 5.5, 170, 20))
        return [
            parts.falling(
                white,
                layers.flakes(wide, count, size * unit, canvas.rng),
                speed * unit,
                sway * unit,
            )
            for count, size, speed, sway in depths
        ]
    if weather == "rain":
        return [
            parts.falling(
                white, layers.streaks(wide, count, size * unit, canvas.rng), speed * unit, 0
            )
            for count, size, speed in ((260, 34, 1100), (110, 70, 1700))
        ]
    return []
