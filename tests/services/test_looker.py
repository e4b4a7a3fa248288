"""The loop of looks as it runs in the worker: its own thread, real connections, a real database."""

import itertools
import time
import uuid
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import OperationalError, connection
from django.utils import timezone

from studio.models import Job, Provider
from studio.services import engine, wishes
from studio.services.engine import Looker, Moved, booking

pytestmark = pytest.mark.django_db(transaction=True)
State = Job.State
SLUGS = ["imgix", "getimg", "aiml", "dafty", "indoxhub"]
LONGEST_S = 60.0
UNTOUCHED = ("next_look_at", "lease_token", "lease_until")
"""What a quiet look may write."""


@pytest.fixture
def told() -> list[Moved]:
    """What the loop has told so far."""
    return []


@pytest.fixture
def looker(told) -> Iterator[Looker]:
    loop = Looker(told.append)
    yield loop
    loop.stop()


@pytest.fixture
def sent(owner, make_account, make_image, demo) -> Callable[..., Job]:
    """A job that its provider has accepted; it takes `generating_s` there."""
    accounts: dict[str, Provider] = {}

    def make(slug: str = "getimg", generating_s: float = 0.05) -> Job:
        demo.settings(generating_s=generating_s)
        account = accounts.setdefault(slug, make_account(slug, concurrent_jobs=1000))
        model = account.models.order_by("position").first()
        inputs = tuple((role, make_image()) for role in model.capabilities.needed_inputs)
        wish = wishes.Wish(provider_model=model, prompt=f"Take {uuid.uuid4()}", inputs=inputs)
        job = wishes.create(wish, owner)[0]
        engine.step(job.pk)
        job.refresh_from_db()
        assert job.state == State.WAITING, job.error
        return job

    return make


@pytest.fixture
def make_account(make_account) -> Callable[..., Provider]:
    """An account with limits of its own."""

    def make(slug: str, **limits: int) -> Provider:
        account = make_account(slug)
        Provider.objects.filter(pk=account.pk).update(creates_per_minute=1000, **limits)
        return Provider.objects.get(pk=account.pk)

    return make


@pytest.fixture
def at_provider(make_job, make_account) -> Callable[..., list[Job]]:
    """Rows of clips that their provider has never heard of."""

    def make(slug: str, count: int) -> list[Job]:
        account = make_account(slug)
        states = {"state": State.WAITING, "deadline_at": timezone.now() + timedelta(hours=1)}
        return [make_job(account, remote_id=uuid.uuid4().hex, **states) for _ in range(count)]

    return make


def wait_for(condition: Callable[[], Any]) -> None:
    give_up_at = time.monotonic() + LONGEST_S
    while not condition():
        assert time.monotonic() < give_up_at, "It never came."
        time.sleep(0.05)


def now_in(state: str, *jobs: Job) -> Callable[[], bool]:
    """Whether all of these jobs are in this state."""
    keys = [job.pk for job in jobs]
    return lambda: Job.objects.filter(pk__in=keys, state=state).count() == len(keys)


def polls(demo, slug: str = "getimg") -> list[dict[str, Any]]:
    return demo.journal(provider=slug, endpoint="poll")


def longest_pause_s(demo, slug: str = "getimg") -> float:
    """The longest time for which this provider was not asked between two questions."""
    moments = [entry["at"] for entry in polls(demo, slug)]
    return max(after - before for before, after in itertools.pairwise(moments))


def columns(job: Job) -> dict[str, Any]:
    """All that a quiet look has to leave alone."""
    row = Job.objects.filter(pk=job.pk).values().get()
    return {name: value for name, value in row.items() if name not in UNTOUCHED}


# -- Following ---------------------------------------------------------------------------------


def test_clips_of_all_apis_are_followed_until_they_can_be_fetched(looker, told, sent):
    made = [sent(slug) for slug in SLUGS]
    looker.start()
    wait_for(now_in(State.FETCHING, *made))
    wait_for(lambda: sum(moved.made for moved in told) == len(made))
    assert set().union(*(moved.freed for moved in told)) == {job.provider_id for job in made}


