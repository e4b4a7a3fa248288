"""Three hundred hostile pictures, made one at a time: none of them is ever all in memory."""

import io
import random
import struct
import zlib
from collections.abc import Iterator
from typing import NamedTuple

from PIL import Image, PngImagePlugin

SCRIPT = b"<script>alert(1)</script>"
MARK = b"Northlight-was-here"
"""Stands in every EXIF and XMP: where a picture was taken, and by whom."""
SVG = b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'><script>alert(1)</script></svg>"
NO_PICTURES: dict[str, bytes] = {
    "html": b"<!doctype html><html><body>" + SCRIPT,
    "svg": SVG,
    "svg-prolog": b"<?xml version='1.0' encoding='UTF-8'?>\n<!DOCTYPE svg>" + SVG,
    "svg-bom": b"\xef\xbb\xbf" + SVG,
    "svg-utf16": SVG.decode().encode("utf-16"),
    "svgz": zlib.compress(SVG),
    "xbm": b"#define a_width 8\n#define a_height 8\nstatic char a_bits[] = {0x00};",
    "pdf": b"%PDF-1.7\n" + SCRIPT,
    "eps": b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n",
    "psd": b"8BPS\0\1" + b"\0" * 100,
    "fits": b"SIMPLE  =                    T".ljust(2880),
    "heic": b"\0\0\0\x18ftypheic" + b"\0" * 60,
    "mp4": b"\0\0\0\x18ftypisom" + b"\0" * 60,
    "zip": b"PK\x03\x04" + b"\0" * 60,
    "elf": b"\x7fELF\x02\x01\x01" + b"\0" * 60,
    "php": b"<?php system($_GET['c']);",
    "shell": b"#!/bin/sh\nid\n",
    "lnk": b"L\0\0\0\x01\x14\x02\0",
    "mvg": b"push graphic-context\nimage over 0,0 0,0 'https://127.0.0.1/x.png'\n",
    "path": b"/etc/passwd",
}
OTHER_FORMATS = ("GIF", "BMP", "TIFF", "ICO", "PPM", "TGA", "PCX", "SGI", "JPEG2000", "AVIF", "DDS")
OURS = ("PNG", "JPEG", "WEBP")


class Hostile(NamedTuple):
    name: str
    content: bytes


def hostile(count: int) -> Iterator[Hostile]:
    """So many of all kinds; the last ones are pictures with bytes changed at random."""
    made = 0
    for each in (*_whole(), *_bombs(), *_cut(), *_disguised()):
        yield each
        made += 1
    chance = random.Random(7)
    while made < count:
        kind = OURS[made % len(OURS)]
        yield Hostile(f"damaged-{made}-{kind}", _damaged(_picture(kind), chance))
        made += 1


def _picture(kind: str, size: tuple[int, int] = (160, 90), **how: object) -> bytes:
    """Not packed as ours are, so that what was only copied is noticed."""
    file = io.BytesIO()
    how |= {"compress_level": 1} if kind == "PNG" else {}
    Image.effect_noise(size, 60).convert("RGB").save(file, kind, **how)
    return file.getvalue()


def _exif() -> Image.Exif:
    exif = Image.Exif()
    exif[0x010F] = MARK.decode()
    exif.get_ifd(0x8825).update({1: "N", 2: (52.0, 31.0, 12.0), 3: "E", 4: (13.0, 24.0, 18.0)})
    return exif


def _whole() -> Iterator[Hostile]:
    """Pictures that open well, and carry something: most are kept, without it."""
    xmp = b"<x:xmpmeta>" + MARK + SCRIPT + b"</x:xmpmeta>"
    for kind in OURS:
        plain = _picture(kind)
        yield Hostile(f"script-after-{kind}", plain + SCRIPT)
        yield Hostile(f"zip-after-{kind}", plain + NO_PICTURES["zip"] + SCRIPT)
        yield Hostile(f"gps-{kind}", _picture(kind, exif=_exif()))
        yield Hostile(f"xmp-{kind}", _picture(kind, xmp=xmp))
        yield Hostile(f"profile-{kind}", _picture(kind, icc_profile=MARK + SCRIPT * 9))
        for turn in range(1, 9):
            exif = _exif()
            exif[0x0112] = turn
            yield Hostile(f"turned-{turn}-{kind}", _picture(kind, exif=exif))
    yield Hostile("comment-JPEG", _picture("JPEG", comment=SCRIPT + MARK))
    notes = PngImagePlugin.PngInfo()
    notes.add_text("Comment", (SCRIPT + MARK).decode())
    notes.add_itxt("XML:com.adobe.xmp", xmp.decode(), zip=True)
    notes.add(b"eXIf", _exif().tobytes())
    yield Hostile("notes-PNG", _picture("PNG", pnginfo=notes))
    for kind in ("PNG", "WEBP"):
        frames = [Image.new("RGB", (64, 36), (tone, 0, 0)) for tone in range(0, 250, 5)]
        file = io.BytesIO()
        frames[0].save(file, kind, save_all=True, append_images=frames[1:])
        yield Hostile(f"film-{kind}", file.getvalue())


