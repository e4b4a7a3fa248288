"""Renders one clip as a real H.264 MP4: from the pictures given, else a scene of its own."""

import hashlib
from collections.abc import Iterable, Iterator
from fractions import Fraction
from pathlib import Path

import av
from av.video.frame import PictureType
from av.video.reformatter import ColorRange, Colorspace
from PIL import Image

from studio.demo import captions, planes, scenes, sound
from studio.demo.planes import Planes
from studio.demo.spec import FPS, Spec, ease

STILL_S = 0.4
ZOOM = 1.07
REFERENCE_ZOOM = 1.18
BT709 = 1


def render(spec: Spec, target: Path) -> tuple[str, int]:
    """Write the clip; its ETag (of the content) and size in bytes. The file appears whole."""
    draft = target.with_suffix(".part")
    _encode(spec, _frames(spec), draft)
    data = draft.read_bytes()
    draft.replace(target)
    return f'"{hashlib.sha256(data).hexdigest()[:32]}"', len(data)


def _frames(spec: Spec) -> Iterator[Planes]:
    moving = _picture_frames(spec) if spec.first or spec.reference else scenes.frames(spec)
    if spec.is_tiny:
        return moving
    return captions.overlaid(moving, spec.prompt, spec.size, spec.frames, FPS)


def _picture_frames(spec: Spec) -> Iterator[Planes]:
    """A slow move that starts at exactly the first picture and ends at exactly the last one."""
    first = _open(spec.first or spec.reference, spec.size)
    last = _open(spec.last, spec.size) if spec.last else None
    start = 1.0 if spec.first else REFERENCE_ZOOM
    still = STILL_S / spec.duration_s
    for number in range(spec.frames):
        at = number / (spec.frames - 1)
        moved = start + (ZOOM - 1) * ease(at) if spec.first else start - (start - 1) * ease(at)
        frame = planes.zoomed(first, moved, (0.5, 0.42))
        if last and (share := ease((at - 0.35) / (0.65 - still))):
            coming = planes.zoomed(last, 1 + (ZOOM - 1) * (1 - ease(at / (1 - still))), (0.5, 0.5))
            frame = planes.blend(frame, coming, share)
        yield frame


def _open(path: str, size: planes.Size) -> Planes:
    with Image.open(path) as image:
        return planes.from_rgb(planes.covered(image, size))


def _encode(spec: Spec, frames: Iterable[Planes], target: Path) -> None:
    options = {"movflags": "+faststart"}
    with av.open(str(target), "w", format="mp4", options=options) as container:
        video = container.add_stream(
            "libx264", rate=FPS, options={"preset": "veryfast", "crf": "20", "threads": "1"}
        )
        video.width, video.height, video.pix_fmt = spec.width, spec.height, "yuv420p"
        video.time_base = Fraction(1, FPS)
        context = video.codec_context
        context.colorspace = context.color_primaries = context.color_trc = BT709
        context.color_range = ColorRange.MPEG
        audio = container.add_stream("aac", rate=sound.SAMPLE_RATE) if spec.has_sound else None
        for number, planes_ in enumerate(frames):
            frame = av.VideoFrame.from_ndarray(planes.to_array(planes_), format="yuv420p")
            frame.colorspace, frame.color_range = Colorspace.ITU709, ColorRange.MPEG
            frame.pts = number
            if number == spec.frames - 1:
                frame.pict_type = PictureType.I
            container.mux(video.encode(frame))
        container.mux(video.encode(None))
        if audio:
            _encode_sound(container, audio, spec)


def _encode_sound(
    container: av.container.OutputContainer, stream: av.AudioStream, spec: Spec
) -> None:
    samples = sound.pad(spec.prompt, spec.duration_s)
    frame = av.AudioFrame.from_ndarray(samples, format="fltp", layout="stereo")
    frame.sample_rate = sound.SAMPLE_RATE
    frame.pts = 0
    container.mux(stream.encode(frame))
    container.mux(stream.encode(None))
