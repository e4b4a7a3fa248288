"""What is learned of how long clips take."""

from datetime import timedelta

import pytest
from django.utils import timezone

from studio.models import Job
from studio.services import timing

pytestmark = pytest.mark.django_db


@pytest.fixture
def make_made(make_job, make_provider):
    """Clips of one model that were accepted `ago_s` before now and took `took_s`."""
    provider = make_provider()

    def make(ago_s: float, took_s: float) -> Job:
        accepted_at = timezone.now() - timedelta(seconds=ago_s)
        made_at = accepted_at + timedelta(seconds=took_s)
        return make_job(
            provider, state="failed", error="No.", accepted_at=accepted_at, made_at=made_at
        )

    return make


def test_few_clips_teach_nothing(make_made):
    jobs = [make_made(1000, 60) for _ in range(timing.ENOUGH - 1)]
    timing.forget()
    assert timing.of_job(jobs[0]) is None


def test_many_clips_sent_at_once_are_not_known_by_the_slow_ones_alone(make_made):
    jobs = [make_made(1000 + number % 7, 40 + number) for number in range(100)]
    timing.forget()
    known = timing.of_job(jobs[0])
    assert known is not None
    assert known.soonest_s < 60
    assert known.latest_s > 120


def test_clips_sent_one_after_the_other_count_from_the_last(make_made):
    jobs = [make_made(4000 - 20 * number, 60 if number > 100 else 300) for number in range(190)]
    timing.forget()
    known = timing.of_job(jobs[0])
    assert known is not None
    assert known.latest_s == pytest.approx(60)
