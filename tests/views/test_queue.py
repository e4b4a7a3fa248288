"""The queue, and what can be done with a job."""

import uuid
from decimal import Decimal

import pytest
from django.test import Client
from django.utils import timezone

from studio.models import Job, Provider
from tests.factories import new_member


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
    member.force_login(new_member("jo"))
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


# -- Before it is sent ---------------------------------------------------------------------------


@pytest.fixture
def queued(make_job, getimg) -> Job:
    model = getimg.models.order_by("position").first()
    job = make_job(getimg, duration_s=5, aspect_ratio="16:9")
    Job.objects.filter(pk=job.pk).update(provider_model=model)
    return Job.objects.get(pk=job.pk)


def act(browser, way: str, *jobs: Job, **fields: str):
    data = {"do": way, "job": [job.pk for job in jobs]} | fields
    return browser.post("/queue/do/", data, follow=True)


def test_a_clip_is_held_and_let_go_on(browser, queued):
    assert "Held. It is not sent until" in act(browser, "hold", queued).content.decode()
    text = browser.get("/queue/").content.decode()
    assert "Held or for later · 1" in text
    assert "Let it go on</button>" in text
    act(browser, "let_go", queued)
    assert "Waiting their turn · 1" in browser.get("/queue/").content.decode()


def test_a_clip_is_sent_tonight_and_now_after_all(browser, queued):
    act(browser, "tonight", queued)
    assert "To be sent " in browser.get("/queue/").content.decode()
    act(browser, "now", queued)
    queued.refresh_from_db()
    assert queued.not_before is None


def test_a_time_is_chosen_on_a_page_of_its_own(browser, queued):
    address = f"/jobs/{queued.pk}/later/"
    assert b'type="datetime-local"' in browser.get(address).content
    browser.post(address, {"at": "2099-05-31T02:00"})
    answer = browser.post(address, {"at": "2020-05-31T02:00"})
    assert answer.status_code == 422
    assert "That time is past." in answer.content.decode()
    assert 'value="2020-05-31T02:00"' in answer.content.decode()
    queued.refresh_from_db()
    assert queued.not_before is None


@pytest.mark.parametrize("odd", ["", "x", "2026-02-31T02:00", "99999-01-01T00:00"])
def test_a_time_that_is_none_is_told_at_its_field(browser, queued, odd):
    answer = browser.post(f"/jobs/{queued.pk}/later/", {"at": odd})
    assert answer.status_code == 422
    assert b"field-error" in answer.content


def edited(browser, job: Job, **fields: str):
    form = {"prompt": job.prompt, "duration_s": job.duration_s, "aspect_ratio": job.aspect_ratio}
    return browser.post(f"/jobs/{job.pk}/edit/", form | {"next": "/queue/?mine=1"} | fields)


def test_a_queued_clip_is_edited_and_the_way_leads_back(browser, queued):
    assert queued.prompt.encode() in browser.get(f"/jobs/{queued.pk}/edit/").content
    answer = edited(browser, queued, prompt="Fog over a fjord")
    assert answer.headers["Location"] == "/queue/?mine=1"
    queued.refresh_from_db()
    assert queued.prompt == "Fog over a fjord"


def test_what_is_wrong_is_told_at_its_field_with_nothing_lost(browser, queued):
    answer = edited(browser, queued, prompt="A fine sentence", duration_s="99")
    assert answer.status_code == 422
    assert "does not offer “99”" in answer.content.decode()
    assert "A fine sentence" in answer.content.decode()


def test_what_was_typed_too_late_still_stands_there(browser, queued):
    queued.claim(for_s=60)
    answer = edited(browser, queued, prompt="Typed too late")
    assert answer.status_code == 422
    assert "It is being sent at this moment." in answer.content.decode()
    assert "Typed too late" in answer.content.decode()
    queued.refresh_from_db()
    assert queued.prompt != "Typed too late"


