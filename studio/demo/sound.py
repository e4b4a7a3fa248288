"""A soft pad for clips with sound: slow chords, far below full volume."""

import hashlib

import numpy as np
from numpy.typing import NDArray

SAMPLE_RATE = 48_000
LOUDNESS = 0.09
ROOTS_HZ = (110.0, 123.47, 130.81, 146.83, 98.0)
CHORDS = ((1, 3 / 2, 2, 5 / 2, 15 / 4), (1, 4 / 3, 2, 8 / 3, 10 / 3), (1, 3 / 2, 9 / 4, 3, 9 / 2))


def pad(prompt: str, duration_s: float) -> NDArray[np.float32]:
    """Two channels (2, samples) of a chord that swells, drifts and dies away."""
    seed = hashlib.sha256(prompt.encode()).digest()
    root_hz, chord = ROOTS_HZ[seed[0] % len(ROOTS_HZ)], CHORDS[seed[1] % len(CHORDS)]
    time_s = np.arange(int(duration_s * SAMPLE_RATE), dtype=np.float32) / SAMPLE_RATE
    left, right = np.zeros_like(time_s), np.zeros_like(time_s)
    for number, ratio in enumerate(chord):
        hz = root_hz * ratio
        swell = 0.6 + 0.4 * np.sin(2 * np.pi * (0.11 + 0.03 * number) * time_s + seed[number + 2])
        level = swell / (1 + number)
        left += level * np.sin(2 * np.pi * (hz - 0.35) * time_s)
        right += level * np.sin(2 * np.pi * (hz + 0.35) * time_s)
    fade_s = min(1.2, duration_s / 3)
    ends = np.minimum(time_s, time_s[-1] - time_s) / fade_s
    envelope = np.sin(np.clip(ends, 0, 1) * np.pi / 2) ** 2
    samples: NDArray[np.float32] = np.stack([left, right]) * envelope * np.float32(LOUDNESS)
    return samples.astype(np.float32)
