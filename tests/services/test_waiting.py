"""What a person who waits is told, by plain calls."""

from datetime import timedelta

import pytest
from django.utils import timezone

from studio.models import Job, Provider
from studio.models.provider import BREAK_AFTER
from studio.services import timing
from studio.services.standing import Standing, clock, moment
from studio.services.waiting import Waits, left_words, ordinal

LATER = timedelta(minutes=3)
TOMORROW = timezone.now() + timedelta(days=1)
State = Job.State


@pytest.fixture(autouse=True)
def nothing_learned():
    timing.forget()


@pytest.fixture
def dafty(make_provider) -> Provider:
    return make_provider("dafty", name="Dafty")


@pytest.fixture
def getimg(make_provider) -> Provider:
    return make_provider("getimg", name="getimg.ai")


def reason(job: Job) -> str:
    return Waits().reason(Job.objects.get(pk=job.pk))


def told(job: Job):
    return Waits().told(Job.objects.get(pk=job.pk))


def standing(provider: Provider) -> Standing:
    return Waits().standing(Provider.objects.get(pk=provider.pk))


@pytest.fixture
def took(make_job):
    """Five clips of a provider, at the same model, that took so many seconds each."""

    def make(provider: Provider, seconds: list[float]) -> None:
        start = timezone.now() - timedelta(days=1)
        for each in seconds:
            made_at = start + timedelta(seconds=each)
            made = {"state": State.FAILED, "error": "x", "sent_at": start}
            make_job(provider, accepted_at=start, made_at=made_at, changed_at=start, **made)

    return make


# -- Why a clip is not sent yet --------------------------------------------------------------


def test_the_job_with_a_place_is_next_and_the_others_are_in_line(make_job, getimg):
    first, second = make_job(getimg), make_job(getimg)
    assert reason(first) == "Next to be sent"
    assert reason(second) == "Members are served in turn"


def test_a_place_in_line_is_told_to_its_member_and_to_others(make_job, getimg, owner):
    _first, second = make_job(getimg), make_job(getimg)
    assert Waits().told(second, owner).words == "2nd in your line"
    assert Waits().told(second).words == "2nd in mara's line"


def test_a_place_stands_before_what_the_provider_waits_for(make_job, dafty):
    dafty.pause(Provider.Health.OUT_OF_CREDIT, "Top up there.")
    _first, second = make_job(dafty), make_job(dafty)
    assert told(second).words == "2nd in mara's line · Dafty is paused: out of credit"


def test_the_line_is_the_members_own_order_and_each_provider_has_its_own(make_job, getimg, dafty):
    last, first, elsewhere = make_job(getimg), make_job(getimg, rank=1), make_job(dafty, rank=9)
    waits = Waits()
    assert [waits.place(job) for job in (first, last, elsewhere)] == ["", "2nd in mara's line", ""]


def test_what_is_put_off_says_so_and_stands_in_no_line(make_job, getimg):
    held, later = make_job(getimg, is_held=True), make_job(getimg, not_before=TOMORROW)
    assert told(held).words == "Not sent until somebody lets it go on"
    assert told(later).words.startswith("To be sent tomorrow at ")
    assert reason(make_job(getimg)) == "Next to be sent"
    assert standing(getimg).load == "0 of 2 running, 1 waiting, 2 for later"


def test_words_about_a_later_send_last_until_then(make_job, getimg):
    job = make_job(getimg, not_before=TOMORROW)
    assert Waits().until([job]) == TOMORROW


@pytest.mark.parametrize(
    ("number", "words"),
    [(1, "1st"), (2, "2nd"), (3, "3rd"), (4, "4th"), (11, "11th"), (23, "23rd")],
)
def test_places_are_counted_as_people_count(number, words):
    assert ordinal(number) == words


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(3, "a few seconds left"), (41, "about 40 s left"), (62, "about 1 min left")],
)
def test_what_is_left_is_said_roughly(seconds, words):
    assert left_words(seconds) == words


def test_a_full_provider_is_named_with_its_places(make_job, getimg):
    for number in (1, 2):
        make_job(getimg, state=State.GENERATING, remote_id=f"r-{number}")
    assert reason(make_job(getimg)) == "Waiting for a place: 2 of 2 running at getimg.ai"


