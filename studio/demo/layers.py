"""Still drawings that the scenes are made of: gradients, noise, ridges, trees, houses, stars.

Shares run from 0 to 1; a `Grid` is an array of shares; `rng` makes each drawing repeatable.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageChops, ImageColor, ImageDraw, ImageFilter

from studio.demo.planes import Size

Grid = NDArray[np.floating[Any]]
Rgb = tuple[int, int, int]
Rng = np.random.Generator
BICUBIC = Image.Resampling.BICUBIC


def rgb(text: str) -> Rgb:
    """A colour like #20304f."""
    red, green, blue = ImageColor.getrgb(text)[:3]
    return red, green, blue


def mixed(first: Rgb, second: Rgb, share: float) -> Rgb:
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(first, second, strict=True))
    return red, green, blue


def gradient(size: Size, stops: Sequence[Rgb], rng: Rng | None = None) -> Image.Image:
    """Colours from top to bottom, evenly spaced; a little noise keeps the steps invisible."""
    width, height = size
    at = np.linspace(0, len(stops) - 1, height)
    channels = [np.interp(at, range(len(stops)), [s[i] for s in stops]) for i in range(3)]
    picture = np.repeat(np.stack(channels, axis=1)[:, None, :], width, axis=1)
    if rng is not None:
        picture = picture + rng.normal(0, 1.1, (height, width, 1))
    return Image.fromarray(np.clip(picture + 0.5, 0, 255).astype(np.uint8))


def grey(grid: Grid) -> Image.Image:
    """Shares as a grey picture or mask."""
    return Image.fromarray((np.clip(grid, 0, 1) * 255).astype(np.uint8))


def noise(size: Size, cells: tuple[float, float], octaves: int, rng: Rng) -> Grid:
    """Cloudy noise, 0 to 1; `cells` are the largest features across and down."""
    total = np.zeros((size[1], size[0]), np.float32)
    for octave in range(octaves):
        across, down = (max(2, round(count * 2**octave)) for count in cells)
        coarse = Image.fromarray(rng.random((down, across), dtype=np.float32))
        total += np.asarray(coarse.resize(size, BICUBIC), np.float32) / 2**octave
    low, high = float(total.min()), float(total.max())
    shares: Grid = (total - low) / max(high - low, 1e-6)
    return shares


def ridge_line(width: int, cells: float, octaves: int, rng: Rng) -> Grid:
    """Heights along a ridge, 0 to 1."""
    line: Grid = noise((width, 2), (cells, 2), octaves, rng)[0]
    return line


def below(line: Grid, height: int) -> Image.Image:
    """A mask of all that lies below a line given in pixels from the top, its edge soft."""
    rows = np.arange(height, dtype=np.float32)[:, None]
    return grey(rows - line[None, :] + 0.5)


def glow(size: Size, centre: tuple[float, float], radius: float, power: float = 2.0) -> Grid:
    """A soft light around a point; sizes and points in pixels."""
    x = np.arange(size[0], dtype=np.float32)[None, :] - centre[0]
    y = np.arange(size[1], dtype=np.float32)[:, None] - centre[1]
    return (1 / (1 + (x * x + y * y) / radius**2) ** power).astype(np.float32)


def disc(size: Size, centre: tuple[float, float], radius: float) -> Grid:
    x = np.arange(size[0], dtype=np.float32)[None, :] - centre[0]
    y = np.arange(size[1], dtype=np.float32)[:, None] - centre[1]
    shares: Grid = np.clip(radius - np.sqrt(x * x + y * y) + 0.5, 0, 1)
    return shares


def tinted(image: Image.Image, colour: Rgb, share: Grid) -> Image.Image:
    """The picture with a colour laid over it as far as `share` says."""
    return Image.composite(Image.new("RGB", image.size, colour), image, grey(share))


def lit(image: Image.Image, colour: Rgb, share: Grid) -> Image.Image:
    """The picture with light of a colour added to it."""
    light = Image.composite(
        Image.new("RGB", image.size, colour), Image.new("RGB", image.size), grey(share)
    )
    return ImageChops.screen(image, light)


def stars(size: Size, count: int, unit: float, rng: Rng) -> Image.Image:
    """A mask of small stars, more of them faint than bright."""
    field = Image.new("L", (size[0] * 2, size[1] * 2))
    draw = ImageDraw.Draw(field)
    for x, y, light in rng.random((count, 3)):
        radius = unit * (0.9 + 1.4 * light**6)
        centre = (x * field.width, y * field.height)
        draw.ellipse(_around(centre, radius), fill=int(70 + 185 * light**3))
    return field.resize(size, Image.Resampling.BOX)


def _around(centre: tuple[float, float], radius: float) -> tuple[float, float, float, float]:
    x, y = centre
    return (x - radius, y - radius, x + radius, y + radius)


def spruces(line: Grid, height: int, tallest: float, density: float, rng: Rng) -> Image.Image:
    """A mask of spruces standing on a line; `tallest` in pixels."""
    width = len(line)
    shape = below(line, height).resize((width * 2, height * 2))
    draw = ImageDraw.Draw(shape)
    count = int(density * width / tallest * 9)
    for x in sorted(rng.integers(0, width, count)):
        grown = tallest * float(0.22 + 0.78 * rng.random() ** 2.6)
        foot = float(line[x]) + tallest * 0.06
        _spruce(draw, float(x) * 2, foot * 2, grown * 2, rng)
    return shape.resize((width, height), Image.Resampling.BOX)


