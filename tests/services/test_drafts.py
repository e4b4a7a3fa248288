"""The compose form as data: several models, variables, and what is kept of it."""

from decimal import Decimal

import pytest
from django.http import QueryDict

from studio.models import Job
from studio.services import costs, wishes
from studio.services.composing import Composing
from studio.services.drafts import Draft, content_of


@pytest.fixture
def models(make_provider):
    """Seedance (5, 10 s), Veo 3 (4, 6, 8 s), Veo 2 (5 to 8 s)."""
    seedance = make_provider("getimg").models.get(name="Seedance 1.5 Pro")
    veos = make_provider("indoxhub").models
    return [seedance, veos.get(name="Veo 3"), veos.get(name="Veo 2")]


def draft_of(*models, **fields) -> Draft:
    draft = Draft(models=list(models), **({"prompt": "Mist over a lake"} | fields))
    draft.fit()
    return draft


def test_several_models_share_the_settings_and_tell_what_they_change(models):
    draft = draft_of(*models, duration_s=5)
    fitted = draft.fitted()
    assert [each.wish.duration_s for each in fitted] == [5, 6, 5]
    assert [each.changes for each in fitted] == [[], ["6 s instead of 5 s"], []]


def test_the_choices_of_several_models_are_those_of_any(models):
    able = draft_of(*models).capabilities
    assert able.durations_s == (4, 5, 6, 7, 8, 10)
    assert able.prompt_max_chars == 4000


def test_one_press_makes_every_prompt_at_every_model_under_one_batch(models, owner):
    draft = draft_of(*models, prompt="{Morning|Evening} mist", takes=2)
    made = wishes.create_all([each.wish for each in draft.fitted()], owner)
    assert len(made) == 12
    assert {job.batch for job in made} == {draft.batch}
    assert [(job.variant, job.take) for job in made[:3]] == [(0, 1), (0, 2), (1, 1)]
    assert made[0].prompt == "Morning mist"


def test_the_same_press_for_many_clips_is_one(models, owner):
    draft = draft_of(*models, prompt="{Morning|Evening} mist")
    asked = [each.wish for each in draft.fitted()]
    assert wishes.create_all(asked, owner) == wishes.create_all(asked, owner)
    assert Job.objects.count() == 6


def test_a_press_with_one_model_more_is_another_press(models, owner):
    draft = draft_of(*models[:2])
    first = wishes.create_all([each.wish for each in draft.fitted()], owner)
    draft.models = models
    second = wishes.create_all([each.wish for each in draft.fitted()], owner)
    assert set(first).isdisjoint(second)
    assert len(second) == 3


def test_nothing_at_all_is_queued_where_one_of_several_cannot_be(models, owner, make_provider):
    kling = make_provider("imgix").models.get(name="Kling")
    draft = draft_of(models[0], kling)
    with pytest.raises(wishes.Refused, match="needs a first frame"):
        wishes.create_all([each.wish for each in draft.fitted()], owner)
    assert not Job.objects.exists()


def test_more_than_a_hundred_clips_are_refused_before_any_is_made(models, owner):
    draft = draft_of(*models, prompt="{1|2|3|4|5} {a|b|c|d|e}", takes=2)
    with pytest.raises(wishes.Refused, match="150 clips"):
        wishes.create_all([each.wish for each in draft.fitted()], owner)
    assert not Job.objects.exists()
    draft.check_prompt()
    assert "150 clips" in draft.errors["prompt"]


def test_a_prompt_of_a_million_combinations_is_counted_and_not_made(models):
    draft = draft_of(models[0], prompt="{0|1|2|3|4|5|6|7|8|9}" * 6)
    assert draft.prompt_count == 10**6
    assert len(draft.prompts) <= wishes.MOST_CLIPS + 1
    draft.check_prompt()
    assert "1000000 clips" in draft.errors["prompt"]


def test_a_variable_without_values_is_named(models):
    draft = draft_of(models[0], prompt="A day in {city}")
    draft.check_prompt()
    assert "{city}" in draft.errors["list-city"]


def test_braces_that_are_meant_as_they_stand_are_sent_so(models):
    draft = draft_of(models[0], prompt='{"scene": "a|b"}', is_plain=True)
    draft.check_prompt()
    assert draft.errors == {}
    assert [each.wish.prompt for each in draft.fitted()] == ['{"scene": "a|b"}']


def test_a_remix_of_a_prompt_with_braces_takes_them_as_they_stand(make_job):
    assert Draft.from_job(make_job(prompt='{"scene": "mist"}')).prompts == ['{"scene": "mist"}']


def test_what_is_kept_comes_back_whole(models, owner, make_image, make_job):
    source = make_job()
    data = QueryDict(mutable=True)
    data.setlist("provider_model", [str(model.pk) for model in models])
    data.update({"prompt": "In {city}", "list-city": "Rome\nOslo", "takes": "2", "seed": "7"})
    data.update({"duration_s": "8", "has_sound_shown": "1", "has_sound": "on"})
    data.update({"first_frame": str(make_image().pk), "source": source.pk, "made_as": "remix"})
    draft = Draft.from_content(content_of(data), owner)
    assert Draft.from_content(draft.content, owner).content == draft.content
    assert (draft.models, draft.source, draft.lists) == (models, source, {"city": ["Rome", "Oslo"]})
    assert len(draft.fitted()) == 6


def test_a_model_that_is_gone_is_said(models, owner):
    content = draft_of(models[0]).content
    models[0].provider.is_enabled = False
    models[0].provider.save()
    draft = Draft.from_content(content, owner)
    assert draft.models == []
    assert "cannot be chosen any more" in draft.notes[0]


def test_only_what_has_to_be_shown_first_is_marked(models):
    alone = draft_of(models[0])
    assert alone.to_tell(alone.fitted()) == ""
    two = draft_of(*models[:2], duration_s=5)
    assert two.to_tell(two.fitted())
    many = draft_of(models[0], prompt="{a|b}")
    assert many.to_tell(many.fitted()) != two.to_tell(two.fitted())


# -- Cost ----------------------------------------------------------------------------------------


def test_the_cost_names_what_is_known_and_what_is_not(models):
    draft = draft_of(*models, duration_s=8, takes=2)
    cost = costs.cost_of(each.wish for each in draft.fitted())
    # Veo 3 without sound at $0.20/s and Veo 2 at $0.50/s; Seedance at 720p has no price.
    assert [money.amount for money in cost.sums] == [Decimal("11.20")]
    assert cost.words == "About $11.20 and 2 prices not published"


def test_the_sum_of_one_model_shows_its_rate_and_of_several_their_count(models):
    alone = Composing(draft_of(models[2], duration_s=8, takes=3))
    assert alone.sum_words.split(costs.TIMES) == ["3 takes", "8 s", "$0.50/s"]
    several = Composing(draft_of(*models, prompt="{a|b}"))
    assert several.sum_words.split(costs.TIMES) == ["2 prompts", "3 models", "1 take = 6 clips"]


def test_a_choice_that_the_models_lack_stays_and_says_why(models):
    form = Composing(draft_of(models[1]), models)
    lacking = {c.value: c.reason for s in form.settings for c in s.choices if c.reason}
    assert lacking["5"] == "Veo 3: no 5 s"
    assert lacking["1:1"] == "Veo 3: no 1:1"
