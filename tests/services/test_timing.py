"""How long clips take, and when a job is worth a question."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from django.utils import timezone

from studio.models import Job, Provider
from studio.providers import registry
from studio.providers.contract import Pacing
from studio.services import timing

State = Job.State
SLUGS = ["imgix", "getimg", "aiml", "dafty", "indoxhub"]
PACING = Pacing(interval_s=10, fastest_s=4, deadline_s=900, link_life_s=600)
TWENTIETHS = range(100, 201, 5)
"""So that the 5 % quantile is 105 s and the 95 % quantile 195 s."""


@pytest.fixture(autouse=True)
def true_intervals(settings) -> None:
    settings.LOOK_INTERVAL_FACTOR = 1.0


@pytest.fixture
def account(make_provider) -> Provider:
    return make_provider()


@pytest.fixture
def took(make_job, account) -> Callable[..., None]:
    """Clips that took so many seconds at the provider, one an hour, the last an hour ago."""

    def make(*seconds: float, **fields: object) -> None:
        for number, each_s in enumerate(seconds):
            accepted_at = timezone.now() - timedelta(hours=len(seconds) - number)
            made_at = accepted_at + timedelta(seconds=each_s)
            ended = {"state": State.FAILED, "error": "Not kept."}
            make_job(account, accepted_at=accepted_at, made_at=made_at, **ended, **fields)
        timing.forget()

    return make


@pytest.fixture
def waiting(make_job, account) -> Callable[..., Job]:
    """A job that was accepted so long ago."""

    def make(since_s: float = 0, **fields: object) -> Job:
        accepted_at = timezone.now() - timedelta(seconds=since_s)
        fields = {"remote_id": f"r{Job.objects.count()}", "accepted_at": accepted_at} | fields
        return make_job(account, state=State.WAITING, **fields)

    return make


def next_look_s(job: Job, pacing: Pacing = PACING) -> float:
    return timing.next_look_s(job, pacing, timezone.now())


# -- What is usual -------------------------------------------------------------------------------


def test_nothing_is_learned_from_fewer_than_five(took, waiting):
    took(60, 61, 62, 63)
    assert timing.of_job(waiting()) is None


def test_five_clips_are_enough(took, waiting):
    took(60, 61, 62, 63, 64)
    assert timing.of_job(waiting()).soonest_s >= 60


def test_the_quantiles_are_those_of_the_last_clips(took, waiting):
    took(*TWENTIETHS)
    known = timing.of_job(waiting())
    assert (known.soonest_s, known.low_s) == pytest.approx((105, 110))
    assert (known.high_s, known.latest_s) == pytest.approx((190, 195))


def test_what_was_long_ago_is_forgotten(took, waiting):
    took(*[1000] * 10, *[50] * timing.REMEMBERED)
    assert timing.of_job(waiting()).latest_s == pytest.approx(50)


def test_one_clip_that_took_far_longer_changes_little(took, waiting):
    took(*[60] * 28, 1500, 60)
    assert timing.of_job(waiting()).latest_s == pytest.approx(60)


def test_each_length_is_learned_for_itself(took, waiting):
    took(*[50] * 5, duration_s=5)
    took(*[90] * 5, duration_s=10)
    assert timing.of_job(waiting(duration_s=5)).soonest_s == pytest.approx(50)
    assert timing.of_job(waiting(duration_s=10)).soonest_s == pytest.approx(90)


def test_a_length_that_is_new_goes_by_the_model(took, waiting):
    took(*[50] * 5, duration_s=5)
    took(*[90] * 2, duration_s=10)
    known = timing.of_job(waiting(duration_s=10))
    assert (known.soonest_s, known.latest_s) == pytest.approx((50, 90))


def test_another_model_teaches_nothing(took, account):
    took(*[50] * 5)
    other = account.models.order_by("-position").first()
    assert timing.usual(other.pk, None) is None


def test_clips_that_were_never_made_teach_nothing(make_job, account, waiting):
    for _ in range(6):
        make_job(account, state=State.FAILED, error="No.")
    assert timing.of_job(waiting()) is None


# -- When to look --------------------------------------------------------------------------------


def test_the_first_look_at_something_unknown_is_after_the_advised_interval(waiting):
    assert timing.first_look_s(waiting(), PACING) == PACING.interval_s


def test_the_first_look_comes_shortly_before_the_soonest(took, waiting):
    took(*TWENTIETHS)
    assert timing.first_look_s(waiting(), PACING) == pytest.approx(0.8 * 105)


def test_a_quick_model_is_not_asked_faster_than_the_api_advises(took, waiting):
    took(*[1] * 6)
    assert timing.first_look_s(waiting(), PACING) == PACING.fastest_s


@pytest.mark.parametrize("slug", SLUGS)
def test_no_link_can_end_before_the_first_look(slug, took, waiting):
    took(*[30_000] * 6)
    pacing = registry.get(slug).pacing
    assert timing.first_look_s(waiting(), pacing) < pacing.link_life_s


def test_questions_follow_the_advised_interval_while_nothing_is_known(waiting):
    assert next_look_s(waiting(since_s=500)) == PACING.interval_s


def test_questions_are_as_close_as_advised_while_the_clip_is_expected(took, waiting):
    took(*TWENTIETHS)
    assert next_look_s(waiting(since_s=3 * 195 - 5)) == PACING.fastest_s


def test_questions_are_stretched_far_beyond_what_is_usual(took, waiting):
    took(*TWENTIETHS)
    assert next_look_s(waiting(since_s=3 * 195 + 5)) == timing.SLOW_INTERVAL_S


def test_a_job_beyond_its_deadline_is_asked_about_once_a_minute(took, waiting):
    took(*TWENTIETHS)
    overdue = waiting(since_s=300, deadline_at=timezone.now() - timedelta(seconds=1))
    assert next_look_s(overdue) == 60


def test_a_short_link_keeps_the_questions_close(waiting):
    overdue = waiting(deadline_at=timezone.now() - timedelta(seconds=1))
    assert next_look_s(overdue, replace(PACING, link_life_s=40)) == 20
    assert next_look_s(overdue, replace(PACING, link_life_s=2)) == PACING.fastest_s


@pytest.mark.parametrize("slug", SLUGS)
@pytest.mark.parametrize("factor", [0.1, 1, 20, 1000])
def test_no_link_can_live_and_die_between_two_looks(slug, factor, waiting, settings):
    settings.LOOK_INTERVAL_FACTOR = factor
    overdue = waiting(deadline_at=timezone.now() - timedelta(seconds=1))
    pacing = registry.get(slug).pacing
    assert timing.first_look_s(overdue, pacing) < pacing.link_life_s
    assert next_look_s(overdue, pacing) < pacing.link_life_s


def test_the_setting_stretches_the_questions(waiting, settings):
    settings.LOOK_INTERVAL_FACTOR = 2
    assert timing.first_look_s(waiting(), PACING) == 20
    assert next_look_s(waiting()) == 20


def test_the_deadline_counts_from_now(db):
    left_s = (timing.deadline_of(PACING) - timezone.now()).total_seconds()
    assert left_s == pytest.approx(900, abs=5)
