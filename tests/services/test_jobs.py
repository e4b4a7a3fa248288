"""Asking for clips: everything wrong is said before anything is sent."""

import uuid
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from decimal import Decimal

import pytest
from django.db import connection
from django.utils import timezone

from studio.models import Job, Role
from studio.providers.contract import InputRole
from studio.services import editing, jobs, wishes
from studio.services.wishes import Refused, Wish
from tests.factories import new_member

State = Job.State


@pytest.fixture
def wish(make_provider):
    def make(slug: str = "getimg", **fields: object) -> Wish:
        model = make_provider(slug).models.order_by("position").first()
        return Wish(provider_model=model, **({"prompt": "Mist over a lake"} | fields))

    return make


def test_each_take_is_a_job_of_its_own_in_one_batch(wish, owner):
    made = wishes.create(wish(takes=3), owner)
    assert [job.take for job in made] == [1, 2, 3]
    assert len({job.batch for job in made}) == 1
    assert len({job.idempotency_key for job in made}) == 3


def test_pressing_twice_returns_the_same_jobs(wish, owner):
    pressed = wish(batch=uuid.uuid4(), takes=2)
    assert wishes.create(pressed, owner) == wishes.create(pressed, owner)
    assert Job.objects.count() == 2


def test_what_the_model_lacks_is_refused_by_name_and_nothing_is_queued(wish, owner):
    with pytest.raises(Refused) as refused:
        wishes.create(wish(duration_s=7, resolution="4K", negative_prompt="people"), owner)
    assert set(refused.value.problems) == {"duration_s", "resolution", "negative_prompt"}
    assert not Job.objects.exists()


def test_an_empty_prompt_is_refused(wish, owner):
    with pytest.raises(Refused) as refused:
        wishes.create(wish(prompt="  "), owner)
    assert "prompt" in refused.value.problems


def test_too_many_takes_are_refused(wish, owner):
    with pytest.raises(Refused) as refused:
        wishes.create(wish(takes=9), owner)
    assert "takes" in refused.value.problems


def test_a_model_that_was_switched_off_is_refused(wish, owner):
    asked = wish()
    asked.provider_model.provider.is_enabled = False
    with pytest.raises(Refused) as refused:
        wishes.create(asked, owner)
    assert "provider_model" in refused.value.problems


def test_images_for_aiml_name_the_setting_that_is_missing(wish, owner, make_image):
    with pytest.raises(Refused, match="PUBLIC_URL"):
        wishes.create(wish("aiml", inputs=((InputRole.FIRST_FRAME, make_image()),)), owner)


def test_images_for_imgix_name_the_option_that_is_missing(wish, owner, make_image):
    with pytest.raises(Refused, match="source_id"):
        wishes.create(wish("imgix", inputs=((InputRole.FIRST_FRAME, make_image()),)), owner)


def test_the_estimate_counts_every_take(wish):
    priced = {"duration_s": 5, "resolution": "1080p", "has_sound": True}
    assert wishes.estimate(wish(**priced)).amount == Decimal("0.25")
    assert wishes.estimate(wish(**priced, takes=3)).amount == Decimal("0.75")


def test_a_price_that_is_not_published_is_not_guessed(wish):
    assert wishes.estimate(wish(duration_s=5, resolution="720p")) is None


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


# -- The same press, or another one --------------------------------------------------------------


def test_a_changed_form_with_its_old_token_is_a_press_of_its_own(wish, owner):
    pressed = wish(batch=uuid.uuid4())
    first = wishes.create(pressed, owner)
    changed = wishes.create(replace(pressed, prompt="Rain over a lake"), owner)
    assert {job.batch for job in first}.isdisjoint(job.batch for job in changed)
    assert wishes.create(pressed, owner) == first


def test_a_changed_form_that_is_pressed_twice_is_paid_once(wish, owner):
    pressed = wish(batch=uuid.uuid4())
    wishes.create(pressed, owner)
    changed = replace(pressed, prompt="Rain over a lake", takes=2)
    assert wishes.create(changed, owner) == wishes.create(changed, owner)
    assert Job.objects.count() == 3


def test_a_press_that_comes_again_after_its_clip_was_edited_is_not_paid_again(wish, owner):
    pressed = wish(batch=uuid.uuid4())
    [job] = wishes.create(pressed, owner)
    editing.edit(job, replace(job.request(), prompt="Rain over a lake"), owner)
    assert wishes.create(pressed, owner) == [job]


