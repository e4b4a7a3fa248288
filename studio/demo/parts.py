"""Moving parts of a scene: each lays itself on a frame, given the seconds since the start."""

import math
from collections.abc import Callable

import numpy as np
from PIL import Image, ImageChops

from studio.demo import layers, planes
from studio.demo.layers import Grid, Rgb
from studio.demo.planes import Mask, Planes, Size

Part = Callable[[Planes, float], None]


def drifting(fill: Planes, strip: Image.Image, start: float, speed: float) -> Part:
    """A shape moving sideways through a fixed fill; pixels and pixels per second."""
    shape = planes.mask(strip)

    def lay(frame: Planes, at_s: float) -> None:
        planes.paste(frame, fill, planes.shifted_mask(shape, start + speed * at_s, frame.size))

    return lay


def drifting_picture(strip: Planes, shape: Image.Image, start: float, speed: float) -> Part:
    """A picture moving sideways together with its shape."""
    mask = planes.mask(shape)

    def lay(frame: Planes, at_s: float) -> None:
        x, half = start + speed * at_s, frame.u.size
        moved = Planes(
            planes.shifted(strip.y, x, frame.size),
            planes.shifted(strip.u, x / 2, half),
            planes.shifted(strip.v, x / 2, half),
        )
        planes.paste(frame, moved, planes.shifted_mask(mask, x, frame.size))

    return lay


def scrolling_under(strip: Planes, shape: Image.Image, speed: float) -> Part:
    """A picture moving sideways under a shape that stands still."""
    mask = planes.mask(shape)

    def lay(frame: Planes, at_s: float) -> None:
        x, half = speed * at_s, frame.u.size
        moved = Planes(
            planes.shifted(strip.y, x, frame.size),
            planes.shifted(strip.u, x / 2, half),
            planes.shifted(strip.v, x / 2, half),
        )
        planes.paste(frame, moved, mask)

    return lay


def still(fill: Planes, shape: Image.Image) -> Part:
    mask = planes.mask(shape)

    def lay(frame: Planes, at_s: float) -> None:
        planes.paste(frame, fill, mask)

    return lay


def breathing(fill: Planes, shape: Image.Image, period_s: float, phase: float) -> Part:
    """A shape whose strength comes and goes."""
    mask = planes.mask(shape)

    def lay(frame: Planes, at_s: float) -> None:
        strength = 0.62 + 0.38 * math.sin(2 * math.pi * at_s / period_s + phase)
        table = [int(value * strength) for value in range(256)]
        planes.paste(frame, fill, Mask(mask.full.point(table), mask.half.point(table)))

    return lay


def falling(fill: Planes, field: Image.Image, speed: float, sway: float) -> Part:
    """Snow or rain: a mask twice the frame's height that repeats itself."""
    mask = planes.mask(field)

    def lay(frame: Planes, at_s: float) -> None:
        height = frame.size[1]
        y = -(speed * at_s) % height
        x = sway * (1 + math.sin(at_s * 0.9))
        moved = Mask(
            _window(mask.full, x, y, frame.y.size), _window(mask.half, x / 2, y / 2, frame.u.size)
        )
        planes.paste(frame, fill, moved)

    return lay


def _window(field: Image.Image, x: float, y: float, size: Size) -> Image.Image:
    top = int(y)
    return planes.shifted(field.crop((0, top, field.width, top + size[1])), x, size)


