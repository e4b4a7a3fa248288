"""Requests are checked by name before anything is sent, and priced."""

from dataclasses import replace
from decimal import Decimal

import pytest

from studio.providers import checks
from studio.providers.contract import (
    Capabilities,
    Extra,
    GenerationRequest,
    Input,
    InputRole,
    Money,
    Price,
    PriceUnit,
    Sound,
)

FIRST, LAST, REFERENCE = (
    Input(InputRole.FIRST_FRAME),
    Input(InputRole.LAST_FRAME),
    Input(InputRole.REFERENCE),
)
ABLE = Capabilities(
    durations_s=(5, 10),
    aspect_ratios=("16:9", "1:1"),
    resolutions=("720p", "1080p"),
    sound=Sound.OPTIONAL,
    inputs={InputRole.FIRST_FRAME: 1, InputRole.LAST_FRAME: 1, InputRole.REFERENCE: 2},
    references_exclude_frames=True,
    prompt_max_chars=20,
    extras=(Extra(name="mood", label="Mood", choices=("calm",)), Extra(name="fixed", label="F")),
)


def problems(able: Capabilities = ABLE, **fields: object) -> dict[str, str]:
    request = GenerationRequest(**({"model": "m", "prompt": "Mist"} | fields))
    return checks.problems(able, checks.complete(able, request), model_name="North")


def test_a_request_within_the_capabilities_has_no_problem():
    assert problems(duration_s=10, inputs=(FIRST, LAST), extras={"mood": "calm"}) == {}


@pytest.mark.parametrize(
    ("fields", "field", "words"),
    [
        ({"prompt": ""}, "prompt", "Describe"),
        ({"prompt": " \n "}, "prompt", "Describe"),
        ({"prompt": "x" * 21}, "prompt", "20 characters; these are 21"),
        ({"negative_prompt": "n"}, "negative_prompt", "no negative prompt"),
        ({"duration_s": 7}, "duration_s", "North makes 5 or 10 seconds."),
        ({"aspect_ratio": "4:3"}, "aspect_ratio", "16:9 or 1:1"),
        ({"resolution": "4K"}, "resolution", "720p or 1080p"),
        ({"seed": 1}, "seed", "no seed"),
        ({"inputs": (LAST,)}, "first_frame", "needs a first frame"),
        ({"inputs": (FIRST, REFERENCE)}, "reference", "either"),
        ({"inputs": (REFERENCE,) * 3}, "reference", "takes 2"),
        ({"inputs": (Input(InputRole.SOURCE_VIDEO),)}, "source_video", "takes no"),
        ({"extras": {"speed": "1"}}, "extras.speed", "no option speed"),
        ({"extras": {"mood": "wild"}}, "extras.mood", "calm"),
        ({"extras": {"fixed": "maybe"}}, "extras.fixed", "true or false"),
    ],
)
def test_what_the_model_lacks_is_named_with_what_it_has(fields, field, words):
    assert words in problems(**fields)[field]


def test_a_model_without_last_frames_asks_for_no_first_frame_either():
    assert set(problems(Capabilities(), inputs=(LAST,))) == {"last_frame"}


def test_several_problems_are_told_at_once():
    assert set(problems(prompt="", duration_s=7, seed=1)) == {"prompt", "duration_s", "seed"}


@pytest.mark.parametrize(("sound", "asked"), [(Sound.NEVER, True), (Sound.ALWAYS, False)])
def test_sound_that_cannot_be_had_or_left_out_is_refused(sound, asked):
    assert "has_sound" in problems(Capabilities(sound=sound), has_sound=asked)


def test_a_needed_picture_is_asked_for():
    able = Capabilities(
        inputs={InputRole.FIRST_FRAME: 1}, needed_inputs=frozenset({InputRole.FIRST_FRAME})
    )
    assert "Add one" in problems(able)["first_frame"]


def test_what_was_left_open_gets_the_models_default():
    done = checks.complete(ABLE, GenerationRequest(model="m", prompt="Mist"))
    assert (done.duration_s, done.aspect_ratio, done.resolution) == (5, "16:9", "720p")
    assert done.has_sound is False


def test_a_last_frame_brings_the_capabilities_that_hold_with_it():
    able = replace(ABLE, with_last_frame=replace(ABLE, durations_s=(8,)))
    assert problems(able, duration_s=5, inputs=(FIRST, LAST)) == {
        "duration_s": "North makes 8 seconds."
    }


@pytest.mark.parametrize(
    ("sound", "asked", "completed"),
    [
        (Sound.ALWAYS, None, True),
        (Sound.OPTIONAL, True, True),
        (Sound.NEVER, None, None),
        (Sound.NEVER, False, False),
    ],
)
def test_sound_left_open_is_what_the_model_does(sound, asked, completed):
    request = GenerationRequest(model="m", prompt="Mist", has_sound=asked)
    assert checks.complete(Capabilities(sound=sound), request).has_sound is completed


@pytest.mark.parametrize(
    ("durations_s", "words"),
    [((5, 10), "5 or 10 seconds"), (tuple(range(1, 16)), "1 to 15 seconds"), ((6,), "6 seconds")],
)
def test_durations_are_said_as_people_say_them(durations_s, words):
    assert checks.durations_words(durations_s) == words


PRICES = (
    Price(amount=Decimal("0.05")),
    Price(amount=Decimal("0.08"), resolution="1080p"),
    Price(amount=Decimal("0.10"), resolution="1080p", has_sound=True),
)


@pytest.mark.parametrize(
    ("resolution", "has_sound", "amount"),
    [("720p", False, "0.25"), ("1080p", False, "0.40"), ("1080p", True, "0.50")],
)
def test_the_most_specific_price_is_taken(resolution, has_sound, amount):
    request = GenerationRequest(
        model="m", prompt="x", duration_s=5, resolution=resolution, has_sound=has_sound
    )
    assert checks.estimate(PRICES, request) == Money(Decimal(amount))


def test_a_price_per_clip_needs_no_duration():
    price = Price(amount=Decimal(3), unit=PriceUnit.CLIP, currency="CU")
    request = GenerationRequest(model="m", prompt="x")
    assert checks.estimate([price], request) == Money(Decimal(3), "CU")


def test_no_published_price_is_no_price_and_not_zero():
    assert checks.estimate((), GenerationRequest(model="m", prompt="x", duration_s=5)) is None
