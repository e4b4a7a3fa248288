"""Uploaded pictures: what is stored was written by us.

Measured on Pillow 13: a 20 KB PNG can open to 825 MB, and `verify()` accepts a PNG with a script
after its end. So the size is read before the picture, every picture is decoded and encoded anew
(which drops EXIF and GPS), and all of it happens in a child process with limits.
"""

import json
import math
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from studio.media import children
from studio.media.errors import ImageTooLarge, MediaError, NotAnImage

FORMATS = ("PNG", "JPEG", "WEBP")
MOST_PIXELS = 40_000_000
MOST_PROGRESSIVE_PIXELS = 30_000_000
MOST_WEBP_PIXELS = 20_000_000
"""What opening takes, measured: up to 8 bytes a pixel, of a progressive JPEG 12, of WebP 16. So no
picture needs more than 400 MB."""
LONGEST_SIDE_PX = 12_000
MEMORY_BYTES = 1_500_000_000
TIME_LIMIT_S = 30.0
JPEG_QUALITY = 95
ACCEPTED = "Use JPEG, PNG or WebP."
ERRORS: dict[str, type[MediaError]] = {"NotAnImage": NotAnImage, "ImageTooLarge": ImageTooLarge}


@dataclass(frozen=True, slots=True)
class ImageFacts:
    path: Path
    size_bytes: int
    width: int
    height: int
    mime_type: str


def reencode_image(source: Path, destination_stem: Path) -> ImageFacts:
    """Decode `source` and write it anew as `destination_stem` + .jpg or .png.

    JPEG stays JPEG; PNG and WebP become PNG, so transparency is kept. Raises NotAnImage or
    ImageTooLarge, worded for the person who uploaded it.
    """
    stem = destination_stem.absolute()
    try:
        facts = children.run(
            "studio.media.uploads",
            str(source.absolute()),
            str(stem),
            memory_bytes=MEMORY_BYTES,
            time_limit_s=TIME_LIMIT_S,
        )
    except children.ChildFailed as e:
        _draft(stem).unlink(missing_ok=True)
        kind, _, message = e.reason.partition(": ")
        if kind in ERRORS:
            raise ERRORS[kind](message) from e
        raise NotAnImage(f"This image could not be read. {ACCEPTED}", detail=e.reason) from e
    return ImageFacts(**(facts | {"path": Path(facts["path"])}))


def _draft(stem: Path) -> Path:
    return stem.with_name(f"{stem.name}.part")


def _reencode(source: Path, stem: Path) -> dict[str, object]:
    """The child's work."""
    # Pillow's own guard against bombs begins at 89 megapixels and takes the size with it; ours
    # begins at 40 and can name it.
    Image.MAX_IMAGE_PIXELS = None
    try:
        with Image.open(source, formats=FORMATS) as image:
            _require_modest(image.size, _most_pixels(image))
            is_jpeg = image.format == "JPEG"
            picture = _turned(image)
    except UnidentifiedImageError as e:
        raise NotAnImage(f"This is no image that can be read. {ACCEPTED}") from e
    except (OSError, ValueError, SyntaxError) as e:
        raise NotAnImage(f"This image is damaged. {ACCEPTED}") from e
    path = stem.with_name(stem.name + (".jpg" if is_jpeg else ".png"))
    _save(picture, _draft(stem), is_jpeg=is_jpeg)
    _draft(stem).replace(path)
    return {
        "path": str(path),
        "size_bytes": path.stat().st_size,
        "width": picture.width,
        "height": picture.height,
        "mime_type": "image/jpeg" if is_jpeg else "image/png",
    }


def _most_pixels(image: Image.Image) -> int:
    if image.format == "WEBP":
        return MOST_WEBP_PIXELS
    return MOST_PROGRESSIVE_PIXELS if "progressive" in image.info else MOST_PIXELS


def _require_modest(size: tuple[int, int], most_pixels: int) -> None:
    if math.prod(size) > most_pixels:
        raise ImageTooLarge(
            f"The image has {math.ceil(math.prod(size) / 1e6)} megapixels; "
            f"{most_pixels // 1_000_000} is the most. Make it smaller first."
        )
    if max(size) > LONGEST_SIDE_PX:
        raise ImageTooLarge(
            f"The image is {max(size)} pixels long on one side; {LONGEST_SIDE_PX} is the most. "
            "Make it smaller first."
        )


def _turned(image: Image.Image) -> Image.Image:
    """As it was meant to be seen. In place: each copy of 40 megapixels takes 160 MB."""
    image.load()
    ImageOps.exif_transpose(image, in_place=True)
    return image


def _save(picture: Image.Image, path: Path, *, is_jpeg: bool) -> None:
    clean = _eight_bit(picture)
    mode = "RGB" if is_jpeg else _png_mode(picture)
    clean = clean if clean.mode == mode else clean.convert(mode)
    clean.info.clear()
    if is_jpeg:
        clean.save(path, "JPEG", quality=JPEG_QUALITY, subsampling=0)
    else:
        clean.save(path, "PNG")


def _eight_bit(picture: Image.Image) -> Image.Image:
    """16-bit grey brought down to 8: Pillow's own conversion cuts it off, nearly all to white."""
    if not picture.mode.startswith("I;16"):
        return picture
    return Image.fromarray((np.asarray(picture) >> 8).astype(np.uint8))


def _png_mode(picture: Image.Image) -> str:
    return "RGBA" if picture.has_transparency_data else "RGB"


if __name__ == "__main__":
    children.limit(sys.argv[1], sys.argv[2])
    try:
        print(json.dumps(_reencode(Path(sys.argv[3]), Path(sys.argv[4]))))
    except MediaError as e:
        sys.exit(f"{type(e).__name__}: {e.message}")
    except MemoryError:
        sys.exit("ImageTooLarge: The image needs too much memory. Make it smaller first.")
