"""What people and providers write is text on every page, and never markup (rows 25 and 34)."""

import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from studio.models import Asset
from tests.live import ROOT
from tests.security.routes import every_route
from tests.security.words import HOSTILE_WORDS, MARK
from tests.security.world import make_world

UNESCAPED = re.compile(
    r"mark_safe|SafeText|\|\s*safe(seq)?\b|autoescape off|html_safe|SafeString\((?!\"[^<]*\"\))"
)
"""What calls a text safe; but for a sentence of our own that stands right there."""
IN_SCRIPTS = re.compile(r"\.innerHTML\s*\+?=|document\.write|\beval\(|new Function|\.srcdoc")
OUR_SCRIPTS = ("/static/", "/words/", "/admin/jsi18n/")
ADDRESSES = {"href", "src", "action", "formaction", "poster", "data", "xlink:href", "srcset"}
BAD_SCHEME = re.compile(r"^[\x00-\x20]*(javascript|vbscript|data:text|blob):?", re.IGNORECASE)


class Page(HTMLParser):
    """Notes what acts in a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.acts: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attrs}
        if MARK in tag or tag in {"iframe", "object", "embed", "base", "math"}:
            self.acts.append(f"<{tag}>")
        is_data = found.get("type") == "application/json"
        if tag == "script" and not (is_data or found.get("src", "").startswith(OUR_SCRIPTS)):
            self.acts.append(f"<script> of its own {attrs}")
        for name, value in found.items():
            is_act = name.startswith(("on", "hx-on")) or MARK in name
            if is_act or (name in ADDRESSES and BAD_SCHEME.match(value)):
                self.acts.append(f"{name}={value}")
            if name.startswith("hx-") and value.startswith("/pwned"):
                self.acts.append(f"{name}={value}")


def acts_in(text: str) -> list[str]:
    return Page(text).acts


def test_the_reader_sees_what_acts():
    assert acts_in("<p>&lt;script&gt;pwned()&lt;/script&gt;</p>") == []
    for words in HOSTILE_WORDS[:7]:
        assert acts_in(f'<p title="{words}">{words}</p>') or acts_in(f"<p title='{words}'></p>")


@pytest.mark.parametrize("words", HOSTILE_WORDS[::11], ids=repr)
def test_no_page_acts_on_hostile_words(
    browser, owner, make_shots, make_image, make_provider, words: str
):
    """GHSA-7cq3-mhxq-w946, GHSA-6p53-hqqw-8j62: XSS through "safe" HTML. All of the words stand in
    every prompt, note and answer of a provider, some in each name, tag and address."""
    text = "\n".join([words, *HOSTILE_WORDS])
    world = make_world(owner, make_shots(2.0), make_image(), make_provider(), text)
    shown = 0
    for route in every_route():
        answer = browser.get(world.address(route), {"q": words, "next": words, "tag": words})
        if not answer.headers.get("Content-Type", "").startswith("text/html"):
            continue
        assert answer.status_code != 500, route.name
        page = answer.content.decode()
        assert acts_in(page) == [], route.name
        shown += MARK in page
    assert shown > 20


@pytest.mark.parametrize("kind", ["job", "asset", "provider", "providermodel"])
def test_the_admin_panel_does_not_act_on_them_either(
    browser, owner, make_shots, make_image, getimg, kind
):
    """GHSA-6p53-hqqw-8j62: where those look who may do the most."""
    text = "\n".join(HOSTILE_WORDS)
    world = make_world(owner, make_shots(2.0), make_image(), getimg, text)
    rows = {"job": world.unsent, "asset": world.clip, "provider": world.provider}
    key = rows[kind].pk if kind in rows else getimg.models.first().pk
    for address in ("", f"?q={quote(HOSTILE_WORDS[3])}", f"{key}/change/", f"{key}/history/"):
        answer = browser.get(f"/admin/studio/{kind}/{address}")
        assert answer.status_code in {200, 302}
        assert acts_in(answer.content.decode()) == []


PARTS = [
    "/gallery/do/",
    "/queue/do/",
    "/compose/presets/save/",
    "/boards/",
    "/compose/batch/",
    "/compose/options/",
]


@pytest.mark.parametrize("address", PARTS)
def test_no_answer_to_a_form_acts_on_what_was_typed(browser, add_clip, address: str):
    """GHSA-7cq3-mhxq-w946: refusals say back what was typed, and so do parts of pages."""
    clip = add_clip()
    for words in HOSTILE_WORDS[::2]:
        typed = dict.fromkeys(
            ("name", "tag", "preset_name", "text", "prompt", "view", "next"), words
        )
        typed |= {"clip": str(clip.pk), "action": "tag", "do": words, "list-x": words}
        for headers in ({}, {"HX-Request": "true"}):
            answer = browser.post(address, typed, headers=headers)
            assert answer.status_code != 500
            assert acts_in(answer.content.decode()) == [], words


def test_a_file_name_is_text_on_every_page_that_shows_it(browser, png):
    """CVE-2026-111984: markup in a file's name ran in the cards of a list."""
    file = png()
    file.name = '"><img src=x onerror=pwned()>.png'
    upload: dict[str, Any] = {"role": "first_frame", "file": file}
    assert acts_in(browser.post("/uploads/images/", upload).content.decode()) == []
    picture = Asset.objects.get()
    assert MARK in picture.original_name
    for words in HOSTILE_WORDS:
        Asset.objects.update(original_name=words)
        for address in ("/compose/pictures/?role=first_frame", f"/?first_frame={picture.pk}"):
            assert acts_in(browser.get(address).content.decode()) == []
        name = browser.get(f"/media/{picture.pk}/?download=1").headers["Content-Disposition"]
        assert re.fullmatch(r'attachment; filename="dailies-[a-z0-9-]+\.png"', name)


def test_nothing_is_called_safe_but_sentences_of_our_own():
    """GHSA-7cq3-mhxq-w946, GHSA-6p53-hqqw-8j62: `safe` was what was not."""
    found = [
        f"{path.relative_to(ROOT)}: {line.strip()}"
        for path in _sources("studio/**/*.py", "templates/**/*.html")
        for line in path.read_text().splitlines()
        if UNESCAPED.search(line)
    ]
    assert found == []


def test_no_script_makes_markup_of_a_text():
    """Answers of our own server are put in by htmx or parsed apart; nothing else becomes markup."""
    found = [
        path.name for path in _sources("static/js/*.js") if IN_SCRIPTS.search(path.read_text())
    ]
    assert found == []


def _sources(*patterns: str) -> list[Path]:
    return [path for pattern in patterns for path in sorted(ROOT.glob(pattern))]