@pytest.mark.parametrize(
    "change",
    [{"takes": 2}, {"duration_s": 10}, {"aspect_ratio": "9:16"}, {"has_sound": True}],
)
def test_every_part_of_the_form_makes_a_press_its_own(change, wish, owner):
    pressed = wish(batch=uuid.uuid4())
    first = wishes.create(pressed, owner)
    assert set(wishes.create(replace(pressed, **change), owner)).isdisjoint(first)


def test_another_members_press_is_their_own(wish, owner):
    pressed = wish(batch=uuid.uuid4())
    other = new_member("noor")
    assert wishes.create(pressed, owner) != wishes.create(pressed, other)


def test_pictures_in_another_order_are_another_wish(wish, owner, make_image):
    one, two = make_image(), make_image("coral")
    roles = (InputRole.FIRST_FRAME, InputRole.LAST_FRAME)
    pressed = wish("dafty", batch=uuid.uuid4(), inputs=tuple(zip(roles, (one, two), strict=True)))
    swapped = replace(pressed, inputs=tuple(zip(roles, (two, one), strict=True)))
    assert wishes.create(pressed, owner) == wishes.create(pressed, owner)
    assert wishes.create(swapped, owner) != wishes.create(pressed, owner)


def test_references_in_another_order_are_another_wish(wish, owner, make_image):
    pictures = (make_image(), make_image("coral"))
    pressed = wish("indoxhub", batch=uuid.uuid4())
    model = pressed.provider_model.provider.models.get(model_id="google/veo-3.1-generate-preview")
    given = tuple((InputRole.REFERENCE, picture) for picture in pictures)
    pressed = replace(pressed, provider_model=model, inputs=given)
    first = wishes.create(pressed, owner)
    assert wishes.create(replace(pressed, inputs=given[::-1]), owner) != first


@pytest.mark.django_db(transaction=True)
def test_presses_at_the_same_moment_are_one(wish, owner):
    pressed, made = wish(batch=uuid.uuid4(), takes=2), []

    def press() -> None:
        try:
            made.append([job.pk for job in wishes.create(pressed, owner)])
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as members:
        for done in [members.submit(press) for _ in range(4)]:
            done.result()
    assert made == [made[0]] * 4
    assert Job.objects.count() == 2


def test_a_viewer_has_nothing_made_by_any_way(wish, owner):
    with pytest.raises(Refused, match="Only creators"):
        wishes.create(wish(), new_member("vi", Role.VIEWER))
    assert not Job.objects.exists()


def test_a_nearly_full_disk_refuses_before_anything_is_paid(wish, owner, settings):
    settings.DISK_SOFT_MB = 10**12
    with pytest.raises(Refused, match="Nothing was sent or charged"):
        wishes.create(wish(), owner)
    assert not Job.objects.exists()


# -- Stopping, and going on ----------------------------------------------------------------------


def test_cancelling_sees_a_send_that_came_in_between(make_job, owner):
    seen = make_job()
    job = Job.objects.get(pk=seen.pk)
    lease = job.claim(for_s=60)
    job.begin_submit(lease)
    job.put_back(lease, "No clear answer.", next_look_at=timezone.now(), is_unclear=True)
    assert "may have been accepted and charged" in jobs.cancel(seen, owner)
    assert seen.state == State.UNCONFIRMED


def test_a_clip_that_is_being_sent_cannot_be_cancelled(make_job, owner):
    seen = make_job()
    job = Job.objects.get(pk=seen.pk)
    job.begin_submit(job.claim(for_s=60))
    with pytest.raises(jobs.NotPossible, match="sending right now"):
        jobs.cancel(seen, owner)


def test_a_cancel_that_the_api_refuses_says_nothing_about_money(
    make_account, make_job, owner, demo
):
    job = make_job(make_account("dafty"), state=State.WAITING, remote_id="r1")
    demo.fault("dafty", "cancel", "bad_key")
    with pytest.raises(jobs.NotPossible, match="did not cancel it") as refused:
        jobs.cancel(job, owner)
    assert "Nothing was charged" not in str(refused.value)
    job.refresh_from_db()
    assert (job.state, job.cancel_asked_at) == (State.WAITING, None)


@pytest.mark.parametrize("state", [State.WAITING, State.GENERATING, State.FETCHING])
def test_a_clip_that_is_no_longer_followed_goes_on_there_and_says_so(state, make_job, owner):
    job = make_job(state=state, remote_id="r1")
    told = jobs.stop_following(job, owner)
    assert job.state == State.CANCELLED
    assert "charged" in told
    assert "Nothing was charged" not in told
    assert job.error == told
    assert job.claim(for_s=60) is None


