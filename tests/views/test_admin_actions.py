"""What an administrator does with chosen jobs: each action says what came of it."""

import csv
import io
import json
from datetime import timedelta

import pytest
from django.contrib.auth.models import Permission, User
from django.contrib.messages import get_messages
from django.test import Client
from django.utils import timezone

from studio.admin import exports
from studio.models import Job
from studio.services import several

LIST = "/admin/studio/job/"
UNSENT = "Cancelled before it was sent. Nothing was charged."


def press(browser: Client, action: str, *jobs: Job, **more: str):
    chosen = {"action": action, "_selected_action": [job.pk for job in jobs]}
    return browser.post(LIST, chosen | more)


def said(answer) -> list[str]:
    return [str(message) for message in get_messages(answer.wsgi_request)]


def state(job: Job) -> str:
    job.refresh_from_db()
    return job.state


@pytest.fixture
def make_failed(make_job, getimg):
    return lambda **fields: make_job(getimg, state=Job.State.FAILED, error="It broke.", **fields)


def test_cancelling_tells_how_many_and_why_not_the_others(browser, getimg, make_job, make_failed):
    queued = [make_job(getimg), make_job(getimg)]
    answer = press(browser, "cancel", *queued, make_failed())
    assert [state(job) for job in queued] == ["cancelled", "cancelled"]
    told = "1 job not changed: This clip is already failed."
    assert said(answer) == [f"2 jobs: {UNSENT}", told]


def test_sending_again_asks_first_and_names_the_price(browser, make_failed):
    job = make_failed(cost_estimated="0.25", cost_currency="USD")
    answer = press(browser, "send_again", job)
    assert "for about $0.25." in answer.content.decode()
    assert Job.objects.count() == 1


def test_a_failed_job_is_sent_again_once(browser, make_failed):
    job = make_failed()
    assert said(press(browser, "send_again", job, confirmed="1")) == [
        "1 job: Sent again: its new job is in the queue."
    ]
    made = Job.objects.exclude(pk=job.pk).get()
    assert (made.source, made.state) == (job, Job.State.QUEUED)
    assert said(press(browser, "send_again", job, confirmed="1"))[-1] == (
        "1 job not changed: It was sent again already. Nothing was sent."
    )
    assert Job.objects.count() == 2


def test_a_job_under_way_is_looked_at_now(browser, getimg, make_job):
    later = timezone.now() + timedelta(hours=1)
    job = make_job(getimg, state=Job.State.GENERATING, remote_id="r", next_look_at=later)
    assert said(press(browser, "look_now", job)) == ["1 job: Looked at now. That costs nothing."]
    job.refresh_from_db()
    assert job.next_look_at <= timezone.now()
    assert job.events.get().actor.username == "mara"


@pytest.mark.parametrize("name", [Job.State.UNCONFIRMED, Job.State.READY, Job.State.QUEUED])
def test_what_is_not_under_way_is_not_hurried(browser, add_clip, name):
    job, later = add_clip().job, timezone.now() + timedelta(hours=1)
    Job.objects.filter(pk=job.pk).update(state=name, error="?", next_look_at=later)
    [told] = said(press(browser, "look_now", job))
    assert told.startswith("1 job not changed: Only a clip that is made or fetched now")
    job.refresh_from_db()
    assert job.next_look_at == later


def test_a_question_is_answered_with_going_on(browser, getimg, make_job):
    job = make_job(getimg, question="Try again?", is_set_aside=True)
    assert said(press(browser, "go_on", job)) == ["1 job: It goes on."]
    job.refresh_from_db()
    assert (job.question, job.is_set_aside) == ("", False)


def test_what_expired_is_fetched_again(browser, getimg, make_job, make_failed):
    job = make_job(getimg, state=Job.State.EXPIRED, error="Too late.", remote_id="r-1")
    told = said(press(browser, "go_on", job, make_failed()))
    assert state(job) == Job.State.WAITING
    assert told[0] == "1 job: Dailies asks Team about this clip again. That costs nothing."
    assert told[1].startswith("1 job not changed: Only a clip that the provider has an id for")


