"""Choosing models, several at once, variables, and clips from a CSV, in a real browser."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.steps import SEEDANCE, choose


@pytest.fixture
def composing(page: Page) -> Page:
    page.goto("/")
    choose(page, *SEEDANCE)
    return page


def add_model(page: Page, provider: str, model: str) -> None:
    """Tick one more model in the open picker."""
    row = page.locator(f'.offer[data-provider="{provider}"][data-model="{model}"]')
    with page.expect_response(re.compile("/compose/options/")):
        row.locator("input").click()


def test_three_models_at_once_make_one_batch(composing):
    page = composing
    page.fill("#prompt", "Three ways to see a comet")
    page.click("#model")
    add_model(page, "indoxhub (demo)", "Veo 3.1")
    add_model(page, "indoxhub (demo)", "Sora 2")
    page.keyboard.press("Escape")
    expect(page.locator(".chosen li")).to_have_count(3)
    expect(page.locator(".chosen")).to_contain_text("6 s instead of 5 s")
    expect(page.locator("#cost")).to_contain_text("3 models")
    page.click("button:has-text('Generate 3 clips')")
    expect(page.locator(".toast--success")).to_contain_text("3 clips are in the queue")
    page.goto("/queue/")
    rows = page.locator(".row", has_text="Three ways to see a comet")
    expect(rows).to_have_count(3)
    for name in ("Seedance 1.5 Pro", "Veo 3.1", "Sora 2"):
        expect(rows.filter(has_text=name)).to_have_count(1)


def test_a_model_is_left_out_again(composing):
    page = composing
    page.click("#model")
    add_model(page, "indoxhub (demo)", "Veo 2")
    page.keyboard.press("Escape")
    page.click("[aria-label='Leave Seedance 1.5 Pro out']")
    expect(page.locator("#model-face")).to_contain_text("Veo 2")
    expect(page.locator(".chosen")).to_have_count(0)


def test_the_picker_works_by_keyboard_alone(composing):
    page = composing
    page.locator("#model").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#model-search")).to_be_focused()
    page.keyboard.type("veo 3.1")
    expect(page.locator(".offer:visible")).to_have_count(2)
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    expect(page.locator(".offer:focus-within")).to_contain_text("Veo 3.1 Fast")
    page.keyboard.press("ArrowUp")
    with page.expect_response(re.compile("/compose/options/")):
        page.keyboard.press("Enter")
    expect(page.locator("#picker")).to_be_hidden()
    expect(page.locator("#model")).to_be_focused()
    expect(page.locator("#model-face")).to_contain_text("Veo 3.1")
    page.keyboard.press("Enter")
    page.keyboard.press("Escape")
    expect(page.locator("#picker")).to_be_hidden()
    expect(page.locator("#model")).to_be_focused()


def test_the_filters_of_the_picker_hide_what_does_not_fit(composing):
    page = composing
    page.click("#model")
    page.click("text=Fits my inputs")
    expect(page.locator(".offer--change:visible")).to_have_count(0)
    page.click("text=With sound")
    expect(page.locator(".offer:visible")).not_to_have_count(0)
    for row in page.locator(".offer:visible").all():
        assert row.get_attribute("data-sound") is not None


def test_a_choice_that_the_model_lacks_says_why_and_changes_nothing(composing):
    page = composing
    lacking = page.locator("input[name=duration_s][aria-disabled]").first
    lacking.focus()
    expect(lacking).to_have_accessible_description(re.compile("Seedance 1.5 Pro: no"))
    page.keyboard.press("Space")
    expect(lacking).not_to_be_checked()
    expect(page.locator("input[name=duration_s]:checked")).to_have_count(1)


def test_variables_show_their_prompts_count_and_cost_before_anything_is_sent(page):
    page.goto("/")
    choose(page, "indoxhub (demo)", "Nova Reel")
    page.fill("#prompt", "{Dawn|Dusk} in {city}")
    page.get_by_label("What city stands for").fill("Rome\nOslo\nLima")
    expect(page.locator("#cost")).to_contain_text("1 take = 6 clips")
    expect(page.locator("#cost")).to_contain_text("About $2.88")
    page.click("#every-prompt summary")
    expect(page.locator("#every-prompt li")).to_have_count(6)
    expect(page.locator("#every-prompt li").last).to_have_text("Dusk in Lima")
    page.click("button:has-text('Generate 6 clips')")
    expect(page.locator(".toast--success")).to_contain_text("6 clips are in the queue")


def test_what_is_typed_into_a_variable_is_not_swapped_away(page):
    page.goto("/")
    page.fill("#prompt", "A day in {city}")
    field = page.get_by_label("What city stands for")
    field.press_sequentially("Rome, Oslo, Lima and a long way round", delay=25)
    page.wait_for_timeout(600)
    expect(field).to_have_value("Rome, Oslo, Lima and a long way round")
    expect(field).to_be_focused()


def test_braces_can_be_meant_as_they_stand(composing):
    page = composing
    page.fill("#prompt", '{"scene": "mist over a lake", "camera": {"move": "dolly"}}')
    expect(page.locator("#prompt-error")).to_be_visible()
    page.check("text=Take the braces as they stand")
    expect(page.locator("#prompt-error")).to_have_count(0)
    page.click("button:has-text('Generate')")
    expect(page.locator(".toast--success")).to_be_visible()


def test_a_csv_with_a_bad_row_sends_the_others_once(page):
    page.goto("/compose/batch/")
    rows = [
        "prompt,duration_s,takes,model",
        "A heron at dawn,5,1,Seedance 1.5 Pro",
        "A heron at noon,7,1,Seedance 1.5 Pro",
        "A heron at dusk,10,2,Seedance 1.5 Pro",
    ]
    page.fill("#csv-text", "\n".join(rows))
    page.click("text=Preview every row")
    expect(page.locator("tr.is-bad")).to_contain_text("makes 5 or 10 seconds")
    expect(page.locator("button:has-text('Queue 3 of 4 clips')")).to_be_visible()
    page.uncheck("#line-2")
    expect(page.locator("button:has-text('Queue 2 of 4 clips')")).to_be_visible()
    page.check("#line-2")
    page.click("button:has-text('Queue 3 of 4 clips')")
    expect(page.locator(".toast--success")).to_contain_text("3 clips are in the queue")
    expect(page.locator(".row", has_text="A heron at")).to_have_count(3)
    page.go_back()
    page.click("button:has-text('Queue 3 of 4 clips')")
    expect(page.locator(".row", has_text="A heron at")).to_have_count(3)
