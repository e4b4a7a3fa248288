"""One light poll for every page: the strip, the counts, and nothing when nothing changed."""

import uuid
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from studio.models import Asset, Job
from studio.services import live, timing
from tests.factories import new_member

State = Job.State


@pytest.fixture(autouse=True)
def nothing_learned():
    timing.forget()


@pytest.fixture
def generating(make_job, getimg) -> Job:
    return make_job(getimg, state=State.GENERATING, remote_id="r-1")


def poll(browser, **data):
    return browser.get("/live/", data)


def test_every_page_shows_what_is_under_way(browser, generating):
    for address in ("/queue/", "/gallery/", "/history/"):
        text = browser.get(address).content.decode()
        assert 'id="live-running"' in text
        assert 'data-mine="1"' in text


def test_what_needs_somebody_is_counted_in_the_strip(browser, make_job, getimg):
    make_job(getimg, state=State.UNCONFIRMED, error="Perhaps.")
    assert 'id="live-needs"' in browser.get("/gallery/").content.decode()


def test_a_poll_without_news_is_empty_and_cheap(browser, generating, django_assert_max_num_queries):
    shown = poll(browser).context["live_version"]
    with django_assert_max_num_queries(5):
        assert poll(browser, v=shown).status_code == 204


def test_a_page_that_does_not_know_its_version_is_told_everything(browser, generating):
    answer = poll(browser, v="", section="gallery").content.decode()
    for part in ("nav", "tabbar", "live", "live-bar"):
        assert f'id="{part}"' in answer
    assert answer.count('aria-current="page"') == 2


@pytest.mark.parametrize(
    "news",
    [
        lambda job: job.fail("No."),
        lambda job: Job.objects.update(changed_at=timezone.now() + timedelta(seconds=1)),
        lambda job: Asset.objects.create(
            kind="image",
            relative_path="x.png",
            sha256="",
            size_bytes=1,
            mime_type="image/png",
            width=1,
            height=1,
            owner=job.owner,
        ),
    ],
)
def test_the_poll_hears_of_it(browser, generating, news):
    shown = poll(browser).context["live_version"]
    news(generating)
    assert poll(browser, v=shown).status_code == 200


def test_the_soonest_end_is_told_where_the_past_knows_it(browser, make_job, getimg):
    start = timezone.now() - timedelta(days=1)
    for _ in range(5):
        done = {"state": State.FAILED, "error": "x", "accepted_at": start, "changed_at": start}
        make_job(getimg, made_at=start + timedelta(seconds=100), **done)
    long_under_way = timezone.now() - timedelta(seconds=60)
    for accepted_at in (long_under_way, timezone.now()):
        under_way = {"state": State.GENERATING, "remote_id": str(uuid.uuid4())}
        make_job(getimg, accepted_at=accepted_at, **under_way)
    assert live.strip(User.objects.get(username="mara")).left_s == pytest.approx(40, abs=2)
    assert "about 40 s left" in poll(browser).content.decode()


def test_a_member_hears_of_the_end_of_their_own_clips_alone(browser, make_job, getimg, owner):
    job = make_job(getimg, state=State.GENERATING, remote_id="r-1")
    job.fail("No.")
    jo = Client()
    jo.force_login(new_member("jo"))
    assert f'data-ended="{job.pk}:failed"' in poll(browser).content.decode()
    assert "data-ended" not in poll(jo).content.decode()


def test_a_question_is_news_too(browser, generating):
    Job.objects.update(question="Wait on?", changed_at=timezone.now())
    assert f'data-ended="{generating.pk}:asks"' in poll(browser).content.decode()


def test_a_studio_without_any_account_is_live_all_the_same(browser, db):
    shown = poll(browser).context["live_version"]
    assert poll(browser, v=shown).status_code == 204