def test_a_clip_is_put_before_another(browser, make_job, getimg):
    first, second = make_job(getimg), make_job(getimg)
    browser.post(f"/jobs/{second.pk}/place/", {"before": first.pk})
    waiting = browser.get("/queue/").context["groups"][2]
    assert [job.pk for job in waiting.jobs] == [second.pk, first.pk]


def test_moving_what_was_sent_meanwhile_is_told(browser, queued):
    queued.claim(for_s=60)
    answer = browser.post(f"/jobs/{queued.pk}/place/", {"before": ""}, follow=True)
    assert b"It is being sent at this moment." in answer.content


# -- Several at once -----------------------------------------------------------------------------


def test_several_are_cancelled_with_one_sentence(browser, make_job, getimg):
    queued = [make_job(getimg) for _ in range(3)]
    sent = make_job(getimg, state=Job.State.SUBMITTING)
    text = act(browser, "cancel", *queued, sent).content.decode()
    assert "3 clips cancelled. 1 could not be changed: This clip is sending right now" in text


@pytest.mark.parametrize(("way", "chosen"), [("hold", False), ("explode", True), ("", True)])
def test_a_press_without_sense_changes_nothing(browser, queued, way, chosen):
    text = act(browser, way, *([queued] if chosen else [])).content.decode()
    assert "Choose clips first. Nothing was changed." in text


def test_sending_several_again_is_asked_once_more_with_its_price(browser, make_job, getimg):
    ended = {"state": Job.State.FAILED, "error": "No.", "finished_at": timezone.now()}
    cost = {"cost_estimated": Decimal("3.2"), "cost_currency": "USD"}
    failed = [make_job(getimg, **ended, **cost) for _ in range(2)]
    asked = act(browser, "again", *failed).content.decode()
    assert "$6.40" in asked
    assert Job.objects.count() == 2
    act(browser, "again", *failed, confirmed="1")
    act(browser, "again", *failed, confirmed="1")
    assert Job.objects.count() == 4


def test_a_failed_clip_that_was_sent_again_needs_nobody_any_more(browser, queued):
    queued.fail("The prompt was refused. Nothing was charged.")
    assert "Needs you · 1" in browser.get("/queue/").content.decode()
    act(browser, "again", queued)
    assert "Needs you" not in browser.get("/queue/").content.decode()


# -- Whose, and how many -------------------------------------------------------------------------


def test_the_queue_can_show_my_own_clips_alone(browser, make_job, getimg, django_user_model):
    make_job(getimg, prompt="Mine")
    theirs = make_job(getimg, prompt="Theirs")
    Job.objects.filter(pk=theirs.pk).update(owner=new_member("jo"))
    text = browser.get("/queue/?mine=1").content.decode()
    assert "Mine" in text
    assert "Theirs" not in text
    assert 'data-live="/queue/rows/?mine=1"' in text


def test_thousands_in_the_queue_cost_a_bounded_number_of_queries(
    browser, make_job, getimg, django_assert_max_num_queries
):
    one = make_job(getimg)
    fields = {name: getattr(one, name) for name in ("owner", "provider", "provider_model")}
    Job.objects.bulk_create(
        Job(prompt=f"Clip {number}", batch=uuid.uuid4(), **fields) for number in range(2000)
    )
    with django_assert_max_num_queries(45):
        text = browser.get("/queue/").content.decode()
    assert "Waiting their turn · 2001" in text
    assert "and 1951 more" in text


def test_what_a_worker_has_in_its_hands_for_a_moment_is_offered_as_before(browser, make_job):
    """No poll tells of the end of that moment; whoever presses within it is told."""
    job = make_job(prompt="Looked at")
    assert job.claim(for_s=60)
    page = browser.get("/queue/").content.decode()
    assert 'value="hold"' in page[page.index(f'id="job-{job.pk}"') :]
    said = browser.post("/queue/do/", {"do": "hold", "job": job.pk}, follow=True).content.decode()
    assert "being sent at this moment" in said
    job.refresh_from_db()
    assert not job.is_held
