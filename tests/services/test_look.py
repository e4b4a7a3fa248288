"""What a provider's answer (or silence) means for a job: the table of decisions, by plain calls."""

import uuid
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from studio.models import Job, Lease, Provider
from studio.providers.contract import Money, RemoteState, RemoteStatus, Reply
from studio.providers.errors import (
    JobUnknown,
    KeyRejected,
    NoAnswer,
    OutOfCredit,
    ProviderDown,
    RateLimited,
    UnexpectedReply,
    Unreachable,
)
from studio.services import jobs
from studio.services.engine import look

State = Job.State
REPLY = Reply(200, {}, {"status": "as told"})
WAITING = RemoteState(status=RemoteStatus.WAITING)
RUNNING = RemoteState(status=RemoteStatus.RUNNING, progress_percent=40)
MADE = RemoteState(status=RemoteStatus.SUCCEEDED, video_url="https://files.example/clip.mp4")
NO_ADDRESS_YET = RemoteState(status=RemoteStatus.SUCCEEDED)
FAILED = RemoteState(status=RemoteStatus.FAILED, reason="The model gave up.")
CANCELLED = RemoteState(status=RemoteStatus.CANCELLED)


@pytest.fixture(autouse=True)
def usual_looks(settings) -> None:
    settings.LOOK_INTERVAL_FACTOR = 1.0


@pytest.fixture
def followed(make_job) -> Callable[..., tuple[Job, Lease]]:
    """A job at its provider, held for a look."""

    def make(state: str = State.WAITING, **fields: object) -> tuple[Job, Lease]:
        fields = {"remote_id": uuid.uuid4().hex, "deadline_at": in_s(600)} | fields
        job = make_job(state=state, **fields)
        lease = job.claim(for_s=60)
        assert lease is not None
        return job, lease

    return make


def in_s(seconds: float):
    return timezone.now() + timedelta(seconds=seconds)


def told(job: Job) -> list[str]:
    return list(job.events.order_by("pk").values_list("message", flat=True))


def is_held(job: Job) -> bool:
    job.refresh_from_db()
    return job.lease_token is not None


# -- News --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("before", "said", "after"),
    [
        (State.WAITING, WAITING, State.WAITING),
        (State.WAITING, RUNNING, State.GENERATING),
        (State.WAITING, MADE, State.FETCHING),
        (State.WAITING, NO_ADDRESS_YET, State.WAITING),
        (State.WAITING, FAILED, State.FAILED),
        (State.WAITING, CANCELLED, State.CANCELLED),
        (State.GENERATING, WAITING, State.WAITING),
        (State.GENERATING, RUNNING, State.GENERATING),
        (State.GENERATING, MADE, State.FETCHING),
        (State.GENERATING, NO_ADDRESS_YET, State.GENERATING),
        (State.GENERATING, FAILED, State.FAILED),
        (State.GENERATING, CANCELLED, State.CANCELLED),
    ],
)
def test_each_answer_leads_to_one_state_and_frees_the_job(followed, before, said, after):
    job, lease = followed(before)
    look.hear(job, lease, said, REPLY)
    assert not is_held(job)
    assert job.state == after
    if job.is_worked_on and after != State.FETCHING:
        assert job.next_look_at > timezone.now()


@pytest.mark.parametrize("said", [WAITING, RUNNING, MADE, FAILED, CANCELLED])
def test_who_has_lost_the_job_writes_and_tells_nothing(followed, said):
    job, lease = followed()
    said = replace(said, cost=Money(Decimal("0.15")))
    Job.objects.filter(pk=job.pk).update(lease_token=uuid.uuid4())
    look.hear(Job.objects.get(pk=job.pk), lease, said, REPLY)
    job.refresh_from_db()
    assert (job.state, job.cost_charged) == (State.WAITING, None)
    assert told(job) == []


def test_a_made_clip_keeps_its_address_and_when_that_ends(followed):
    job, lease = followed()
    ends_at = in_s(3600)
    state = RemoteState(
        status=RemoteStatus.SUCCEEDED, video_ref="/clips/1.mp4", video_expires_at=ends_at
    )
    look.hear(job, lease, state, REPLY)
    job.refresh_from_db()
    assert (job.video_ref, job.video_expires_at) == ("/clips/1.mp4", ends_at)
    assert job.made_at is not None


def test_a_made_clip_whose_address_never_comes_asks_a_person(followed):
    job, lease = followed(deadline_at=in_s(-1))
    look.hear(job, lease, NO_ADDRESS_YET, REPLY)
    job.refresh_from_db()
    assert job.state == State.WAITING
    assert "far longer" in job.question
    assert told(job) == [job.question]


