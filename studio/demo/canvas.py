"""The size, colours and chance that a scene is drawn with."""

from dataclasses import dataclass

import numpy as np

from studio.demo.layers import Rgb, rgb
from studio.demo.planes import Size


@dataclass(frozen=True, slots=True, kw_only=True)
class Time:
    """Colours of a time of day: the sky from top to horizon, the farthest and the nearest land,
    sun or moon, clouds; `light_y` is where the light stands, as a share of the height."""

    sky: tuple[Rgb, ...]
    far: Rgb
    near: Rgb
    light: Rgb
    cloud: Rgb
    light_y: float
    stars: float = 0.0
    is_moon: bool = False


def _time(
    sky: str, far: str, near: str, light: str, cloud: str, light_y: float, stars: float = 0.0
) -> Time:
    return Time(
        sky=tuple(rgb(text) for text in sky.split()),
        far=rgb(far),
        near=rgb(near),
        light=rgb(light),
        cloud=rgb(cloud),
        light_y=light_y,
        stars=stars,
        is_moon=stars >= 1,
    )


TIMES = {
    "dawn": _time(
        "#52658f #8490b3 #b9aabf #e6bfb4 #f7dcc0",
        "#cf9fa4",
        "#33293a",
        "#fff3da",
        "#f9dccb",
        0.44,
    ),
    "sunset": _time(
        "#241d49 #57306a #a5456c #e2725b #f9ae62 #ffd994",
        "#b5616b",
        "#1b1226",
        "#ffe3a6",
        "#ff9d6e",
        0.5,
        0.15,
    ),
    "night": _time(
        "#050818 #0b1533 #16274f #27426e #44628a",
        "#2c4466",
        "#04060d",
        "#f6f2e2",
        "#7f93b5",
        0.24,
        1.0,
    ),
    "day": _time(
        "#2468ab #4f95cd #8dc0e2 #c6e1ec #eef3ea",
        "#93b4c8",
        "#20352c",
        "#fffbe6",
        "#ffffff",
        0.2,
    ),
    "grey": _time(
        "#465059 #6a757d #939da1 #b9bfbf #d2d4d0",
        "#98a3a8",
        "#1b2227",
        "#f0f1ec",
        "#dfe3e4",
        0.3,
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Canvas:
    """`unit` is one pixel of a picture 720 high; `words` are the prompt's, in lower case."""

    size: Size
    time: Time
    rng: np.random.Generator
    words: frozenset[str]
    duration_s: float

    @property
    def width(self) -> int:
        return self.size[0]

    @property
    def height(self) -> int:
        return self.size[1]

    @property
    def unit(self) -> float:
        return min(self.size) / 720

    def travel(self, speed: float) -> int:
        """How many pixels a layer of this speed (units per second) moves in the whole clip."""
        return int(speed * self.unit * self.duration_s) + 4
