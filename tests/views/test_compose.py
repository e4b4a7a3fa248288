"""Compose: nothing typed or uploaded is lost, and wrong input is told at its field."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from studio.models import Asset, Heartbeat, Job
from studio.services import costs
from studio.tasks import WORKER
from tests.views.forms import form


def test_pressing_the_button_queues_the_takes(browser, getimg, django_capture_on_commit_callbacks):
    answer = browser.post("/", form(getimg, takes="3"))
    assert answer.status_code == 302
    assert Job.objects.count() == 3


def test_pressing_twice_makes_one_batch(browser, getimg):
    pressed = form(getimg, takes="2")
    browser.post("/", pressed)
    browser.post("/", pressed)
    assert Job.objects.count() == 2


def test_wrong_input_is_told_at_its_field_and_nothing_is_lost(browser, getimg):
    answer = browser.post("/", form(getimg, duration_s="7", takes="99"))
    text = answer.content.decode()
    assert answer.status_code == 422
    assert "Seedance 1.5 Pro makes 5 or 10 seconds." in text
    assert "1 to 8 takes" in text
    assert "Nothing was sent" in text
    assert "Mist over a lake" in text
    assert not Job.objects.exists()


@pytest.mark.parametrize(
    ("name", "value"), [("takes", "many"), ("duration_s", "ten"), ("takes", "-1")]
)
def test_a_number_that_is_none_is_named(browser, getimg, name, value):
    assert browser.post("/", form(getimg, **{name: value})).status_code == 422
    assert not Job.objects.exists()


def test_nonsense_in_every_field_is_no_fault_of_the_server(browser, getimg):
    fields = dict.fromkeys(
        ("provider_model", "batch", "takes", "seed", "first_frame", "extra-x"),
        "\x00'\"><img src=x onerror=alert(1)>",
    )
    answer = browser.post("/", form(getimg, **fields))
    assert answer.status_code == 422
    assert b"<img src=x" not in answer.content


def test_a_frame_sent_without_script_survives_another_mistake(browser, getimg, png):
    file = SimpleUploadedFile("a.png", png().getvalue(), "image/png")
    answer = browser.post("/", form(getimg, prompt="", first_frame_file=file))
    assert answer.status_code == 422
    assert str(Asset.objects.get().pk) in answer.content.decode()


def test_the_settings_follow_the_model_and_keep_what_fits(
    browser, getimg, make_provider, make_image
):
    dafty = make_provider("dafty", name="D")
    fields = form(dafty, resolution="480p", first_frame=str(make_image().pk))
    text = browser.post("/compose/options/", fields).content.decode()
    assert 'value="480p" checked' in text
    assert "Follows the first frame" in text
    fields["last_frame"] = str(make_image("coral").pk)
    assert "21:9" in browser.post("/compose/options/", fields).content.decode()


def test_a_remix_fills_the_form(browser, getimg, make_job):
    job = make_job(getimg, prompt="A lighthouse in a storm", duration_s=10)
    text = browser.get(f"/?remix={job.pk}").content.decode()
    assert "A lighthouse in a storm" in text
    assert 'value="10" checked' in text


def test_the_form_says_when_images_cannot_be_delivered(browser, make_provider, make_image):
    aiml = make_provider("aiml", name="A")
    fields = form(aiml, first_frame=str(make_image().pk))
    assert b"PUBLIC_URL" in browser.post("/compose/options/", fields).content


def test_without_a_provider_the_page_says_how_to_add_one(browser):
    assert b"No provider yet" in browser.get("/").content


def test_the_page_says_when_no_worker_runs(browser, getimg):
    assert b"The worker is not running" in browser.get("/queue/").content
    Heartbeat.beat(WORKER)
    assert b"The worker is not running" not in browser.get("/queue/").content


def test_a_change_swaps_the_words_at_the_button_but_never_the_button(browser, make_provider):
    indoxhub = make_provider("indoxhub")
    nova = indoxhub.models.get(name__contains="Nova Reel")
    fields = form(indoxhub, provider_model=nova.pk, takes="2", duration_s="6")
    text = browser.post("/compose/options/", fields).content.decode()
    sum_words = costs.TIMES.join(["2 takes", "6 s", "$0.08/s"])
    for words in ("Generate 2 takes", "About $0.96", sum_words):
        assert words in text
    assert "button--primary" not in text


def test_an_option_that_the_model_lacks_stays_visible(browser, make_provider):
    imgix = make_provider("imgix", name="I")
    text = browser.post("/compose/options/", form(imgix)).content.decode()
    assert "The model decides" in text
    assert "takes no last frame" in text