def test_an_unconfirmed_job_is_closed_as_lost(browser, getimg, make_job, make_failed):
    job = make_job(getimg, state=Job.State.UNCONFIRMED, error="Perhaps.")
    assert said(press(browser, "close", job, make_failed())) == [
        "1 job: Closed as lost. It may have been charged.",
        "1 job not changed: Only an unconfirmed clip can be closed as lost.",
    ]
    assert state(job) == Job.State.FAILED


@pytest.mark.parametrize("action", ["cancel", "send_again", "look_now", "go_on", "close"])
def test_nothing_is_done_with_more_than_can_be_overseen(
    browser, getimg, make_job, monkeypatch, action
):
    monkeypatch.setattr(several, "MOST", 2)
    jobs = [make_job(getimg) for _ in range(3)]
    told = said(press(browser, action, *jobs))
    assert told == ["At most 2 jobs at once. Nothing was changed."]
    assert {state(job) for job in jobs} == {"queued"}


# -- Taking away ---------------------------------------------------------------------------------


def file(answer) -> str:
    assert "attachment" in answer["Content-Disposition"]
    return b"".join(answer.streaming_content).decode()


def test_the_chosen_jobs_are_exported_as_csv(browser, make_failed):
    job = make_failed(prompt='=HYPERLINK("x")', remote_id="task-1", cost_charged="0.25")
    make_failed()
    [row] = csv.DictReader(io.StringIO(file(press(browser, "as_csv", job))))
    assert list(row) == list(exports.COLUMNS)
    assert (row["id"], row["state"], row["member"]) == (str(job.pk), "failed", "mara")
    assert row["prompt"] == '\'=HYPERLINK("x")'
    assert row["cost_charged"] == "0.2500"
    assert row["created_at"] == job.created_at.isoformat()


def test_the_chosen_jobs_are_exported_as_json(browser, add_clip, make_failed):
    clip, failed = add_clip(), make_failed()
    documents = json.loads(file(press(browser, "as_json", clip.job, failed)))
    assert {each["id"]: each["state"] for each in documents} == {
        clip.job.pk: "ready",
        failed.pk: "failed",
    }


def test_all_jobs_of_a_list_are_exported_up_to_a_bound(browser, make_failed, monkeypatch):
    monkeypatch.setattr(exports, "MOST", 2)
    jobs = [make_failed() for _ in range(3)]
    answer = press(browser, "as_json", jobs[0], select_across="1")
    assert len(json.loads(file(answer))) == 2
    assert said(answer) == [
        "The file holds the newest 2 of them. Narrow the list by days for the others."
    ]


# -- Who may -------------------------------------------------------------------------------------


@pytest.fixture
def onlooker(db) -> Client:
    """Somebody who may look into the history, and no more."""
    user = User.objects.create_user("ines", is_staff=True)
    user.user_permissions.add(Permission.objects.get(codename="view_job"))
    client = Client()
    client.force_login(user)
    return client


def test_who_may_only_look_may_export_and_nothing_else(onlooker, getimg, make_job):
    job = make_job(getimg)
    page = onlooker.get(LIST).content.decode()
    assert 'value="as_csv"' in page
    assert 'value="cancel"' not in page
    press(onlooker, "cancel", job)
    assert state(job) == Job.State.QUEUED
    assert file(press(onlooker, "as_csv", job))


@pytest.mark.parametrize("path", ["", "studio/job/", "studio/asset/", "auditlog/logentry/"])
def test_who_is_no_administrator_is_sent_away(db, path):
    client = Client()
    client.force_login(User.objects.create_user("tom"))
    answer = client.get(f"/admin/{path}")
    assert (answer.status_code, answer.url) == (302, f"/admin/login/?next=/admin/{path}")