def _bombs() -> Iterator[Hostile]:
    """Small files that say that they are huge, and the largest that are let in."""
    for width, height in ((13_000, 13_000), (60_000, 60_000), (12_001, 10), (2**31 - 1, 1), (0, 0)):
        yield Hostile(f"bomb-{width}x{height}", png_bomb(width, height))
    yield Hostile("text-bomb", _with_chunk(b"zTXt", b"a\0\0" + zlib.compress(b"A" * 90_000_000, 9)))
    profile = zlib.compress(b"A" * 90_000_000, 9)
    yield Hostile("profile-bomb", _with_chunk(b"iCCP", b"a\0\0" + profile))
    yield Hostile("jpeg-65535", _resized_jpeg(65_535, 65_535))
    yield Hostile("jpeg-8000", _resized_jpeg(8_000, 5_000))
    for kind, mode, size, how in (
        ("PNG", "RGBA", (8_000, 5_000), {"compress_level": 1}),
        ("PNG", "1", (8_000, 5_000), {}),
        ("PNG", "P", (8_000, 5_000), {"transparency": 0}),
        ("PNG", "I;16", (8_000, 5_000), {}),
        ("JPEG", "CMYK", (8_000, 5_000), {}),
        ("JPEG", "CMYK", (6_000, 5_000), {"progressive": True}),
        ("JPEG", "RGB", (8_000, 5_000), {"progressive": True}),
        ("WEBP", "RGBA", (5_000, 4_000), {"lossless": True}),
        ("WEBP", "RGBA", (8_000, 5_000), {"lossless": True}),
    ):
        file = io.BytesIO()
        Image.new(mode, size).save(file, kind, **how)
        yield Hostile(f"large-{kind}-{mode}-{size[0]}-{len(how)}", file.getvalue())


def _cut() -> Iterator[Hostile]:
    for kind in OURS:
        whole = _picture(kind)
        for share in range(0, 100, 5):
            yield Hostile(f"cut-{share}-{kind}", whole[: len(whole) * share // 100])


def _disguised() -> Iterator[Hostile]:
    """What is no picture of ours, as it is and behind the first bytes of one."""
    heads: dict[str, bytes] = {kind: _picture(kind)[:40] for kind in OURS}
    for name, content in NO_PICTURES.items():
        yield Hostile(name, content)
        for kind, head in heads.items():
            yield Hostile(f"{name}-behind-{kind}", head + content)
    for kind in OTHER_FORMATS:
        yield Hostile(kind, _picture(kind))


def _damaged(content: bytes, chance: random.Random) -> bytes:
    found = bytearray(content)
    for _ in range(chance.randint(1, 12)):
        found[chance.randrange(len(found))] = chance.randrange(256)
    return bytes(found)


def _chunk(kind: bytes, data: bytes) -> bytes:
    whole = kind + data
    return struct.pack(">I", len(data)) + whole + struct.pack(">I", zlib.crc32(whole))


def _with_chunk(kind: bytes, data: bytes) -> bytes:
    """A small PNG with this chunk behind its head."""
    plain = _picture("PNG")
    return plain[:33] + _chunk(kind, data) + plain[33:]


def png_bomb(width: int, height: int) -> bytes:
    """A small PNG that says that it has this size."""
    head = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    rows = _chunk(b"IDAT", zlib.compress(b"\0" * 100_000))
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", head) + rows + _chunk(b"IEND", b"")


def _resized_jpeg(width: int, height: int) -> bytes:
    """A small JPEG that says that it has this size."""
    found = bytearray(_picture("JPEG"))
    at = found.index(b"\xff\xc0") + 5
    found[at : at + 4] = struct.pack(">HH", height, width)
    return bytes(found)
