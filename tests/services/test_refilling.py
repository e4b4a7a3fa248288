"""A clip's file fills the form that it came of."""

import pytest

from studio.media import metadata
from studio.media.errors import NotAVideo
from studio.models import Job, JobInput, ProviderModel
from studio.services import provenance
from studio.services.drafts import Draft
from studio.services.refilling import NoOrigin, content_from_file
from tests.boards import write_clip


@pytest.fixture
def clip_of(tmp_path):
    """The job's clip as somebody gives it back: nothing but the file."""

    def make(job, **changes):
        write_clip(tmp_path / "plain.mp4", 1.0)
        document = provenance.describe(job) | changes
        metadata.embed(tmp_path / "plain.mp4", tmp_path / "clip.mp4", document)
        return tmp_path / "clip.mp4"

    return make


@pytest.fixture
def job(make_job, make_provider):
    indoxhub = make_provider("indoxhub", name="Team")
    asked = {"negative_prompt": "people", "duration_s": 8, "aspect_ratio": "16:9", "seed": 8820}
    return make_job(indoxhub, prompt="Mist over a lake", resolution="720p", **asked)


def test_the_form_is_filled_from_the_file(job, clip_of, owner):
    filling = content_from_file(clip_of(job), owner)
    draft = Draft.from_content(filling.content, owner)
    assert filling.notes == []
    assert draft.models == [job.provider_model]
    for name in ("prompt", "negative_prompt", "duration_s", "aspect_ratio", "resolution", "seed"):
        assert getattr(draft, name) == getattr(job, name)


def test_a_clip_that_was_made_here_is_remixed(job, clip_of, owner):
    draft = Draft.from_content(content_from_file(clip_of(job), owner).content, owner)
    assert (draft.source, draft.made_as) == (job, Job.MadeAs.REMIX)


def test_its_pictures_are_found_again_by_what_is_in_them(job, clip_of, owner, make_image):
    picture = make_image()
    JobInput.objects.create(job=job, role="first_frame", asset=picture)
    said = [{"role": "first_frame", "asset": "elsewhere", "sha256": picture.sha256}]
    filling = content_from_file(clip_of(job, inputs=said), owner)
    assert filling.content["first_frame"] == [str(picture.pk)]
    assert filling.notes == []


def test_a_picture_that_is_not_here_is_told(job, clip_of, owner):
    said = [{"role": "first_frame", "asset": "elsewhere", "sha256": "0" * 64}]
    filling = content_from_file(clip_of(job, inputs=said), owner)
    assert "A picture that it was made from is not in this studio." in filling.notes
    assert filling.content["prompt"] == ["Mist over a lake"]


def test_a_model_that_cannot_be_used_is_told_and_the_rest_is_filled(job, clip_of, owner):
    path = clip_of(job)
    ProviderModel.objects.filter(pk=job.provider_model_id).update(is_enabled=False)
    filling = content_from_file(path, owner)
    assert job.provider_model.name in filling.notes[0]
    assert "provider_model" not in filling.content
    assert filling.content["duration_s"] == ["8"]


def test_the_same_model_at_another_account_will_do(job, clip_of, owner, make_provider):
    path = clip_of(job, provider="An account of somebody else")
    filling = content_from_file(path, owner)
    assert filling.content["provider_model"] == [str(job.provider_model_id)]


def test_braces_in_the_words_are_no_variables(job, clip_of, owner):
    filling = content_from_file(clip_of(job, prompt="A sign that says {open}"), owner)
    draft = Draft.from_content(filling.content, owner)
    assert draft.prompts == ["A sign that says {open}"]


def test_a_foreign_video_says_nothing(tmp_path, owner):
    write_clip(tmp_path / "plain.mp4", 1.0)
    with pytest.raises(NoOrigin, match="says nothing of how it was made"):
        content_from_file(tmp_path / "plain.mp4", owner)


def test_what_is_no_video_is_refused(tmp_path, owner):
    (tmp_path / "page.mp4").write_text("<html>")
    with pytest.raises(NotAVideo):
        content_from_file(tmp_path / "page.mp4", owner)


@pytest.mark.parametrize(
    "nonsense",
    [
        {"seed": 10**40, "duration_s": "8", "extras": [1]},
        {"inputs": "x", "model": 7, "api": None, "provider": {}},
        {"batch": 3, "variant": -1, "take": "x", "has_sound": "loud"},
        {"format": 99, "from_the_future": True},
    ],
)
def test_nonsense_in_the_file_is_left_out(job, clip_of, owner, nonsense):
    filling = content_from_file(clip_of(job, **nonsense), owner)
    draft = Draft.from_content(filling.content, owner)
    assert draft.prompt == "Mist over a lake"
    assert draft.errors == {}
