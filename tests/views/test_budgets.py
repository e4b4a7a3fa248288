"""The budgets' page, and what compose says of them."""

from decimal import Decimal

import pytest

from studio.models import Budget
from tests.factories import new_member

FORM = {"member": "", "provider": "", "period": "month", "amount": "20"}


def test_a_budget_is_set_changed_and_lifted(browser):
    told = browser.post("/budgets/", FORM, follow=True).content.decode()
    assert "The studio&#x27;s budget is set." in told
    browser.post("/budgets/", FORM | {"amount": "25.50"})
    budget = Budget.objects.get()
    assert budget.amount == Decimal("25.50")
    assert "$25.50 left this month" in browser.get("/budgets/").content.decode()
    browser.post(f"/budgets/{budget.pk}/remove/")
    assert not Budget.objects.exists()


def test_budgets_of_a_member_and_of_all_stand_beside_each_other(browser):
    jo = new_member("jo")
    browser.post("/budgets/", FORM)
    browser.post("/budgets/", FORM | {"member": str(jo.pk)})
    assert Budget.objects.count() == 2
    assert "jo&#x27;s budget" in browser.get("/budgets/").content.decode()


@pytest.mark.parametrize("wrong", [{"amount": "-1"}, {"amount": "lots"}, {"period": "year"}])
def test_nonsense_is_told_at_its_field(browser, wrong):
    answer = browser.post("/budgets/", FORM | wrong)
    assert answer.status_code == 422
    assert "field-error" in answer.content.decode()
    assert not Budget.objects.exists()


def test_compose_says_what_is_left(browser, getimg):
    Budget.objects.create(amount=Decimal("3"))
    model = getimg.models.get(model_id="seedance-v1-5-pro")
    text = browser.get(f"/?model={model.pk}").content.decode()
    shown = browser.post("/compose/options/", {"provider_model": str(model.pk), "prompt": "Mist"})
    assert "$3.00 left this month" in text + shown.content.decode()
