"""Frame sizes from an aspect ratio and a resolution."""

SHORT_SIDE = {"480p": 480, "720p": 720, "1080p": 1080}
TINY_SHORT_SIDE = 64
SMALLER = 3
LONGEST_SIDE = 2560


def frame_size(width_share: float, height_share: float, short_side: int) -> tuple[int, int]:
    """Even width and height of this ratio whose shorter side is `short_side`."""
    scale = short_side / min(width_share, height_share)
    width, height = (
        min(round(share * scale), LONGEST_SIDE) for share in (width_share, height_share)
    )
    return (width + width % 2, height + height % 2)


def parse_ratio(ratio: str) -> tuple[int, int]:
    """16:9 or 1280x720 as two numbers."""
    width, _, height = ratio.replace("x", ":").partition(":")
    return int(width), int(height)
