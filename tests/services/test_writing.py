"""Drafts, presets and how a form begins: what somebody wrote is never lost."""

import pytest
from django.contrib.auth.models import User
from django.http import QueryDict

from studio.models import Job, Preset
from studio.providers.contract import InputRole
from studio.services import presets, starting, writing
from studio.services.presets import NotSaved
from tests.factories import new_member


@pytest.fixture(autouse=True)
def somewhere(settings, tmp_path, make_provider):
    settings.MEDIA_ROOT = tmp_path / "media"
    return make_provider("getimg", name="Team")


def written(prompt: str) -> dict[str, list[str]]:
    return {"prompt": [prompt]}


def begun(user: User, address: str):
    return starting.begun(user, QueryDict(address))


def test_a_remix_keeps_what_was_written_before(owner, make_job):
    writing.keep(owner, written("Half a thought"))
    assert begun(owner, f"remix={make_job().pk}").made_as == Job.MadeAs.REMIX
    assert writing.bring_back(owner)
    assert writing.kept(owner).content == written("Half a thought")


def test_what_was_brought_back_can_be_left_again(owner, make_job):
    writing.keep(owner, written("Half a thought"))
    begun(owner, f"remix={make_job(prompt='A comet').pk}")
    writing.bring_back(owner)
    writing.bring_back(owner)
    assert writing.kept(owner).content["prompt"] == ["A comet"]


def test_what_was_sent_is_no_unsent_draft(owner, make_job):
    writing.keep(owner, written("Sent"), is_sent=True)
    begun(owner, f"remix={make_job().pk}")
    assert not writing.bring_back(owner)


def test_what_a_page_sends_after_another_form_took_its_place_is_the_earlier_draft(owner, make_job):
    writing.autosave(owner, written("Half a th"))
    begun(owner, f"remix={make_job(prompt='A comet').pk}")
    writing.autosave(owner, written("Half a thought"))
    assert writing.kept(owner).content["prompt"] == ["A comet"]
    writing.bring_back(owner)
    assert writing.kept(owner).content["prompt"] == ["Half a thought"]


def test_looking_ahead_at_an_address_writes_nothing(owner, make_job):
    writing.keep(owner, written("Half a thought"))
    asked = QueryDict(f"remix={make_job(prompt='A comet').pk}")
    assert starting.begun(owner, asked, keeps=False).prompt == "A comet"
    assert writing.kept(owner).content == written("Half a thought")


def test_a_retake_has_no_seed(owner, make_job):
    draft = begun(owner, f"retake={make_job(seed=7).pk}")
    assert (draft.seed, draft.made_as) == (None, Job.MadeAs.RETAKE)


def test_a_picture_joins_what_is_written(owner, make_image):
    writing.keep(owner, written("Half a thought"))
    picture = make_image()
    draft = begun(owner, f"last_frame={picture.pk}")
    assert (draft.prompt, draft.inputs[InputRole.LAST_FRAME]) == ("Half a thought", [picture])
    assert begun(owner, "").inputs[InputRole.LAST_FRAME] == [picture]


def test_the_words_of_an_earlier_prompt_leave_the_settings(owner, make_job):
    writing.keep(owner, {"prompt": ["Old"], "duration_s": ["10"]})
    draft = begun(owner, f"prompt_of={make_job(prompt='A comet').pk}")
    assert (draft.prompt, draft.duration_s) == ("A comet", 10)


@pytest.mark.parametrize("address", ["remix=0", "remix=x", "preset=99", "extend=x", "shot=9"])
def test_an_address_that_leads_nowhere_shows_the_draft(owner, address):
    writing.keep(owner, written("Half a thought"))
    assert begun(owner, address).prompt == "Half a thought"


def test_recent_prompts_are_ones_own_each_once_and_found_by_words(owner, make_job):
    for prompt in ("Mist over a lake", "A comet", "Mist over a lake"):
        make_job(prompt=prompt)
    job = make_job(prompt="Somebody else's")
    Job.objects.filter(pk=job.pk).update(owner=new_member("noor"))
    found = writing.recent_prompts(owner)
    assert [(each.job.prompt, each.times) for each in found] == [
        ("Mist over a lake", 2),
        ("A comet", 1),
    ]
    assert [each.job.prompt for each in writing.recent_prompts(owner, "lake mist")] == [
        "Mist over a lake"
    ]


# -- Presets -------------------------------------------------------------------------------------


def test_a_preset_without_words_leaves_those_that_are_written(owner):
    preset = presets.save(owner, "Wide", {"aspect_ratio": ["16:9"]}, is_shared=False)
    writing.keep(owner, written("Half a thought") | {"aspect_ratio": ["1:1"]})
    draft = begun(owner, f"preset={preset.pk}")
    assert (draft.prompt, draft.aspect_ratio) == ("Half a thought", "16:9")


def test_a_preset_keeps_nothing_of_the_clip_it_came_of(owner):
    content = written("Mist") | {"source": ["4"], "shot": ["2"]}
    assert presets.save(owner, "Mist", content, is_shared=False).content == written("Mist")


@pytest.mark.parametrize("name", ["", "   ", "x" * 81, "Wide"])
def test_a_preset_needs_a_name_of_its_own(owner, name):
    presets.save(owner, "Wide", {}, is_shared=False)
    with pytest.raises(NotSaved):
        presets.save(owner, name, {}, is_shared=False)
    assert Preset.objects.count() == 1


def test_only_shared_presets_are_seen_by_others(owner):
    noor = new_member("noor")
    mine = presets.save(owner, "Mine", {}, is_shared=False)
    ours = presets.save(owner, "Ours", {}, is_shared=True)
    assert list(presets.visible_to(noor)) == [ours]
    presets.share(mine, is_shared=True)
    assert set(presets.visible_to(noor)) == {mine, ours}
