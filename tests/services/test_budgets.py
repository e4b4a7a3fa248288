"""Budgets: what a clip takes of them and when, and that they hold however many press at once."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.utils import timezone

from studio.models import Budget, Job
from studio.providers.contract import Price, PriceUnit
from studio.providers.serial import prices_to_json
from studio.services import budgets, editing, wishes
from studio.services.wishes import Refused, Wish
from tests.factories import new_member

EACH = Decimal("0.15")


@pytest.fixture
def wish(make_provider):
    """A clip of $0.15."""
    model = make_provider("getimg").models.get(model_id="seedance-v1-5-pro")
    model.prices_json = prices_to_json((Price(amount=Decimal("0.03"), unit=PriceUnit.SECOND),))
    model.save()

    def make(**fields) -> Wish:
        fields = {"prompt": "Mist", "duration_s": 5, "aspect_ratio": "16:9"} | fields
        return Wish(provider_model=model, resolution="720p", **fields)

    assert wishes.estimate(make()).amount == EACH
    return make


def give(amount: str, **fields) -> Budget:
    return Budget.objects.create(amount=Decimal(amount), **fields)


def test_what_does_not_fit_is_refused_with_what_is_left_and_nothing_is_queued(wish, owner):
    give("0.40")
    wishes.create(wish(takes=2), owner)
    with pytest.raises(Refused, match=r"budget is not enough: \$0.10 left this month"):
        wishes.create(wish(), owner)
    assert Job.objects.count() == 2


def test_a_press_that_comes_again_takes_nothing_again(wish, owner):
    give("0.15")
    pressed = wish()
    assert wishes.create(pressed, owner) == wishes.create(pressed, owner)


def test_all_takes_and_models_of_one_press_count_together(wish, owner):
    give("0.40")
    with pytest.raises(Refused):
        wishes.create_all([wish(takes=2), wish(prompt="Fog")], owner)
    assert not Job.objects.exists()


def test_a_members_budget_is_no_other_members(wish, owner):
    jo = new_member("jo")
    give("0.15", member=jo)
    wishes.create(wish(), jo)
    with pytest.raises(Refused, match="jo's budget"):
        wishes.create(wish(), jo)
    wishes.create(wish(), owner)


def test_a_providers_budget_is_no_other_providers(wish, owner, make_provider):
    give("0", provider=make_provider("dafty"))
    wishes.create(wish(), owner)
    give("0.15", provider=wish().provider_model.provider)
    with pytest.raises(Refused, match="The budget for getimg"):
        wishes.create(wish(), owner)


def test_the_demo_provider_takes_nothing(wish, owner):
    give("0")
    provider = wish().provider_model.provider
    provider.is_demo = True
    provider.save()
    made = wishes.create(
        replace(wish(), provider_model=provider.models.get(pk=wish().provider_model.pk)), owner
    )
    assert len(made) == 1


@pytest.mark.parametrize(("allows", "count"), [(True, 1), (False, 0)])
def test_a_clip_without_a_published_price_needs_to_be_allowed(wish, owner, allows, count):
    give("5", allows_unpriced=allows)
    model = wish().provider_model
    model.prices_json = []
    model.save()
    refusal = nullcontext() if allows else pytest.raises(Refused, match="price is not published")
    with refusal:
        wishes.create(replace(wish(), provider_model=model), owner)
    assert Job.objects.count() == count


# -- What a job takes ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fields", "taken"),
    [
        ({}, "0.15"),
        ({"cost_charged": Decimal("0.11")}, "0.11"),
        ({"state": "cancelled"}, "0"),
        ({"state": "failed", "sent_at": timezone.now(), "error": "No clip came."}, "0.15"),
        ({"state": "failed", "sent_at": timezone.now(), "error": "No. Nothing was charged."}, "0"),
        ({"state": "unconfirmed", "sent_at": timezone.now(), "error": "Perhaps."}, "0.15"),
    ],
)
def test_a_job_takes_its_estimate_then_its_charge_and_nothing_if_it_ended_free(
    wish, owner, fields, taken
):
    budget = give("1")
    [job] = wishes.create(wish(), owner)
    Job.objects.filter(pk=job.pk).update(**fields)
    assert budgets.spent(budget, timezone.now()) == Decimal(taken)


def test_a_new_day_and_a_new_month_begin_anew(wish, owner, settings):
    settings.TIME_ZONE = "Europe/Berlin"
    day, month = give("1", period="day"), give("1", period="month")
    [job] = wishes.create(wish(), owner)
    now = timezone.now()
    for budget, ago in ((day, timedelta(days=1)), (month, timedelta(days=32))):
        before = budgets.begins_at(budget.period, now) - timedelta(seconds=1)
        Job.objects.filter(pk=job.pk).update(created_at=now)
        assert budgets.spent(budget, now) == EACH
        Job.objects.filter(pk=job.pk).update(created_at=max(before, now - ago))
        assert budgets.spent(budget, now) == 0


def test_editing_a_waiting_clip_stays_within_the_budget(wish, owner):
    give("0.20")
    [job] = wishes.create(wish(), owner)
    editing.edit(job, replace(job.request(), prompt="Fog"), owner)
    with pytest.raises(Refused, match="not enough"):
        editing.edit(job, replace(job.request(), duration_s=10), owner)
    job.refresh_from_db()
    assert (job.prompt, job.duration_s) == ("Fog", 5)


def test_the_tightest_one_is_what_is_shown(wish, owner):
    give("5")
    give("0.50", member=owner, period="day")
    wishes.create(wish(), owner)
    shown = budgets.tightest(owner, [wish().provider_model.provider])
    assert (shown.left_words, shown.percent, shown.is_nearly_gone) == (
        "$0.35 left today",
        30,
        False,
    )


# -- All at once ---------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("time", range(20))
def test_fifty_presses_at_once_with_money_for_ten_make_ten(wish, owner, time):
    give("1.50")
    pressed = [wish(prompt=f"Take {number}") for number in range(50)]

    def press(one: Wish) -> bool:
        try:
            return bool(wishes.create(one, owner))
        except Refused:
            return False
        finally:
            connection.close()

    with ThreadPoolExecutor(10) as members:
        accepted = list(members.map(press, pressed))
    assert accepted.count(True) == Job.objects.count() == 10
