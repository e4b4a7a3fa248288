"""A budget that is reached while somebody composes: told in time, and nothing typed is lost."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from tests.browser.steps import choose

NAME = "Paid for"


@pytest.fixture
def paid(studio, session_state):
    """An account that is no demo, though the demo server answers it; nobody else's tests see it."""
    base = f"http://127.0.0.1:{studio.demo_port}/getimg"
    words = ("getimg", "--name", NAME, "--base-url", base, "--api-key-stdin")
    studio.manage("provider", "add", *words, stdin="sk_paid_for_1234567\n")
    studio.manage("provider", "check", NAME)
    yield NAME
    switch_off = f"Provider.objects.filter(name='{NAME}').update(is_enabled=False)"
    lift = "Budget.objects.all().delete()"
    studio.ask(f"from studio.models import *; {switch_off}; {lift}")


def test_a_budget_that_is_reached_is_told_and_nothing_is_lost(page, paid):
    page.goto("/budgets/")
    page.select_option("#id_provider", label=paid)
    page.fill("#id_amount", "0.25")
    page.click("text=Set it")
    expect(page.locator(".toast")).to_contain_text(f"The budget for {paid} is set.")
    found = Axe().run(page).response["violations"]
    assert [v["id"] for v in found if v["impact"] in {"serious", "critical"}] == []
    page.goto("/")
    choose(page, paid, "Seedance 1.5 Pro")
    page.fill("#prompt", "A kite over the dunes")
    page.click("[aria-label='One take more']")
    expect(page.locator("#cost-left")).to_have_text("$0.25 left this month")
    page.click("button:has-text('Generate 2 takes')")
    expect(page.locator("#problems")).to_contain_text("Nothing was sent.")
    expect(page.locator("#problems")).to_contain_text("is not enough: $0.25 left this month")
    expect(page.locator("#prompt")).to_have_value("A kite over the dunes")
    page.click("[aria-label='One take fewer']")
    page.click("button:has-text('Generate')")
    expect(page.locator(".toast--success")).to_contain_text("1 clip is in the queue")
    expect(page.locator("#cost-left")).to_have_text("$0.10 left this month")
    page.set_viewport_size({"width": 320, "height": 800})
    page.goto("/budgets/")
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
