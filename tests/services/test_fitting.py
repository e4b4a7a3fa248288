"""The nearest that a model can do, with every difference in words."""

import pytest

from studio.providers.contract import InputRole
from studio.services import fitting
from studio.services.wishes import Wish


@pytest.fixture
def fit(make_provider):
    def run(slug: str, name: str, **fields: object) -> fitting.Fitted:
        model = make_provider(slug).models.filter(name=name).first()
        return fitting.fitted(Wish(provider_model=model, **({"prompt": "Mist"} | fields)))

    return run


def test_what_a_model_can_do_is_left_alone(fit):
    near = fit("getimg", "Seedance 1.5 Pro", duration_s=10, aspect_ratio="9:16")
    assert (near.wish.duration_s, near.changes) == (10, [])


def test_the_nearest_length_is_taken_and_told(fit):
    near = fit("indoxhub", "Veo 3", duration_s=5)
    assert (near.wish.duration_s, near.changes) == (6, ["6 s instead of 5 s"])


def test_the_nearest_shape_and_resolution_are_taken_and_told(fit):
    near = fit("indoxhub", "Veo 3", aspect_ratio="3:4", resolution="480p")
    assert (near.wish.aspect_ratio, near.wish.resolution) == ("9:16", "720p")
    assert near.changes == ["9:16 instead of 3:4", "720p instead of 480p"]


def test_a_picture_that_a_model_cannot_take_is_told(fit, make_image):
    roles = (InputRole.FIRST_FRAME, InputRole.LAST_FRAME)
    given = tuple((role, make_image()) for role in roles)
    near = fit("imgix", "Veo 3", inputs=given)
    assert near.changes == ["Takes no last frame"]
    assert [role for role, _asset in near.wish.inputs] == [InputRole.FIRST_FRAME]


def test_the_shape_of_a_first_frame_is_no_change(fit, make_image):
    near = fit(
        "imgix", "Veo 3", inputs=((InputRole.FIRST_FRAME, make_image()),), aspect_ratio="1:1"
    )
    assert near.changes == []


def test_words_that_a_model_does_not_take_are_told(fit):
    near = fit("getimg", "Seedance 1.5 Pro", negative_prompt="people", seed=7)
    assert near.changes == ["Takes no negative prompt", "Takes no seed"]
    assert (near.wish.negative_prompt, near.wish.seed) == ("", None)


def test_sound_that_cannot_be_chosen_is_told(fit):
    assert fit("indoxhub", "Veo 2", has_sound=True).changes == ["Makes no sound"]
    assert fit("indoxhub", "Veo 3 Fast", has_sound=False).changes == ["Always with sound"]


@pytest.mark.parametrize(
    ("asked", "offered", "nearest"),
    [(5, (4, 6, 8), 6), (1, (4, 8), 4), (99, (5, 10), 10), (5, (), None)],
)
def test_of_two_equally_near_lengths_the_longer_one_is_taken(asked, offered, nearest):
    assert fitting.nearest_duration(asked, offered) == nearest


@pytest.mark.parametrize(
    ("asked", "nearest"), [("5:4", "1:1"), ("21:9", "16:9"), ("2:3", "9:16"), ("odd", "1:1")]
)
def test_the_nearest_shape_looks_most_alike(asked, nearest):
    assert fitting.nearest_ratio(asked, ("16:9", "1:1", "9:16")) == nearest
