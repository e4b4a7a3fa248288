"""The figures of the usage page: which jobs, which day, which money, how long."""

import csv
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from django.http import QueryDict
from django.utils import timezone

from studio.models import Job, Role
from studio.providers.contract import Money
from studio.services import usage
from tests.factories import new_member

State = Job.State
NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)
MARCH = "from=2026-03-01&to=2026-03-31"
FAILED = {"state": State.FAILED, "error": "The provider gave up."}


@pytest.fixture
def getimg(make_provider):
    return make_provider("getimg", name="Team")


@pytest.fixture
def ask(add_clip, make_job, getimg):
    """A job of noon on the 10th of March; `took_s`: it is ready so long after it was sent."""

    def make(provider=None, took_s: float | None = None, at: datetime = NOON, by=None, **fields):
        if took_s is None:
            job = make_job(provider or getimg, created_at=at, **fields)
        else:
            job = add_clip(provider=provider or getimg, **fields).job
        ended = {} if took_s is None else {"finished_at": at + timedelta(seconds=took_s)}
        owned = {"owner": by} if by else {}
        sent = {"sent_at": at} if job.sent_at or took_s is not None else {}
        Job.objects.filter(pk=job.pk).update(created_at=at, **sent, **ended, **owned)
        job.refresh_from_db()
        return job

    return make


def dollars(amount: str, **kind: str) -> dict:
    """The columns of a job's price."""
    return {f"cost_{kind.get('as_', 'charged')}": Decimal(amount), "cost_currency": "USD"}


def read(viewer, query: str = MARCH) -> usage.Asked:
    return usage.read(QueryDict(query), usage.people(viewer))


def report(viewer, query: str = MARCH) -> usage.Report:
    return usage.report(viewer, read(viewer, query), usage.people(viewer))


# -- Money ---------------------------------------------------------------------------------------


def test_what_was_charged_counts_and_the_estimate_only_where_that_is_not_known(owner, ask):
    ask(took_s=60, **dollars("0.20"), cost_estimated=Decimal("0.90"))
    ask(took_s=60, **dollars("0.30", as_="estimated"))
    assert report(owner).total.costs == [
        (Money(Decimal("0.5"), "USD"), Money(Decimal("0.3"), "USD"))
    ]


def test_different_currencies_are_never_added(owner, ask):
    ask(took_s=60, **dollars("0.20"))
    ask(took_s=60, cost_charged=Decimal(12), cost_currency="CU")
    assert [(m.amount, m.currency) for m, _ in report(owner).total.costs] == [
        (Decimal(12), "CU"),
        (Decimal("0.2"), "USD"),
    ]


def test_a_price_that_is_not_known_is_counted_and_is_no_zero(owner, ask):
    ask(took_s=60)
    ask(took_s=60)
    total = report(owner).total
    assert (total.unpriced, total.costs) == (2, [])


@pytest.mark.parametrize(
    ("fields", "standing"),
    [
        ({}, "not sent"),
        ({"state": State.CANCELLED, "sent_at": None}, "not charged"),
        ({"state": State.GENERATING, "remote_id": "r"}, "estimated"),
        (FAILED, "estimated"),
        ({"state": State.FAILED, "error": "No. Nothing was charged."}, "not charged"),
        ({"state": State.UNCONFIRMED, "error": "Perhaps."}, "perhaps charged"),
        ({"unclear_since": NOON, "sent_at": NOON}, "perhaps charged"),
        ({"state": State.UNCONFIRMED, "error": "Perhaps.", "cost_charged": 1}, "settled"),
    ],
)
def test_what_is_known_of_a_price(owner, ask, fields, standing):
    ask(**dollars("0.15", as_="estimated"), **fields)
    total = report(owner).total
    assert total.standings == {standing: 1}
    assert bool(total.costs) == (standing in {"estimated", "settled"})


def test_what_is_perhaps_charged_stands_beside_the_cost(owner, ask):
    ask(state=State.UNCONFIRMED, error="Perhaps.", **dollars("3.20", as_="estimated"))
    ask(state=State.UNCONFIRMED, error="Perhaps.")
    total = report(owner).total
    assert (total.perhaps, total.costs) == (2, [])
    assert total.perhaps_costs == [Money(Decimal("3.2"), "USD")]


