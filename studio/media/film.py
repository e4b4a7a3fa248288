"""A storyboard becomes one MP4: H.264 and AAC, one size, one rate, cuts and cross-fades.

The film's clock counts whole pictures at its own rate. Each clip is asked for what a player
would show at that moment of its own clock, so variable and different rates come together by
time, and the sound is counted in samples from the same first picture.
"""

import json
import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import asdict
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
from av.audio.stream import AudioStream
from av.container import OutputContainer
from av.video.frame import VideoFrame
from av.video.reformatter import ColorRange
from av.video.stream import VideoStream

from studio.media import children, film_pictures, film_sound
from studio.media.errors import MediaError
from studio.media.film_pictures import Canvas, Pictures
from studio.media.film_plan import FilmPlan, FilmShot, Span, spans
from studio.media.film_sound import Sound
from studio.media.metadata import FLAGS, labels

CRF, PRESET = "18", "fast"
SOUND_BITS_PER_S = 192_000
SEEK_S = 2
"""A key picture so often, so that a player can seek."""
TELL_S = 1.0
NICENESS = 10
MEMORY_BYTES = 8_000_000_000
"""Of addresses, not of memory: each thread of a codec reserves some."""
CPU_S = 24 * 3600.0
SILENCE_S = 120.0
"""A renderer that says nothing for so long hangs."""

Tell = Callable[[int, int], None]


class NotRendered(MediaError):
    """No film came of it; the message says why."""


@contextmanager
def _naming(span: Span) -> Iterator[None]:
    """Say which shot a fault of the codec is about."""
    try:
        yield
    except (av.FFmpegError, StopIteration, ValueError, IndexError, OSError) as e:
        message = f"The clip of shot {span.number} could not be read."
        raise NotRendered(message, detail=repr(e)) from e


class _Reel:
    """A shot that is being shown: its pictures and its sound."""

    def __init__(self, span: Span, canvas: Canvas, rate: Fraction, *, has_sound: bool) -> None:
        self.span = span
        self._rate = rate
        path, from_s = Path(span.shot.path), span.shot.in_s
        with ExitStack() as opened:
            self._pictures = opened.enter_context(closing(Pictures(path, from_s, canvas)))
            self._sound = opened.enter_context(closing(Sound(path, from_s))) if has_sound else None
            self._opened = opened.pop_all()

    def picture(self, index: int) -> VideoFrame:
        """What it shows at this picture of the film."""
        passed_s = float((index - self.span.first) / self._rate)
        return self._pictures.at(self.span.shot.in_s + passed_s)

    def sound(self, index: int, samples: int) -> film_sound.Samples:
        """Its sound during this picture of the film, as loud as it is there."""
        if self._sound is None:
            return film_sound.silence(samples)
        edges = self.span.loudness(index), self.span.loudness(index + 1)
        levels = np.linspace(*edges, samples, endpoint=False, dtype=np.float32)
        return self._sound.take(samples) * levels

    def close(self) -> None:
        self._opened.close()


class Projector:
    """The film's pictures and sounds, one after the other. At most three clips are open."""

    def __init__(self, plan: FilmPlan) -> None:
        self._spans = spans(plan)
        self._rate = Fraction(plan.rate)
        self._reels: list[_Reel] = []
        self.length = self._spans[-1].end if self._spans else 0
        self.has_sound = any(_has_sound(shot) for shot in plan.shots)
        self.canvas = Canvas(plan.width, plan.height, _colours(plan))

    def __iter__(self) -> Iterator[tuple[VideoFrame, film_sound.Samples]]:
        coming = list(self._spans)
        try:
            for index in range(self.length):
                self._turn(index, coming)
                yield self._picture(index), self._sounds(index)
        finally:
            for reel in self._reels:
                reel.close()

    def sample(self, index: int) -> int:
        """The first sample of this picture."""
        return round(index * film_sound.RATE / self._rate)

    def _turn(self, index: int, coming: list[Span]) -> None:
        """Close what has ended, open what begins here."""
        for reel in [reel for reel in self._reels if reel.span.end <= index]:
            reel.close()
            self._reels.remove(reel)
        while coming and coming[0].first <= index:
            span = coming.pop(0)
            with _naming(span):
                reel = _Reel(span, self.canvas, self._rate, has_sound=self.has_sound)
            self._reels.append(reel)

    def _picture(self, index: int) -> VideoFrame:
        shown: VideoFrame | None = None
        for reel in self._reels:
            with _naming(reel.span):
                frame = self._lit(reel.picture(index), reel.span.light(index + 0.5))
            shown = _over(shown, frame, reel.span.share(index + 0.5))
        if shown is None:
            raise NotRendered("The film has a gap.", detail=f"no shot at picture {index}")
        return shown

    def _lit(self, frame: VideoFrame, light: float) -> VideoFrame:
        """The picture as far from black as it is to be."""
        if light >= 1.0:
            return frame
        planes = film_pictures.planes_of(frame)
        return film_pictures.to_frame(film_pictures.mix(self.canvas.black, planes, light))

    def _sounds(self, index: int) -> film_sound.Samples:
        samples = self.sample(index + 1) - self.sample(index)
        together = film_sound.silence(samples)
        for reel in self._reels:
            with _naming(reel.span):
                together += reel.sound(index, samples)
        return together


