"""The pictures of a film: taken out of clips in their order, made to fit, mixed.

Every clip is read once and forward, two pictures at a time, so a film of any length needs the
same memory.
"""

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import numpy.typing as npt
from av.container import InputContainer
from av.video.frame import PictureType, VideoFrame
from av.video.reformatter import ColorRange, Colorspace

Planes = npt.NDArray[np.uint8]
LATE_S = 0.002
"""WebM keeps times in whole milliseconds, so a picture may come that much after its time."""
MOST_THREADS = 8
HD_LINES = 720
"""Players take an untagged picture of so many lines for BT.709, a smaller one for BT.601."""
BT709, BT601 = 1, 6
CONVERTERS = {BT709: Colorspace.ITU709, 5: Colorspace.ITU601, BT601: Colorspace.ITU601}
BLACK, GREY = 16, 128


@dataclass(frozen=True, slots=True)
class Canvas:
    """What every picture of a film is made to fit: even sizes, one way to code colours."""

    width: int
    height: int
    colours: int = BT709

    @property
    def black(self) -> Planes:
        """A black picture as `yuv420p` planes, one after the other."""
        planes = np.full((self.height * 3 // 2, self.width), GREY, np.uint8)
        planes[: self.height] = BLACK
        return planes


def colours_of(frame: VideoFrame) -> int:
    """How its colours are coded; where it does not say, what players take it for."""
    if frame.colorspace in CONVERTERS:
        return int(frame.colorspace)
    return BT709 if frame.height >= HD_LINES else BT601


class Pictures:
    """The pictures of one clip from a second on, made to fit."""

    def __init__(self, path: Path, from_s: float, canvas: Canvas) -> None:
        self._canvas = canvas
        self._stack = ExitStack()
        self._container: InputContainer = self._stack.enter_context(av.open(str(path)))
        self._stream = self._container.streams.video[0]
        self._stream.thread_type = "AUTO"
        self._stream.codec_context.thread_count = MOST_THREADS
        self._start_s = (self._container.start_time or 0) / av.time_base
        self._frames = self._decode(from_s)
        self._next: VideoFrame | None = next(self._frames)
        self._shown: VideoFrame | None = None
        self._fitted: VideoFrame | None = None

    def _decode(self, from_s: float) -> Iterator[VideoFrame]:
        time_base = self._stream.time_base
        offset = int((self._start_s + from_s) / time_base) if time_base else 0
        self._container.seek(offset, stream=self._stream)
        return self._container.decode(self._stream)

    def at(self, at_s: float) -> VideoFrame:
        """What a player shows at this second of the clip; asked for in rising order. Past the
        end the last picture stays."""
        while self._next is not None and (self._shown is None or self._is_due(self._next, at_s)):
            self._shown, self._fitted = self._next, None
            self._next = next(self._frames, None)
        if self._fitted is None and self._shown is not None:
            self._fitted = fit(self._shown, self._aspect, self._canvas)
        if self._fitted is None:
            raise StopIteration
        return self._fitted

    def _is_due(self, frame: VideoFrame, at_s: float) -> bool:
        return (frame.time or 0.0) - self._start_s <= at_s + LATE_S

    @property
    def _aspect(self) -> float:
        """Width by height of one pixel."""
        return float(self._stream.sample_aspect_ratio or 1) or 1.0

    def close(self) -> None:
        self._stack.close()


def fit(frame: VideoFrame, pixel_aspect: float, canvas: Canvas) -> VideoFrame:
    """The picture upright, as large as the canvas allows, with black at its sides; the very same
    one where nothing has to be done."""
    turned = frame.rotation % 180 != 0
    width, height = frame.width * pixel_aspect, float(frame.height)
    inner = _inner_size(*((height, width) if turned else (width, height)), canvas)
    scaled = _scaled(frame, inner[::-1] if turned else inner, canvas.colours)
    if not frame.rotation and inner == (canvas.width, canvas.height):
        return scaled
    return to_frame(_placed(_upright(scaled, frame.rotation), inner, canvas))


def _inner_size(width: float, height: float, canvas: Canvas) -> tuple[int, int]:
    """The largest even size of this shape within the canvas; a missing line or two are filled."""
    scale = min(canvas.width / width, canvas.height / height)
    return _even(width * scale, canvas.width), _even(height * scale, canvas.height)


def _even(length: float, most: int) -> int:
    even = max(2, round(length / 2) * 2)
    return most if abs(most - even) <= 2 else min(even, most)


def _scaled(frame: VideoFrame, size: tuple[int, int], colours: int) -> VideoFrame:
    given = colours_of(frame)
    same_colours = CONVERTERS[given] is CONVERTERS[colours]
    same_range = frame.color_range != ColorRange.JPEG and not frame.format.name.startswith("yuvj")
    same_shape = (frame.width, frame.height) == size and frame.format.name == "yuv420p"
    if same_shape and same_colours and same_range:
        return frame
    return frame.reformat(
        *size,
        "yuv420p",
        src_colorspace=CONVERTERS[given],
        dst_colorspace=CONVERTERS[colours],
        src_color_range=ColorRange.MPEG if same_range else ColorRange.JPEG,
        dst_color_range=ColorRange.MPEG,
        interpolation="BICUBIC",
    )


def planes_of(frame: VideoFrame) -> Planes:
    """Y, U and V of a `yuv420p` picture, one after the other."""
    return frame.to_ndarray().astype(np.uint8, copy=False)


def to_frame(planes: Planes) -> VideoFrame:
    return VideoFrame.from_ndarray(planes, format="yuv420p")


def _split(planes: Planes) -> tuple[Planes, Planes, Planes]:
    """Views of Y, U and V."""
    lines, width = planes.shape
    height, flat = lines * 2 // 3, planes.reshape(-1)
    luma, chroma = height * width, height * width // 4
    shape = (height // 2, width // 2)
    return (
        planes[:height],
        flat[luma : luma + chroma].reshape(shape),
        flat[luma + chroma :].reshape(shape),
    )


def _upright(frame: VideoFrame, rotation: int) -> Planes:
    """Turned against the clock by `rotation` degrees, in quarters."""
    planes = planes_of(frame)
    quarters = round(rotation / 90) % 4
    if not quarters:
        return planes
    turned = [np.rot90(plane, quarters) for plane in _split(planes)]
    width = turned[0].shape[1]
    return np.concatenate([plane.reshape(-1) for plane in turned]).reshape(-1, width)


def _placed(planes: Planes, size: tuple[int, int], canvas: Canvas) -> Planes:
    """In the middle of a black picture."""
    ground = canvas.black
    left, top = ((canvas.width - size[0]) // 4 * 2, (canvas.height - size[1]) // 4 * 2)
    for share, (to, given) in enumerate(zip(_split(ground), _split(planes), strict=True)):
        halves = 2 if share else 1
        y, x = top // halves, left // halves
        to[y : y + given.shape[0], x : x + given.shape[1]] = given
    return ground


def mix(under: Planes, over: Planes, share: float) -> Planes:
    """`share` (0 to 1) of the one over the rest of the other."""
    weight = round(share * 256)
    mixed = under.astype(np.uint16) * (256 - weight) + over.astype(np.uint16) * weight + 128
    return (mixed >> 8).astype(np.uint8)


def stamped(frame: VideoFrame, index: int, time_base: Fraction) -> VideoFrame:
    """Ready for the encoder: its place in the film, and no wish about how to code it."""
    frame.pts, frame.time_base = index, time_base
    frame.pict_type = PictureType.NONE
    return frame
