"""Whose turn it is: limits are kept before an API refuses, and nobody waits for one member."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.db.models import F
from django.utils import timezone

from studio.models import Job, JobEvent, Provider
from studio.models.provider import BREAK_AFTER
from studio.services import engine, providers, wishes
from studio.services.engine import killpoints, turns
from studio.services.engine.killpoints import KillPoint
from tests.demo.harness import DemoServer
from tests.factories import new_member

State = Job.State
PLENTY = 1000


@pytest.fixture
def ask(owner, make_image) -> Callable[..., list[Job]]:
    """So many queued jobs of one member at this account."""

    def make(account: Provider, count: int = 1, member: User = owner) -> list[Job]:
        model = account.models.order_by("position").first()
        inputs = tuple((role, make_image()) for role in model.capabilities.needed_inputs)
        wish = {"provider_model": model, "prompt": "Mist over a lake", "inputs": inputs}
        return [wishes.create(wishes.Wish(**wish), member)[0] for _ in range(count)]

    return make


@pytest.fixture
def unlimited(make_account) -> Provider:
    return _limited(make_account(), creates_per_minute=PLENTY, concurrent_jobs=PLENTY)


@pytest.fixture(scope="module")
def strict_process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DemoServer]:
    with DemoServer(tmp_path_factory.mktemp("strict"), has_limits=True) as server:
        yield server


@pytest.fixture
def strict(strict_process: DemoServer) -> DemoServer:
    """A demo provider that refuses what is over its limits."""
    strict_process.reset()
    return strict_process


def _limited(account: Provider, **limits: int) -> Provider:
    Provider.objects.filter(pk=account.pk).update(**limits)
    return Provider.objects.get(pk=account.pk)


def _fresh(account: Provider) -> Provider:
    return Provider.objects.get(pk=account.pk)


def _pass_time(seconds: float) -> None:
    """So long ago was what has been, for us."""
    ago = timedelta(seconds=seconds)
    Job.objects.filter(sent_at__isnull=False).update(sent_at=F("sent_at") - ago)
    JobEvent.objects.update(at=F("at") - ago)
    Job.objects.update(next_look_at=timezone.now())


def _at_once(work: Callable[[], object], times: int) -> None:
    """The same work in so many threads, each with a connection of its own."""

    def run() -> None:
        try:
            work()
        finally:
            connection.close()

    with ThreadPoolExecutor(times) as pool:
        for done in [pool.submit(run) for _ in range(times)]:
            done.result()


# -- An API's limits -----------------------------------------------------------------------------


def _follow_all() -> None:
    for job in Job.objects.filter(state__in=[State.WAITING, State.GENERATING]):
        engine.step(job.pk)


@pytest.mark.parametrize(
    ("slug", "limits"),
    [
        ("dafty", {"concurrent_jobs": 3}),
        ("indoxhub", {}),
        ("getimg", {"creates_per_minute": 10}),
    ],
)
def test_twelve_jobs_go_through_a_strict_api_without_one_refusal(
    slug, limits, strict, make_provider, ask
):
    account = _limited(make_provider(slug, base_url=strict.base_url(slug)), **limits)
    ask(account, 12)
    while Job.objects.filter(state=State.QUEUED).exists():
        sent = len(strict.journal(provider=slug, endpoint="create"))
        engine.send_next(account.pk)
        if len(strict.journal(provider=slug, endpoint="create")) == sent:
            strict.advance(61)
            _pass_time(61)
            _follow_all()
    assert strict.created(slug) == 12
    assert strict.journal(provider=slug, status=429) == []


def test_a_repeated_send_counts_as_one_of_the_minute(make_account, ask, demo):
    account = _limited(make_account("dafty"), creates_per_minute=3)
    first, second = ask(account, 2)
    demo.fault("dafty", "create", "reset_after", times=2)
    for _ in range(3):
        Job.objects.filter(pk=first.pk).update(next_look_at=timezone.now())
        engine.step(first.pk)
    engine.step(second.pk)
    assert len(demo.journal(provider="dafty", endpoint="create")) == 3
    assert turns.next_place(account, timezone.now()) > timezone.now() + timedelta(seconds=50)


def test_a_place_in_the_minute_is_free_when_the_oldest_send_is_a_minute_old(unlimited, make_job):
    account, now = _limited(unlimited, creates_per_minute=2), timezone.now()
    for age_s in (50, 30, 10):
        at = now - timedelta(seconds=age_s)
        make_job(account, state=State.READY if age_s < 0 else State.FAILED, error="No.", sent_at=at)
    assert turns.next_place(account, now) == now + timedelta(seconds=30)
    assert turns.next_place(account, now + timedelta(seconds=30)) is None


@pytest.mark.parametrize("state", [State.SUBMITTING, State.WAITING, State.GENERATING])
def test_what_is_at_the_provider_takes_a_place(state, unlimited, make_job):
    account, now = _limited(unlimited, concurrent_jobs=1), timezone.now()
    make_job(account, state=state, remote_id="r1", sent_at=now - timedelta(hours=1))
    assert turns.next_place(account, now) == now + turns.FULL_FOR


@pytest.mark.parametrize("state", [State.FETCHING, State.FAILED, State.UNCONFIRMED, State.QUEUED])
def test_what_has_left_the_provider_takes_none(state, unlimited, make_job):
    account = _limited(unlimited, concurrent_jobs=1)
    make_job(account, state=state, remote_id="r1", error="No.")
    assert turns.next_place(account, timezone.now()) is None


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("limit", ["creates_per_minute", "concurrent_jobs"])
def test_many_workers_cannot_take_the_last_place_twice(limit, make_account, ask, demo):
    account = _limited(make_account("indoxhub"), **{limit: 1})
    ask(account, 6)
    _at_once(lambda: engine.send_next(account.pk), 6)
    assert len(demo.journal(provider="indoxhub", endpoint="create")) == 1
    assert Job.objects.filter(state=State.QUEUED).count() == 5


# -- Busy, paused, down --------------------------------------------------------------------------


def test_what_one_job_is_told_about_waiting_holds_for_its_provider_only(make_account, ask, demo):
    busy, other = make_account(), make_account("aiml")
    ask(busy, 2), ask(other)
    demo.fault("getimg", "create", "rate_limit", retry_after_s=300)
    for account in (busy, busy, other):
        engine.send_next(account.pk)
    assert len(demo.journal(provider="getimg", endpoint="create")) == 1
    assert demo.created("aiml") == 1
    waits_s = (turns.wanted_again_at(_fresh(busy), timezone.now()) - timezone.now()).total_seconds()
    assert 290 < waits_s <= 300


def test_a_shorter_wait_does_not_end_a_longer_one(unlimited):
    now = timezone.now()
    unlimited.hold_sends(now + timedelta(seconds=300))
    unlimited.hold_sends(now + timedelta(seconds=5))
    assert turns.next_place(_fresh(unlimited), now) == now + timedelta(seconds=300)


@pytest.mark.parametrize("kind", ["no_credit", "bad_key"])
def test_a_pause_holds_one_provider_until_a_person_lets_it_go_on(kind, make_account, ask, demo):
    paused, other = make_account(), make_account("aiml")
    ask(paused, 2), ask(other)
    demo.fault("getimg", "create", kind)
    for account in (paused, paused, other):
        engine.send_next(account.pk)
    assert (demo.created("getimg"), demo.created("aiml")) == (0, 1)
    providers.resume(_fresh(paused))
    for _ in range(2):
        engine.send_next(paused.pk)
    assert demo.created("getimg") == 2


def test_a_provider_that_is_switched_off_sends_nothing(unlimited, ask, demo):
    ask(unlimited)
    _limited(unlimited, is_enabled=False)
    engine.send_next(unlimited.pk)
    assert demo.journal(provider="getimg") == []


def test_three_faults_in_a_row_make_an_api_rest_for_longer_and_longer(unlimited, ask, demo):
    ask(unlimited, 5)
    demo.fault("getimg", "create", "reset_before", times=None)
    rests_s = []
    for _ in range(5):
        engine.send_next(unlimited.pk)
        held_until = _fresh(unlimited).sends_held_until
        rests_s.append((held_until - timezone.now()).total_seconds() if held_until else 0)
        _limited(unlimited, sends_held_until=None)
    assert [round(rest_s, -1) for rest_s in rests_s] == [0, 0, 10, 30, 60]


def test_an_api_that_was_down_is_tried_with_one_job_at_a_time(unlimited, make_job):
    now = timezone.now()
    for _ in range(BREAK_AFTER):
        unlimited.note_fault("No answer.")
    assert turns.next_place(unlimited, now) is None
    make_job(unlimited, state=State.SUBMITTING)
    assert turns.next_place(unlimited, now) == now + turns.FULL_FOR


def test_an_answer_ends_the_rest(unlimited, ask, demo):
    for _ in range(BREAK_AFTER):
        unlimited.note_fault("No answer.")
    ask(unlimited)
    engine.send_next(unlimited.pk)
    account = _fresh(unlimited)
    assert (account.faults_in_a_row, account.sends_held_until) == (0, None)
    assert account.health == Provider.Health.WELL


def test_a_fault_between_answers_makes_no_row(unlimited, ask, demo):
    ask(unlimited, 5)
    demo.fault("getimg", "create", "server_error", times=1)
    demo.fault("getimg", "create", "reset_before", times=2, after=1)
    for _ in range(5):
        engine.send_next(unlimited.pk)
    assert demo.created("getimg") == 2
    assert _fresh(unlimited).sends_held_until is None


# -- Members in turn -----------------------------------------------------------------------------


def test_a_member_with_two_jobs_does_not_wait_for_one_with_twenty(unlimited, ask, owner):
    other = new_member("noor")
    ask(unlimited, 20, owner), ask(unlimited, 2, other)
    for _ in range(6):
        engine.send_next(unlimited.pk)
    sent = Job.objects.filter(sent_at__isnull=False).order_by("sent_at")
    assert [job.owner for job in sent] == [owner, other, owner, other, owner, owner]


def test_the_oldest_job_of_a_member_is_first(unlimited, ask):
    first, *_ = ask(unlimited, 3)
    assert turns.next_to_send(unlimited, timezone.now()) == first


def test_a_send_that_broke_off_is_settled_before_anything_is_sent(unlimited, ask, make_job):
    ask(unlimited)
    broken = make_job(unlimited, state=State.SUBMITTING)
    assert turns.next_to_send(unlimited, timezone.now()) == broken


def test_a_job_that_was_set_aside_is_passed_over(unlimited, ask):
    aside, next_one = ask(unlimited, 2)
    aside.ask_person("Go on?", lease=aside.claim(for_s=0), sets_aside=True)
    assert turns.next_to_send(unlimited, timezone.now()) == next_one


# -- Bells ---------------------------------------------------------------------------------------


def test_a_queue_with_a_place_wants_its_bell_at_once(unlimited, ask):
    ask(unlimited)
    assert turns.wanted_again_at(unlimited, timezone.now()) <= timezone.now()


def test_an_empty_queue_wants_no_bell(unlimited):
    assert turns.wanted_again_at(unlimited, timezone.now()) is None


def test_a_bell_for_one_moment_is_taken_once(unlimited):
    soon = timezone.now() + timedelta(seconds=30)
    assert unlimited.take_bell(soon)
    assert not unlimited.take_bell(soon)
    assert not unlimited.take_bell(soon + timedelta(seconds=5))


def test_an_earlier_bell_is_rung_all_the_same(unlimited):
    soon = timezone.now() + timedelta(seconds=30)
    assert unlimited.take_bell(soon)
    assert unlimited.take_bell(soon - timedelta(seconds=20))


def test_a_bell_whose_moment_has_passed_counts_no_more(unlimited):
    assert unlimited.take_bell(timezone.now() - timedelta(seconds=1))
    assert unlimited.take_bell(timezone.now() + timedelta(seconds=30))


@pytest.mark.django_db(transaction=True)
def test_many_callers_leave_one_bell(unlimited):
    soon, taken = timezone.now() + timedelta(seconds=30), []
    _at_once(lambda: taken.append(_fresh(unlimited).take_bell(soon)), 6)
    assert sorted(taken) == [False] * 5 + [True]


# -- Fetches -------------------------------------------------------------------------------------


@pytest.fixture
def made(make_job, unlimited) -> Callable[..., Job]:
    """A made clip whose link ends in so many minutes; None: the API does not say."""

    def make(minutes: float | None, **fields: object) -> Job:
        now = timezone.now()
        ends_at = None if minutes is None else now + timedelta(minutes=minutes)
        number = Job.objects.count()
        fields = {"remote_id": f"r{number}", "made_at": now} | fields
        return make_job(unlimited, state=State.FETCHING, video_expires_at=ends_at, **fields)

    return make


def test_the_clip_whose_link_ends_first_is_fetched_first(made):
    made(30), made(90)
    first = made(5)
    assert turns.next_to_fetch(timezone.now()) == first


def test_a_link_without_an_end_is_taken_to_live_for_an_hour(made):
    made(61)
    unsaid = made(None)
    assert turns.next_to_fetch(timezone.now()) == unsaid
    soon = made(59)
    assert turns.next_to_fetch(timezone.now()) == soon


def test_no_more_is_fetched_at_once_than_may_be(made, settings):
    settings.FETCHES_AT_ONCE = 2
    waiting = made(30)
    held = [made(minutes) for minutes in (5, 6)]
    leases = [job.claim(for_s=60) for job in held]
    assert turns.next_to_fetch(timezone.now()) is None
    held[0].release(leases[0], next_look_at=timezone.now() + timedelta(hours=1))
    assert turns.next_to_fetch(timezone.now()) == waiting


def test_a_fetch_whose_worker_died_takes_no_place(made, settings):
    settings.FETCHES_AT_ONCE = 1
    dead = made(5)
    dead.claim(for_s=-1)
    assert turns.next_to_fetch(timezone.now()) == dead


@pytest.mark.django_db(transaction=True)
def test_many_workers_fetch_no_more_at_once_than_may_be(unlimited, ask, drive, settings, demo):
    settings.FETCHES_AT_ONCE = 2
    for job in ask(unlimited, 6):
        drive(job, until=lambda job: job.state == State.FETCHING)
    seen: list[int] = []

    def count(point: KillPoint, job_id: int) -> bool:
        if point is KillPoint.CLAIMED and len(seen) < PLENTY:
            held = Job.objects.filter(state=State.FETCHING, lease_until__gt=timezone.now())
            seen.append(held.count())
        return False

    killpoints.plan(count)
    _at_once(engine.fetch_next, 6)
    highest, seen[:] = max(seen), [0] * PLENTY
    assert highest <= 2
    assert Job.objects.filter(state=State.READY).exists()


def test_a_fetch_that_was_put_off_wants_its_bell_then(made):
    later = timezone.now() + timedelta(seconds=40)
    made(30, next_look_at=later)
    assert turns.fetch_wanted_again_at() == later
