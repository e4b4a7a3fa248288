"""Evidence for unconfirmed clips: an API's own list adopts, sends again, or leaves the question."""

import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.utils import timezone

from studio.models import Job, Provider
from studio.services import engine, wishes
from studio.services.engine.reconcile import LIST_PAGE

State = Job.State
SETTLED = timedelta(minutes=30)


@pytest.fixture
def account(make_account) -> Provider:
    account = make_account("indoxhub")
    Provider.objects.update(creates_per_minute=1000)
    return Provider.objects.get(pk=account.pk)


@pytest.fixture
def ask(account, owner) -> Callable[..., list[Job]]:
    """One press of the button, with words of its own."""

    def make(by: Provider = account, **wish: object) -> list[Job]:
        model = by.models.order_by("position").first()
        wish = {"prompt": f"Mist {uuid.uuid4()}"} | wish
        return wishes.create(wishes.Wish(provider_model=model, **wish), owner)

    return make


@pytest.fixture
def ran(ask, demo) -> Callable[..., Job]:
    """An unconfirmed job that the API has accepted."""

    def make(**wish: object) -> Job:
        demo.fault("indoxhub", "create", "reset_after")
        return _step(*ask(**wish))

    return make


@pytest.fixture
def never_ran(ask, demo) -> Callable[..., Job]:
    """An unconfirmed job, sent half an hour ago, that never reached the API."""

    def make(**wish: object) -> Job:
        demo.fault("indoxhub", "create", "reset_before")
        job = _step(*ask(**wish))
        _sent_ago(SETTLED)
        return job

    return make


def _step(job: Job) -> Job:
    Provider.objects.update(sends_held_until=None, faults_in_a_row=0)
    engine.step(job.pk)
    return Job.objects.get(pk=job.pk)


def _sent_ago(ago: timedelta) -> None:
    Job.objects.filter(state=State.UNCONFIRMED).update(sent_at=timezone.now() - ago)


def _sweep(times: int = 1) -> None:
    """So many sweeps, each a minute after the other."""
    for _ in range(times):
        Job.objects.filter(state=State.UNCONFIRMED).update(next_look_at=timezone.now())
        engine.sweep()


def _fresh(job: Job) -> Job:
    return Job.objects.get(pk=job.pk)


def _entry(prompt: str, created_at: datetime) -> dict[str, str]:
    return {
        "job_id": f"job_{uuid.uuid4().hex}",
        "status": "completed",
        "model": "veo-3.0-generate-001",
        "prompt": prompt,
        "created_at": created_at.isoformat(),
    }


def _listed(demo, entries: list[dict[str, str]]) -> None:
    """From now on the API's list has these entries."""
    demo.fault("indoxhub", "list", "answer", times=None, body={"jobs": entries})


# -- It ran --------------------------------------------------------------------------------------


def test_the_one_clip_that_fits_is_adopted_and_fetched(ran, drive, demo):
    job = ran()
    _sweep()
    assert _fresh(job).state == State.WAITING
    assert _fresh(job).remote_id == demo.jobs("indoxhub")[0]["id"]
    assert drive(job).state == State.READY
    assert demo.created("indoxhub") == 1


def test_twins_are_adopted_one_each(ask, demo):
    demo.fault("indoxhub", "create", "reset_after", times=3)
    twins = [_step(job) for job in ask(takes=3)]
    _sweep()
    ids = {_fresh(job).remote_id for job in twins}
    assert ids == {made["id"] for made in demo.jobs("indoxhub")}
    assert {_fresh(job).state for job in twins} == {State.WAITING}


def test_of_twins_the_one_that_never_ran_is_sent_again(ask, demo):
    demo.fault("indoxhub", "create", "reset_after")
    demo.fault("indoxhub", "create", "reset_before")
    for job in ask(takes=2):
        _step(job)
    _sent_ago(timedelta(seconds=30))
    _sweep(3)
    assert sorted(Job.objects.values_list("state", flat=True)) == [State.QUEUED, State.WAITING]


def test_a_clip_that_another_job_follows_is_not_adopted(ran, ask, demo):
    followed = ask(prompt="The same words")
    _step(*followed)
    job = ran(prompt="The same words")
    _sweep()
    assert _fresh(job).remote_id == demo.jobs("indoxhub")[0]["id"]
    assert _fresh(followed[0]).remote_id == demo.jobs("indoxhub")[1]["id"]


@pytest.mark.parametrize(
    "other", [{"duration_s": 4}, {"negative_prompt": "rain"}, {"resolution": "1080p"}]
)
def test_a_clip_that_may_be_that_of_another_wish_is_left_to_a_person(other, ran):
    mine, rival = ran(prompt="The same words"), ran(prompt="The same words", **other)
    _sweep(3)
    assert {_fresh(job).state for job in (mine, rival)} == {State.UNCONFIRMED}


def test_a_clip_that_may_be_that_of_a_send_under_way_is_left_alone(ran, ask):
    mine = ran(prompt="The same words")
    (rival,) = ask(prompt="The same words")
    rival.begin_submit(rival.claim(for_s=60))
    _sweep(3)
    assert _fresh(mine).state == State.UNCONFIRMED
    rival.keep_receipt("remote-of-its-own")
    _sweep()
    assert _fresh(mine).state == State.WAITING


