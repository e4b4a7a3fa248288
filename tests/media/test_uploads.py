"""Uploaded pictures: whatever comes in, what is kept was written by us."""

import struct
import zlib

import numpy as np
import pytest
from PIL import Image, ImageStat

from studio.media.delivery import data_uri, fit_image
from studio.media.errors import ImageTooLarge, NotAnImage
from studio.media.uploads import reencode_image

SCRIPT = b"<script>alert(1)</script>"


def keep(path, tmp_path):
    return reencode_image(path, tmp_path / "kept")


@pytest.mark.parametrize(
    ("name", "mime_type", "ending"),
    [
        ("a.jpg", "image/jpeg", ".jpg"),
        ("a.png", "image/png", ".png"),
        ("a.webp", "image/png", ".png"),
    ],
)
def test_a_picture_is_kept_in_a_plain_format(make_picture, tmp_path, name, mime_type, ending):
    facts = keep(make_picture(name), tmp_path)
    assert (facts.mime_type, facts.path.suffix) == (mime_type, ending)
    assert (facts.width, facts.height) == (64, 36)
    assert facts.size_bytes == facts.path.stat().st_size


def test_a_script_after_the_end_of_a_picture_is_gone(make_picture, tmp_path):
    path = make_picture()
    path.write_bytes(path.read_bytes() + SCRIPT)
    assert SCRIPT not in keep(path, tmp_path).path.read_bytes()


def test_where_a_picture_was_taken_is_forgotten(make_picture, tmp_path):
    exif = Image.Exif()
    exif[0x010F] = "Northlight"
    exif.get_ifd(0x8825)[1] = "N"
    kept = keep(make_picture("gps.jpg", exif=exif), tmp_path).path
    assert b"Northlight" not in kept.read_bytes()
    with Image.open(kept) as image:
        assert not image.getexif().get_ifd(0x8825)


def test_a_picture_is_turned_the_way_it_was_meant(make_picture, tmp_path):
    exif = Image.Exif()
    exif[0x0112] = 6
    facts = keep(make_picture("turned.jpg", exif=exif), tmp_path)
    assert (facts.width, facts.height) == (36, 64)


def test_transparency_survives(tmp_path):
    path = tmp_path / "clear.png"
    Image.new("RGBA", (8, 8), (255, 0, 0, 0)).save(path)
    with Image.open(keep(path, tmp_path).path) as image:
        assert image.mode == "RGBA"


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"<html><script>alert(1)</script></html>",
        b"<?xml version='1.0'?><svg xmlns='http://www.w3.org/2000/svg'/>",
        b"\xef\xbb\xbf<svg xmlns='http://www.w3.org/2000/svg'/>",
        b"GIF89a" + b"\0" * 100,
        b"%PDF-1.7",
        b"%!PS-Adobe-3.0 EPSF-3.0",
        b"8BPS\0\1" + b"\0" * 100,
        b"SIMPLE  =                    T",
        b"\x89PNG\r\n\x1a\n" + b"\0" * 50,
        b"\xff\xd8\xff\xe0" + b"\0" * 50,
        b"RIFF\0\0\0\0WEBPVP8 ",
    ],
)
def test_what_is_no_picture_of_the_three_kinds_is_refused(tmp_path, content):
    path = tmp_path / "picture.png"
    path.write_bytes(content)
    with pytest.raises(NotAnImage, match="JPEG, PNG or WebP"):
        keep(path, tmp_path)


def test_a_cut_off_picture_is_refused(make_picture, tmp_path):
    path = make_picture(size=(640, 360))
    path.write_bytes(path.read_bytes()[:300])
    with pytest.raises(NotAnImage):
        keep(path, tmp_path)


def bomb(width: int, height: int) -> bytes:
    """A small PNG that says it is huge."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        whole = kind + data
        return struct.pack(">I", len(data)) + whole + struct.pack(">I", zlib.crc32(whole))

    rows = zlib.compress(b"\0" * (width // 8 + 1) * 100)
    head = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


@pytest.mark.parametrize(
    ("size", "told"),
    [
        ((13_000, 13_000), "169 megapixels; 40 is the most"),
        ((60_000, 60_000), "3600 megapixels"),
        ((8_001, 5_000), "41 megapixels"),
        ((12_001, 10), "12001 pixels long"),
    ],
)
def test_a_bomb_is_refused_by_its_size_before_it_is_opened(tmp_path, size, told):
    path = tmp_path / "bomb.png"
    path.write_bytes(bomb(*size))
    with pytest.raises(ImageTooLarge, match=told):
        keep(path, tmp_path)


def test_a_refused_picture_leaves_nothing_behind(make_picture, tmp_path):
    path = make_picture(size=(640, 360))
    path.write_bytes(path.read_bytes()[:300])
    with pytest.raises(NotAnImage):
        keep(path, tmp_path)
    assert list(tmp_path.iterdir()) == [path]


def test_a_picture_with_unreadable_exif_is_still_a_picture(make_picture, tmp_path):
    path = make_picture("odd.jpg", exif=b"Exif\0\0II*\0\x08\0\0\0\x05\0garbage")
    assert keep(path, tmp_path).width == 64


def test_sixteen_bit_grey_keeps_its_shades(tmp_path):
    path = tmp_path / "deep.png"
    Image.fromarray(np.linspace(0, 65_535, 256, dtype=np.uint16).reshape(16, 16)).save(path)
    with Image.open(keep(path, tmp_path).path) as image:
        assert ImageStat.Stat(image.convert("L")).mean[0] == pytest.approx(127, abs=2)


def test_a_picture_that_fits_is_delivered_as_it_is(make_picture):
    path = make_picture("a.png")
    content, mime_type = fit_image(path, max_bytes=10_000_000, mime_types=["image/png"])
    assert (content, mime_type) == (path.read_bytes(), "image/png")


@pytest.mark.parametrize("max_bytes", [200_000, 40_000, 4_000])
def test_a_picture_that_is_too_big_is_made_to_fit(tmp_path, max_bytes):
    path = tmp_path / "noise.png"
    Image.effect_noise((1200, 800), 90).convert("RGB").save(path)
    content, mime_type = fit_image(path, max_bytes=max_bytes, mime_types=["image/png"])
    assert len(content) <= max_bytes
    assert mime_type == "image/jpeg"


def test_a_thin_picture_is_made_to_fit_too(tmp_path):
    path = tmp_path / "strip.png"
    Image.effect_noise((4000, 60), 90).save(path)
    assert len(fit_image(path, max_bytes=20_000, mime_types=[])[0]) <= 20_000


def test_a_limit_below_any_picture_is_told(make_picture):
    with pytest.raises(ImageTooLarge, match="100 bytes"):
        fit_image(make_picture(), max_bytes=100, mime_types=[])


def test_a_data_uri_names_its_type():
    assert data_uri(b"abc", "image/png") == "data:image/png;base64,YWJj"
