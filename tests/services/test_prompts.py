"""Variables in a prompt: what they stand for, and what is wrong with them."""

import pytest

from studio.services import prompts
from studio.services.prompts import BadTemplate


def written(prompt: str, **lists: list[str]) -> list[str]:
    return list(prompts.read(prompt).prompts(lists))


def test_choices_and_names_multiply():
    template = prompts.read("{Morning|Evening} in {city}")
    lists = {"city": ["Rome", "Oslo", "Lima"]}
    assert template.names == ["city"]
    assert template.count(lists) == 6
    assert list(template.prompts(lists))[:2] == ["Morning in Rome", "Morning in Oslo"]


def test_a_name_that_is_used_twice_has_one_value():
    assert written("{city} by day, {city} by night", city=["Rome", "Oslo"]) == [
        "Rome by day, Rome by night",
        "Oslo by day, Oslo by night",
    ]


def test_the_same_choice_in_two_places_is_two_choices():
    assert len(written("{a|b} and {a|b}")) == 4


def test_without_braces_there_is_one_prompt():
    assert written("Mist over a lake") == ["Mist over a lake"]


def test_a_name_without_values_makes_none():
    assert prompts.read("In {city}").count({}) == 0


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        (r"a \{sign\}", ["a {sign}"]),
        (r"{a\|b|c}", ["a|b", "c"]),
        ("either | or", ["either | or"]),
        (r"C:\videos", [r"C:\videos"]),
        ("{ a | b }", ["a", "b"]),
        ("{a|a|b}", ["a", "b"]),
    ],
)
def test_signs_can_be_meant_as_they_stand(typed, meant):
    assert written(typed) == meant


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("{morning", "not closed"),
        ("morning}", "no { before it"),
        ("{}", "is empty"),
        ("{a|}", "A choice in {a|} is empty"),
        ("{a {b} c}", "inside braces"),
        ("{" + "long " * 12 + "}", "long for a variable's name"),
    ],
)
def test_what_cannot_be_read_is_said(typed, said):
    with pytest.raises(BadTemplate) as wrong:
        prompts.read(typed)
    assert said in str(wrong.value)


def test_a_prompt_with_braces_can_be_meant_literally():
    assert list(prompts.plain('{"scene": "a|b"}').prompts({})) == ['{"scene": "a|b"}']