def test_two_clips_for_one_job_are_left_to_a_person(ran, demo):
    job, now = ran(prompt="The same words"), timezone.now()
    _listed(demo, [_entry("The same words", now), _entry("The same words", now)])
    _sweep(3)
    assert _fresh(job).state == State.UNCONFIRMED


def test_a_clip_of_the_same_words_from_long_before_is_not_adopted(ran, demo):
    job = ran(prompt="The same words")
    _listed(demo, [_entry("The same words", timezone.now() - timedelta(hours=1))])
    _sweep()
    assert _fresh(job).remote_id == ""


def test_a_receipt_whose_worker_died_before_it_could_go_on_is_followed(make_job, make_account):
    job = make_job(make_account(), state=State.UNCONFIRMED, error="Perhaps.", remote_id="r1")
    _sweep()
    assert _fresh(job).state == State.WAITING


# -- It never ran --------------------------------------------------------------------------------


def test_two_lists_without_it_send_it_again_and_once(never_ran, drive, demo):
    job = never_ran()
    _sweep()
    assert _fresh(job).state == State.UNCONFIRMED
    _sweep()
    assert _fresh(job).state == State.QUEUED
    assert drive(job).state == State.READY
    assert demo.created("indoxhub") == 1


def test_a_list_is_asked_for_once_a_minute(never_ran, demo, settings):
    settings.EVIDENCE_FACTOR = 1.0
    job = never_ran()
    for _ in range(3):
        engine.sweep()
    assert len(demo.journal(provider="indoxhub", endpoint="list")) == 1
    assert _fresh(job).next_look_at > timezone.now() + timedelta(seconds=40)


@pytest.mark.django_db(transaction=True)
def test_only_one_of_several_sweeps_asks(never_ran, demo, settings):
    settings.EVIDENCE_FACTOR = 1.0
    never_ran()

    def sweep() -> None:
        try:
            engine.sweep()
        finally:
            connection.close()

    with ThreadPoolExecutor(5) as workers:
        for done in [workers.submit(sweep) for _ in range(5)]:
            done.result()
    assert len(demo.journal(provider="indoxhub", endpoint="list")) == 1


def test_lists_soon_after_the_send_prove_nothing(never_ran, settings):
    settings.EVIDENCE_FACTOR = 1.0
    job = never_ran()
    _sent_ago(timedelta(minutes=15))
    _sweep(3)
    assert _fresh(job).state == State.UNCONFIRMED
    _sent_ago(timedelta(minutes=17))
    _sweep(2)
    assert _fresh(job).state == State.QUEUED


def test_somebody_elses_clip_since_then_leaves_the_question(never_ran, ask, make_account):
    job = never_ran()
    _step(*ask(make_account("indoxhub"), prompt="Something else"))
    _sweep(3)
    assert _fresh(job).state == State.UNCONFIRMED


def test_a_list_that_is_cut_off_proves_nothing(never_ran, demo):
    job, long_ago = never_ran(), timezone.now() - timedelta(days=1)
    old = [_entry(f"Old {number}", long_ago) for number in range(LIST_PAGE)]
    _listed(demo, old)
    _sweep(3)
    assert _fresh(job).state == State.UNCONFIRMED
    demo.clear_faults()
    _listed(demo, old[1:])
    _sweep(2)
    assert _fresh(job).state == State.QUEUED


@pytest.mark.parametrize("behind", [timedelta(minutes=45), timedelta(hours=5)])
def test_an_api_whose_clock_is_behind_does_not_make_a_clip_absent(behind, ran, demo):
    demo.advance(-behind.total_seconds())
    job = ran()
    _sent_ago(SETTLED)
    _sweep(3)
    assert _fresh(job).state == State.UNCONFIRMED
    assert demo.created("indoxhub") == 1


def test_an_entry_without_a_date_leaves_the_question(never_ran, demo):
    job = never_ran()
    _listed(demo, [_entry("Something else", timezone.now()) | {"created_at": ""}])
    _sweep(3)
    assert _fresh(job).state == State.UNCONFIRMED


@pytest.mark.parametrize("kind", ["server_error", "html", "reset_after", "json", "bad_key"])
def test_a_list_that_cannot_be_read_proves_nothing(kind, never_ran, demo):
    job = never_ran()
    demo.fault("indoxhub", "list", kind, times=None)
    _sweep(3)
    assert _fresh(job).state == State.UNCONFIRMED


def test_a_list_that_trips_us_up_keeps_no_bell_from_ringing(never_ran, ask, account, demo):
    never_ran()
    ask()
    _listed(demo, [_entry("Words", timezone.now()) | {"job_id": "half a character: \ud83d"}])
    assert engine.sweep().provider_ids == (account.pk,)


@pytest.mark.parametrize("slug", ["getimg", "dafty"])
def test_an_api_whose_list_tells_nothing_leaves_the_question(slug, make_job, make_account, demo):
    job = make_job(make_account(slug), state=State.UNCONFIRMED, error="Perhaps.")
    _sent_ago(SETTLED)
    _sweep(3)
    assert _fresh(job).state == State.UNCONFIRMED
    assert demo.journal(endpoint="create") == []


def test_what_is_older_than_a_day_is_not_asked_about(never_ran, demo):
    job = never_ran()
    _sent_ago(timedelta(hours=25))
    _sweep(2)
    assert _fresh(job).state == State.UNCONFIRMED
    assert demo.journal(provider="indoxhub", endpoint="list") == []
