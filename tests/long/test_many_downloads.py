"""Three hundred downloads over the five protocols, through every fault there is."""

import pytest

from studio.models import Job
from tests import bad_weather

pytestmark = [pytest.mark.long, pytest.mark.timeout(900)]


@pytest.mark.parametrize("seed", [1])
def test_three_hundred_downloads_come_home_whole_or_say_why_not(
    seed, make_account, make_image, owner, demo
):
    weather = bad_weather.Weather(demo, owner, make_account, make_image, longest_s=850)
    weather.download(300, seed=seed)
    weather.check()
    assert len(weather.kinds_met) >= 18
    assert weather.count(Job.State.READY) >= 285