def test_an_answer_without_news_changes_nothing_but_the_next_look(looker, sent, demo):
    job = sent(generating_s=3600)
    looker.start()
    wait_for(now_in(State.GENERATING, job))
    job.refresh_from_db()
    before, events, moment = columns(job), job.events.count(), job.next_look_at
    asked = len(polls(demo))
    wait_for(lambda: len(polls(demo)) >= asked + 3)
    job.refresh_from_db()
    assert columns(job) == before
    assert job.events.count() == events
    assert job.next_look_at > moment


def test_progress_is_seen_on_the_page(looker, sent, demo):
    job = sent("indoxhub", generating_s=100)
    looker.start()
    demo.advance(40)
    wait_for(now_in(State.GENERATING, job))
    job.refresh_from_db()
    shown, changed_at = job.progress_percent, job.changed_at
    demo.advance(30)
    wait_for(lambda: Job.objects.get(pk=job.pk).progress_percent != shown)
    assert Job.objects.get(pk=job.pk).changed_at > changed_at


def test_an_answer_that_is_held_back_holds_up_no_other(looker, sent, demo):
    held = sent("dafty", generating_s=3600)
    quick = [sent() for _ in range(3)]
    looker.start()
    wait_for(lambda: looker.figures.looks)
    wait_for(now_in(State.FETCHING, *quick))
    assert now_in(State.WAITING, held)()
    demo.advance(3600)
    wait_for(now_in(State.FETCHING, held))
    assert "wait=true" in polls(demo, "dafty")[0]["path"]


def test_the_questions_of_a_minute_are_kept(looker, at_provider, demo):
    at_provider("dafty", 150)
    looker.start()
    wait_for(lambda: len(polls(demo, "dafty")) >= 120)
    time.sleep(1.0)
    assert len(polls(demo, "dafty")) == 120


def test_a_job_whose_worker_died_is_taken_up(looker, sent):
    job = sent()
    ended = timezone.now() - timedelta(seconds=1)
    Job.objects.filter(pk=job.pk).update(lease_token=uuid.uuid4(), lease_until=ended)
    looker.start()
    wait_for(now_in(State.FETCHING, job))


def test_a_job_that_another_holds_is_left_alone(looker, sent, demo):
    mine, theirs = sent(), sent()
    until = timezone.now() + timedelta(hours=1)
    Job.objects.filter(pk=theirs.pk).update(lease_token=uuid.uuid4(), lease_until=until)
    looker.start()
    wait_for(now_in(State.FETCHING, mine))
    assert all(theirs.remote_id not in entry["path"] for entry in polls(demo))


# -- Trouble -----------------------------------------------------------------------------------


def test_a_provider_that_is_down_is_left_alone_and_comes_back(looker, sent, demo, settings):
    settings.LOOK_INTERVAL_FACTOR = 0.05
    made = [sent() for _ in range(12)]
    demo.fault("getimg", "poll", "server_error", times=None)
    looker.start()
    wait_for(lambda: len(polls(demo)) > len(made))
    assert longest_pause_s(demo) > 2
    assert Provider.objects.get(pk=made[0].provider_id).health == Provider.Health.UNREACHABLE
    demo.clear_faults()
    wait_for(now_in(State.FETCHING, *made))
    assert Provider.objects.get(pk=made[0].provider_id).health == Provider.Health.WELL


def test_a_busy_provider_is_asked_again_when_it_says_and_others_meanwhile(looker, sent, demo):
    busy = [sent(generating_s=3600) for _ in range(3)]
    demo.fault("getimg", "poll", "rate_limit", times=1, retry_after_s=3)
    other = sent("imgix", generating_s=3600)
    looker.start()
    wait_for(lambda: polls(demo)[-1]["at"] > polls(demo)[0]["at"] + 3 if polls(demo) else False)
    assert longest_pause_s(demo) > 2.5
    assert longest_pause_s(demo, "imgix") < longest_pause_s(demo)
    assert Job.objects.worked_on().count() == len([*busy, other])


@pytest.mark.parametrize("kind", ["malformed_json", "html", "json", "empty"])
def test_an_answer_that_cannot_be_read_keeps_the_job_with_a_note(kind, looker, sent, demo):
    job = sent()
    demo.fault("getimg", "poll", kind, times=None)
    looker.start()
    wait_for(lambda: Job.objects.get(pk=job.pk).error)
    assert now_in(State.WAITING, job)()
    demo.clear_faults()
    wait_for(now_in(State.FETCHING, job))
    assert Job.objects.get(pk=job.pk).error == ""


