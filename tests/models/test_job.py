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


def test_a_second_receipt_does_not_replace_the_first_and_is_told(make_job):
    job = make_job(state=State.SUBMITTING)
    assert job.keep_receipt("remote-1")
    assert job.keep_receipt("remote-1")
    assert not job.keep_receipt("remote-2")
    job.refresh_from_db()
    assert job.remote_id == "remote-1"
    assert "remote-2" in job.events.get().message


def test_a_receipt_that_another_job_has_is_told(make_job):
    other = make_job(state=State.WAITING, remote_id="remote-1")
    job = make_job(other.provider, state=State.SUBMITTING)
    assert not job.keep_receipt("remote-1")
    assert "remote-1" in job.events.get().message
    job.refresh_from_db()
    assert job.remote_id == ""


@pytest.mark.parametrize("state", ["queued", "submitting", "unconfirmed", "failed", "cancelled"])
def test_a_receipt_is_kept_in_every_state_without_one(state, make_job):
    job = make_job(state=state, error="Said.", unclear_since=timezone.now())
    assert job.keep_receipt("remote-1")
    job.refresh_from_db()
    assert (job.remote_id, job.state, job.unclear_since) == ("remote-1", state, None)
    assert job.accepted_at


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
    assert job.requeue("It never ran there.", actor=owner)
    assert job.idempotency_key != before
    assert (job.events.get().actor, job.events.get().message) == (owner, "It never ran there.")


def test_a_job_that_is_sent_again_forgets_what_belongs_to_its_old_key(make_job):
    now = timezone.now()
    job = make_job(
        state=State.UNCONFIRMED,
        error="Perhaps.",
        key_used_at=now,
        key_sent_with=[["first_frame", "upload-1"]],
        unclear_since=now,
        look_attempts=1,
    )
    assert job.requeue("It never ran there.")
    assert (job.key_used_at, job.key_sent_with, job.unclear_since) == (None, None, None)
    assert job.look_attempts == 0


def test_a_job_whose_id_is_known_is_not_sent_again(make_job):
    job = make_job(state=State.UNCONFIRMED, error="Perhaps.", remote_id="r1")
    assert not job.requeue("It never ran there.")
    assert job.state == State.UNCONFIRMED