def _over(under: VideoFrame | None, over: VideoFrame, share: float) -> VideoFrame:
    if under is None or share >= 1.0:
        return over
    planes = film_pictures.planes_of(under), film_pictures.planes_of(over)
    return film_pictures.to_frame(film_pictures.mix(*planes, share))


def _has_sound(shot: FilmShot) -> bool:
    try:
        with av.open(shot.path) as container:
            return bool(container.streams.audio)
    except (av.FFmpegError, OSError):
        # Said in words once its turn comes.
        return False


def _colours(plan: FilmPlan) -> int:
    """The way to code colours that most of the film has already."""
    lengths_s: dict[int, float] = {}
    for shot in plan.shots:
        try:
            with av.open(shot.path) as container:
                colours = film_pictures.colours_of(next(container.decode(video=0)))
        except (av.FFmpegError, OSError, StopIteration, IndexError):
            continue
        lengths_s[colours] = lengths_s.get(colours, 0.0) + shot.length_s
    return max(lengths_s, key=lambda each: lengths_s[each], default=film_pictures.BT709)


def write_film(plan: FilmPlan, destination: Path, tell: Tell) -> None:
    """Render the film; `tell` hears every second how many of how many pictures are done.

    Raises NotRendered, worded for the person who asked for it.
    """
    projector = Projector(plan)
    if not projector.length:
        raise NotRendered("There is nothing to export: no shot is long enough for one picture.")
    try:
        with av.open(str(destination), "w", format="mp4", options=FLAGS) as film:
            film.metadata.update(labels(plan.document))
            _write(film, projector, Fraction(plan.rate), tell)
    except (av.FFmpegError, OSError) as e:
        raise NotRendered("The film could not be written.", detail=str(e)) from e


def _write(film: OutputContainer, projector: Projector, rate: Fraction, tell: Tell) -> None:
    video = _video_stream(film, projector.canvas, rate)
    sound = _sound_stream(film) if projector.has_sound else None
    told_at = time.monotonic()
    for index, (picture, samples) in enumerate(projector):
        film.mux(video.encode(film_pictures.stamped(picture, index, 1 / rate)))
        if sound is not None:
            film.mux(sound.encode(film_sound.to_frame(samples, projector.sample(index))))
        if time.monotonic() - told_at >= TELL_S:
            told_at = time.monotonic()
            tell(index + 1, projector.length)
    film.mux(video.encode(None))
    if sound is not None:
        film.mux(sound.encode(None))


def _video_stream(film: OutputContainer, canvas: Canvas, rate: Fraction) -> VideoStream:
    stream = film.add_stream("libx264", rate=rate)
    stream.width, stream.height, stream.pix_fmt = canvas.width, canvas.height, "yuv420p"
    stream.options = {"crf": CRF, "preset": PRESET, "g": str(round(SEEK_S * rate))}
    coded = stream.codec_context
    coded.thread_count = min(os.cpu_count() or 1, film_pictures.MOST_THREADS)
    coded.colorspace = coded.color_primaries = coded.color_trc = canvas.colours
    coded.color_range = ColorRange.MPEG
    return stream


def _sound_stream(film: OutputContainer) -> AudioStream:
    stream = film.add_stream("aac", rate=film_sound.RATE, layout="stereo")
    stream.bit_rate = SOUND_BITS_PER_S
    return stream


def render(plan: FilmPlan, destination: Path, heard: Callable[[int | None], bool]) -> None:
    """Render the film in a child process of low priority: neither a crash of the codec nor its
    appetite reaches the caller.

    `heard` is called about once a second, with the whole per cent that are done where that is
    news; once it answers False the child is ended and children.Stopped raised. Raises
    NotRendered, or children.ChildFailed where the child died without a word.
    """

    def listen(said: Any) -> bool:
        return heard(None if said is None else 100 * said["done"] // said["of"])

    try:
        children.follow(
            "studio.media.film",
            str(destination.absolute()),
            document=asdict(plan),
            heard=listen,
            memory_bytes=MEMORY_BYTES,
            cpu_s=CPU_S,
            silence_s=SILENCE_S,
        )
    except children.ChildFailed as e:
        kind, _, message = e.reason.partition(": ")
        if kind == NotRendered.__name__:
            raise NotRendered(message) from e
        raise


def _say(done: int, of: int) -> None:
    """To the worker. One that is gone is noticed by this: the pipe is broken."""
    print(json.dumps({"done": done, "of": of}), flush=True)


if __name__ == "__main__":
    children.limit(sys.argv[1], sys.argv[2])
    os.nice(NICENESS)
    try:
        write_film(FilmPlan.from_document(json.load(sys.stdin)), Path(sys.argv[3]), _say)
    except NotRendered as e:
        sys.exit(f"NotRendered: {e.message} {e.detail}".strip())
    except MemoryError:
        sys.exit("NotRendered: The film needs too much memory. Choose a smaller size.")
