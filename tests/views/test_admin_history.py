"""The job history in the admin panel: its columns, filters and search, and that it stays quick."""

import re
from datetime import timedelta
from decimal import Decimal

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from studio.admin import lists, search
from studio.models import Job, JobInput

LIST = "/admin/studio/job/"
NOW = timezone.now()


def shown(answer) -> list[int]:
    """The numbers of the jobs in a list, first to last."""
    return [int(number) for number in re.findall(r'"_selected_action" value="(\d+)"', html(answer))]


def html(answer) -> str:
    assert answer.status_code == 200
    return answer.content.decode()


def cell(answer, name: str) -> str:
    """What the first row says in a column."""
    found = re.search(rf'class="field-{name}[^"]*">(.*?)</t[dh]>', html(answer), re.DOTALL)
    return " ".join(re.sub(r"<[^>]+>", " ", found[1]).split())


def queries(browser: Client, address: str) -> list[str]:
    with CaptureQueriesContext(connection) as captured:
        html(browser.get(address))
    return [each["sql"] for each in captured]


# -- Columns -------------------------------------------------------------------------------------


@pytest.fixture
def finished(make_job, getimg) -> Job:
    return make_job(
        getimg,
        prompt="Mist over a lake",
        state=Job.State.FAILED,
        error="It broke.",
        created_at=NOW,
        accepted_at=NOW + timedelta(seconds=18),
        made_at=NOW + timedelta(seconds=98),
        finished_at=NOW + timedelta(seconds=100),
        cost_estimated=Decimal("0.25"),
        cost_charged=Decimal("0.2"),
        cost_currency="USD",
    )


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("standing", "Failed"),
        ("short_prompt", "Mist over a lake"),
        ("provider_name", "Team"),
        ("member", "mara"),
        ("estimated", "$0.25"),
        ("cost", "$0.20 charged"),
        ("in_queue", "18 s"),
        ("to_make", "1 min 20 s"),
        ("in_all", "1 min 40 s"),
    ],
)
def test_each_column_says_what_was_of_the_job(browser, finished, name, words):
    assert cell(browser.get(LIST), name) == words


@pytest.mark.parametrize(
    ("state", "words"),
    [
        (Job.State.UNCONFIRMED, "$0.25? may be charged"),
        (Job.State.FAILED, "\N{EN DASH} no charge reported"),
        (Job.State.GENERATING, "$0.25 estimated"),
    ],
)
def test_a_cost_is_told_with_its_standing(browser, getimg, make_job, state, words):
    make_job(
        getimg,
        state=state,
        error="?",
        remote_id="r",
        cost_estimated=Decimal("0.25"),
        cost_currency="USD",
    )
    assert cell(browser.get(LIST), "cost") == words


def test_a_job_that_asks_says_so_in_its_state(browser, getimg, make_job):
    make_job(getimg, question="Go on?")
    assert cell(browser.get(LIST), "standing") == "Queued · asks something"


def test_a_row_shows_a_small_picture_of_what_was_given(browser, getimg, make_job, make_image):
    image = make_image()
    JobInput.objects.create(job=make_job(getimg), role="first_frame", asset=image)
    assert f'src="/media/{image.pk}/small/"' in html(browser.get(LIST))


# -- Filters -------------------------------------------------------------------------------------


@pytest.fixture
def pair(make_job, make_provider, owner) -> dict[str, Job]:
    """Two jobs that differ in everything a list can be narrowed by."""
    mine = make_job(make_provider("getimg", name="One"), created_at=NOW - timedelta(days=40))
    theirs = make_job(
        make_provider("imgix", name="Two"), state=Job.State.UNCONFIRMED, error="?", prompt="A road"
    )
    Job.objects.filter(pk=theirs.pk).update(owner=User.objects.create_user("jonas"))
    theirs.refresh_from_db()
    return {"mine": mine, "theirs": theirs}


@pytest.mark.parametrize("name", ["state", "provider", "model", "member"])
@pytest.mark.parametrize("which", ["mine", "theirs"])
def test_a_filter_leaves_what_was_chosen(browser, pair, name, which):
    job = pair[which]
    values = {"model": job.provider_model_id, "member": job.owner_id}
    value = values.get(name) or getattr(job, "provider_id" if name == "provider" else "state")
    address = f"{LIST}?{name}={value}"
    assert shown(browser.get(address)) == [job.pk]
    assert f'?{name}={value}"' in html(browser.get(LIST))


def test_what_needs_a_person_can_be_listed(browser, pair):
    assert shown(browser.get(f"{LIST}?asking=1")) == [pair["theirs"].pk]


def test_days_narrow_a_list_and_keep_what_narrows_it_else(browser, pair):
    day = timezone.localdate(NOW - timedelta(days=40))
    asked = f"{LIST}?state=queued&since={day}&until={day}"
    answer = browser.get(asked)
    assert shown(answer) == [pair["mine"].pk]
    assert f'<input type="date" name="since" id="since" value="{day}">' in html(answer)
    assert '<input type="hidden" name="state" value="queued">' in html(answer)
    assert shown(browser.get(f"{LIST}?since={day + timedelta(days=1)}")) == [pair["theirs"].pk]
    assert shown(browser.get(f"{LIST}?until={day}")) == [pair["mine"].pk]


