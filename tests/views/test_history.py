"""The history of all jobs: narrowed by its address, a page at a time."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from studio.models import Job
from studio.views import queue
from tests.factories import new_member

State = Job.State


def shown(browser, query: str = "") -> list[str]:
    page = browser.get(f"/history/?{query}").context["page"]
    return [job.prompt for job in page]


@pytest.fixture
def past(make_job, getimg, make_provider) -> dict[str, Job]:
    dafty = make_provider("dafty", name="Dafty")
    jo = new_member("jo")
    made = {
        "dawn": make_job(getimg, prompt="Mist at dawn"),
        "noon": make_job(dafty, prompt="Heat at noon", state=State.FAILED, error="No."),
        "night": make_job(getimg, prompt="Stars at night"),
    }
    long_ago = timezone.now() - timedelta(days=9)
    Job.objects.filter(pk=made["night"].pk).update(owner=jo, created_at=long_ago)
    return made


def test_the_newest_stands_first(browser, past):
    assert shown(browser) == ["Heat at noon", "Mist at dawn", "Stars at night"]


@pytest.mark.parametrize(
    ("query", "prompts"),
    [
        ("state=failed", ["Heat at noon"]),
        ("provider={noon.provider_id}", ["Heat at noon"]),
        ("model={noon.provider_model_id}", ["Heat at noon"]),
        ("member={night.owner_id}", ["Stars at night"]),
        ("q=at+MIST", ["Mist at dawn"]),
        ("until={week_ago}", ["Stars at night"]),
        ("since={week_ago}", ["Heat at noon", "Mist at dawn"]),
        ("state=failed&q=mist", []),
    ],
)
def test_the_address_narrows_it(browser, past, query, prompts):
    for job in past.values():
        job.refresh_from_db()
    week_ago = timezone.localdate() - timedelta(days=7)
    assert shown(browser, query.format(week_ago=week_ago, **past)) == prompts


@pytest.mark.parametrize(
    "odd", ["state=x", "provider=x", "member=-1", "since=2026-13-45", "model=" + "9" * 50, "page=x"]
)
def test_what_nobody_understands_is_left_out(browser, past, odd):
    assert len(shown(browser, odd)) == 3


def test_it_is_paged_with_links_that_keep_the_filters(browser, past, monkeypatch):
    monkeypatch.setattr(queue, "PER_PAGE", 1)
    text = browser.get("/history/?q=at").content.decode()
    assert 'href="?q=at&amp;page=2"' in text
    assert "Page 1 of 3" in text


def test_it_is_as_live_as_the_queue(browser, past):
    seen = browser.get("/history/?state=failed")
    rows = f"/history/rows/?{seen.context['asked']}"
    assert f'data-live="{rows.replace("&", "&amp;")}"' in seen.content.decode()
    assert browser.get(f"{rows}&v={seen.context['version']}").status_code == 204
    past["dawn"].fail("No.")
    assert len(browser.get(f"{rows}&v={seen.context['version']}").context["page"]) == 2


def test_a_long_history_costs_no_more_queries(browser, past, make_job, getimg):
    def queries() -> int:
        with CaptureQueriesContext(connection) as asked:
            browser.get("/history/")
        return len(asked)

    before = queries()
    for _ in range(20):
        make_job(getimg)
    assert queries() <= before