def test_the_demo_costs_nothing(owner, ask, make_provider):
    demo = make_provider("dafty")
    demo.is_demo = True
    demo.save()
    ask(demo, took_s=60, **dollars("9", as_="estimated"))
    total = report(owner).total
    assert (total.ready, total.demo, total.costs, total.unpriced) == (1, 1, [], 0)


# -- Outcomes and times --------------------------------------------------------------------------


def test_the_success_rate_is_of_those_that_ended_by_themselves(owner, ask):
    for took_s in (10, 20):
        ask(took_s=took_s)
    ask(**FAILED)
    ask(state=State.CANCELLED)
    ask()
    total = report(owner).total
    assert (total.asked, total.ready, total.failed, total.cancelled, total.open) == (5, 2, 1, 1, 1)
    assert total.success_percent == 66


def test_nothing_ended_is_no_success_rate(owner, ask):
    ask()
    assert report(owner).total.success_percent is None
    assert report(owner).pace is None


def test_the_times_are_those_of_half_and_of_nine_in_ten_in_each_group(owner, ask, make_provider):
    dafty = make_provider("dafty", name="Dafty")
    for took_s in range(10, 110, 10):
        ask(took_s=took_s)
    ask(dafty, took_s=1000)
    ask(**FAILED)
    found = report(owner)
    assert (found.pace.median_s, found.pace.most_s) == (60, 100)
    times = {group.name: (group.pace.median_s, group.pace.most_s) for group in found.groups}
    assert times == {"Team": (50, 90), "Dafty": (1000, 1000)}


# -- Groups and whose they are -------------------------------------------------------------------


def test_the_groups_are_providers_models_or_members(owner, ask, getimg, make_provider):
    jo = new_member("jo")
    ask(took_s=9, by=jo)
    ask(make_provider("dafty", name="Dafty"), took_s=9)
    ask(took_s=9)

    def groups(by: str) -> list[tuple[str, int]]:
        return [(g.name, g.tally.ready) for g in report(owner, f"{MARCH}&by={by}").groups]

    assert groups("provider") == [("Team", 2), ("Dafty", 1)]
    assert groups("model")[0] == (str(getimg.models.first()), 2)
    assert groups("member") == [("mara", 2), ("jo", 1)]


@pytest.mark.parametrize("role", [Role.VIEWER, Role.CREATOR])
def test_only_managers_see_the_figures_of_others(owner, ask, role):
    jo = new_member("jo", role)
    ask(took_s=9, by=jo)
    ask(took_s=9)
    asking_for_mara = f"{MARCH}&by=member&member={owner.pk}"
    assert [group.name for group in report(jo, asking_for_mara).groups] == ["jo"]
    assert [job.owner for job in usage.jobs_of(jo, read(jo, asking_for_mara))] == [jo]
    assert read(jo, asking_for_mara).problems == {}
    sana = new_member("sana", Role.MANAGER)
    assert report(sana).total.ready == 2
    assert report(sana, f"{MARCH}&member={jo.pk}").total.ready == 1


def test_a_group_leads_to_its_jobs_in_the_history(owner, ask, getimg):
    jo = new_member("jo")
    ask(took_s=9, by=jo)
    [group] = report(jo).groups
    said = f"provider={getimg.pk}&member={jo.pk}&since=2026-03-01&until=2026-03-31"
    assert group.history == said
    assert report(owner).groups[0].history == said.replace(f"&member={jo.pk}", "")


# -- Days ----------------------------------------------------------------------------------------


def test_a_day_is_one_of_the_studios_own_clock(owner, ask, settings):
    settings.TIME_ZONE = "Europe/Berlin"
    ask(took_s=9, at=datetime(2026, 3, 9, 23, 30, tzinfo=UTC))
    ask(took_s=9, at=datetime(2026, 3, 10, 22, 30, tzinfo=UTC))
    ask(took_s=9, at=datetime(2026, 3, 10, 23, 30, tzinfo=UTC))
    found = report(owner, "from=2026-03-10&to=2026-03-10")
    assert [day for day, _key in found.cells] == [date(2026, 3, 10)]
    assert found.total.ready == 2


