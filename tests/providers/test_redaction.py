"""Secrets by name and by value; a whole value goes, never a part of it."""

import pytest

from studio.providers.redaction import HIDDEN, redact, shorten

KEY = "northlight-0123456789"


@pytest.mark.parametrize(
    "name",
    [
        "Authorization",
        "x-api-key",
        "api_key",
        "byok_api_key",
        "password",
        "Set-Cookie",
        "access_token",
        "uploadUrl",
        "refresh_token",
        "X-Auth-Token",
    ],
)
def test_values_under_telling_names_are_hidden(name):
    assert redact({name: "anything"}) == {name: HIDDEN}


@pytest.mark.parametrize(
    "text",
    [
        f"key {KEY} failed",
        "a piece: light-01",
        "Bearer abc.def",
        "sk_live_abcdefgh12",
        "indox-abcdefghijklmnop",
    ],
)
def test_keys_and_pieces_of_them_are_hidden_in_any_text(text):
    clean = redact({"message": text}, secrets=[KEY])["message"]
    assert HIDDEN in clean
    assert not any(piece in clean for piece in ("0123", "light-01", "abc.def", "abcdefgh"))


def test_signatures_in_links_are_hidden_and_the_rest_stays():
    link = "https://cdn.example/v.mp4?exp=1760000000&sig=ca4f0f&X-Amz-Signature=abc"
    clean = redact(link)
    assert "ca4f0f" not in clean
    assert "=abc" not in clean
    assert "exp=1760000000" in clean


@pytest.mark.parametrize(
    "link",
    [
        "https://cdn.example/v.mp4?s=f00dcafe",
        "https://cdn.example/v.mp4?access_token=f00dcafe",
        "https://cdn.example/v.mp4?e=1\\u0026X-Amz-Signature=f00dcafe",
        "https://cdn.example/?to=https%3A%2F%2Fx.example%3Fe%3D1%26sig%3Df00dcafe",
    ],
)
def test_a_signature_is_hidden_however_the_link_is_written(link):
    clean = redact(link)
    assert "f00dcafe" not in clean
    assert clean.startswith("https://cdn.example/")


def test_a_key_used_as_a_name_is_hidden():
    assert redact({KEY: 1}, secrets=[KEY]) == {HIDDEN: 1}


def test_a_bottomless_document_is_cut_off():
    document: list[object] = []
    for _ in range(900):
        document = [document]
    assert "…" in str(redact(document))


def test_pictures_inside_a_document_are_weighed_instead_of_kept():
    clean = redact({"image": "data:image/png;base64," + "A" * 50_000})
    assert clean["image"] == "[48 KB of data]"


def test_the_shape_stays_and_harmless_values_too():
    document = {"data": [{"status": "pending", "n": 1, "ok": True, "none": None}]}
    assert redact(document) == document


def test_a_huge_document_becomes_a_short_text():
    assert len(redact([{"word": "and then " * 50}] * 500)) < 70_000


def test_shortening_keeps_to_one_line():
    assert shorten("a\nb" + "c" * 500, 20) == "a b" + "c" * 16 + "…"
