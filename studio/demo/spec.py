"""What to render: the order for one clip."""

from dataclasses import dataclass

FPS = 24


@dataclass(frozen=True, slots=True, kw_only=True)
class Spec:
    """What to render. Sizes are even pixels; `first`, `last`, `reference` are picture files.
    `take` tells clips of the same prompt apart: each is drawn a little differently."""

    prompt: str
    take: str = ""
    width: int
    height: int
    duration_s: float
    has_sound: bool = False
    first: str = ""
    last: str = ""
    reference: str = ""
    is_tiny: bool = False

    @property
    def size(self) -> tuple[int, int]:
        return (self.width, self.height)

    @property
    def frames(self) -> int:
        return round(self.duration_s * FPS)


def ease(share: float) -> float:
    """0 to 1 with a slow start and end; what lies outside stays at the end."""
    share = max(0.0, min(1.0, share))
    return share * share * (3 - 2 * share)