def test_a_limit_by_the_minute_says_when_the_next_one_goes_out(make_job, dafty):
    sent_at = timezone.now() - timedelta(seconds=20)
    for number in range(5):
        make_job(dafty, state=State.WAITING, sent_at=sent_at, remote_id=f"r-{number}")
    next_at = moment(sent_at + timedelta(seconds=60))
    assert reason(make_job(dafty)) == f"5 creates per minute at Dafty: next at {next_at}"


def test_a_provider_that_asked_for_a_pause_is_waited_for(make_job, dafty):
    until = timezone.now() + LATER
    dafty.hold_sends(until)
    assert reason(make_job(dafty)) == f"Dafty asked us to wait until {moment(until)}"


def test_a_provider_that_is_down_says_when_it_is_tried_again(make_job, dafty):
    until = timezone.now() + LATER
    for _ in range(BREAK_AFTER):
        dafty.note_fault("Dafty cannot be reached.")
    dafty.hold_sends(until)
    assert reason(make_job(dafty)) == f"Dafty does not answer; next try at {moment(until)}"


def test_a_provider_that_was_down_is_tried_with_one_clip_at_a_time(make_job, dafty):
    for _ in range(BREAK_AFTER):
        dafty.note_fault("Dafty cannot be reached.")
    make_job(dafty, state=State.SUBMITTING)
    assert "one clip is tried at a time" in reason(make_job(dafty))


def test_a_paused_provider_says_what_has_to_be_mended(make_job, dafty):
    dafty.pause(Provider.Health.OUT_OF_CREDIT, "Top up there.")
    assert reason(make_job(dafty)) == "Dafty is paused: out of credit"
    assert standing(dafty).trouble == "Paused: out of credit"


def test_a_provider_that_is_switched_off_is_told(make_job, dafty):
    Provider.objects.update(is_enabled=False)
    assert reason(make_job(dafty)) == "Dafty is switched off"


def test_a_full_disk_holds_what_was_never_sent(make_job, getimg, settings):
    settings.DISK_SOFT_MB = 10**12
    assert reason(make_job(getimg)) == "The studio's disk is nearly full"
    unclear = make_job(getimg, unclear_since=timezone.now())
    assert "disk" not in reason(unclear)


def test_a_job_that_rests_says_when_and_why(make_job, getimg):
    job = make_job(getimg, next_look_at=timezone.now() + LATER, error="No answer.")
    assert told(job).words == f"Next try at {moment(job.next_look_at)}"
    assert told(job).note == "No answer."


def test_an_old_error_is_not_told_once_another_reason_holds(make_job, getimg):
    job = make_job(getimg, next_look_at=timezone.now() + LATER, error="No answer.")
    getimg.pause(Provider.Health.KEY_REJECTED, "Replace the key.")
    assert (told(job).words, told(job).note) == ("getimg.ai is paused: key rejected", "")


def test_a_repetition_is_said_not_to_be_charged_twice(make_job, getimg):
    job = make_job(getimg, unclear_since=timezone.now())
    assert told(job).words.endswith("asked again with the same key, not charged twice")


def test_a_provider_is_asked_about_once_however_many_wait(
    make_job, getimg, django_assert_num_queries
):
    jobs = [make_job(getimg) for _ in range(12)]
    waits = Waits()
    waits.told(jobs[0])
    with django_assert_num_queries(0):
        for job in jobs:
            waits.told(job)


# -- How long it takes -----------------------------------------------------------------------


def followed(make_job, provider, seconds: float, **fields) -> Job:
    accepted_at = timezone.now() - timedelta(seconds=seconds)
    fields = {"state": State.GENERATING, "remote_id": "mine"} | fields
    return make_job(provider, accepted_at=accepted_at, **fields)


def test_without_a_past_only_the_time_so_far_is_told(make_job, getimg):
    job = told(followed(make_job, getimg, 42))
    assert (job.so_far, job.words, job.percent) == ("0:42", "so far", None)
    assert job.is_moving


