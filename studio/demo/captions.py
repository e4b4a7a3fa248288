"""The prompt as a discreet caption, gone in the first and the last moments of the clip."""

from collections.abc import Iterator

from PIL import Image, ImageDraw, ImageFont

from studio.demo import planes
from studio.demo.planes import Planes, Size

CLEAR_S = 0.5
FADE_S = 0.5
STRENGTH = 0.78
WHITE = 228
GREY_CHROMA = 128


def overlaid(
    frames: Iterator[Planes], prompt: str, size: Size, count: int, fps: int
) -> Iterator[Planes]:
    """The frames with the caption fading in and out."""
    box, text, shade = _drawn(prompt, size)
    for number, frame in enumerate(frames):
        from_end_s = min(number, count - 1 - number) / fps
        strength = max(0.0, min(1.0, (from_end_s - CLEAR_S) / FADE_S)) * STRENGTH
        yield _with_caption(frame, box, text, shade, strength) if strength else frame


def _with_caption(
    frame: Planes, box: tuple[int, int], text: Image.Image, shade: Image.Image, strength: float
) -> Planes:
    frame = frame.copy()
    dim, light = (mask.point(lambda value: int(value * strength)) for mask in (shade, text))
    frame.y.paste(20, box, dim)
    frame.y.paste(WHITE, box, light)
    half = (box[0] // 2, box[1] // 2)
    for plane in (frame.u, frame.v):
        plane.paste(GREY_CHROMA, half, planes.mask(light).half)
    return frame


def _drawn(prompt: str, size: Size) -> tuple[tuple[int, int], Image.Image, Image.Image]:
    """Where the caption stands, its letters and the soft shade behind them."""
    width, height = size
    short = min(size)
    font = ImageFont.load_default(size=max(8.0, short / 38))
    margin = short // 26 // 2 * 2
    lines = _wrapped(" ".join(prompt.split()), font, width - 2 * margin)
    line_height = int(short / 27)
    box_height = line_height * len(lines) + margin
    text = Image.new("L", (width, box_height // 2 * 2))
    draw = ImageDraw.Draw(text)
    for number, line in enumerate(lines):
        draw.text((margin, number * line_height), line, fill=255, font=font)
    shade = Image.linear_gradient("L").resize(text.size).point(lambda value: value // 3)
    return (0, height - text.height), text, shade


def _wrapped(
    text: str, font: ImageFont.FreeTypeFont | ImageFont.ImageFont, width: int
) -> list[str]:
    """At most two lines; what does not fit ends in an ellipsis."""
    lines, words = [""], text.split(" ")
    for word in words:
        longer = f"{lines[-1]} {word}".strip()
        if font.getlength(longer) <= width or not lines[-1]:
            lines[-1] = longer
        else:
            lines.append(word)
    if len(lines) > 2:
        return [lines[0], lines[1].rstrip(" ,.;") + "..."]
    return lines
