"""Single pictures out of clips: a thumbnail, and the last frame as the start of an extension."""

import io
from collections import deque
from pathlib import Path

import av
from PIL import Image

from studio.demo.images import BadImage

JPEG_QUALITY = 85


def thumbnail(path: Path) -> bytes:
    """The clip's picture half-way, as a JPEG."""
    with av.open(str(path), "r") as container:
        container.seek((container.duration or 0) // 2)
        frame = next(container.decode(video=0))
        return _saved(frame, "JPEG")


def last_frame(data: bytes) -> bytes:
    """The last picture of a clip, as a PNG. Raises BadImage when it cannot be read."""
    try:
        with av.open(io.BytesIO(data), "r") as container:
            last = deque(container.decode(video=0), maxlen=1)
    except (av.error.FFmpegError, IndexError) as e:
        raise BadImage("The video cannot be read.") from e
    if not last:
        raise BadImage("The video has no pictures.")
    return _saved(last[0], "PNG")


def _saved(frame: av.VideoFrame, kind: str) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(frame.to_ndarray(format="rgb24")).save(buffer, kind, quality=JPEG_QUALITY)
    return buffer.getvalue()
