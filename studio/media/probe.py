"""Measuring a video, and making sure that it is a whole one."""

import json
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import av
from av.container import InputContainer
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from studio.media import boxes, children
from studio.media.errors import NotAVideo

MEMORY_BYTES = 3_000_000_000
TIME_LIMIT_S = 60.0
SLACK_S = 0.5
"""How much earlier than promised the last picture may end: edit lists and priming."""
NO_VIDEO_TYPES = ("text/", "application/json", "application/xml", "image/")
NO_VIDEO_SUFFIXES = ("+json", "+xml")


@dataclass(frozen=True, slots=True)
class VideoFacts:
    """`width` and `height` as displayed, after rotation; `mime_type` from the bytes."""

    size_bytes: int
    duration_s: float
    width: int
    height: int
    fps: float
    has_sound: bool
    video_codec: str
    mime_type: str


def mime_type_of(path: Path) -> str:
    """video/mp4 or video/webm by the first bytes. Raises NotAVideo for anything else."""
    with path.open("rb") as file:
        start = file.read(12)
    if start[4:8] == b"ftyp":
        return "video/mp4"
    if start[:4] == b"\x1a\x45\xdf\xa3":
        return "video/webm"
    if not start:
        raise NotAVideo("The file is empty.")
    raise NotAVideo("The file is no MP4 or WebM video.", detail=repr(start))


def probe(path: Path) -> VideoFacts:
    """The facts of a video that is already trusted. Raises NotAVideo."""
    mime_type = mime_type_of(path)
    try:
        with av.open(str(path)) as container:
            return _facts(container, path, mime_type)
    except (av.FFmpegError, ValueError, StopIteration) as e:
        raise NotAVideo("The file cannot be read as a video.", detail=str(e)) from e


def check_video(path: Path, declared_mime: str = "") -> VideoFacts:
    """The facts of a file that may be anything, after reading all of it.

    Every packet is read, pictures from the start, the middle and all at the end are decoded, and
    the last picture must come where the file says it ends. Runs in a child process with limits, so
    a hostile file cannot take the worker with it. Raises NotAVideo.
    """
    declared = declared_mime.partition(";")[0].strip().lower()
    if declared.startswith(NO_VIDEO_TYPES) or declared.endswith(NO_VIDEO_SUFFIXES):
        raise NotAVideo(f"It was sent as {declared}, which is no video.")
    mime_type_of(path)
    try:
        facts = children.run(
            "studio.media.probe",
            str(path.absolute()),
            memory_bytes=MEMORY_BYTES,
            time_limit_s=TIME_LIMIT_S,
        )
    except children.ChildFailed as e:
        raise NotAVideo("The file is damaged or not whole.", detail=e.reason) from e
    return VideoFacts(**facts)


def _facts(container: InputContainer, path: Path, mime_type: str) -> VideoFacts:
    if not container.streams.video:
        raise ValueError("there is no picture in it")
    stream = container.streams.video[0]
    width, height = displayed_size(container, stream)
    duration_s = length_s(container, stream)
    if duration_s <= 0:
        raise ValueError("it has no duration")
    return VideoFacts(
        size_bytes=path.stat().st_size,
        duration_s=round(duration_s, 3),
        width=width,
        height=height,
        fps=round(float(stream.average_rate or 0), 3),
        has_sound=bool(container.streams.audio),
        video_codec=stream.codec_context.name,
        mime_type=mime_type,
    )


def displayed_size(container: InputContainer, stream: VideoStream) -> tuple[int, int]:
    """Size after the display matrix: the rotation stands on the first decoded picture."""
    frame = next(container.decode(stream))
    container.seek(0)
    width, height = stream.codec_context.width, stream.codec_context.height
    return (height, width) if frame.rotation % 180 else (width, height)


def length_s(container: InputContainer, stream: VideoStream) -> float:
    """Seconds the file declares for its pictures; WebM declares them for the whole file only."""
    if stream.duration and stream.time_base:
        return float(stream.duration * stream.time_base)
    return (container.duration or 0) / av.time_base


def _read_all(path: Path) -> VideoFacts:
    """The child's work: facts, every packet, some pictures. Raises on any damage."""
    mime_type = mime_type_of(path)
    with path.open("rb") as file:
        boxes.require_whole(file, mime_type)
    with av.open(str(path)) as container:
        facts = _facts(container, path, mime_type)
        end_s = _demux_to_end(container)
        if end_s < facts.duration_s - SLACK_S:
            raise ValueError(f"its pictures end at {end_s:.2f} of {facts.duration_s:.2f} s")
        for at_s in (0.0, facts.duration_s / 2):
            next(_decode_from(container, at_s))
        for _ in _decode_from(container, max(0.0, facts.duration_s - 1.0)):
            pass
    return facts


def _demux_to_end(container: InputContainer) -> float:
    """Read every packet; the second at which what `length_s` speaks of ends."""
    stream = container.streams.video[0]
    whole_file = not stream.duration
    end_s = 0.0
    for packet in container.demux():
        if packet.is_corrupt:
            raise ValueError("a packet is damaged")
        counts = whole_file or packet.stream is stream
        if counts and packet.pts is not None and packet.time_base:
            end_s = max(end_s, float((packet.pts + (packet.duration or 0)) * packet.time_base))
    start_s = float((stream.start_time or 0) * (stream.time_base or 0))
    return end_s - start_s


def _decode_from(container: InputContainer, at_s: float) -> Iterator[VideoFrame]:
    stream = container.streams.video[0]
    offset = int(at_s / stream.time_base) if stream.time_base else 0
    container.seek(offset + (stream.start_time or 0), stream=stream)
    return container.decode(stream)


if __name__ == "__main__":
    children.limit(sys.argv[1], sys.argv[2])
    try:
        print(json.dumps(asdict(_read_all(Path(sys.argv[3])))))
    except (av.FFmpegError, ValueError, StopIteration, MemoryError, NotAVideo) as e:
        sys.exit(f"{type(e).__name__}: {e}")
