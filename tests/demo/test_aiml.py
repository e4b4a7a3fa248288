from collections.abc import Callable
from typing import Any
from urllib.parse import unquote

import httpx
import pytest

from tests.demo.conftest import BEARER, Visitor, png


@pytest.fixture
def aiml(visit: Callable[[str], Visitor]) -> Visitor:
    return visit("aiml")


def content(text: str, *urls: str) -> list[dict[str, Any]]:
    images = [{"type": "image_url", "image_url": {"url": url}} for url in urls]
    return [{"type": "text", "text": text}, *images]


@pytest.mark.parametrize(
    "changes",
    [
        {"model": "other"},
        {"content": None},
        {"content": []},
        {"content": content("  ")},
        {"content": content("--duration 5")},
        {"content": content("Waves --duration 7")},
        {"content": content("Waves --duration")},
        {"content": content("Waves --resolution 4K")},
        {"content": content("Waves --framerate 60")},
        {"content": content("Waves --duration 5 and more")},
        {"content": content("Waves")[::-1] + content("Waves")},
        {"content": [{"type": "audio"}]},
        {"content": content("Waves", "data:image/png;base64,AAAA")},
    ],
)
def test_a_wrong_request_is_invalid(aiml: Visitor, changes: dict[str, Any]):
    refused = aiml.create(**changes)
    assert (refused.status_code, refused.json()["error"]["code"]) == (400, "invalid_request")
    assert aiml.demo.created() == 0


def test_missing_text_is_answered_in_the_documented_words(aiml: Visitor):
    error = aiml.create(content=[]).json()["error"]
    assert error == {"code": "invalid_request", "message": "Text content is required."}


def test_directives_are_read_from_the_end_of_the_text(aiml: Visitor):
    text = "Soft clouds drift --resolution 1080p --duration 10 --camerafixed false"
    aiml.create(content=content(text))
    [job] = aiml.demo.jobs("aiml")
    assert (job["spec"]["prompt"], job["spec"]["duration_s"]) == ("Soft clouds drift", 10)


def test_a_picture_is_fetched_from_its_address(aiml: Visitor, visit: Callable[[str], Visitor]):
    visit("imgix").http.post("/v1/sources/s1/upload/tall.png", content=png(size=(90, 160)))
    address = f"{aiml.demo.origin}/imgix/source/s1/tall.png"
    assert aiml.create(content=content("Waves", address)).status_code == 200
    [job] = aiml.demo.jobs("aiml")
    assert job["spec"]["height"] > job["spec"]["width"]


def test_an_address_without_an_image_is_refused(aiml: Visitor):
    address = f"{aiml.demo.origin}/_control/state"
    assert aiml.create(content=content("Waves", address)).status_code == 400


def test_the_decoded_media_path_is_not_found(aiml: Visitor):
    _, body = aiml.finished()
    path = body["data"]["videoUrl"]
    assert "%2F" in path
    assert httpx.get(f"{aiml.demo.origin}/aiml{path}", headers=BEARER).status_code == 200
    decoded = httpx.get(f"{aiml.demo.origin}/aiml{unquote(path)}", headers=BEARER)
    assert decoded.status_code == 404


def test_resolving_needs_the_key(aiml: Visitor):
    _, body = aiml.finished()
    assert httpx.get(f"{aiml.demo.origin}/aiml{body['data']['videoUrl']}").status_code == 401


def test_the_store_refuses_a_foreign_authorization_header(aiml: Visitor):
    _, body = aiml.finished()
    assert httpx.get(aiml.video_url(body), headers=BEARER).status_code == 400


def test_a_job_can_be_cancelled_by_the_server(aiml: Visitor):
    aiml.demo.fault("aiml", "create", "cancelled")
    job_id = aiml.account.read_id(aiml.create().json())
    assert "videoUrl" not in aiml.until(job_id, "canceled")["data"]