@pytest.mark.parametrize(
    "fields",
    [
        {"state": State.WAITING, "remote_id": ""},
        {"state": State.READY, "remote_id": "r"},
        {"state": State.FAILED, "error": ""},
        {"state": State.GENERATING, "remote_id": "r", "sent_at": None},
        {"prompt": ""},
        {"is_set_aside": True},
        {"state": State.SUBMITTING, "sent_at": None},
        {"state": State.UNCONFIRMED, "error": ""},
        {"state": State.EXPIRED, "remote_id": "r", "error": ""},
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


# -- Held by one, and by nobody for long ---------------------------------------------------------


def _lost(job: Job) -> None:
    """A worker took the job and was heard of no more."""
    assert job.claim(for_s=-1)


def test_a_lease_that_ended_without_a_word_is_blamed_on_the_job_twice_at_most(make_job):
    job = make_job()
    crashes = []
    for _ in range(4):
        _lost(job)
        crashes.append(job.crashes)
    assert crashes == [0, 1, 2, 2]


def test_giving_a_job_back_takes_the_blame_from_it(make_job):
    job = make_job()
    _lost(job)
    job.release(job.claim(for_s=60), next_look_at=timezone.now())
    job.claim(for_s=60)
    assert job.crashes == 0


def test_a_lease_that_was_lost_neither_keeps_notes_nor_releases(make_job):
    job = make_job()
    old = job.claim(for_s=-1)
    assert Job.objects.get(pk=job.pk).claim(for_s=60)
    assert not job.keep(old, for_s=60)
    assert not job.note(old, progress_percent=5)
    assert not job.release(old, next_look_at=timezone.now())
    assert not job.ask_person("Go on?", lease=old)
    assert Job.objects.get(pk=job.pk).progress_percent is None


def test_keeping_a_lease_lengthens_it(make_job):
    job = make_job()
    lease = job.claim(for_s=1)
    assert job.keep(lease, for_s=600)
    job.refresh_from_db()
    assert job.lease_until > timezone.now() + timedelta(seconds=500)


def test_a_move_gives_the_lease_back_except_where_the_step_goes_on(make_job):
    job = make_job()
    lease = job.claim(for_s=60)
    job.begin_submit(lease)
    assert job.lease_token == lease.token
    job.put_back(lease, "Busy.", next_look_at=timezone.now())
    assert (job.lease_token, job.lease_until) == (None, None)


# -- The key, and what is not clear --------------------------------------------------------------


def test_a_repetition_keeps_the_moment_and_the_inputs_of_its_key(make_job):
    job = make_job()
    first, second = [["first_frame", "upload-1"]], [["first_frame", "upload-2"]]
    for sent_with in (first, second):
        lease = job.claim(for_s=60)
        job.begin_submit(lease, sent_with=sent_with)
        sent_at = job.key_used_at
        job.put_back(lease, "No answer.", next_look_at=timezone.now(), is_unclear=True)
    assert job.key_sent_with == first
    assert job.submit_attempts == 2
    assert job.key_used_at == sent_at == job.unclear_since
    assert job.sent_at > job.key_used_at


def test_what_was_unclear_once_stays_so(make_job):
    job = make_job()
    for is_unclear in (True, False):
        lease = job.claim(for_s=60)
        job.begin_submit(lease)
        job.put_back(lease, "No.", next_look_at=timezone.now(), is_unclear=is_unclear)
    assert job.unclear_since


def test_a_job_that_was_never_sent_is_not_doubted(make_job):
    job = make_job()
    assert not job.doubt("Perhaps.")
    assert job.state == State.QUEUED


def test_a_queued_job_with_an_unclear_send_is_doubted(make_job):
    job = make_job(sent_at=timezone.now(), unclear_since=timezone.now())
    assert job.doubt("Perhaps.")
    assert (job.state, job.error) == (State.UNCONFIRMED, "Perhaps.")


@pytest.mark.parametrize("state", [State.SUBMITTING, State.UNCONFIRMED, State.QUEUED])
def test_a_receipt_lets_a_job_go_on_from_wherever_it_waited(state, make_job):
    job = make_job(state=state, error="Perhaps.", sent_at=timezone.now())
    job.keep_receipt("remote-1")
    assert job.accept(wait_s=30)
    assert (job.state, job.error) == (State.WAITING, "")
    assert job.next_look_at > timezone.now() + timedelta(seconds=20)


# -- Asking a person -----------------------------------------------------------------------------


def test_a_question_lets_the_job_go_on_unless_it_is_set_aside(make_job):
    job = make_job()
    job.ask_person("Wait on?", lease=job.claim(for_s=0))
    assert job.claim(for_s=0)
    job.ask_person("Try again?", lease=job.claim(for_s=0), sets_aside=True)
    assert job.claim(for_s=60) is None
    assert list(job.events.values_list("message", flat=True)) == ["Wait on?", "Try again?"]


def test_an_answered_question_is_gone_and_the_job_is_due(make_job, owner):
    job = make_job()
    job.ask_person("Try again?", lease=job.claim(for_s=0), sets_aside=True)
    assert job.go_on(actor=owner, deadline_at=None)
    assert not job.go_on(actor=owner, deadline_at=None)
    assert (job.question, job.is_set_aside) == ("", False)
    assert job.claim(for_s=60)


def test_a_move_answers_the_question(make_job):
    job = make_job(state=State.WAITING, remote_id="r1")
    job.ask_person("Wait on?", lease=job.claim(for_s=60))
    job.start_fetch(None, video_url="https://example.org/clip.mp4")
    assert job.question == ""


def test_a_finished_job_is_asked_nothing(make_job):
    job = make_job(state=State.WAITING, remote_id="r1")
    lease = job.claim(for_s=60)
    Job.objects.get(pk=job.pk).cancel("Left there.", allowed=[State.WAITING])
    assert not job.ask_person("Wait on?", lease=lease)
    assert job.question == ""