def test_the_usual_time_is_learned_from_the_last_clips(make_job, getimg, took):
    took(getimg, [100, 110, 120, 130, 150])
    assert told(followed(make_job, getimg, 42)).left == "about 1 min left"
    over_half = told(followed(make_job, getimg, 125, remote_id="other"))
    assert (over_half.left, over_half.words) == ("", "so far, usually 1:44 to 2:22")


def test_a_clip_that_takes_longer_than_usual_says_so(make_job, getimg, took):
    took(getimg, [100, 110, 120, 130, 150])
    late = told(followed(make_job, getimg, 175))
    assert late.words == "so far, longer than usual (1:44 to 2:22)"
    assert late.is_late


def test_only_the_apis_own_percentage_is_shown(make_job, getimg):
    assert told(followed(make_job, getimg, 5, progress_percent=62)).percent == 62
    waiting = followed(make_job, getimg, 5, state=State.WAITING, remote_id="x", progress_percent=0)
    assert told(waiting).percent is None


def test_nothing_moves_where_a_job_was_set_aside(make_job, getimg):
    job = followed(make_job, getimg, 5, is_set_aside=True, question="Try it again?")
    assert told(job).words == "Set aside until somebody decides"
    assert not told(job).is_moving


def test_a_fetch_that_was_put_off_says_when_it_is_tried_again(make_job, getimg):
    job = make_job(getimg, state=State.FETCHING, next_look_at=timezone.now() + LATER)
    assert told(job).words == f"Next try at {moment(job.next_look_at)}"


def test_a_fetch_under_way_moves(make_job, getimg):
    job = make_job(getimg, state=State.FETCHING, lease_until=timezone.now() + LATER)
    assert told(job).is_moving


# -- How long it stays true ------------------------------------------------------------------


def test_the_words_last_until_the_clip_is_late(make_job, getimg, took):
    took(getimg, [100.0] * 5)
    job = followed(make_job, getimg, 42)
    assert Waits().until([job]) == job.accepted_at + timedelta(seconds=100)


def test_the_words_last_until_the_hold_ends(make_job, dafty):
    dafty.hold_sends(timezone.now() + LATER)
    dafty.refresh_from_db()
    assert Waits().until([make_job(dafty)]) == dafty.sends_held_until


def test_words_that_hang_on_a_person_last_for_ever(make_job, dafty):
    dafty.pause(Provider.Health.OUT_OF_CREDIT, "Top up there.")
    assert Waits().until([make_job(dafty)]) is None


# -- The lanes -------------------------------------------------------------------------------


def test_a_lane_counts_places_and_what_waits(make_job, getimg):
    make_job(getimg, state=State.GENERATING, remote_id="r-1")
    make_job(getimg, state=State.FETCHING)
    make_job(getimg)
    lane = standing(getimg)
    assert lane.load == "1 of 2 running, 1 fetching, 1 waiting"
    assert lane.places == [True, False]


def test_a_lane_counts_what_was_sent_this_minute(make_job, dafty):
    make_job(dafty, state=State.WAITING, remote_id="r-1")
    long_ago = timezone.now() - timedelta(minutes=2)
    make_job(dafty, state=State.WAITING, remote_id="r-2", sent_at=long_ago)
    assert standing(dafty).sent == 1


def test_a_lane_with_nothing_to_do_is_idle_and_well(dafty):
    lane = standing(dafty)
    assert (lane.load, lane.trouble, lane.can_be_tried) == ("Idle", "", False)


def test_a_lane_that_is_down_can_be_tried_and_one_that_was_asked_to_wait_cannot(dafty, getimg):
    until = timezone.now() + LATER
    for _ in range(BREAK_AFTER):
        dafty.note_fault("Silence.")
    for provider in (dafty, getimg):
        provider.hold_sends(until)
    down, held = standing(dafty), standing(getimg)
    assert down.trouble == f"No answer 3 times in a row; next try at {moment(until)}"
    assert down.can_be_tried
    assert held.trouble == f"Asked us to wait until {moment(until)}"
    assert not held.can_be_tried


@pytest.mark.parametrize(
    ("seconds", "words"), [(0, "0:00"), (42.9, "0:42"), (725, "12:05"), (3731, "1:02:11")]
)
def test_a_span_of_time_is_written_as_on_a_clock(seconds, words):
    assert clock(seconds) == words