def test_a_job_that_is_denied_three_times_in_a_row_ends_with_honest_words(looker, sent, demo):
    job = sent(generating_s=3600)
    demo.fault("getimg", "poll", "expired", times=None)
    looker.start()
    wait_for(now_in(State.FAILED, job))
    assert len(polls(demo)) == 3
    assert "It may have been charged" in Job.objects.get(pk=job.pk).error


def test_an_answer_that_trips_us_does_not_undo_the_others(looker, sent, monkeypatch):
    bad, *good = (sent() for _ in range(4))
    hear = booking.look.hear

    def trip(job: Job, *rest: Any) -> None:
        if job.pk == bad.pk:
            raise ZeroDivisionError
        hear(job, *rest)

    monkeypatch.setattr(booking.look, "hear", trip)
    looker.start()
    wait_for(now_in(State.FETCHING, *good))
    assert now_in(State.WAITING, bad)()


@pytest.mark.parametrize("visit", ["claim", "book"])
def test_a_database_that_is_away_for_a_moment_does_not_end_the_loop(
    visit, looker, sent, monkeypatch, settings
):
    settings.LEASE_S = 4.0
    job = sent()
    troubles = [OperationalError("database is locked")] * 3
    real = getattr(booking.Desk, visit)

    def fail_at_first(*args: Any, **kwargs: Any) -> Any:
        if troubles:
            connection.close()
            raise troubles.pop()
        return real(*args, **kwargs)

    monkeypatch.setattr(booking.Desk, visit, fail_at_first)
    looker.start()
    wait_for(now_in(State.FETCHING, job))
    assert troubles == []


def test_who_has_lost_a_job_meanwhile_changes_nothing(looker, sent, demo):
    job = sent(generating_s=0.05)
    demo.fault("getimg", "poll", "slow", times=1, delay_s=2)
    looker.start()
    wait_for(lambda: polls(demo))
    taken = {"lease_token": uuid.uuid4(), "lease_until": timezone.now() + timedelta(hours=1)}
    Job.objects.filter(pk=job.pk).update(**taken)
    before = Job.objects.filter(pk=job.pk).values().get()
    wait_for(lambda: "ms" in polls(demo)[0])
    time.sleep(0.3)
    looker.stop()
    assert Job.objects.filter(pk=job.pk).values().get() == before
    assert job.events.filter(to_state=State.FETCHING).count() == 0


# -- Bells and the end -------------------------------------------------------------------------


@pytest.mark.parametrize("state", [State.QUEUED, State.SUBMITTING, State.FETCHING])
def test_a_bell_that_was_lost_is_rung_again(state, looker, told, make_job, settings):
    settings.LEASE_S = 4.0
    job = make_job(state=state, next_look_at=timezone.now() - timedelta(seconds=2))
    looker.start()
    wait_for(lambda: any(told))
    is_made = state == State.FETCHING
    freed = set() if is_made else {job.provider_id}
    assert next(moved for moved in told if moved) == Moved(int(is_made), freed)


def test_no_bell_is_rung_for_a_job_that_is_held_or_not_due(looker, told, make_job, settings):
    settings.LEASE_S = 4.0
    make_job(next_look_at=timezone.now() + timedelta(hours=1))
    until = timezone.now() + timedelta(hours=1)
    make_job(state=State.SUBMITTING, lease_token=uuid.uuid4(), lease_until=until)
    looker.start()
    time.sleep(1.5)
    assert not any(told)


def test_the_loop_ends_soon_and_leaves_nothing_held(looker, sent):
    for slug in ("dafty", "getimg"):
        sent(slug, generating_s=3600)
    looker.start()
    wait_for(lambda: Job.objects.filter(lease_token__isnull=False).exists())
    began = time.monotonic()
    looker.stop()
    assert time.monotonic() - began < 8
    assert not Job.objects.filter(lease_token__isnull=False).exists()


def test_what_was_heard_before_the_end_is_written(looker, sent, demo):
    job = sent()
    looker.start()
    wait_for(lambda: any("ms" in entry for entry in polls(demo)))
    time.sleep(0.05)
    looker.stop()
    job.refresh_from_db()
    assert job.lease_token is None
    assert job.state != State.WAITING
