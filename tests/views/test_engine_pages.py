"""What the pages say of the engine: progress, reasons, questions, and what can be answered."""

import uuid
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from studio.models import Job, Provider
from studio.models.provider import BREAK_AFTER
from studio.services import queue, timing
from tests.factories import new_member

State = Job.State
QUESTION = "It takes far longer than it should. Wait on, or stop following it?"


@pytest.fixture(autouse=True)
def nothing_learned():
    timing.forget()


@pytest.fixture
def dafty(make_provider) -> Provider:
    return make_provider("dafty", name="Dafty")


@pytest.fixture
def generating(make_job, getimg) -> Job:
    return make_job(getimg, state=State.GENERATING, remote_id="r-1")


def page(browser, address: str) -> str:
    return browser.get(address).content.decode()


# -- Progress --------------------------------------------------------------------------------


@pytest.mark.parametrize("address", ["/queue/", "/", "/jobs/{}/"])
def test_a_clip_without_a_percentage_gets_none(browser, generating, address):
    text = page(browser, address.format(generating.pk))
    assert "progress--open" in text
    assert "<span data-so-far=" in text
    assert " so far" in text


@pytest.mark.parametrize("address", ["/queue/", "/", "/jobs/{}/"])
def test_the_apis_own_percentage_is_a_bar(browser, generating, address):
    Job.objects.update(progress_percent=62)
    text = page(browser, address.format(generating.pk))
    assert 'max="100" value="62"' in text
    assert "Generating 62 %" in text


def test_a_clip_under_way_costs_the_page_no_query_of_its_own(browser, make_job, getimg):
    def queries_with(count: int) -> int:
        for _ in range(count):
            make_job(getimg)
            make_job(getimg, state=State.GENERATING, remote_id=str(uuid.uuid4()))
        with CaptureQueriesContext(connection) as asked:
            page(browser, "/queue/")
        return len(asked)

    queries_with(2)
    assert queries_with(1) == queries_with(10)


def test_a_long_queue_is_counted_where_it_is_not_shown(browser, make_job, getimg, monkeypatch):
    monkeypatch.setattr(queue, "MOST_ROWS", 2)
    for _ in range(5):
        make_job(getimg)
    text = page(browser, "/queue/")
    assert "Waiting their turn · 5" in text
    assert "and 3 more" in text
    assert text.count('class="row"') == 2


# -- Questions -------------------------------------------------------------------------------


def test_a_question_stands_once_and_under_what_needs_somebody(browser, generating):
    Job.objects.update(question=QUESTION)
    text = page(browser, "/queue/")
    assert "Needs you · 1" in text
    assert "In progress" not in text
    assert text.count(QUESTION) == 1


def test_a_question_is_counted_in_the_navigation(browser, generating):
    assert browser.get("/queue/").context["nav"]["needs"] == 0
    Job.objects.update(question=QUESTION)
    assert browser.get("/queue/").context["nav"]["needs"] == 1


@pytest.mark.parametrize("address", ["/queue/", "/jobs/{}/"])
def test_an_overdue_clip_can_be_waited_for_or_let_go(browser, generating, address):
    Job.objects.update(question=QUESTION)
    text = page(browser, address.format(generating.pk))
    assert "Wait on</button>" in text
    assert text.count("Stop following</button>") == 1


@pytest.mark.parametrize("address", ["/queue/", "/jobs/{}/"])
def test_a_clip_that_was_set_aside_can_be_tried_or_given_up(browser, generating, address):
    Job.objects.update(question="It brought the worker down.", is_set_aside=True)
    text = page(browser, address.format(generating.pk))
    assert "Try again</button>" in text
    assert "Give up</button>" in text
    assert "Stop following</button>" not in text


def test_waiting_on_answers_the_question(browser, generating):
    Job.objects.update(question=QUESTION)
    browser.post(f"/jobs/{generating.pk}/go-on/")
    generating.refresh_from_db()
    assert (generating.question, generating.state) == ("", State.GENERATING)


def test_giving_up_ends_a_clip_that_was_set_aside(browser, generating):
    Job.objects.update(question="It brought the worker down.", is_set_aside=True)
    browser.post(f"/jobs/{generating.pk}/give-up/")
    generating.refresh_from_db()
    assert generating.state == State.FAILED
    assert "may have been charged" in generating.error


# -- Letting go and taking up again ----------------------------------------------------------


def test_letting_go_is_asked_once_more_and_says_what_it_costs(browser, generating):
    answer = browser.post(f"/jobs/{generating.pk}/stop-following/")
    assert b"will most likely be charged" in answer.content
    generating.refresh_from_db()
    assert generating.state == State.GENERATING
    browser.post(f"/jobs/{generating.pk}/stop-following/", {"confirmed": "1"})
    generating.refresh_from_db()
    assert generating.state == State.CANCELLED


