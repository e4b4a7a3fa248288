"""Small copies of pictures, for lists of many."""

import uuid
from pathlib import Path

from PIL import Image, UnidentifiedImageError

from studio.media.errors import NotAnImage

SIDE_PX = 480
GROUND = (128, 128, 128)
"""Behind what is transparent."""


def write_thumb(picture: Path, destination: Path) -> None:
    """A JPEG of at most SIDE_PX a side; it appears whole or not at all. Raises NotAnImage."""
    draft = destination.with_name(f"{uuid.uuid4().hex}.part")
    destination.parent.mkdir(parents=True, exist_ok=True)
    try:
        with Image.open(picture) as opened:
            opened.draft("RGB", (SIDE_PX, SIDE_PX))
            small = opened.convert("RGBA")
            small.thumbnail((SIDE_PX, SIDE_PX))
            flat = Image.new("RGB", small.size, GROUND)
            flat.paste(small, mask=small)
            flat.save(draft, "JPEG", quality=80, optimize=True)
    except (OSError, UnidentifiedImageError) as e:
        draft.unlink(missing_ok=True)
        raise NotAnImage("This picture cannot be read.", detail=str(e)) from e
    draft.replace(destination)
