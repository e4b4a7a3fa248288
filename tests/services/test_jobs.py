"""Asking for clips: everything wrong is said before anything is sent."""

import uuid
from decimal import Decimal

import pytest

from studio.models import Job
from studio.providers.contract import InputRole
from studio.services import jobs
from studio.services.jobs import Refused, Wish


@pytest.fixture
def wish(make_provider):
    def make(slug: str = "getimg", **fields: object) -> Wish:
        model = make_provider(slug).models.order_by("position").first()
        return Wish(provider_model=model, **({"prompt": "Mist over a lake"} | fields))

    return make


def test_each_take_is_a_job_of_its_own_in_one_batch(wish, owner):
    made = jobs.create(wish(takes=3), owner)
    assert [job.take for job in made] == [1, 2, 3]
    assert len({job.batch for job in made}) == 1
    assert len({job.idempotency_key for job in made}) == 3


def test_pressing_twice_returns_the_same_jobs(wish, owner):
    pressed = wish(batch=uuid.uuid4(), takes=2)
    assert jobs.create(pressed, owner) == jobs.create(pressed, owner)
    assert Job.objects.count() == 2


def test_what_the_model_lacks_is_refused_by_name_and_nothing_is_queued(wish, owner):
    with pytest.raises(Refused) as refused:
        jobs.create(wish(duration_s=7, resolution="4K", negative_prompt="people"), owner)
    assert set(refused.value.problems) == {"duration_s", "resolution", "negative_prompt"}
    assert not Job.objects.exists()


def test_an_empty_prompt_is_refused(wish, owner):
    with pytest.raises(Refused) as refused:
        jobs.create(wish(prompt="  "), owner)
    assert "prompt" in refused.value.problems


def test_too_many_takes_are_refused(wish, owner):
    with pytest.raises(Refused) as refused:
        jobs.create(wish(takes=9), owner)
    assert "takes" in refused.value.problems


def test_a_model_that_was_switched_off_is_refused(wish, owner):
    asked = wish()
    asked.provider_model.provider.is_enabled = False
    with pytest.raises(Refused) as refused:
        jobs.create(asked, owner)
    assert "provider_model" in refused.value.problems


def test_images_for_aiml_name_the_setting_that_is_missing(wish, owner, make_image):
    with pytest.raises(Refused, match="PUBLIC_URL"):
        jobs.create(wish("aiml", inputs=((InputRole.FIRST_FRAME, make_image()),)), owner)


def test_images_for_imgix_name_the_option_that_is_missing(wish, owner, make_image):
    with pytest.raises(Refused, match="source_id"):
        jobs.create(wish("imgix", inputs=((InputRole.FIRST_FRAME, make_image()),)), owner)


def test_the_estimate_counts_every_take(wish):
    priced = {"duration_s": 5, "resolution": "1080p", "has_sound": True}
    assert jobs.estimate(wish(**priced)).amount == Decimal("0.25")
    assert jobs.estimate(wish(**priced, takes=3)).amount == Decimal("0.75")


def test_a_price_that_is_not_published_is_not_guessed(wish):
    assert jobs.estimate(wish(duration_s=5, resolution="720p")) is None


def test_a_queued_job_is_cancelled_at_once_and_costs_nothing(make_job, owner):
    job = make_job()
    assert "Nothing was charged" in jobs.cancel(job, owner)
    assert job.state == Job.State.CANCELLED


def test_a_finished_job_cannot_be_cancelled(make_job, owner):
    with pytest.raises(jobs.NotPossible, match="already failed"):
        jobs.cancel(make_job(state=Job.State.FAILED, error="No."), owner)


def test_an_unconfirmed_job_is_followed_once_its_id_was_found(make_job, owner):
    job = make_job(state=Job.State.UNCONFIRMED, error="Perhaps.")
    jobs.attach(job, "remote-7", owner)
    assert (job.state, job.remote_id) == (Job.State.WAITING, "remote-7")


def test_an_id_that_another_job_has_is_refused(make_job, owner):
    other = make_job(state=Job.State.WAITING, remote_id="remote-7")
    job = make_job(other.provider, state=Job.State.UNCONFIRMED, error="Perhaps.")
    with pytest.raises(jobs.NotPossible):
        jobs.attach(job, "remote-7", owner)


def test_only_an_unconfirmed_job_is_sent_again_by_hand(make_job, owner):
    with pytest.raises(jobs.NotPossible):
        jobs.send_again(make_job(), owner)
    job = make_job(state=Job.State.UNCONFIRMED, error="Perhaps.")
    jobs.send_again(job, owner)
    assert job.state == Job.State.QUEUED