def test_the_way_back_leads_to_where_the_person_was(browser, generating):
    here = {"next": f"/jobs/{generating.pk}/"}
    asked = browser.post(f"/jobs/{generating.pk}/stop-following/", here)
    assert f'name="next" value="{here["next"]}"' in asked.content.decode()
    done = browser.post(f"/jobs/{generating.pk}/stop-following/", here | {"confirmed": "1"})
    assert done.headers["Location"] == here["next"]


@pytest.mark.parametrize("address", ["https://elsewhere.example/", "//elsewhere.example", "x y"])
def test_no_way_back_leads_out_of_the_studio(browser, generating, address):
    done = browser.post(f"/jobs/{generating.pk}/cancel/", {"next": address})
    assert done.headers["Location"] == "/queue/"


def test_an_api_that_cancels_keeps_the_word_cancel(browser, make_job, dafty):
    make_job(dafty, state=State.GENERATING, remote_id="r-1")
    text = page(browser, "/queue/")
    assert "Cancel</button>" in text
    assert "Stop following</button>" not in text


@pytest.mark.parametrize("state", [State.CANCELLED, State.FAILED, State.EXPIRED])
def test_what_ended_here_but_is_known_there_can_be_followed_again(browser, make_job, getimg, state):
    job = make_job(getimg, state=state, remote_id="r-1", error="x", finished_at=timezone.now())
    assert "Follow again</button>" in page(browser, "/queue/")
    browser.post(f"/jobs/{job.pk}/follow-again/")
    job.refresh_from_db()
    assert job.state == State.WAITING


def test_what_was_never_sent_cannot_be_followed_again(browser, make_job, getimg):
    make_job(getimg).cancel("Cancelled. Nothing was charged.")
    assert "Follow again" not in page(browser, "/queue/")


def test_what_cannot_be_done_any_more_is_told(browser, make_job, getimg):
    job = make_job(getimg)
    for way, words in (("follow-again", b"can be followed"), ("go-on", b"asks nothing")):
        assert words in browser.post(f"/jobs/{job.pk}/{way}/", follow=True).content


def test_no_answer_is_given_by_a_link(browser, generating):
    for way in ("stop-following", "follow-again", "go-on", "give-up"):
        assert browser.get(f"/jobs/{generating.pk}/{way}/").status_code == 405


# -- Providers -------------------------------------------------------------------------------


def go_silent(provider: Provider) -> None:
    for _ in range(BREAK_AFTER):
        provider.note_fault("Silence.")
    provider.hold_sends(timezone.now() + timedelta(minutes=3))


def test_a_silent_provider_can_be_tried_again_by_staff_alone(
    browser, getimg, make_job, django_user_model
):
    make_job(getimg)
    go_silent(getimg)
    member = Client()
    member.force_login(new_member("jo"))
    address = f"/providers/{getimg.pk}/resume/"
    assert address in page(browser, "/queue/")
    assert address not in page(member, "/queue/")
    browser.post(address)
    assert "does not answer" not in page(browser, "/queue/")


def test_a_full_disk_is_told_where_clips_are_asked_for_and_waited_for(browser, getimg, settings):
    assert 'id="disk-low"' not in page(browser, "/queue/")
    settings.DISK_SOFT_MB = 10**12
    for address in ("/queue/", "/", "/activity/"):
        assert 'id="disk-low"' in page(browser, address)


# -- When the page is out of date ------------------------------------------------------------


@pytest.mark.parametrize(
    "news",
    [
        lambda provider: provider.note_fault("Silence."),
        lambda provider: provider.hold_sends(timezone.now() + timedelta(minutes=1)),
        lambda provider: provider.pause(Provider.Health.KEY_REJECTED, "Replace the key."),
        lambda provider: Provider.objects.update(concurrent_jobs=7),
        lambda provider: Job.objects.get().fail("No."),
    ],
)
def test_every_poll_hears_of_it(browser, getimg, make_job, news):
    make_job(getimg)
    seen = {"/queue/rows/": "/queue/", "/activity/": "/"}
    shown = {poll: browser.get(of).context["version"] for poll, of in seen.items()}
    news(getimg)
    for poll, seen_version in shown.items():
        assert browser.get(poll, {"v": seen_version}).status_code == 200


def test_a_page_that_only_the_clock_changes_is_sent_anew_when_it_does(browser, make_job, dafty):
    make_job(dafty)
    dafty.hold_sends(timezone.now() + timedelta(minutes=1))
    shown = browser.get("/queue/").context["version"]
    seen, _, until = shown.partition("-")
    assert browser.get("/queue/rows/", {"v": shown}).status_code == 204
    over = f"{seen}-{int(until) - 3600}"
    assert browser.get("/queue/rows/", {"v": over}).status_code == 200


@pytest.mark.parametrize("odd", ["-", "x-y", "a-" + "9" * 5000, "-²", "é"])
def test_an_odd_version_is_only_an_old_one(browser, getimg, odd):
    assert browser.get("/queue/rows/", {"v": odd}).status_code == 200