def aurora(size: Size, reach: float, rng: layers.Rng) -> Part:
    """Curtains of light that fold and wander; `reach` is how far down they hang, 0 to 1."""
    width, height = size
    cells = (max(8, width // 4), max(4, int(height * reach) // 6))
    colours = [layers.rgb(text) for text in ("#3b2a86", "#3f54b4", "#2fb7a0", "#53f0a4", "#7df5b0")]
    fill = planes.from_rgb(layers.gradient((width, int(height * reach) // 2 * 2), colours))
    rays = layers.noise((cells[0] * 3, 2), (cells[0] / 3, 2), 3, rng)[0]
    phases = rng.random(6) * 6

    def lay(frame: Planes, at_s: float) -> None:
        light = layers.grey(_curtains(cells, rays, phases, at_s))
        full = light.resize(fill.size, Image.Resampling.BICUBIC)
        half = light.resize(fill.u.size, Image.Resampling.BICUBIC)
        planes.paste(frame, fill, Mask(full, half))

    return lay


def _curtains(cells: Size, rays: Grid, phases: Grid, at_s: float) -> Grid:
    columns, rows = cells
    x = np.linspace(0, 1, columns, dtype=np.float32)[None, :]
    y = np.linspace(0, 1, rows, dtype=np.float32)[:, None]
    total = np.zeros((rows, columns), np.float32)
    for number, (foot, strength) in enumerate(((0.82, 0.95), (0.66, 0.7), (0.5, 0.5))):
        phase = phases[number] + at_s * (0.16 + 0.05 * number)
        fold = 0.10 * np.sin(5.2 * x + phase) + 0.05 * np.sin(12.7 * x - 1.6 * phase + number)
        start = int((at_s * 5 * (1 + number)) % columns)
        comb = 0.45 + 0.75 * np.roll(rays, -start)[None, number * 7 : number * 7 + columns]
        above = foot + fold - y
        body = np.where(above > 0, np.exp(-above / 0.32), np.exp(above / 0.035))
        swell = 0.72 + 0.28 * np.sin(3.1 * x - 2 * phase)
        total += strength * body * comb * swell
    light: Grid = 1 - np.exp(-1.1 * total)
    return light


def water(size: Size, horizon: int, tint: Rgb, clarity: float, unit: float) -> Part:
    """What stands above the horizon, mirrored in moving water down to the lower edge."""
    width, height = size
    depth = (height - horizon) // 2 * 2
    top = height - depth
    colour = planes.from_rgb(Image.new("RGB", (width, depth), tint))
    rows = np.arange(depth, dtype=np.float32)
    nearness = (rows / max(depth, 1)) ** 0.8

    def lay(frame: Planes, at_s: float) -> None:
        wave = np.sin(52 * np.log1p(rows / (9 * unit)) - 2.6 * at_s) + 0.6 * np.sin(
            31 * np.log1p(rows / (9 * unit)) + 1.7 * at_s
        )
        shift = wave * (0.6 + 7.5 * nearness) * unit
        for plane, over, scale in zip(frame, colour, (1, 2, 2), strict=True):
            mirror = _mirrored(plane, top // scale, depth // scale, shift[::scale] / scale)
            plane.paste(Image.blend(over, mirror, clarity), (0, top // scale))

    return lay


def _mirrored(plane: Image.Image, top: int, depth: int, shift: Grid) -> Image.Image:
    """The strip above `top`, upside down, compressed and stirred row by row."""
    above = np.asarray(plane)[:top]
    reach = min(top, int(depth * 1.5))
    wanted = top - 1 - (np.arange(depth) * reach / depth + shift)
    return Image.fromarray(above[np.clip(wanted, 0, top - 1).astype(np.intp)])


def glitter(size: Size, horizon: int, x: float, colour: Rgb, rng: layers.Rng) -> Part:
    """Light dancing on the water below a sun or moon at column `x`."""
    width, height = size
    depth = (height - horizon) // 2 * 2
    top = height - depth
    fill = planes.from_rgb(Image.new("RGB", (width, depth), colour))
    wide = (width + width // 8, depth)
    veils = [layers.grey(_waves(wide, rng) ** 1.5 * 1.5) for _ in range(2)]
    rows = np.arange(depth, dtype=np.float32)[:, None] / depth
    columns = np.arange(width, dtype=np.float32)[None, :]
    spread = width * (0.02 + 0.13 * rows)
    path = layers.grey(np.exp(-(((columns - x) / spread) ** 2)) * (1 - 0.35 * rows))
    table = [max(0, min(255, int((value - 62) * 4.2))) for value in range(256)]

    def lay(frame: Planes, at_s: float) -> None:
        travel = width / 8 - 2
        there = travel * (0.5 + 0.5 * math.sin(at_s * 0.55))
        first = planes.shifted(veils[0], there, (width, depth))
        second = planes.shifted(veils[1], travel - there, (width, depth))
        sparks = ImageChops.multiply(ImageChops.multiply(first, second).point(table), path)
        mask = planes.mask(sparks)
        frame.y.paste(fill.y, (0, top), mask.full)
        frame.u.paste(fill.u, (0, top // 2), mask.half)
        frame.v.paste(fill.v, (0, top // 2), mask.half)

    return lay


def _waves(size: Size, rng: layers.Rng) -> Grid:
    """Noise whose features are flat, fine at the horizon and broad nearby."""
    width, depth = size
    flat = layers.noise((width, depth), (width / 40, 90), 2, rng)
    rows = (np.linspace(0, 1, depth) ** 0.45 * (depth - 1)).astype(np.intp)
    return flat[rows]


def vignette(size: Size) -> Part:
    """Slightly darker corners, as a lens has them."""
    width, height = size
    light = layers.glow(size, (width / 2, height / 2), 0.95 * max(size), 1.6)
    shade = layers.grey(0.55 + 0.45 * light / light.max())

    def lay(frame: Planes, at_s: float) -> None:
        frame.y.paste(ImageChops.multiply(frame.y, shade))

    return lay


def fluid(size: Size, colours: list[Rgb], rng: layers.Rng) -> Part:
    """Marbled colours that flow into each other; painted small and enlarged."""
    small = (size[0] // 8 * 2, size[1] // 8 * 2)
    y, x = np.mgrid[0 : small[1], 0 : small[0]].astype(np.float32) / min(small)
    phases = rng.random(8) * 6
    ramp = np.array([*colours, colours[0]], np.float32)

    def lay(frame: Planes, at_s: float) -> None:
        turn = at_s * 0.28
        u = (
            x
            + 0.34 * np.sin(2.3 * y + turn + phases[0])
            + 0.16 * np.sin(5.1 * y - turn + phases[1])
        )
        v = (
            y
            + 0.34 * np.sin(2.1 * x - turn + phases[2])
            + 0.16 * np.sin(4.7 * x + turn + phases[3])
        )
        u += 0.22 * np.sin(4.4 * v + 0.7 * turn + phases[4])
        v += 0.22 * np.sin(4.1 * u - 0.6 * turn + phases[5])
        field = (np.sin(3.4 * u + 4.1 * v + turn) + np.sin(6.3 * u - 3.2 * v)) * 0.25 + 0.5
        at = np.clip(field, 0, 1) * (len(ramp) - 1)
        low = np.minimum(at.astype(np.intp), len(ramp) - 2)
        share = (at - low)[..., None]
        sheen = 0.92 + 0.14 * np.sin(9 * field[..., None] * np.pi)
        picture = (ramp[low] * (1 - share) + ramp[low + 1] * share) * sheen
        image = Image.fromarray(np.clip(picture, 0, 255).astype(np.uint8))
        for plane, new in zip(frame, planes.from_rgb(image), strict=True):
            plane.paste(new.resize(plane.size, Image.Resampling.BICUBIC))

    return lay
