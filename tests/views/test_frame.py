"""The frame around every page: language, theme, the scripts' words, the app's manifest."""

import re

import pytest
from django.contrib import messages
from django.http import HttpResponse
from django.test import Client, RequestFactory
from django.utils.translation import get_language

from studio import middleware
from studio.services import words


def test_the_pages_speak_the_browsers_language(browser):
    page = browser.get("/queue/", headers={"accept-language": "de-AT,de;q=0.9"})
    assert '<html lang="de"' in page.content.decode()
    assert "Warteschlange" in page.content.decode()


def test_the_chosen_language_wins_over_the_browsers(browser):
    answer = browser.post("/language/", {"language": "de", "next": "/queue/"})
    assert answer.headers["Location"] == "/queue/"
    page = browser.get("/queue/", headers={"accept-language": "en"})
    assert '<html lang="de"' in page.content.decode()


@pytest.mark.parametrize("address", ["https://evil.example/", "//evil.example"])
def test_a_choice_never_leads_elsewhere(db, address):
    for path in ("/language/", "/theme/"):
        assert Client().post(path, {"next": address}).headers["Location"] == "/"


def test_a_language_that_does_not_exist_changes_nothing(db):
    answer = Client().post("/language/", {"language": "xx"})
    assert "django_language" not in answer.cookies


def test_the_system_decides_again_on_dark_and_light(db):
    client = Client()
    client.post("/theme/", {"theme": "light"})
    assert b'data-theme="light"' in client.get("/login/").content
    client.post("/theme/", {"theme": ""})
    assert b"data-theme=" not in client.get("/login/").content


def test_the_scripts_words_are_asked_for_once_per_language(db):
    page = Client().get("/login/", headers={"accept-language": "de"}).content.decode()
    address = re.search(r'src="(/words/de/\w+\.js)"', page)[1]
    answer = Client().get(address)
    assert "immutable" in answer.headers["Cache-Control"]
    assert "Kopiert" in answer.content.decode()
    assert get_language() == "en-gb"


def test_words_of_another_version_are_not_kept(db):
    assert "Cache-Control" not in Client().get("/words/de/earlier.js").headers
    assert Client().get("/words/xx/earlier.js").status_code == 404


def test_the_version_of_the_words_follows_the_catalogue():
    assert words.version("de") != words.version("en-gb")


def test_the_manifest_lets_the_studio_be_installed(db):
    answer = Client().get("/manifest.webmanifest")
    assert answer.headers["Content-Type"] == "application/manifest+json"
    told = answer.json()
    assert told["display"] == "standalone"
    purposes = {(icon["sizes"], icon.get("purpose", "any")) for icon in told["icons"]}
    assert purposes >= {("192x192", "any"), ("512x512", "any"), ("512x512", "maskable")}


def test_a_part_of_a_page_brings_what_just_happened(db, owner):
    request = RequestFactory().get("/", headers={"HX-Request": "true"})
    request.user, request.session = owner, {}
    request._messages = messages.storage.cookie.CookieStorage(request)
    answer = middleware.toasts(_says("Queued."))(request)
    assert b'hx-swap-oob="beforeend:#toasts"' in answer.content
    assert b"Queued." in answer.content


def _says(text):
    def view(request):
        messages.success(request, text)
        return HttpResponse("<p>a part</p>")

    return view


def test_pages_are_sent_compressed_and_films_are_not(browser):
    page = browser.get("/queue/", headers={"accept-encoding": "gzip"})
    assert page.headers["Content-Encoding"] == "gzip"
    film = HttpResponse(b"film" * 200, content_type="video/mp4")
    request = RequestFactory().get("/", headers={"accept-encoding": "gzip"})
    assert "Content-Encoding" not in middleware.Compression(lambda _: film)(request)


def test_pages_name_the_rules_for_fetching_ahead(browser):
    assert browser.get("/queue/").headers["Speculation-Rules"].endswith('foresight.rules"')


@pytest.mark.parametrize(
    ("path", "status", "words"),
    [
        ("/nothing/", 404, "Hier gibt es nichts"),
        ("/setup/guessed/", 404, "Dieser Link gilt nicht mehr"),
    ],
)
def test_error_pages_speak_the_language_too(browser, path, status, words):
    answer = browser.get(path, headers={"accept-language": "de"})
    assert answer.status_code == status
    assert words in answer.content.decode()
