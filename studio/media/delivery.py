"""Pictures on their way to an API: made to fit, and written as data URIs."""

import base64
import io
from collections.abc import Collection
from pathlib import Path

from PIL import Image

from studio.media.errors import ImageTooLarge

QUALITIES = (92, 85, 75, 60)
SHRINK = 0.75
SMALLEST_SIDE_PX = 64
"""A picture whose longer side is this short is not made smaller still."""
TYPES = {".jpg": "image/jpeg", ".png": "image/png", ".webp": "image/webp"}


def fit_image(path: Path, *, max_bytes: int, mime_types: Collection[str]) -> tuple[bytes, str]:
    """The file's own bytes and type where both are allowed, else a JPEG that is.

    Quality falls first, then the size, until at most `max_bytes` are left. Raises ImageTooLarge
    where even a thumbnail has more.
    """
    mime_type = TYPES.get(path.suffix, "")
    if mime_type in mime_types and path.stat().st_size <= max_bytes:
        return path.read_bytes(), mime_type
    with Image.open(path) as image:
        picture = _on_white(image)
    while True:
        for quality in QUALITIES:
            content = _jpeg(picture, quality)
            if len(content) <= max_bytes:
                return content, "image/jpeg"
        if max(picture.size) <= SMALLEST_SIDE_PX:
            raise ImageTooLarge(f"The image cannot be made to fit into {max_bytes} bytes.")
        picture = picture.resize([max(1, int(side * SHRINK)) for side in picture.size])


def _on_white(image: Image.Image) -> Image.Image:
    """Without transparency, which JPEG lacks."""
    if not image.has_transparency_data:
        return image.convert("RGB")
    ground = Image.new("RGBA", image.size, "white")
    ground.alpha_composite(image.convert("RGBA"))
    return ground.convert("RGB")


def _jpeg(picture: Image.Image, quality: int) -> bytes:
    content = io.BytesIO()
    picture.save(content, "JPEG", quality=quality, subsampling=0 if quality > 90 else 2)
    return content.getvalue()


def data_uri(content: bytes, mime_type: str) -> str:
    """`data:image/png;base64,...`"""
    return f"data:{mime_type};base64,{base64.b64encode(content).decode()}"
