"""The usage page: what it shows to whom, and that nonsense in its address breaks nothing."""

import csv
import re
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from studio.models import Job, Role
from tests.factories import new_member

State = Job.State


@pytest.fixture
def month(add_clip, make_job, getimg, make_provider) -> dict[str, Job]:
    """One charged clip, one estimated, one of an unknown price, one failed, one unconfirmed."""
    dafty = make_provider("dafty", name="Dafty")
    made = {
        "charged": add_clip("Mist", provider=getimg).job,
        "estimated": add_clip("Heat", provider=getimg).job,
        "unknown": add_clip("Stars", provider=dafty).job,
        "failed": make_job(dafty, state=State.FAILED, error="No. Nothing was charged."),
        "perhaps": make_job(dafty, state=State.UNCONFIRMED, error="Perhaps."),
    }
    costs = {
        "charged": {"cost_charged": Decimal("1.25")},
        "estimated": {"cost_estimated": Decimal("0.75")},
        "perhaps": {"cost_estimated": Decimal("3.20")},
    }
    ended_at = timezone.now()
    for name, job in made.items():
        fields = costs.get(name, {}) | {"cost_currency": "USD" if name in costs else ""}
        times = {"sent_at": ended_at - timedelta(seconds=98), "finished_at": ended_at}
        Job.objects.filter(pk=job.pk).update(**fields, **times)
    return made


def signed_in(name: str, role: Role) -> Client:
    client = Client()
    client.force_login(new_member(name, role))
    return client


def words(answer) -> str:
    """What stands on the page, without the markup."""
    body = answer.content.decode().split("<main", 1)[1].split("</main>", 1)[0]
    return " ".join(re.sub(r"<[^>]+>", " ", body).split())


def test_the_sums_say_what_is_certain_estimated_unknown_and_in_doubt(browser, month):
    said = words(browser.get("/usage/"))
    assert "Clips ready 3 of 5 asked for · 1 still open" in said
    assert "Cost $2.00 of which $0.75 estimated 1 clip without a known price" in said
    assert "Perhaps charged $3.20 1 unconfirmed clip , not in the cost" in said
    assert "Success rate 75 % 1 failed" in said
    assert "Time to finish 1 min 38 s for half of them, 90 % within 1 min 38 s" in said


def test_each_group_has_a_row_that_leads_to_its_jobs(browser, month):
    answer = browser.get("/usage/")
    assert "Team 2 0 100 % $2.00 of which $0.75 estimated 1 min 38 s History" in words(answer)
    assert "Dafty 1 1 50 % Not known 1 clip without a known price 1 clip perhaps charged" in words(
        answer
    )
    links = re.findall(r'href="(/history/\?provider=[^"]+)"', answer.content.decode())
    shown = browser.get(links[0].replace("&amp;", "&")).context["page"]
    assert {job.prompt for job in shown} == {"Stars", "Mist over a lake"}


def test_the_charts_are_pictures_with_words_and_a_table(browser, month):
    text = browser.get("/usage/?by=model").content.decode()
    assert re.findall(r'<h2 id="c[\w-]+-head">(.*?)</h2>', text) == [
        "Cost per day",
        "Clips per day",
    ]
    assert text.count('<svg class="usage-picture" role="img"') == 2
    assert "hatched: estimated" in text
    assert re.search(r"<desc[^>]+>\$2.00 from", text)
    assert "$2.00 ($0.75 estimated)" in text
    assert " style=" not in text


def test_a_decimal_comma_does_not_reach_the_picture(browser, month):
    text = browser.get("/usage/", headers={"Accept-Language": "de"}).content.decode()
    assert '<html lang="de"' in text
    pictures = "".join(re.findall(r'<svg class="usage-picture.*?</svg>', text, re.DOTALL))
    places = re.findall(r' (?:x|y|x1|x2|y1|y2|width|height)="([^"]*)"', pictures)
    assert len(places) > 5
    assert [place for place in places if not re.fullmatch(r"[\d.]+%?", place)] == []


