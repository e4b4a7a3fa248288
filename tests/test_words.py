"""Every text that a person sees can be translated, and German has all of them."""

import re
from pathlib import Path

import pytest

from scripts import messages
from tests.templates_text import bare_texts

ROOT = Path(__file__).resolve().parent.parent
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
SCRIPTS = sorted((ROOT / "static" / "js").glob("*.js"))
PLACES = re.compile(r"%\(\w+\)[sd]|%[sd]")
DOMAINS = list(messages.SOURCES)


def forms(text: str | tuple[str, ...]) -> tuple[str, ...]:
    return text if isinstance(text, tuple) else (text,)


@pytest.fixture(scope="module", params=DOMAINS)
def domain(request):
    return request.param


def test_the_catalogue_holds_every_text_of_the_sources(domain):
    wanted = {(each.id, each.context) for each in messages.texts_of(domain)}
    there = {(each.id, each.context) for each in messages.translated(domain)}
    assert wanted == there, "run `make messages`"


def test_every_text_has_its_german_words(domain):
    found = [
        e.id for e in messages.translated(domain) if e.id and (e.fuzzy or not messages.is_said(e))
    ]
    assert found == []


def test_no_translation_drops_or_invents_a_placeholder(domain):
    for each in messages.translated(domain):
        known = {place for text in forms(each.id) for place in PLACES.findall(text)}
        for text in filter(None, forms(each.string) if each.id else ()):
            given = set(PLACES.findall(text))
            # One clip may be said without its number.
            assert given == known or (isinstance(each.id, tuple) and given <= known), text


def test_no_translation_carries_markup_that_the_original_lacks(domain):
    for each in messages.translated(domain):
        marks = {mark for text in forms(each.id) for mark in re.findall(r"</?\w+", text)}
        for text in forms(each.string) if each.id else ():
            assert set(re.findall(r"</?\w+", text)) <= marks, text


def test_the_compiled_catalogue_is_that_of_the_text(domain):
    compiled = (messages.FOLDER / f"{domain}.mo").read_bytes()
    assert compiled == messages.mo_bytes(messages.translated(domain)), "run `make messages`"


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda p: str(p.relative_to(ROOT / "templates")))
def test_no_template_says_anything_bare(path):
    assert bare_texts(path.read_text()) == []


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.name)
def test_no_script_says_anything_bare(path):
    assert re.findall(r"\b(?:say|warn)\(\s*[\"'`][^)]*\)", path.read_text()) == []


def test_the_scanner_sees_bare_words_in_text_and_attributes():
    template = '<p title="Bare">{% translate "Said" %}</p>{% if x %}bare too{% endif %}<kbd>K</kbd>'
    assert bare_texts(template) == ["Bare", "bare too"]
