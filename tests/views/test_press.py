"""One press for many clips: what it makes is shown before it is sent, and it is one press."""

import re

import pytest
from django.test import Client

from studio.models import Board, Job, SavedDraft, Shot
from tests.factories import new_member
from tests.views.forms import form


@pytest.fixture
def two_models(getimg, make_provider) -> list[int]:
    """Seedance and Veo 3, which has no 5 seconds."""
    veo = make_provider("indoxhub", name="Hub").models.get(name="Veo 3")
    return [getimg.models.get(name="Seedance 1.5 Pro").pk, veo.pk]


def told_in(text: str) -> str:
    return re.search(r'name="told" value="(\w*)"', text)[1]


def test_what_changes_for_one_of_several_models_is_shown_before_it_is_sent(
    browser, getimg, two_models
):
    pressed = form(getimg, provider_model=two_models)
    answer = browser.post("/", pressed)
    text = answer.content.decode()
    assert answer.status_code == 422
    assert "6 s instead of 5 s" in text
    assert "Nothing was sent yet." in text
    assert not Job.objects.exists()
    pressed["told"] = told_in(text)
    assert browser.post("/", pressed).status_code == 302
    assert sorted(Job.objects.values_list("duration_s", "variant")) == [(5, 0), (6, 1)]


def test_the_settings_that_follow_the_form_tell_it_too(browser, getimg, two_models):
    pressed = form(getimg, provider_model=two_models)
    shown = browser.post("/compose/options/", pressed).content.decode()
    assert "6 s instead of 5 s" in shown
    assert browser.post("/", pressed | {"told": told_in(shown)}).status_code == 302


def test_variables_show_every_prompt_their_count_and_cost(browser, getimg, two_models):
    fields = form(getimg, provider_model=two_models, duration_s="8", prompt="{Dawn|Dusk} in {city}")
    shown = browser.post("/compose/options/", fields | {"list-city": "Rome\nOslo"})
    text = shown.content.decode()
    for words in ("4 prompts", "Dawn in Rome", "Dusk in Oslo", "= 8 clips", "About $6.40"):
        assert words in text


def test_a_variable_without_values_is_told_at_its_field(browser, getimg):
    answer = browser.post("/", form(getimg, prompt="A day in {city}"))
    text = answer.content.decode()
    assert "List what {city} stands for" in text
    assert 'name="list-city"' in text
    assert not Job.objects.exists()


def test_a_brace_that_is_not_closed_is_told_at_the_prompt(browser, getimg):
    text = browser.post("/", form(getimg, prompt="A {day")).content.decode()
    assert 'id="prompt-error"' in text
    assert "Take the braces as they stand" in text


def test_the_form_stays_filled_after_a_press_under_a_new_token(browser, getimg):
    pressed = form(getimg, prompt="Again and again")
    answer = browser.post("/", pressed, follow=True)
    text = answer.content.decode()
    assert answer.redirect_chain == [("/", 302)]
    assert "Again and again" in text
    assert pressed["batch"] not in text


def test_a_press_after_the_session_has_ended_sends_nothing_and_loses_nothing(
    owner, getimg, make_image
):
    browser = Client()
    picture = make_image()
    pressed = form(getimg, prompt="Typed too late", member=owner.pk, first_frame=str(picture.pk))
    answer = browser.post("/", pressed)
    assert answer.headers["Location"] == "/login/?next=/"
    assert not Job.objects.exists()
    answer = browser.post(
        "/login/", {"username": "mara", "password": "a long enough one", "next": "/"}, follow=True
    )
    text = answer.content.decode()
    assert "Typed too late" in text
    assert str(picture.pk) in text
    assert "nothing was sent" in text
    assert not Job.objects.exists()


def test_a_form_that_waits_for_a_login_is_nobody_elses(owner, getimg):
    new_member("noor", password="another long one")
    browser = Client()
    browser.post("/", form(getimg, prompt="Only mine", member=owner.pk))
    entered = {"username": "noor", "password": "another long one", "next": "/"}
    answer = browser.post("/login/", entered, follow=True)
    assert "Only mine" not in answer.content.decode()


def test_the_draft_is_kept_while_one_types(browser, owner, getimg):
    assert browser.post("/compose/draft/", form(getimg, prompt="Half a")).status_code == 204
    assert "Half a" in browser.get("/").content.decode()
    assert "batch" not in SavedDraft.objects.get(owner=owner).content


def test_an_earlier_draft_is_offered_and_comes_back(browser, getimg, make_job):
    browser.post("/compose/draft/", form(getimg, prompt="Half a thought"))
    job = make_job(getimg, prompt="A comet")
    assert "Bring back your earlier draft" in browser.get(f"/?remix={job.pk}").content.decode()
    answer = browser.post("/compose/draft/earlier/", follow=True)
    assert "Half a thought" in answer.content.decode()


def test_a_shot_is_written_and_goes_back_to_its_board(browser, owner, getimg):
    board = Board.objects.create(owner=owner, name="Titles")
    shot = Shot.objects.create(board=board, content={"prompt": ["A comet"]})
    browser.post("/compose/draft/", form(getimg, prompt="Half a thought"))
    text = browser.get(f"/?shot={shot.pk}").content.decode()
    assert "A comet" in text
    assert "Save to the storyboard" in text
    answer = browser.post("/compose/draft/shot/", form(getimg, prompt="Two comets", shot=shot.pk))
    assert answer.headers["Location"] == f"/boards/{board.pk}/?shot={shot.pk}"
    shot.refresh_from_db()
    assert shot.content["prompt"] == ["Two comets"]
    assert "Half a thought" in browser.get("/").content.decode()
    assert not Job.objects.exists()


def test_a_shot_that_is_gone_is_said(browser, getimg):
    answer = browser.post("/compose/draft/shot/", form(getimg, shot=99), follow=True)
    assert "not on its board any more" in answer.content.decode()


def test_a_remix_is_known_as_one(browser, owner, getimg, make_job):
    source = make_job(getimg)
    text = browser.get(f"/?remix={source.pk}").content.decode()
    assert f'name="source" value="{source.pk}"' in text
    browser.post("/", form(getimg, prompt="New words", source=source.pk, made_as="remix"))
    made = Job.objects.get(prompt="New words")
    assert (made.source, made.made_as) == (source, Job.MadeAs.REMIX)


def test_an_invented_kind_of_descent_is_none(browser, getimg, make_job):
    source = make_job(getimg)
    browser.post("/", form(getimg, prompt="New words", source=source.pk, made_as="theft"))
    assert Job.objects.get(prompt="New words").made_as == ""


def test_the_picker_lists_what_fits_and_what_would_need_a_change(browser, getimg, two_models):
    text = browser.post("/compose/models/", form(getimg)).content.decode()
    fitting, changing = text.split("Would need a change")
    assert "Seedance 1.5 Pro" in fitting
    assert "6 s instead of 5 s" in changing


def test_a_model_is_left_out_without_script(browser, getimg, two_models):
    text = browser.post("/", form(getimg, provider_model=two_models, drop=two_models[1]))
    assert "Chosen models" not in text.content.decode()
    assert not Job.objects.exists()


def test_the_compose_page_asks_few_questions_of_the_database(
    browser, make_provider, django_assert_max_num_queries
):
    for slug in ("getimg", "indoxhub", "dafty", "imgix"):
        make_provider(slug)
    browser.get("/")
    with django_assert_max_num_queries(30):
        browser.get("/")
    with django_assert_max_num_queries(6):
        browser.post("/compose/options/", {"prompt": "Mist"})