def test_a_day_of_23_hours_is_a_day(owner, ask, settings):
    settings.TIME_ZONE = "Europe/Berlin"
    ask(took_s=9, at=datetime(2026, 3, 29, 21, 30, tzinfo=UTC))
    ask(took_s=9, at=datetime(2026, 3, 29, 22, 30, tzinfo=UTC))
    assert report(owner, "from=2026-03-29&to=2026-03-29").total.ready == 1


@pytest.mark.parametrize(("query", "days"), [("", 30), ("span=7", 7), ("span=90", 90)])
def test_a_stretch_of_time_ends_today(owner, query, days):
    asked = read(owner, query)
    assert (len(asked.days), asked.last) == (days, timezone.localdate())


def test_this_month_begins_with_its_first_day(owner):
    asked = read(owner, "span=month")
    assert (asked.first.day, asked.last) == (1, timezone.localdate())


def test_one_end_alone_goes_with_today_or_a_month_before(owner):
    week_ago = timezone.localdate() - timedelta(days=6)
    assert len(read(owner, f"from={week_ago}").days) == 7
    assert read(owner, "to=2026-03-31").first == date(2026, 3, 2)


@pytest.mark.parametrize(
    ("query", "field", "says"),
    [
        ("from=2026-03-31&to=2026-03-01", "from", "after the last day, 1 Mar 2026"),
        ("from=yesterday", "from", "such as 2030-05-31"),
        ("to=2026-13-45", "to", "such as 2030-05-31"),
        ("from=0001-01-01", "from", "such as 2030-05-31"),
        ("from=2024-01-01&to=2026-01-01", "from", "At most 366 days"),
        ("span=12", "span", "no such stretch"),
        ("by=weather", "by", "provider, model or member"),
        ("member=0", "member", "no such member"),
        ("member=x", "member", "no such member"),
    ],
)
def test_what_is_not_understood_is_told_and_the_usual_takes_its_place(owner, query, field, says):
    new_member("jo")
    asked = read(owner, query)
    assert list(asked.problems) == [field]
    assert says in asked.problems[field]
    assert len(asked.days) == 30


@pytest.mark.parametrize("query", ["span=7", "span=month&by=model", f"{MARCH}&by=member"])
def test_an_address_is_read_as_it_is_written(owner, query):
    assert read(owner, query).query == query


# -- What it costs to look -----------------------------------------------------------------------


@pytest.mark.parametrize("by", usage.By)
def test_a_few_queries_are_enough(owner, ask, by, django_assert_max_num_queries):
    for took_s in range(1, 20):
        ask(took_s=took_s, **dollars("0.20"))
    with django_assert_max_num_queries(6):
        found = report(owner, f"{MARCH}&by={by}")
        usage.charts(found)
    assert found.total.ready == 19


def test_only_the_wanted_days_are_read(owner, db):
    assert "job_newest" in usage.jobs_of(owner, read(owner)).order_by().explain()
    jo = new_member("jo")
    assert "job_by_owner" in usage.jobs_of(jo, read(jo)).order_by().explain()


# -- Charts --------------------------------------------------------------------------------------


def test_a_chart_has_a_column_a_day_and_one_for_each_currency(owner, ask):
    ask(took_s=9, **dollars("0.20"))
    ask(took_s=9, cost_charged=Decimal(12), cost_currency="CU")
    titles = [chart.title for chart in usage.charts(report(owner))]
    assert titles == ["Cost per day in CU", "Cost per day in USD", "Clips per day"]
    assert {len(chart.columns) for chart in usage.charts(report(owner))} == {31}