@pytest.mark.parametrize("said", [MADE, FAILED, CANCELLED])
def test_the_answer_that_ends_a_job_stands_in_the_timeline(followed, said):
    job, lease = followed()
    look.hear(job, lease, said, REPLY)
    event = job.events.get(message=f"The provider says: {said.status}")
    assert event.detail == {"status": "as told"}


@pytest.mark.parametrize(
    ("cost", "words"),
    [
        (None, "It does not say whether it charged for it."),
        (Money(Decimal("0.30")), "It charged for it."),
        (Money(Decimal(0)), "Nothing was charged."),
    ],
)
def test_a_failure_says_what_the_provider_says_of_the_money(followed, cost, words):
    job, lease = followed()
    state = RemoteState(status=RemoteStatus.FAILED, reason="Too dark.", cost=cost)
    look.hear(job, lease, state, REPLY)
    job.refresh_from_db()
    assert "could not make this clip: Too dark. " in job.error
    assert words in job.error
    assert job.cost_charged == (cost.amount if cost else None)


def test_a_failure_without_a_reason_says_so(followed):
    job, lease = followed()
    look.hear(job, lease, RemoteState(status=RemoteStatus.FAILED), REPLY)
    assert "It gave no reason." in job.error


def test_progress_is_written_and_an_old_trouble_is_forgotten(followed):
    job, lease = followed(State.GENERATING, error="No answer.", look_attempts=4)
    look.hear(job, lease, RUNNING, REPLY)
    job.refresh_from_db()
    assert (job.progress_percent, job.error, job.look_attempts) == (40, "", 0)


# -- Cancelled ---------------------------------------------------------------------------------


def test_a_clip_that_its_provider_cancelled_says_who_did_it(followed):
    job, lease = followed()
    look.hear(job, lease, CANCELLED, REPLY)
    assert job.error == "Cancelled by the provider."


@pytest.mark.parametrize("said", [CANCELLED, FAILED])
def test_a_cancelled_clip_says_so_whatever_word_the_provider_has(
    followed, make_provider, said, make_job
):
    job, lease = followed(provider=make_provider("dafty"), cancel_asked_at=timezone.now())
    look.hear(job, lease, said, REPLY)
    assert job.state == State.CANCELLED
    assert job.error == ("Cancelled as you asked. Dafty charges 1 CU if work on it had begun.")


def test_a_clip_that_was_made_before_the_cancelling_took_hold_is_fetched(followed):
    job, lease = followed(cancel_asked_at=timezone.now())
    look.hear(job, lease, MADE, REPLY)
    assert job.state == State.FETCHING


# -- Quiet or not ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fields", "said", "quiet"),
    [
        ({}, WAITING, True),
        ({}, RUNNING, False),
        ({"state": State.GENERATING}, RUNNING, True),
        ({"state": State.GENERATING, "progress_percent": 39}, RUNNING, True),
        ({"state": State.GENERATING}, WAITING, False),
        ({}, MADE, False),
        ({}, FAILED, False),
        ({}, CANCELLED, False),
        ({"look_attempts": 1}, WAITING, False),
        ({"error": "No answer."}, WAITING, False),
        ({"deadline_at": None}, WAITING, True),
        ({"deadline_at": in_s(-1)}, WAITING, False),
        ({"deadline_at": in_s(-1), "question": "Go on?"}, WAITING, True),
        ({}, RemoteState(status=RemoteStatus.WAITING, cost=Money(Decimal(1))), False),
    ],
)
def test_only_an_answer_that_changes_nothing_is_quiet(followed, fields, said, quiet):
    job, _ = followed(**fields)
    assert look.is_quiet(job, said, timezone.now()) is quiet


# -- No news -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "kind",
    [
        JobUnknown,
        KeyRejected,
        NoAnswer,
        OutOfCredit,
        ProviderDown,
        RateLimited,
        UnexpectedReply,
        Unreachable,
    ],
)
def test_a_question_that_failed_keeps_the_job_with_a_note(followed, kind):
    job, lease = followed()
    look.no_news(job, lease, kind("It went wrong."))
    assert not is_held(job)
    assert (job.state, job.error, job.look_attempts) == (State.WAITING, "It went wrong.", 1)
    assert job.next_look_at > timezone.now()


def test_a_rejected_key_pauses_the_provider(followed):
    job, lease = followed()
    look.no_news(job, lease, KeyRejected("The key is wrong."))
    provider = Provider.objects.get(pk=job.provider_id)
    assert (provider.is_paused, provider.health) == (True, Provider.Health.KEY_REJECTED)


