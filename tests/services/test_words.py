"""Sentences from below Django, said in the language of the page."""

from django.utils.translation import override

from studio.providers.phrases import phrase
from studio.services.words import said


def test_a_phrase_is_plain_english_by_itself():
    told = phrase("%(name)s takes %(most)s characters here. Shorten it.", name="Veo", most=4096)
    assert told == "Veo takes 4,096 characters here. Shorten it."


def test_a_phrase_is_said_in_the_language_of_the_page_with_its_numbers():
    told = phrase("%(name)s takes %(most)s characters here. Shorten it.", name="Veo", most=4096)
    with override("de"):
        assert "4.096 Zeichen" in said(told)


def test_phrases_within_phrases_are_translated_too():
    lengths = phrase("%(several)s or %(last)s", several="5", last=10)
    told = phrase("%(name)s makes %(choices)s.", name="Veo", choices=lengths)
    with override("de"):
        assert "5 oder 10" in said(told)


def test_other_text_stays_as_it_is():
    with override("de"):
        assert said("Nova Reel") == "Nova Reel"
