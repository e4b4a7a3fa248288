"""The sound of a film: taken out of clips by its timestamps, faded, silent where there is none."""

from collections.abc import Iterator
from contextlib import ExitStack
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import numpy.typing as npt
from av.audio.frame import AudioFrame
from av.audio.resampler import AudioResampler
from av.container import InputContainer

RATE = 48_000
Samples = npt.NDArray[np.float32]
"""Two rows, left and right."""
PREROLL_S = 0.25
"""AAC and Opus need some sound before the first that is right."""
DRIFT = RATE // 50
"""So many samples may timestamps differ from the count before the count follows them: 20 ms."""


def silence(samples: int) -> Samples:
    return np.zeros((2, samples), np.float32)


class Sound:
    """The sound of one clip from a second on, 48 kHz stereo, any number of samples at a time."""

    def __init__(self, path: Path, from_s: float) -> None:
        self._stack = ExitStack()
        self._container: InputContainer = self._stack.enter_context(av.open(str(path)))
        self._resampler: AudioResampler | None = None
        self._shape: tuple[str, str, int] = ("", "", 0)
        self._parts = self._read(from_s)
        self._ready = silence(0)

    def take(self, samples: int) -> Samples:
        """The next so many; silence after the end."""
        parts, length = [self._ready], self._ready.shape[1]
        while length < samples:
            part = next(self._parts, None)
            part = silence(samples - length) if part is None else part
            parts.append(part)
            length += part.shape[1]
        joined = np.concatenate(parts, axis=1)
        self._ready = joined[:, samples:]
        return joined[:, :samples]

    def _read(self, from_s: float) -> Iterator[Samples]:
        """From `from_s` on without a gap: where the timestamps leave one, there is silence; what
        they say twice is left out."""
        if not self._container.streams.audio:
            return
        start_s = (self._container.start_time or 0) / av.time_base + from_s
        at = 0
        for frame in self._resampled(start_s):
            samples = _samples_of(frame)
            due = round(((frame.time or 0.0) - start_s) * RATE)
            if at == 0 or abs(due - at) > DRIFT:
                if due > at:
                    yield silence(due - at)
                    at = due
                samples = samples[:, max(0, at - due) :]
            if samples.shape[1]:
                yield samples
                at += samples.shape[1]

    def _resampled(self, start_s: float) -> Iterator[AudioFrame]:
        stream = self._container.streams.audio[0]
        time_base = stream.time_base
        offset = int(max(0.0, start_s - PREROLL_S) / time_base) if time_base else 0
        self._container.seek(offset, stream=stream)
        for frame in self._container.decode(stream):
            yield from self._resample(frame)
        if self._resampler is not None:
            yield from self._resampler.resample(None)

    def _resample(self, frame: AudioFrame) -> Iterator[AudioFrame]:
        """A stream may change its shape on the way; then another resampler goes on."""
        shape = (frame.format.name, frame.layout.name, frame.sample_rate)
        if shape != self._shape:
            if self._resampler is not None:
                yield from self._resampler.resample(None)
            self._resampler = AudioResampler(format="fltp", layout="stereo", rate=RATE)
            self._shape = shape
        if self._resampler is not None:
            yield from self._resampler.resample(frame)

    def close(self) -> None:
        self._stack.close()


def _samples_of(frame: AudioFrame) -> Samples:
    return frame.to_ndarray().astype(np.float32, copy=False)


def to_frame(samples: Samples, at: int) -> AudioFrame:
    """As the encoder takes it; what two loud clips make together is cut at full scale."""
    clipped = np.ascontiguousarray(np.clip(samples, -1.0, 1.0))
    frame = AudioFrame.from_ndarray(clipped, format="fltp", layout="stereo")
    frame.sample_rate, frame.pts, frame.time_base = RATE, at, Fraction(1, RATE)
    return frame
