"""What is not sent yet can be held, sent later, moved and edited; what is sent cannot."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.db.models import F
from django.utils import timezone

from studio.models import Job, JobEvent
from studio.services import engine, jobs, unsent
from studio.services.engine import turns
from studio.services.unsent import Where
from tests.factories import new_member

State = Job.State
LATER = timedelta(hours=3)


@pytest.fixture
def account(make_account):
    return make_account()


@pytest.fixture
def jo(db) -> User:
    return new_member("jo")


def line(owner: User) -> list[str]:
    waiting = Job.objects.filter(owner=owner).in_line(timezone.now())
    return list(waiting.values_list("prompt", flat=True))


@pytest.fixture
def three(make_job, account) -> list[Job]:
    return [make_job(account, prompt=name) for name in "abc"]


def last_line(job: Job) -> str:
    return job.events.last().message


# -- Held ----------------------------------------------------------------------------------------


def test_a_held_clip_is_not_sent_until_it_is_let_go(make_job, account, demo, owner):
    job = make_job(account)
    unsent.hold(job, owner)
    engine.send_next(account.pk)
    engine.step(job.pk)
    assert demo.created("getimg") == 0
    unsent.let_go(job, owner)
    engine.send_next(account.pk)
    assert demo.created("getimg") == 1


def test_a_held_clip_holds_up_nobody_else(make_job, account, owner, demo):
    first, second = make_job(account), make_job(account)
    unsent.hold(first, owner)
    engine.send_next(account.pk)
    second.refresh_from_db()
    assert second.state != State.QUEUED


def test_holding_is_told_with_who_did_it(make_job, account, jo):
    job = make_job(account)
    unsent.hold(job, jo)
    event = job.events.get()
    assert (event.message, event.actor, event.to_state) == ("Held", jo, "")


def test_holding_twice_is_holding_once(make_job, account, owner):
    job = make_job(account)
    unsent.hold(job, owner)
    unsent.hold(job, owner)
    assert job.events.count() == 1


# -- Later ---------------------------------------------------------------------------------------


def test_a_clip_for_later_is_sent_then_and_the_bell_is_set_for_it(make_job, account, owner, demo):
    job, at = make_job(account), timezone.now() + LATER
    unsent.send_later(job, at, owner)
    outcome = engine.send_next(account.pk)
    assert outcome.delay_s == pytest.approx(LATER.total_seconds(), abs=5)
    assert engine.sweep().provider_ids == ()
    Job.objects.update(not_before=timezone.now())
    assert engine.sweep().provider_ids == (account.pk,)
    engine.send_next(account.pk)
    assert demo.created("getimg") == 1


def test_the_bell_of_tonight_does_not_speak_for_what_is_due_now(make_job, account, owner):
    unsent.send_later(make_job(account), timezone.now() + LATER, owner)
    engine.send_next(account.pk)
    account.refresh_from_db()
    assert account.bell_at > timezone.now() + LATER / 2
    assert account.take_silence(timezone.now() - timedelta(seconds=5))


def test_sending_now_forgets_the_time_and_the_hold(make_job, account, owner):
    job = make_job(account, is_held=True, not_before=timezone.now() + LATER)
    unsent.send_now(job, owner)
    assert (job.is_held, job.not_before) == (False, None)


@pytest.mark.parametrize("ahead", [timedelta(seconds=-1), timedelta(days=400)])
def test_a_time_that_makes_no_sense_is_refused_in_words(make_job, account, owner, ahead):
    job = make_job(account)
    with pytest.raises(jobs.NotPossible, match="Choose a"):
        unsent.send_later(job, timezone.now() + ahead, owner)
    job.refresh_from_db()
    assert job.not_before is None


def test_tonight_is_the_next_two_oclock_by_the_studios_clock(settings):
    settings.TIME_ZONE = "Europe/Berlin"
    local = timezone.localtime(unsent.tonight())
    assert (local.hour, local.minute) == (2, 0)
    assert timedelta(0) < unsent.tonight() - timezone.now() <= timedelta(hours=25)


# -- In a member's own order ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "where", "wanted"),
    [
        ("c", Where.TOP, "cab"),
        ("c", Where.UP, "acb"),
        ("a", Where.DOWN, "bac"),
        ("a", Where.BOTTOM, "bca"),
        ("a", Where.UP, "abc"),
    ],
)
def test_a_clip_is_moved_in_its_line(three, owner, name, where, wanted):
    unsent.move(Job.objects.get(prompt=name), where, owner)
    assert "".join(line(owner)) == wanted


def test_the_order_is_the_order_of_sending(three, owner, account, demo):
    unsent.move(three[2], Where.TOP, owner)
    assert turns.next_to_send(account, timezone.now()) == three[2]


def test_a_clip_is_put_before_another_or_behind_them_all(three, owner):
    unsent.place_before(three[2], three[0].pk, owner)
    assert line(owner) == ["c", "a", "b"]
    unsent.place_before(three[2], None, owner)
    assert line(owner) == ["a", "b", "c"]


def test_takes_that_share_a_rank_can_be_moved(three, owner):
    Job.objects.update(rank=7)
    unsent.move(three[2], Where.UP, owner)
    unsent.move(three[2], Where.UP, owner)
    assert line(owner) == ["c", "a", "b"]


def test_moving_touches_no_rank_of_another_member(three, owner, jo, make_job, account):
    theirs = make_job(account, prompt="x")
    Job.objects.filter(pk=theirs.pk).update(owner=jo)
    before = Job.objects.get(pk=theirs.pk).rank
    unsent.move(three[2], Where.TOP, owner)
    assert Job.objects.get(pk=theirs.pk).rank == before
    with pytest.raises(jobs.NotPossible, match="Only jo"):
        unsent.move(Job.objects.get(pk=theirs.pk), Where.TOP, owner)


def test_moving_passes_clips_of_the_same_provider_alone(make_job, account, make_account, owner):
    elsewhere = make_account("dafty")
    first = make_job(account, prompt="a")
    make_job(elsewhere, prompt="x")
    unsent.move(make_job(account, prompt="b"), Where.UP, owner)
    waiting = Job.objects.filter(provider=account).in_line(timezone.now())
    assert waiting.first() != first


# -- Too late ------------------------------------------------------------------------------------

TOO_LATE = {
    "claimed": ({"lease_token": "6b5c" * 8, "lease_until": timezone.now()}, "at this moment"),
    "sent": ({"state": State.SUBMITTING, "sent_at": timezone.now()}, "a moment ago"),
    "unclear": ({"unclear_since": timezone.now(), "sent_at": timezone.now()}, "may have been"),
    "failed": ({"state": State.FAILED, "error": "No."}, "already failed"),
    "asking": ({"is_set_aside": True, "question": "Again?"}, "asks something"),
}


@pytest.mark.parametrize("meanwhile", TOO_LATE)
@pytest.mark.parametrize(
    "change",
    [
        unsent.hold,
        unsent.send_tonight,
        lambda job, actor: unsent.move(job, Where.TOP, actor),
    ],
)
def test_a_press_that_comes_too_late_changes_nothing(make_job, account, owner, change, meanwhile):
    make_job(account)
    shown = make_job(account)
    columns, words = TOO_LATE[meanwhile]
    Job.objects.filter(pk=shown.pk).update(**columns)
    before = Job.objects.values().get(pk=shown.pk)
    with pytest.raises(jobs.NotPossible, match=words):
        change(shown, owner)
    assert Job.objects.values().get(pk=shown.pk) == before
    assert not JobEvent.objects.filter(job=shown).exists()


def test_a_worker_that_has_read_a_clip_before_it_was_held_does_not_send_it(
    make_job, account, owner, demo
):
    read_by_worker = make_job(account)
    unsent.hold(Job.objects.get(pk=read_by_worker.pk), owner)
    assert read_by_worker.claim(for_s=60) is None


def test_a_worker_that_was_frozen_past_its_lease_keeps_its_claim(make_job, account, owner):
    job = make_job(account)
    assert job.claim(for_s=60)
    Job.objects.update(lease_until=F("lease_until") - timedelta(hours=1))
    with pytest.raises(jobs.NotPossible):
        unsent.hold(job, owner)