def test_creators_and_viewers_see_their_own_alone(browser, month, owner):
    for name, role in (("jo", Role.CREATOR), ("vi", Role.VIEWER)):
        client = signed_in(name, role)
        answer = client.get(f"/usage/?member={owner.pk}")
        assert answer.status_code == 200
        assert "Nothing was asked for in these days" in words(answer)
        assert 'name="member"' not in answer.content.decode()
        assert len(lines(client.get(f"/usage/export.csv?member={owner.pk}"))) == 0
    assert 'name="member"' in browser.get("/usage/").content.decode()


def test_a_manager_sees_everybody_and_may_choose_one(browser, month, owner):
    client = signed_in("sana", Role.MANAGER)
    assert "3 of 5 asked for" in words(client.get("/usage/"))
    sana = client.session["_auth_user_id"]
    assert "Nothing was asked for" in words(client.get(f"/usage/?member={sana}"))
    assert "mara" in words(client.get("/usage/?by=member"))


def lines(answer) -> list[dict[str, str]]:
    text = b"".join(answer.streaming_content).decode()
    return list(csv.DictReader(text.splitlines()))


def test_the_csv_is_of_the_same_days(browser, month):
    Job.objects.filter(pk=month["failed"].pk).update(created_at=timezone.now() - timedelta(days=20))
    assert len(lines(browser.get("/usage/export.csv"))) == 5
    answer = browser.get("/usage/export.csv?span=7")
    assert {row["cost"] for row in lines(answer)} == {
        "settled",
        "estimated",
        "unknown",
        "perhaps charged",
    }
    day = timezone.localdate()
    assert f'dailies-usage-{day - timedelta(days=6)}-to-{day}.csv"' in answer["Content-Disposition"]


@pytest.mark.parametrize(
    ("query", "says"),
    [
        ("from=2026-03-31&to=2026-03-01", "This is after the last day"),
        ("from=%3Cscript%3E", "Write a day such as 2030-05-31."),
        ("to=2026-02-30", "Write a day such as 2030-05-31."),
        ("span=forever", "There is no such stretch of time."),
        ("by=weather", "The figures are told apart by provider, model or member."),
        ("member=nobody", "There is no such member."),
    ],
)
def test_nonsense_is_told_at_its_field_and_the_rest_stands(browser, month, query, says):
    new_member("jo")
    answer = browser.get(f"/usage/?{query}")
    assert answer.status_code == 422
    assert says in words(answer)
    assert "field-error" in answer.content.decode()
    assert "3 of 5 asked for" in words(answer)
    assert "<script>" not in answer.content.decode()


def test_the_csv_sends_nonsense_to_the_page_that_tells_it(browser, month):
    answer = browser.get("/usage/export.csv?from=soon&by=model")
    assert (answer.status_code, answer["Location"]) == (302, "/usage/?from=soon&by=model")


def test_the_links_keep_what_they_do_not_change(browser, month, owner):
    text = browser.get(f"/usage/?span=7&by=member&member={owner.pk}").content.decode()
    rest = f"by=member&amp;member={owner.pk}"
    assert f'<a href="?span=90&amp;{rest}">90 days</a>' in text
    assert f'<a href="?span=7&amp;{rest}" aria-current="true">7 days</a>' in text
    assert f'<a href="?span=7&amp;by=model&amp;member={owner.pk}">Model</a>' in text
    assert f'/usage/export.csv?span=7&amp;{rest}"' in text


def test_more_jobs_cost_no_more_queries(browser, month, add_clip, getimg):
    def queries() -> int:
        with CaptureQueriesContext(connection) as asked:
            browser.get("/usage/?by=model")
        return len(asked)

    before = queries()
    for _ in range(10):
        add_clip(provider=getimg)
    assert queries() <= before


@pytest.mark.parametrize("role", [Role.MANAGER, Role.CREATOR, Role.VIEWER])
def test_everybody_finds_the_page(db, role):
    text = signed_in("jo", role).get("/usage/").content.decode()
    assert re.search(r'<a href="/usage/" aria-current="page">', text)