def test_the_parts_of_a_column_stand_on_each_other_below_the_highest_line(owner, ask):
    ask(took_s=9, **dollars("3"))
    ask(took_s=9, **dollars("1", as_="estimated"))
    chart = usage.charts(report(owner))[0]
    assert [words for words, _y in chart.ticks] == ["$4.00", "$3.00", "$2.00", "$1.00", "$0.00"]
    column = chart.columns[9]
    assert [(part.is_estimated, part.y, part.height) for part in column.segments] == [
        (False, "22.000%", "66.000%"),
        (True, "0.000%", "22.000%"),
    ]
    assert column.told == "10 Mar 2026: $4.00 ($1.00 estimated)\nTeam: $4.00 ($1.00 estimated)"


@pytest.mark.parametrize(
    ("most", "ticks"),
    [
        (1, ["1", "0"]),
        (3, ["3", "2", "1", "0"]),
        (9, ["10", "5", "0"]),
        (41, ["60", "40", "20", "0"]),
    ],
)
def test_the_lines_of_clips_are_whole_numbers(owner, ask, most, ticks):
    ask(took_s=9)
    found = report(owner)
    for tally in (found.total, found.groups[0].tally, *found.cells.values()):
        tally.states[State.READY] = most
    assert [words for words, _y in usage.charts(found)[-1].ticks] == ticks


def test_the_table_has_the_numbers_of_the_picture(owner, ask, make_provider):
    ask(took_s=9)
    ask(make_provider("dafty", name="Dafty"), took_s=9)
    chart = usage.charts(report(owner))[0]
    assert [series.name for series in chart.series] == ["Dafty", "Team"]
    assert (chart.rows[9].cells, chart.rows[9].sum) == (["1", "1"], "2")
    assert chart.sums == ["1", "1", "2"]


def test_a_picture_says_what_is_missing_in_it(owner, ask):
    ask(took_s=9)
    ask(took_s=9, **dollars("0.20"), at=NOON + timedelta(days=1))
    costs, clips = usage.charts(report(owner))
    assert (costs.unpriced, clips.unpriced) == (1, 0)
    assert [row.sum for row in costs.rows[8:11]] == ["", "", "$0.20"]


def test_many_groups_share_the_last_colour(owner, ask, make_provider):
    for number in range(7):
        ask(make_provider("dafty", name=f"Dafty {number}"), took_s=9)
    series = usage.charts(report(owner))[0].series
    assert [(each.colour, len(each.keys)) for each in series] == [
        *((colour, 1) for colour in (1, 2, 3, 4, 5)),
        (0, 2),
    ]


def test_nothing_is_drawn_of_nothing(owner, ask):
    ask(**FAILED)
    assert usage.charts(report(owner)) == []


# -- CSV -----------------------------------------------------------------------------------------


def rows_of(viewer, query: str = MARCH) -> list[dict[str, str]]:
    return list(csv.DictReader(usage.lines(usage.jobs_of(viewer, read(viewer, query)))))


def test_the_csv_has_a_line_for_each_job(owner, ask):
    job = ask(took_s=61.5, prompt="Mist, slowly\nrising", **dollars("0.20"))
    ask(**FAILED, **dollars("0.30", as_="estimated"), at=NOON + timedelta(days=1))
    first, second = rows_of(owner)
    assert first == {
        "id": str(job.pk),
        "date": "2026-03-10",
        "member": "mara",
        "provider": "Team",
        "model": job.provider_model.model_id,
        "state": "ready",
        "prompt": "Mist, slowly\nrising",
        "estimated": "",
        "charged": "0.2000",
        "currency": "USD",
        "cost": "settled",
        "seconds_to_finish": "61.5",
    }
    assert (second["state"], second["cost"], second["estimated"]) == (
        "failed",
        "estimated",
        "0.3000",
    )


@pytest.mark.parametrize("sign", ["=", "+", "-", "@", "\t"])
def test_no_cell_is_a_formula(owner, ask, sign):
    ask(prompt=f'{sign}HYPERLINK("http://evil.example")')
    assert rows_of(owner)[0]["prompt"].startswith(f"'{sign}")


def test_many_jobs_are_one_query(owner, ask, django_assert_num_queries):
    for _ in range(5):
        ask()
    jobs = usage.jobs_of(owner, read(owner))
    with django_assert_num_queries(1):
        assert len(list(usage.lines(jobs))) == 6
