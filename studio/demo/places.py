"""The places a scene can show: each gives its still backdrop and its moving parts."""

import numpy as np
from PIL import Image

from studio.demo import layers, parts, planes
from studio.demo.canvas import Canvas
from studio.demo.layers import Rgb, mixed, rgb
from studio.demo.parts import Part

Place = tuple[Image.Image, list[Part]]


def mountains(canvas: Canvas) -> Place:
    x = canvas.width * float(0.3 + 0.45 * canvas.rng.random())
    sky = _sky(canvas, x)
    ridges = _ridges(canvas, foot=(0.5, 0.94), heights=(0.2, 0.26), cells=(2.4, 4.2), count=5)
    trees = _tree_line(canvas, foot=0.99, tallest=0.2, speed=26)
    return sky, [_clouds(canvas, 0.5), *ridges, trees]


def desert(canvas: Canvas) -> Place:
    x = canvas.width * float(0.25 + 0.5 * canvas.rng.random())
    sky = _sky(canvas, x)
    warm = mixed(canvas.time.near, rgb("#7a3b22"), 0.45)
    far = mixed(canvas.time.far, rgb("#e0a778"), 0.5)
    ridges = _ridges(
        canvas,
        foot=(0.6, 0.96),
        heights=(0.08, 0.16),
        cells=(1.6, 2.6),
        count=5,
        colours=(far, warm),
        octaves=3,
    )
    return sky, [_clouds(canvas, 0.35), *ridges]


def meadow(canvas: Canvas) -> Place:
    x = canvas.width * float(0.25 + 0.5 * canvas.rng.random())
    sky = _sky(canvas, x)
    near = mixed(canvas.time.near, rgb("#3f6b2f"), 0.55)
    far = mixed(canvas.time.far, rgb("#b5c98a"), 0.55)
    ridges = _ridges(
        canvas,
        foot=(0.62, 0.93),
        heights=(0.08, 0.12),
        cells=(1.5, 2.2),
        count=4,
        colours=(far, near),
        octaves=2,
    )
    copse = _tree_line(canvas, foot=0.7, tallest=0.055, speed=6, colour=mixed(far, near, 0.62))
    return sky, [_clouds(canvas, 0.85), ridges[0], copse, *ridges[1:], *_flowers(canvas)]


def sea(canvas: Canvas) -> Place:
    x = canvas.width * float(0.3 + 0.4 * canvas.rng.random())
    horizon = int(canvas.height * 0.62) // 2 * 2
    sky = _sky(canvas, x)
    isles = _ridges(
        canvas,
        foot=(0.63, 0.66),
        heights=(0.05, 0.09),
        cells=(1.8, 2.4),
        count=2,
        colours=(canvas.time.far, mixed(canvas.time.far, canvas.time.near, 0.4)),
    )
    tint = mixed(canvas.time.sky[0], canvas.time.near, 0.4)
    surface = parts.water(canvas.size, horizon, tint, 0.62, canvas.unit)
    sparks = parts.glitter(canvas.size, horizon, x, canvas.time.light, canvas.rng)
    return sky, [_clouds(canvas, 0.55), *isles, surface, sparks, *_headland(canvas)]


def aurora(canvas: Canvas) -> Place:
    horizon = int(canvas.height * 0.76) // 2 * 2
    stops = [rgb(text) for text in ("#0a0a26", "#0d1a3c", "#0f2c48", "#123a4d")]
    sky = layers.gradient(canvas.size, stops, canvas.rng)
    stars = layers.stars(canvas.size, 420, canvas.unit, canvas.rng)
    sky = layers.tinted(sky, (240, 246, 255), np.asarray(stars, np.float32) / 255)
    hills = _ridges(
        canvas,
        foot=(0.74, 0.76),
        heights=(0.16, 0.12),
        cells=(2, 3),
        count=2,
        colours=(rgb("#14384a"), rgb("#0b2233")),
    )
    trees = _tree_line(canvas, foot=0.765, tallest=0.22, speed=9, colour=rgb("#030a12"))
    lake = parts.water(canvas.size, horizon, rgb("#04111d"), 0.6, canvas.unit)
    return sky, [parts.aurora(canvas.size, 0.72, canvas.rng), *hills, trees, lake]