def test_a_provider_that_denies_the_job_three_times_is_believed(followed):
    told_before = {"look_attempts": look.UNKNOWN_AFTER - 1, "error": "No such job."}
    job, lease = followed(remote_id="clip-7", **told_before)
    look.no_news(job, lease, JobUnknown("No such job."))
    assert job.state == State.FAILED
    assert "no longer knows this clip (clip-7). It may have been charged." in job.error


def test_silence_of_any_length_ends_no_job(followed):
    job, lease = followed(look_attempts=1000)
    look.no_news(job, lease, NoAnswer("Nobody there."))
    job.refresh_from_db()
    assert job.state == State.WAITING


def test_other_troubles_before_it_do_not_make_one_denial_three(followed):
    job, lease = followed(look_attempts=7, error="Nobody there.")
    look.no_news(job, lease, JobUnknown("No such job."))
    job.refresh_from_db()
    assert job.state == State.WAITING


@pytest.mark.parametrize(("attempts", "wait_s"), [(0, 4), (1, 8), (2, 16), (4, 60), (50, 60)])
def test_the_waits_grow_to_a_minute(followed, attempts, wait_s):
    job, lease = followed(look_attempts=attempts)
    look.no_news(job, lease, NoAnswer("Nobody there."))
    job.refresh_from_db()
    assert wait_s - 2 < (job.next_look_at - timezone.now()).total_seconds() <= wait_s


def test_a_provider_that_names_a_moment_is_asked_then(followed):
    job, lease = followed()
    look.no_news(job, lease, RateLimited("Busy.", retry_after_s=37))
    job.refresh_from_db()
    assert 35 < (job.next_look_at - timezone.now()).total_seconds() <= 37


def test_no_news_from_who_has_lost_the_job_writes_nothing(followed):
    job, lease = followed(look_attempts=look.UNKNOWN_AFTER - 1, error="No such job.")
    Job.objects.filter(pk=job.pk).update(lease_token=uuid.uuid4())
    look.no_news(job, lease, JobUnknown("No such job."))
    job.refresh_from_db()
    assert (job.state, job.lease_token is None) == (State.WAITING, False)


# -- Overdue -----------------------------------------------------------------------------------


def asked(job: Job) -> int:
    """How often a person was asked about the job."""
    return sum("far longer than it should" in message for message in told(job))


def look_again(job: Job, said: RemoteState | None = WAITING) -> None:
    """The next look at it; None: it finds nobody there."""
    Job.objects.filter(pk=job.pk).update(next_look_at=timezone.now())
    job = Job.objects.get(pk=job.pk)
    lease = job.claim(for_s=60)
    assert lease is not None
    if said is None:
        look.no_news(job, lease, NoAnswer("Nobody there."))
    else:
        look.hear(job, lease, said, REPLY)


@pytest.mark.parametrize("said", [WAITING, RUNNING, None])
def test_a_late_clip_is_asked_about_once_and_followed_on(followed, said):
    job, lease = followed(deadline_at=in_s(-1))
    job.release(lease, next_look_at=timezone.now())
    for _ in range(3):
        look_again(job, said)
    assert not is_held(job)
    assert job.is_worked_on
    assert asked(job) == 1
    assert "far longer than it should" in job.question


def test_a_late_clip_asks_no_oftener_than_once_a_minute(followed):
    job, lease = followed(deadline_at=in_s(-1))
    look.hear(job, lease, WAITING, REPLY)
    job.refresh_from_db()
    assert 50 < (job.next_look_at - timezone.now()).total_seconds() <= 60


def test_the_question_says_how_long_what_to_do_and_what_of_the_money(followed):
    job, lease = followed(deadline_at=in_s(-1), accepted_at=in_s(-25 * 60))
    look.hear(job, lease, WAITING, REPLY)
    job.refresh_from_db()
    assert "has worked on this clip for 25 min" in job.question
    assert "may be charged all the same" in job.question


def test_a_person_who_waits_on_is_asked_again_only_after_another_deadline(followed, owner):
    job, lease = followed(deadline_at=in_s(-1))
    look.hear(job, lease, WAITING, REPLY)
    jobs.go_on(job, owner)
    look_again(job)
    assert asked(job) == 1
    Job.objects.filter(pk=job.pk).update(deadline_at=in_s(-1))
    look_again(job)
    assert asked(job) == 2


def test_a_late_clip_that_is_made_after_all_asks_nothing_any_more(followed):
    job, lease = followed(deadline_at=in_s(-1))
    look.hear(job, lease, WAITING, REPLY)
    look_again(job, MADE)
    job.refresh_from_db()
    assert (job.state, job.question) == (State.FETCHING, "")
