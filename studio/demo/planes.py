"""Pictures as three planes (luma, and both chroma at half size), as the video codec wants them.

Working in planes halves the bytes of each step against RGB and spares a colour conversion per
frame. All sizes are even. Colours are BT.709, limited range.
"""

from typing import NamedTuple

import av
import numpy as np
from av.video.reformatter import ColorRange, Colorspace
from numpy.typing import NDArray
from PIL import Image, ImageOps

Size = tuple[int, int]
Box = tuple[float, float, float, float]


class Planes(NamedTuple):
    y: Image.Image
    u: Image.Image
    v: Image.Image

    @property
    def size(self) -> Size:
        return self.y.size

    def copy(self) -> "Planes":
        return Planes(*(plane.copy() for plane in self))


class Mask(NamedTuple):
    """How much of a layer shows (0 to 255), for luma and for chroma."""

    full: Image.Image
    half: Image.Image


def from_rgb(image: Image.Image) -> Planes:
    pixels = np.asarray(image.convert("RGB"))
    frame = av.VideoFrame.from_ndarray(pixels, format="rgb24").reformat(
        format="yuv420p", dst_colorspace=Colorspace.ITU709, dst_color_range=ColorRange.MPEG
    )
    width, height = image.size
    stacked = frame.to_ndarray()
    chroma = stacked[height:].reshape(2, height // 2, width // 2)
    return Planes(
        Image.fromarray(stacked[:height]), Image.fromarray(chroma[0]), Image.fromarray(chroma[1])
    )


def to_array(planes: Planes) -> NDArray[np.uint8]:
    """The planes stacked as PyAV's yuv420p arrays have them."""
    flat = np.concatenate([np.asarray(plane).ravel() for plane in planes])
    return flat.reshape(-1, planes.y.width)


def mask(full: Image.Image) -> Mask:
    half = (full.width // 2, full.height // 2)
    return Mask(full, full.resize(half, Image.Resampling.BOX))


def blend(first: Planes, second: Planes, share: float) -> Planes:
    """`share` 0 is the first picture, 1 the second."""
    return Planes(*(Image.blend(a, b, share) for a, b in zip(first, second, strict=True)))


def paste(under: Planes, over: Planes, shape: Mask) -> None:
    """Lay `over` on `under`, in place, where the mask shows it."""
    under.y.paste(over.y, (0, 0), shape.full)
    under.u.paste(over.u, (0, 0), shape.half)
    under.v.paste(over.v, (0, 0), shape.half)


def zoomed(planes: Planes, scale: float, centre: tuple[float, float]) -> Planes:
    """The picture enlarged around a point given as shares of its width and height."""
    if scale == 1:
        return planes
    return Planes(*(_zoomed(plane, scale, centre) for plane in planes))


def _zoomed(plane: Image.Image, scale: float, centre: tuple[float, float]) -> Image.Image:
    width, height = plane.size
    left = (width - width / scale) * centre[0]
    top = (height - height / scale) * centre[1]
    box = (left, top, left + width / scale, top + height / scale)
    return plane.resize(plane.size, Image.Resampling.BILINEAR, box=box)


def shifted(strip: Image.Image, x: float, size: Size) -> Image.Image:
    """The part of a wide strip that starts at `x`, between two pixels where x lies there."""
    left, share = int(x), x - int(x)
    width, height = size
    here = strip.crop((left, 0, left + width, height))
    if share < 1 / 64:
        return here
    return Image.blend(here, strip.crop((left + 1, 0, left + 1 + width, height)), share)


def shifted_mask(strip: Mask, x: float, size: Size) -> Mask:
    width, height = size
    half = (width // 2, height // 2)
    return Mask(shifted(strip.full, x, size), shifted(strip.half, x / 2, half))


def covered(image: Image.Image, size: Size) -> Image.Image:
    """The middle of a picture, scaled and cropped to fill `size`, upright and opaque."""
    upright = ImageOps.exif_transpose(image)
    if upright.mode in ("RGBA", "LA", "P"):
        upright = upright.convert("RGBA")
        ground = Image.new("RGBA", upright.size, "black")
        upright = Image.alpha_composite(ground, upright)
    return ImageOps.fit(upright.convert("RGB"), size, Image.Resampling.LANCZOS)