def _spruce(draw: ImageDraw.ImageDraw, x: float, foot: float, tall: float, rng: Rng) -> None:
    tiers = 9
    half_width = tall * float(0.11 + 0.05 * rng.random())
    for tier in range(tiers):
        share = (tier + 1) / tiers
        reach = half_width * share * float(0.8 + 0.4 * rng.random())
        low = foot - tall * (1 - share) - tall * 0.03
        points = [(x, low - tall * 0.2), (x - reach, low), (x + reach, low)]
        draw.polygon(points, fill=255)
    draw.rectangle((x - tall * 0.012, foot - tall * 0.1, x + tall * 0.012, foot), fill=255)


def trunks(size: Size, count: int, thick: float, rng: Rng) -> Image.Image:
    """A mask of tree trunks with some bare branches; `thick` is the mean width in pixels."""
    width, height = size
    shape = Image.new("L", (width * 2, height * 2))
    draw = ImageDraw.Draw(shape)
    for slot in range(count):
        x = (slot + float(rng.random())) / count * width * 2
        half = thick * float(0.6 + 0.9 * rng.random())
        lean = half * float(rng.normal(0, 0.8))
        foot = [(x - half * 1.25, height * 2), (x + half * 1.25, height * 2)]
        draw.polygon(
            [(x + lean - half * 0.8, 0), (x + lean + half * 0.8, 0), *foot[::-1]], fill=255
        )
        for _ in range(int(rng.integers(1, 5))):
            _branch(draw, x + lean / 2, half, height * 2, rng)
    return shape.resize(size, Image.Resampling.BOX)


def _branch(draw: ImageDraw.ImageDraw, x: float, half: float, height: float, rng: Rng) -> None:
    y, side = float(rng.random()) * height * 0.7, float(rng.choice((-1, 1)))
    reach = half * float(2.5 + 3 * rng.random())
    points = [
        (x, y),
        (x + side * reach * 0.6, y - reach * 0.12),
        (x + side * reach, y - reach * 0.4),
    ]
    draw.line(points, fill=255, width=max(1, int(half * 0.3)), joint="curve")


def skyline(
    size: Size, tallest: float, wide: float, colours: Sequence[Rgb], lamps: Sequence[Rgb], rng: Rng
) -> tuple[Image.Image, Image.Image]:
    """Houses with lit windows: the picture and its mask. `colours` from their top to the ground,
    `tallest` and `wide` in pixels."""
    width, height = size
    picture, shape = gradient(size, colours), Image.new("L", size)
    lights = Image.new("RGB", size)
    draw, draw_lights = ImageDraw.Draw(shape), ImageDraw.Draw(lights)
    x = -wide
    while x < width:
        broad = wide * float(0.55 + rng.random())
        top = height - tallest * float(0.3 + 0.7 * rng.random() ** 1.5)
        draw.rectangle((x, top, x + broad, height), fill=255)
        if rng.random() < 0.3:
            mast = x + broad * float(0.3 + 0.4 * rng.random())
            draw.line(
                (mast, top - tallest * 0.12, mast, top), fill=255, width=max(1, int(wide / 50))
            )
        _windows(draw_lights, (x, top, x + broad, height), wide / 20, lamps, rng)
        x += broad * float(0.8 + 0.35 * rng.random())
    halo = lights.filter(ImageFilter.GaussianBlur(max(1.0, wide / 9)))
    return ImageChops.screen(ImageChops.screen(picture, halo), lights), shape


def _windows(
    draw: ImageDraw.ImageDraw,
    house: tuple[float, float, float, float],
    unit: float,
    lamps: Sequence[Rgb],
    rng: Rng,
) -> None:
    left, top, right, bottom = house
    columns, rows = int((right - left) / unit / 1.9), int((bottom - top) / unit / 2.1)
    lived_in = 0.12 + 0.4 * float(rng.random())
    for row, column in zip(*np.nonzero(rng.random((rows, columns)) < lived_in), strict=True):
        x, y = left + (column * 1.9 + 0.8) * unit, top + (row * 2.1 + 1.2) * unit
        lamp = mixed(
            (0, 0, 0), lamps[int(rng.integers(len(lamps)))], float(0.3 + 0.7 * rng.random())
        )
        draw.rectangle((x, y, x + unit * 0.9, y + unit * 1.1), fill=lamp)


def flakes(size: Size, count: int, radius: float, rng: Rng) -> Image.Image:
    """A mask of soft snow flakes that repeats itself downwards: twice `size` high."""
    width, height = size
    field = Image.new("L", (width, height * 2))
    draw = ImageDraw.Draw(field)
    for x, y, light in rng.random((count, 3)):
        for lap in (-1, 0, 1, 2):
            centre = (x * width, (y + lap) * height)
            draw.ellipse(_around(centre, radius * (0.5 + light)), fill=int(90 + 150 * light))
    return field.filter(ImageFilter.GaussianBlur(radius * 0.6))


def streaks(size: Size, count: int, length: float, rng: Rng) -> Image.Image:
    """A mask of rain that repeats itself downwards: twice `size` high."""
    width, height = size
    field = Image.new("L", (width, height * 2))
    draw = ImageDraw.Draw(field)
    for x, y, light in rng.random((count, 3)):
        for lap in (-1, 0, 1, 2):
            left, top = x * width * 1.1, (y + lap) * height
            end = (left - length * 0.12, top + length * (0.5 + light))
            draw.line(((left, top), end), fill=int(40 + 70 * light), width=max(1, int(length / 45)))
    return field.filter(ImageFilter.GaussianBlur(0.7))
