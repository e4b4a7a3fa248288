"""Pictures out of a video: poster, preview, filmstrip, first, last and any frame."""

from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path

import av
from av.container import InputContainer
from av.video.frame import VideoFrame
from PIL import Image, ImageOps, ImageStat

from studio.media.errors import NotAVideo
from studio.media.probe import displayed_size, length_s

POSTER_SIDE_PX = 1280
PREVIEW_WIDTH_PX = 480
PREVIEW_S = 4.0
PREVIEW_FPS = 15
STRIP_PICTURES = 10
STRIP_SIZE_PX = (160, 90)
"""Of each picture in a filmstrip, whatever the clip's shape: the strip is cut to fit its place."""
DARK = 12
"""Mean brightness (of 255) below which a picture makes no good poster."""


@contextmanager
def _opened(video: Path) -> Iterator[InputContainer]:
    try:
        with av.open(str(video)) as container:
            yield container
    except (av.FFmpegError, StopIteration, IndexError) as e:
        raise NotAVideo("No picture can be taken from this video.", detail=str(e)) from e


def _picture(frame: VideoFrame) -> Image.Image:
    picture: Image.Image = frame.to_image()  # type: ignore[no-untyped-call]
    return picture.rotate(frame.rotation, expand=True) if frame.rotation else picture


def _decode_from(container: InputContainer, at_s: float) -> Iterator[VideoFrame]:
    """Pictures up to the end, from the last key frame that is not after `at_s`."""
    stream = container.streams.video[0]
    container.seek(int(at_s / (stream.time_base or Fraction(1))), stream=stream)
    return container.decode(stream)


def _start_s(container: InputContainer) -> float:
    """The file's own time at which a player's clock stands at 0."""
    return (container.start_time or 0) / av.time_base


def _frame_at(container: InputContainer, at_s: float) -> VideoFrame:
    """The picture shown at this second; the last one for a second past the end."""
    due_s = _start_s(container) + at_s
    shown: VideoFrame | None = None
    for frame in _decode_from(container, due_s):
        if shown is not None and (frame.time or 0.0) > due_s + 1e-6:
            break
        shown = frame
    if shown is None:
        raise IndexError("no picture there")
    return shown


def write_frame_at(video: Path, at_s: float, destination: Path) -> None:
    """The picture shown at `at_s`, in the format of the destination's ending."""
    with _opened(video) as container:
        _picture(_frame_at(container, at_s)).save(destination)


def write_first_frame(video: Path, destination: Path) -> None:
    with _opened(video) as container:
        _picture(next(container.decode(video=0))).save(destination)


def write_last_frame(video: Path, destination: Path) -> None:
    """The very last picture, exactly; times in the file are used for seeking only."""
    with _opened(video) as container:
        end_s = _start_s(container) + length_s(container, container.streams.video[0])
        last = deque(_decode_from(container, end_s), maxlen=1)
        _picture(last[0]).save(destination)


def write_poster(video: Path, destination: Path) -> None:
    """A picture from early in the clip that is not black, at most 1280 px a side."""
    with _opened(video) as container:
        whole_s = length_s(container, container.streams.video[0])
        for share in (0.1, 0.4, 0.7, 0.0):
            picture = _picture(_frame_at(container, whole_s * share))
            if ImageStat.Stat(picture.convert("L")).mean[0] >= DARK:
                break
    _save_poster(picture, destination)


def write_poster_at(video: Path, at_s: float, destination: Path) -> None:
    """The picture shown at `at_s` as a poster, at most 1280 px a side."""
    with _opened(video) as container:
        _save_poster(_picture(_frame_at(container, at_s)), destination)


def _save_poster(picture: Image.Image, destination: Path) -> None:
    picture.thumbnail((POSTER_SIDE_PX, POSTER_SIDE_PX))
    picture.save(destination, quality=85, optimize=True)


def write_filmstrip(video: Path, destination: Path) -> None:
    """Pictures from the whole length side by side in one, for a scrubber: the first shows the
    middle of the first tenth, and so on."""
    width, height = STRIP_SIZE_PX
    strip = Image.new("RGB", (width * STRIP_PICTURES, height))
    with _opened(video) as container:
        whole_s = length_s(container, container.streams.video[0])
        for place in range(STRIP_PICTURES):
            shown = _picture(_frame_at(container, whole_s * (place + 0.5) / STRIP_PICTURES))
            strip.paste(ImageOps.fit(shown, STRIP_SIZE_PX), (place * width, 0))
    strip.save(destination, quality=80, optimize=True)


def write_preview(video: Path, destination: Path) -> None:
    """The first seconds, small, muted and light, for playing on hover."""
    with (
        _opened(video) as source,
        av.open(str(destination), "w", options={"movflags": "faststart"}) as target,
    ):
        width, height = _preview_size(*displayed_size(source, source.streams.video[0]))
        out = target.add_stream("libx264", rate=PREVIEW_FPS)
        out.width, out.height, out.pix_fmt = width, height, "yuv420p"
        out.options = {"crf": "30", "preset": "veryfast"}
        for index, frame in enumerate(_thinned(source)):
            small = _upright(frame).reformat(width, height, "yuv420p")
            small.pts, small.time_base = index, Fraction(1, PREVIEW_FPS)
            target.mux(out.encode(small))
        target.mux(out.encode(None))


def _upright(frame: VideoFrame) -> VideoFrame:
    """The picture as a player shows it: what is encoded anew carries no rotation."""
    if not frame.rotation:
        return frame
    upright: VideoFrame = VideoFrame.from_image(_picture(frame))  # type: ignore[no-untyped-call]
    return upright


def _preview_size(width: int, height: int) -> tuple[int, int]:
    scale = min(1.0, PREVIEW_WIDTH_PX / width)
    return max(2, int(width * scale) // 2 * 2), max(2, int(height * scale) // 2 * 2)


def _thinned(source: InputContainer) -> Iterator[VideoFrame]:
    """About PREVIEW_FPS pictures a second from the first PREVIEW_S seconds."""
    due_s = 0.0
    for frame in source.decode(video=0):
        at_s = frame.time or 0.0
        if at_s >= PREVIEW_S:
            return
        while at_s + 1e-6 >= due_s:
            yield frame
            due_s += 1 / PREVIEW_FPS
