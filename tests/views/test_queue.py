"""The queue, and what can be done with a job."""

from decimal import Decimal

import pytest
from django.test import Client
from django.utils import timezone

from studio.models import Job, Provider


def test_a_poll_that_brings_no_news_is_empty(browser, getimg, make_job):
    make_job(getimg)
    shown = browser.get("/queue/").context["version"]
    assert browser.get("/queue/rows/", {"v": shown}).status_code == 204
    Job.objects.get().cancel("Cancelled.")
    assert browser.get("/queue/rows/", {"v": shown}).status_code == 200


def test_a_failed_job_says_why_and_offers_to_edit_it(browser, getimg, make_job):
    job = make_job(getimg)
    job.fail("The prompt was refused. Nothing was charged.")
    text = browser.get("/queue/").content.decode()
    assert "Nothing was charged." in text
    assert f"/?remix={job.pk}" in text


def test_an_unconfirmed_job_offers_three_ways_out(browser, getimg, make_job):
    job = make_job(getimg, state=Job.State.UNCONFIRMED, error="Perhaps.")
    text = browser.get("/queue/").content.decode()
    for way in ("attach", "send-again", "close"):
        assert f"/jobs/{job.pk}/{way}/" in text


def test_sending_again_asks_once_more_before_it_may_cost(browser, getimg, make_job):
    job = make_job(getimg, state=Job.State.UNCONFIRMED, error="Perhaps.")
    assert b"you pay twice" in browser.post(f"/jobs/{job.pk}/send-again/").content
    job.refresh_from_db()
    assert job.state == Job.State.UNCONFIRMED
    browser.post(f"/jobs/{job.pk}/send-again/", {"confirmed": "1"})
    job.refresh_from_db()
    assert job.state == Job.State.QUEUED


def test_an_id_found_at_the_provider_is_followed(browser, getimg, make_job):
    job = make_job(getimg, state=Job.State.UNCONFIRMED, error="Perhaps.")
    browser.post(f"/jobs/{job.pk}/attach/", {"remote_id": "r-1"})
    job.refresh_from_db()
    assert (job.state, job.remote_id) == (Job.State.WAITING, "r-1")


def test_what_cannot_be_done_is_told(browser, getimg, make_job):
    job = make_job(getimg, state=Job.State.FAILED, error="No.")
    answer = browser.post(f"/jobs/{job.pk}/cancel/", follow=True)
    assert b"already failed" in answer.content


def test_only_staff_lets_a_paused_provider_go_on(getimg, django_user_model):
    getimg.pause(Provider.Health.OUT_OF_CREDIT, "No credit.")
    member = Client()
    member.force_login(django_user_model.objects.create_user("jo"))
    assert member.post(f"/providers/{getimg.pk}/resume/").status_code == 403
    getimg.refresh_from_db()
    assert getimg.is_paused


def test_nothing_is_changed_by_a_link(browser, getimg, make_job):
    job = make_job(getimg)
    for action in ("cancel", "attach", "send-again", "close"):
        assert browser.get(f"/jobs/{job.pk}/{action}/").status_code == 405


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"state": Job.State.GENERATING, "remote_id": "r"}, "about $3.20"),
        ({"state": Job.State.UNCONFIRMED, "error": "Perhaps."}, "$3.20 may be charged"),
        ({"state": Job.State.FAILED, "error": "No."}, "No charge reported"),
        (
            {"state": Job.State.FAILED, "error": "No.", "cost_charged": Decimal("3.2")},
            "$3.20 charged",
        ),
        ({"state": Job.State.QUEUED}, "about $3.20"),
    ],
)
def test_money_stands_with_what_is_known_of_it(browser, getimg, make_job, fields, words):
    cost = {"cost_estimated": Decimal("3.2"), "cost_currency": "USD"}
    finished = {"finished_at": timezone.now()} if fields["state"] == Job.State.FAILED else {}
    job = make_job(getimg, **cost, **finished, **fields)
    cell = browser.get(f"/jobs/{job.pk}/").content.decode().partition("<dt>Cost</dt>")[2]
    assert words in cell.partition("</dd>")[0]


def test_a_clip_cancelled_before_it_was_sent_cost_nothing(browser, getimg, make_job):
    job = make_job(getimg, cost_estimated=Decimal("3.2"), cost_currency="USD")
    job.cancel("Cancelled.")
    assert b"Not charged" in browser.get(f"/jobs/{job.pk}/").content
