from collections.abc import Callable
from typing import Any

import httpx
import pytest

from tests.demo.conftest import Visitor, png


@pytest.fixture
def imgix(visit: Callable[[str], Visitor]) -> Visitor:
    return visit("imgix")


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"prompt": None}, 400),
        ({"url": None}, 400),
        ({"url": "not an address"}, 400),
        ({"url": "https://demo.imgix.net/missing.png"}, 400),
        ({"url": "https://example.com/a.png"}, 401),
        ({"model": "veo9"}, 400),
        ({"duration": None}, 400),
        ({"model": "klingai", "duration": 8}, 400),
        ({"duration": "8"}, 400),
    ],
)
def test_a_wrong_field_is_refused_as_json_api_error(
    imgix: Visitor, changes: dict[str, Any], status: int
):
    refused = imgix.create(**changes)
    [error] = refused.json()["errors"]
    assert (refused.status_code, error["status"]) == (status, str(status))
    assert set(error) == {"detail", "id", "status", "title"}
    assert imgix.demo.created() == 0


@pytest.mark.parametrize("prefix", ["/v1", "/api/v1"])
def test_both_prefixes_answer(imgix: Visitor, prefix: str):
    job_id, _ = imgix.finished()
    assert imgix.http.get(f"{prefix}/generations/video/{job_id}").status_code == 200


def test_the_second_vocabulary_can_be_spoken(imgix: Visitor):
    imgix.demo.settings(imgix_vocabulary=2)
    job_id = imgix.account.read_id(imgix.create().json())
    attributes = imgix.until(job_id, "completed")["data"]["attributes"]
    assert httpx.get(attributes["result_url"]).status_code == 200


def test_an_uploaded_picture_is_served_and_can_be_animated(imgix: Visitor):
    picture = png("orange")
    uploaded = imgix.http.post("/api/v1/sources/s9/upload/shots/b%20c.png", content=picture)
    assert uploaded.json()["data"]["id"] == "s9/shots/b c.png"
    address = f"{imgix.demo.origin}/imgix/source/s9/shots/b%20c.png"
    assert httpx.get(address).content == picture
    assert imgix.create(url=address).status_code == 200


def test_a_source_tells_that_it_takes_uploads(imgix: Visitor):
    source = imgix.http.get("/api/v1/sources/s1").json()["data"]
    assert source["id"] == "s1"
    assert source["attributes"]["deployment"]["allows_upload"]
    assert source["attributes"]["deployment"]["imgix_subdomains"] == ["demo"]


def test_an_existing_path_is_only_overwritten_when_asked(imgix: Visitor):
    path = "/v1/sources/s1/upload/twice.png"
    assert imgix.http.post(path, content=png()).status_code == 200
    assert imgix.http.post(path, content=png()).status_code == 200
    assert imgix.http.post(path, content=png("red")).status_code == 400
    assert imgix.http.post(f"{path}?overwrite=true", content=png("red")).status_code == 200


def test_what_is_no_image_is_not_stored(imgix: Visitor):
    path = "/v1/sources/s1/upload/page.png"
    assert imgix.http.post(path, content=b"<html>").status_code == 400


def test_the_fifth_request_of_a_second_is_refused_without_retry_after(imgix: Visitor):
    imgix.demo.settings(has_limits=True)
    answers = [imgix.http.get("/v1/generations/video/unknown") for _ in range(30)]
    refused = [answer for answer in answers if answer.status_code == 429]
    assert refused
    assert "Retry-After" not in refused[0].headers