@pytest.mark.parametrize("state", [State.QUEUED, State.SUBMITTING, State.UNCONFIRMED])
def test_only_what_is_at_the_provider_can_be_left_there(state, make_job, owner):
    job = make_job(state=state, error="Perhaps.")
    with pytest.raises(jobs.NotPossible, match="nothing to stop following"):
        jobs.stop_following(job, owner)
    assert job.state == state


@pytest.mark.parametrize("state", [State.CANCELLED, State.FAILED, State.EXPIRED])
def test_an_end_without_a_file_is_followed_again(state, make_job, owner):
    job = make_job(state=state, remote_id="r1", error="No.", finished_at=timezone.now())
    assert "costs nothing" in jobs.follow_again(job, owner)
    assert (job.state, job.error, job.finished_at) == (State.WAITING, "", None)
    assert job.deadline_at > timezone.now()
    assert job.claim(for_s=60)


@pytest.mark.parametrize(
    "fields",
    [
        {"state": State.FAILED, "error": "No."},
        {"state": State.WAITING, "remote_id": "r1"},
        {"state": State.UNCONFIRMED, "error": "Perhaps."},
    ],
)
def test_what_has_no_id_or_no_end_cannot_be_followed_again(fields, make_job, owner):
    with pytest.raises(jobs.NotPossible):
        jobs.follow_again(make_job(**fields), owner)


def test_an_overdue_clip_waits_on_with_a_new_deadline(make_job, owner):
    job = make_job(state=State.WAITING, remote_id="r1", deadline_at=timezone.now())
    job.ask_person("Wait on?", lease=job.claim(for_s=0))
    assert jobs.go_on(job, owner) == "It goes on."
    assert (job.question, job.state) == ("", State.WAITING)
    assert job.deadline_at > timezone.now()
    with pytest.raises(jobs.NotPossible, match="asks nothing any more"):
        jobs.go_on(job, owner)


@pytest.fixture
def set_aside(make_job):
    def make(**fields: object) -> Job:
        job = make_job(**fields)
        job.ask_person("Go on?", lease=job.claim(for_s=60), sets_aside=True)
        return job

    return make


def test_a_clip_that_was_set_aside_goes_on_when_a_person_says_so(set_aside, owner):
    job = set_aside()
    Job.objects.update(lease_until=timezone.now())
    assert job.claim(for_s=60) is None
    jobs.go_on(job, owner)
    assert job.claim(for_s=60)


def test_giving_up_what_was_never_sent_says_that_nothing_was_charged(set_aside, owner):
    job = set_aside()
    assert "Nothing was charged" in jobs.give_up(job, owner)
    assert (job.state, job.is_set_aside, job.question) == (State.FAILED, False, "")


def test_giving_up_what_was_sent_says_that_it_may_have_been_charged(set_aside, owner):
    job = set_aside(state=State.FETCHING, remote_id="r1")
    assert "may have been charged" in jobs.give_up(job, owner)
    assert "costs nothing" in jobs.follow_again(job, owner)


def test_giving_up_sees_that_somebody_else_let_it_go_on(set_aside, owner):
    seen = set_aside()
    jobs.go_on(Job.objects.get(pk=seen.pk), owner)
    with pytest.raises(jobs.NotPossible, match="set aside"):
        jobs.give_up(seen, owner)
    assert seen.state == State.QUEUED


def test_closing_as_lost_sees_a_receipt_that_came_in_between(make_job, owner):
    seen = make_job(state=State.UNCONFIRMED, error="Perhaps.")
    jobs.attach(Job.objects.get(pk=seen.pk), "remote-7", owner)
    with pytest.raises(jobs.NotPossible):
        jobs.close_as_lost(seen, owner)
    assert (seen.state, seen.remote_id) == (State.WAITING, "remote-7")


def test_a_clip_whose_id_is_known_is_never_sent_again(make_job, owner):
    job = make_job(state=State.UNCONFIRMED, error="Perhaps.", remote_id="r1")
    with pytest.raises(jobs.NotPossible):
        jobs.send_again(job, owner)


def test_closing_as_lost_says_that_it_may_have_been_charged(make_job, owner):
    job = make_job(state=State.UNCONFIRMED, error="Perhaps.")
    jobs.close_as_lost(job, owner)
    assert job.state == State.FAILED
    assert "may have been charged" in job.error
