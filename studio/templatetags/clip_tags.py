"""How a clip is shown while it is watched, and beside others."""

from collections.abc import Iterator

from django import template
from django.utils.translation import gettext as _

from studio.media.frames import STRIP_PICTURES, STRIP_SIZE_PX
from studio.models import Asset

register = template.Library()

SHORT_CHARS = 14


@register.filter
def called(clip: Asset) -> str:
    """What a clip is called: its prompt, or the name of its file."""
    return clip.job.prompt if clip.job else clip.original_name or _("A clip")


@register.filter
def hundredths(seconds: float | None) -> str:
    """ "0:08.00": a second of a clip."""
    whole = round((seconds or 0.0) * 100)
    return f"{whole // 6000}:{whole // 100 % 60:02d}.{whole % 100:02d}"


@register.filter
def frame_count(clip: Asset) -> int:
    """How many pictures a clip has."""
    return max(1, round((clip.duration_s or 0.0) * (clip.fps or 24.0)))


@register.filter
def shortened(key: str) -> str:
    """ "job_7f3a…c21": enough of an id to tell it from others."""
    return key if len(key) <= SHORT_CHARS else f"{key[:8]}…{key[-4:]}"


@register.filter
def letter(place: int) -> str:
    """ "A" for the first, "B" for the second."""
    return chr(ord("A") + place)


@register.simple_tag
def strip_pictures() -> Iterator[tuple[str, str]]:
    """Of each picture of a filmstrip: where it stands, and which part of the strip it is."""
    width, height = STRIP_SIZE_PX
    for place in range(STRIP_PICTURES):
        yield f"{place * 100 // STRIP_PICTURES}%", f"{place * width} 0 {width} {height}"


@register.simple_tag
def strip_size() -> tuple[int, int]:
    """Of the whole filmstrip, in pixels."""
    width, height = STRIP_SIZE_PX
    return width * STRIP_PICTURES, height