@pytest.mark.parametrize(
    "query", ["since=yesterday", "state=lost", "provider=x", "member=" + "9" * 30]
)
def test_what_nobody_understands_narrows_nothing(browser, pair, query):
    assert len(shown(browser.get(f"{LIST}?{query}"))) == 2


@pytest.mark.parametrize(
    "query",
    [
        "video_url__startswith=https",
        "provider__api_key__contains=v1",
        "lease_token__isnull=False",
        "prompt__contains=x",
    ],
)
def test_no_other_column_can_be_asked_about(browser, pair, query):
    assert browser.get(f"{LIST}?{query}").status_code == 400


def test_the_models_offered_are_those_used_of_the_chosen_provider(browser, pair):
    mine, theirs = pair["mine"], pair["theirs"]
    page = html(browser.get(f"{LIST}?provider={mine.provider_id}"))
    assert f"model={mine.provider_model_id}&" in page.replace("&amp;", "&")
    assert f"model={theirs.provider_model_id}&" not in page.replace("&amp;", "&")


# -- Search --------------------------------------------------------------------------------------


@pytest.mark.parametrize("words", ["task_0123456789", "task_01", "A road", "road", "ROAD a"])
def test_a_job_is_found_by_its_words_and_by_its_id(browser, pair, words):
    Job.objects.filter(pk=pair["theirs"].pk).update(remote_id="task_0123456789")
    assert shown(browser.get(LIST, {"q": words})) == [pair["theirs"].pk]


def test_a_job_is_found_by_its_number(browser, pair):
    assert shown(browser.get(LIST, {"q": f"#{pair['mine'].pk}"})) == [pair["mine"].pk]


def test_words_are_looked_for_in_the_newest_of_the_list(browser, getimg, make_job, monkeypatch):
    monkeypatch.setattr(search, "SEARCHED", 2)
    jobs = [make_job(getimg, created_at=NOW - timedelta(hours=n)) for n in range(3)]
    assert shown(browser.get(LIST, {"q": "mist"})) == [job.pk for job in jobs[:2]]
    day = {"until": str(timezone.localdate(jobs[2].created_at)), "q": "mist"}
    Job.objects.filter(pk__in=[jobs[0].pk, jobs[1].pk]).update(created_at=NOW + timedelta(days=2))
    assert shown(browser.get(LIST, day)) == [jobs[2].pk]


# -- Staying quick -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "query", ["", "?state=queued", "?q=mist", "?since=2020-01-01", "?asking=1"]
)
def test_a_list_counts_nothing_without_a_bound(browser, getimg, make_job, query):
    make_job(getimg)
    asked = [sql for sql in queries(browser, LIST + query) if "COUNT(" in sql]
    assert len(asked) == 1
    assert f"LIMIT {lists.MOST_COUNTED + 1}" in asked[0]


def test_a_hundred_rows_cost_no_more_questions_than_one(browser, owner, getimg, make_job):
    first = make_job(getimg)
    few = len(queries(browser, LIST))
    rows = [
        Job(owner=owner, provider=getimg, provider_model=first.provider_model, prompt="A", take=n)
        for n in range(2, 110)
    ]
    for row in rows:
        row.batch = first.batch
    Job.objects.bulk_create(rows)
    assert len(shown(browser.get(LIST))) == lists.PER_PAGE
    assert len(queries(browser, LIST)) <= few
    assert few <= 12


def test_a_list_says_that_there_are_more_than_it_counted(browser, getimg, make_job, monkeypatch):
    monkeypatch.setattr(lists, "MOST_COUNTED", 2)
    for _ in range(3):
        make_job(getimg)
    assert "more than 2 jobs" in html(browser.get(LIST))


def test_the_order_of_a_list_cannot_be_asked_for(browser, getimg, make_job):
    jobs = [make_job(getimg, created_at=NOW - timedelta(hours=n)) for n in range(3)]
    assert shown(browser.get(f"{LIST}?o=1")) == [job.pk for job in jobs]
    assert 'class="sortoptions"' not in html(browser.get(LIST))


@pytest.mark.parametrize(
    "query", ["state=failed", "provider=1", "model=1", "since=2026-01-01&until=2026-02-01"]
)
def test_each_filter_reads_along_an_index(browser, getimg, make_job, query):
    make_job(getimg)
    [sql] = [
        sql for sql in queries(browser, f"{LIST}?{query}") if 'SELECT "studio_job"."id", ' in sql
    ]
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN QUERY PLAN {sql}")
        plan = " ".join(row[3] for row in cursor.fetchall())
    assert "SEARCH studio_job USING INDEX" in plan
    assert "TEMP B-TREE" not in plan