def city(canvas: Canvas) -> Place:
    x = canvas.width * float(0.3 + 0.4 * canvas.rng.random())
    sky = _sky(canvas, x)
    is_neon = bool(canvas.words & {"neon", "cyberpunk", "tokyo", "alley"})
    lamps = [rgb(text) for text in ("#ffd58a", "#ffbf66", "#fff0cf", "#9fc4ff")]
    if is_neon:
        lamps = [rgb(text) for text in ("#ff4fa3", "#37e6ff", "#ffb347", "#a06bff", "#ffe9b0")]
        for shift, colour in ((-0.3, lamps[0]), (0.3, lamps[1])):
            centre = (canvas.width * (0.5 + shift), canvas.height * 0.74)
            haze = layers.glow(canvas.size, centre, canvas.height * 0.34, 1.6)
            sky = layers.lit(sky, colour, haze * 0.5)
    horizon = int(canvas.height * 0.8) // 2 * 2
    moving: list[Part] = [_clouds(canvas, 0.45)]
    for number, (tall, wide, speed) in enumerate(((0.5, 52, 5), (0.46, 84, 11), (0.34, 124, 20))):
        share = (number + 1) / 3
        top = mixed(canvas.time.far, canvas.time.near, 0.12 + 0.7 * share)
        foot = mixed(top, lamps[0] if is_neon else canvas.time.sky[-1], 0.4 - 0.3 * share)
        size = (canvas.width + canvas.travel(speed), horizon)
        picture, shape = layers.skyline(
            size, tall * canvas.height, wide * canvas.unit, (top, top, foot), lamps, canvas.rng
        )
        grown = (size[0] // 2 * 2, canvas.height)
        moving.append(
            parts.drifting_picture(
                planes.from_rgb(picture.crop((0, 0, *grown))),
                shape.crop((0, 0, *grown)),
                0,
                speed * canvas.unit,
            )
        )
    tint = mixed(canvas.time.near, canvas.time.sky[1], 0.25)
    return sky, [*moving, parts.water(canvas.size, horizon, tint, 0.5, canvas.unit * 1.6)]


def forest(canvas: Canvas) -> Place:
    is_dark = canvas.time.is_moon
    mist = (
        [rgb(t) for t in ("#0d1c24", "#1f3a41", "#3b5a58")]
        if is_dark
        else [rgb(t) for t in ("#c9d3a6", "#e9ecc9", "#d3dbb0")]
    )
    dark = rgb("#04090b") if is_dark else rgb("#1c2418")
    size = canvas.size
    light_at = (canvas.width * float(0.3 + 0.4 * canvas.rng.random()), canvas.height * 0.3)
    backdrop = layers.gradient(size, mist, canvas.rng)
    shine = layers.glow(size, light_at, canvas.height * 0.42)
    backdrop = layers.lit(backdrop, mixed(mist[1], (255, 255, 240), 0.6), shine * 0.55)
    moving: list[Part] = []
    depths = ((26, 7, 4, 0.16), (17, 13, 8, 0.38), (10, 22, 14, 0.66), (5, 44, 26, 0.94))
    for number, (count, thick, speed, share) in enumerate(depths):
        wide = (canvas.width + canvas.travel(speed), canvas.height)
        colours = [mixed(mist[1], dark, share), mixed(mist[1], dark, share * 0.82)]
        fill = planes.from_rgb(layers.gradient(size, colours))
        shape = layers.trunks(wide, count, thick * canvas.unit, canvas.rng)
        moving.append(parts.drifting(fill, shape, 0, speed * canvas.unit))
        if number in (1, 2):
            moving.extend(_shafts(canvas, light_at, mist[1], number))
    floor = _ridges(
        canvas,
        foot=(0.88, 0.98),
        heights=(0.05, 0.07),
        cells=(2, 3),
        count=2,
        colours=(mixed(mist[1], dark, 0.7), dark),
        speeds=(14, 26),
    )
    return backdrop, [*moving, *floor]


def space(canvas: Canvas) -> Place:
    size, unit = canvas.size, canvas.unit
    backdrop = layers.gradient(size, [rgb("#04040d"), rgb("#080816"), rgb("#05060f")], canvas.rng)
    cloud = layers.noise(size, (3, 2), 5, canvas.rng)
    backdrop = layers.lit(backdrop, rgb("#4b2f8f"), np.clip(cloud - 0.45, 0, 1) * 0.9)
    stars = layers.stars(size, 700, unit, canvas.rng)
    backdrop = layers.tinted(backdrop, (255, 252, 244), np.asarray(stars, np.float32) / 255)
    radius = canvas.height * 1.05
    centre = (canvas.width * 0.56, canvas.height * 0.4 + radius)
    rim = layers.glow(size, centre, radius, 9) * 2**9
    backdrop = layers.lit(backdrop, rgb("#3aa0ff"), np.clip(rim, 0, 1) ** 1.2 * 0.85)
    globe = layers.disc(size, centre, radius)
    ground = planes.from_rgb(_globe(canvas, (canvas.width + canvas.travel(16), canvas.height)))
    night = layers.glow(size, (centre[0] * 0.62, centre[1] - radius * 0.95), radius * 0.62, 1.4)
    shade = planes.from_rgb(Image.new("RGB", size, (3, 5, 14)))
    haze = np.clip((rim - 0.55) / 0.45, 0, 1) * globe * np.clip(night * 1.6, 0, 1)
    moving = [
        parts.scrolling_under(ground, layers.grey(globe), 16 * unit),
        parts.still(shade, layers.grey(globe * (1 - np.clip(night * 1.35, 0, 1)))),
        parts.still(
            planes.from_rgb(Image.new("RGB", size, rgb("#8fd0ff"))), layers.grey(haze * 0.5)
        ),
    ]
    return backdrop, moving


def abstract(canvas: Canvas) -> Place:
    sets = (
        "#0b1c2c #12545c #4fc3a1 #f2e3b3 #1a2140",
        "#1b1036 #6d2480 #f0617a #ffc27a #2a1145",
        "#f4ede1 #d98468 #8d3f4d #2c4a6b #f1dcc5",
    )
    colours = [rgb(text) for text in sets[int(canvas.rng.integers(len(sets)))].split()]
    return Image.new("RGB", canvas.size), [parts.fluid(canvas.size, colours, canvas.rng)]


def _sky(canvas: Canvas, x: float) -> Image.Image:
    """The sky with its sun or moon at column `x`, and stars where they can be seen."""
    time, size, unit = canvas.time, canvas.size, canvas.unit
    sky = layers.gradient(size, (*time.sky, time.sky[-1]), canvas.rng)
    if time.stars:
        stars = np.asarray(layers.stars(size, int(360 * time.stars), unit, canvas.rng), np.float32)
        fade = np.linspace(1, 0, canvas.height, dtype=np.float32)[:, None] ** 0.7
        sky = layers.tinted(sky, (250, 250, 255), stars / 255 * fade)
    centre = (x, canvas.height * time.light_y)
    if time.is_moon:
        return _moon(canvas, sky, centre)
    wide = layers.glow(size, centre, 200 * unit, 1.3)
    sky = layers.lit(sky, time.light, wide * 0.62)
    core = layers.glow(size, centre, 52 * unit, 2.2)
    sky = layers.lit(sky, mixed(time.light, (255, 255, 255), 0.5), np.clip(core * 1.5, 0, 1))
    sun = layers.disc(size, centre, 33 * unit)
    return layers.tinted(sky, mixed(time.light, (255, 255, 255), 0.75), sun)


def _moon(canvas: Canvas, sky: Image.Image, centre: tuple[float, float]) -> Image.Image:
    size, unit, light = canvas.size, canvas.unit, canvas.time.light
    for radius, strength in ((150, 0.34), (60, 0.3)):
        sky = layers.lit(sky, light, layers.glow(size, centre, radius * unit, 1.5) * strength)
    cells = (canvas.width / (34 * unit), canvas.height / (34 * unit))
    seas = np.clip(layers.noise(size, cells, 3, canvas.rng) * 2.6 - 1.1, 0, 1)
    disc = layers.disc(size, centre, 40 * unit)
    sky = layers.tinted(sky, light, disc)
    return layers.tinted(sky, mixed(light, (150, 150, 160), 0.7), disc * seas * 0.5)


def _clouds(canvas: Canvas, much: float) -> Part:
    """Flat clouds drifting over the upper sky."""
    speed = 7
    wide = (canvas.width + canvas.travel(speed), canvas.height)
    cloudy = layers.noise(
        wide, (wide[0] / (420 * canvas.unit), wide[1] / (95 * canvas.unit)), 5, canvas.rng
    )
    rows = np.linspace(0, 1, canvas.height, dtype=np.float32)[:, None]
    band = np.clip(1 - abs(rows - 0.3) / 0.34, 0, 1) ** 0.8
    shape = layers.grey(np.clip(cloudy - 0.72 + 0.34 * much, 0, 0.4) * 2.0 * band)
    colours = (
        mixed(canvas.time.cloud, canvas.time.sky[0], 0.45),
        canvas.time.cloud,
        canvas.time.cloud,
    )
    fill = planes.from_rgb(layers.gradient(canvas.size, colours))
    return parts.drifting(fill, shape, 0, speed * canvas.unit)


def _ridges(
    canvas: Canvas,
    *,
    foot: tuple[float, float],
    heights: tuple[float, float],
    cells: tuple[float, float],
    count: int,
    colours: tuple[Rgb, Rgb] | None = None,
    octaves: int = 6,
    speeds: tuple[float, float] = (3.0, 20.0),
) -> list[Part]:
    """Ridges one before the other, each pair of values for the farthest and the nearest; the
    nearer the darker and the faster. Feet and heights are shares of the picture's height."""
    far, near = colours or (canvas.time.far, canvas.time.near)
    ridges: list[Part] = []
    for number in range(count):
        share = number / max(count - 1, 1)
        base, tall, broad, speed = (
            first + (last - first) * share for first, last in (foot, heights, cells, speeds)
        )
        width = canvas.width + canvas.travel(speed)
        line = layers.ridge_line(width, broad * width / canvas.height, octaves, canvas.rng)
        colour = mixed(far, near, share**1.15)
        mist = mixed(colour, canvas.time.sky[-1], 0.42 * (1 - share))
        fill = layers.gradient(canvas.size, _faded(canvas, colour, mist, base), canvas.rng)
        shape = layers.below((base - tall * line) * canvas.height, canvas.height)
        ridges.append(parts.drifting(planes.from_rgb(fill), shape, 0, speed * canvas.unit))
    return ridges


def _faded(canvas: Canvas, colour: Rgb, mist: Rgb, base: float) -> list[Rgb]:
    """Ten bands: the colour down to above the foot, then fading into mist."""
    bands = np.linspace(0, 1, 10)
    return [mixed(colour, mist, float(np.clip((at - base + 0.2) / 0.24, 0, 1))) for at in bands]


def _tree_line(
    canvas: Canvas, *, foot: float, tallest: float, speed: float, colour: Rgb | None = None
) -> Part:
    width = canvas.width + canvas.travel(speed)
    line = layers.ridge_line(width, 3 * width / canvas.height, 4, canvas.rng)
    feet = (foot - 0.035 * line) * canvas.height
    shape = layers.spruces(feet, canvas.height, tallest * canvas.height, 0.8, canvas.rng)
    dark = colour or mixed(canvas.time.near, (0, 0, 0), 0.35)
    fill = planes.from_rgb(Image.new("RGB", canvas.size, dark))
    return parts.drifting(fill, shape, 0, speed * canvas.unit)


def _flowers(canvas: Canvas) -> list[Part]:
    """Three drifting sprinkles of blossoms in the nearest grass."""
    blossoms = ("#f4d35e", "#f28fa2", "#fdf6ec")
    found: list[Part] = []
    for number, text in enumerate(blossoms):
        speed = 20.0 + 6 * number
        wide = (canvas.width + canvas.travel(speed), canvas.height)
        dots = np.asarray(layers.stars(wide, 900, canvas.unit * 2.6, canvas.rng), np.float32) / 255
        rows = np.linspace(0, 1, canvas.height, dtype=np.float32)[:, None]
        shape = layers.grey(dots * 1.6 * np.clip((rows - 0.86) / 0.05, 0, 1))
        fill = planes.from_rgb(
            Image.new("RGB", canvas.size, mixed(rgb(text), canvas.time.near, 0.2))
        )
        found.append(parts.drifting(fill, shape, 0, speed * canvas.unit))
    return found


def _headland(canvas: Canvas) -> list[Part]:
    """A dark shore in the foreground, at one side."""
    speed = 12.0
    width = canvas.width + canvas.travel(speed)
    line = layers.ridge_line(width, 4 * width / canvas.height, 5, canvas.rng)
    across = np.linspace(0, 1, width, dtype=np.float32)
    rise = np.clip(0.42 - across, 0, 1) ** 1.5 * 0.95
    shape = layers.below((1.02 - rise - 0.05 * line * (rise > 0)) * canvas.height, canvas.height)
    fill = planes.from_rgb(Image.new("RGB", canvas.size, mixed(canvas.time.near, (0, 0, 0), 0.3)))
    return [parts.drifting(fill, shape, 0, speed * canvas.unit)]


def _shafts(canvas: Canvas, source: tuple[float, float], colour: Rgb, number: int) -> list[Part]:
    """Two sets of light beams from the source, which brighten and fade in turn."""
    width, height = canvas.size
    x = np.arange(width, dtype=np.float32)[None, :] - source[0]
    y = np.arange(height, dtype=np.float32)[:, None] + height * 0.25
    angle = np.arctan2(x, y)
    fill = planes.from_rgb(Image.new("RGB", canvas.size, mixed(colour, (255, 255, 240), 0.5)))
    fade = np.clip(1.25 - y / height, 0, 1)
    found: list[Part] = []
    for turn in range(2):
        phase = float(canvas.rng.random() * 6)
        beams = np.sin(angle * (17 + 6 * turn) + phase) * np.sin(angle * 29 - phase)
        shape = layers.grey(np.clip(beams, 0, 1) ** 1.5 * fade * 0.42)
        found.append(parts.breathing(fill, shape, 5.5 + turn + number, turn * 3.1))
    return found


def _globe(canvas: Canvas, size: tuple[int, int]) -> Image.Image:
    """Oceans, land and clouds as seen from above."""
    unit = canvas.unit
    cells = (size[0] / (330 * unit), size[1] / (330 * unit))
    land = layers.noise(size, cells, 6, canvas.rng)
    picture = layers.gradient(size, [rgb("#2f6fae"), rgb("#123f78")])
    relief = layers.noise(size, (cells[0] * 5, cells[1] * 5), 4, canvas.rng)
    green = layers.tinted(Image.new("RGB", size, rgb("#b99b67")), rgb("#4f7a46"), relief)
    picture = Image.composite(green, picture, layers.grey((land - 0.55) * 30))
    clouds = layers.noise(size, (cells[0] * 1.5, cells[1] * 4), 6, canvas.rng)
    return layers.tinted(picture, (255, 255, 255), np.clip(clouds - 0.5, 0, 1) * 2.6)
