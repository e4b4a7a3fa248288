"""Transitions: each is won by one caller, and leaves its line in the timeline."""

import uuid
from datetime import timedelta

import pytest
from django.db import IntegrityError
from django.utils import timezone

from studio.models import Job

State = Job.State


def test_only_one_worker_claims_a_job(make_job):
    mine = make_job()
    theirs = Job.objects.get(pk=mine.pk)
    assert mine.claim(for_s=60)
    assert theirs.claim(for_s=60) is None


def test_a_job_is_not_claimed_before_it_is_due(make_job):
    job = make_job(next_look_at=timezone.now() + timedelta(seconds=30))
    assert job.claim(for_s=60) is None


def test_a_finished_job_is_never_claimed(make_job):
    assert make_job(state=State.FAILED, error="No.").claim(for_s=60) is None


def test_a_lease_that_ended_is_taken_over_and_the_old_holder_changes_nothing(make_job):
    frozen = make_job()
    old = frozen.claim(for_s=-1)
    fresh = Job.objects.get(pk=frozen.pk)
    new = fresh.claim(for_s=60)
    assert new
    assert not frozen.begin_submit(old)
    assert fresh.begin_submit(new)


def test_releasing_lets_the_next_worker_in_when_it_is_due(make_job):
    job = make_job()
    lease = job.claim(for_s=60)
    assert job.release(lease, next_look_at=timezone.now())
    assert Job.objects.get(pk=job.pk).claim(for_s=60)


def test_a_submit_commits_its_intent_with_the_time_and_the_count(make_job):
    job = make_job()
    assert job.begin_submit(job.claim(for_s=60))
    assert (job.state, job.submit_attempts) == (State.SUBMITTING, 1)
    assert job.sent_at is not None


def test_a_job_is_sent_only_once_from_the_queue(make_job):
    job = make_job()
    lease = job.claim(for_s=60)
    assert job.begin_submit(lease)
    assert not job.begin_submit(lease)


def test_a_receipt_is_kept_even_when_the_lease_was_lost(make_job):
    job = make_job(state=State.SUBMITTING)
    job.keep_receipt("remote-1")
    job.refresh_from_db()
    assert job.remote_id == "remote-1"


def test_a_second_receipt_does_not_replace_the_first(make_job):
    job = make_job(state=State.SUBMITTING)
    job.keep_receipt("remote-1")
    job.keep_receipt("remote-2")
    job.refresh_from_db()
    assert job.remote_id == "remote-1"


def test_a_job_without_a_receipt_is_not_followed(make_job):
    job = make_job(state=State.SUBMITTING)
    assert not job.accept()
    assert job.state == State.SUBMITTING


def test_each_move_leaves_one_event_that_names_both_states(make_job):
    job = make_job()
    job.begin_submit(job.claim(for_s=60))
    event = job.events.get()
    assert (event.from_state, event.to_state) == (State.QUEUED, State.SUBMITTING)


def test_a_move_that_was_lost_leaves_no_event(make_job):
    job = make_job(state=State.FAILED, error="No.")
    assert not job.cancel("Too late.")
    assert not job.events.exists()


def test_a_finished_job_keeps_its_outcome(make_job):
    job = make_job(state=State.CANCELLED)
    assert not job.fail("Something else.")
    assert job.state == State.CANCELLED


def test_sending_again_by_hand_takes_a_new_idempotency_key(make_job, owner):
    job = make_job(state=State.UNCONFIRMED, error="Perhaps.")
    before = job.idempotency_key
    assert job.requeue(actor=owner)
    assert job.idempotency_key != before
    assert job.events.get().actor == owner


@pytest.mark.parametrize(
    "fields",
    [
        {"state": State.WAITING, "remote_id": ""},
        {"state": State.READY, "remote_id": "r"},
        {"state": State.FAILED, "error": ""},
        {"state": State.GENERATING, "remote_id": "r", "sent_at": None},
        {"prompt": ""},
    ],
)
def test_the_database_refuses_a_job_that_cannot_be(make_job, fields):
    with pytest.raises(IntegrityError):
        make_job(**fields)


def test_two_jobs_cannot_claim_the_same_remote_id(make_job):
    first = make_job(state=State.WAITING, remote_id="r1")
    with pytest.raises(IntegrityError):
        make_job(first.provider, state=State.WAITING, remote_id="r1")


def test_a_press_of_the_button_cannot_make_the_same_take_twice(make_job):
    batch = uuid.uuid4()
    first = make_job(batch=batch)
    with pytest.raises(IntegrityError):
        make_job(first.provider, batch=batch)
