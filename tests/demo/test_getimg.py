from collections.abc import Callable
from typing import Any

import pytest

from tests.demo.conftest import Visitor, data_uri, png

FIRST = {"url": data_uri(png()), "role": "first_frame"}
LAST = {"url": data_uri(png()), "role": "last_frame"}
NO_IMAGE = {"url": data_uri(b"not a picture"), "role": "first_frame"}


@pytest.fixture
def getimg(visit: Callable[[str], Visitor]) -> Visitor:
    return visit("getimg")


@pytest.mark.parametrize(
    ("changes", "code", "param"),
    [
        ({"model": None}, "parameter_missing", "model"),
        ({"model": "nothing"}, "invalid_parameter", "model"),
        ({"prompt": None}, "parameter_missing", "prompt"),
        ({"prompt": "x" * 4097}, "invalid_parameter", "prompt"),
        ({"duration": 6}, "invalid_parameter", "duration"),
        ({"duration": "5"}, "invalid_parameter", "duration"),
        ({"aspect_ratio": "4:3"}, "invalid_parameter", "aspect_ratio"),
        ({"sound": "yes"}, "invalid_parameter", "sound"),
        ({"images": [LAST]}, "invalid_parameter", "images"),
        ({"images": [FIRST, FIRST]}, "invalid_parameter", "images"),
        ({"images": [{"url": FIRST["url"]}]}, "parameter_missing", "images"),
        ({"images": [FIRST | {"role": "reference_image"}]}, "invalid_parameter", "images"),
        ({"images": [FIRST | {"url": "http://127.0.0.1/a.png"}]}, "invalid_parameter", "images"),
        ({"images": [FIRST | {"url": "iVBORw0KGgo="}]}, "invalid_parameter", "images"),
        ({"images": [NO_IMAGE]}, "invalid_parameter", "images"),
    ],
)
def test_a_wrong_field_is_named(getimg: Visitor, changes: dict[str, Any], code: str, param: str):
    refused = getimg.create(**changes)
    error = refused.json()["error"]
    assert (refused.status_code, error["code"], error["param"]) == (400, code, param)
    assert getimg.demo.created() == 0


def test_references_do_not_go_with_frames(getimg: Visitor):
    images = [FIRST, FIRST | {"role": "reference_image"}]
    assert getimg.create(model="seedance-v1-pro", images=images).status_code == 400


def test_rate_headers_give_the_reset_as_unix_time(getimg: Visitor):
    getimg.demo.settings(has_limits=True)
    headers = getimg.create().headers
    assert (headers["X-RateLimit-Limit"], headers["X-RateLimit-Remaining"]) == ("10", "9")
    assert int(headers["X-RateLimit-Reset"]) > 1_700_000_000


def test_the_eleventh_video_in_a_minute_is_told_when_to_come_back(getimg: Visitor):
    getimg.demo.settings(has_limits=True)
    for _ in range(10):
        getimg.finished()
    refused = getimg.create()
    assert (refused.status_code, refused.json()["error"]["code"]) == (429, "rate_limit")
    assert 1 <= int(refused.headers["Retry-After"]) <= 60
    getimg.demo.advance(61)
    assert getimg.create().status_code == 202


def test_the_sixth_concurrent_video_is_refused_without_retry_after(getimg: Visitor):
    getimg.demo.settings(has_limits=True, generating_s=1000)
    for _ in range(5):
        assert getimg.create().status_code == 202
    refused = getimg.create()
    assert refused.status_code == 429
    assert set(refused.json()["error"]) == {"message", "code"}
    assert "Retry-After" not in refused.headers


def test_the_link_dies_when_the_file_is_deleted(getimg: Visitor):
    _, body = getimg.finished()
    expires_at = int(body["data"][0]["url"].partition("exp=")[2].partition("&")[0])
    assert body["data"][0]["deletes_at"].endswith("Z")
    assert expires_at == pytest.approx(getimg.demo.state()["now"] + 24 * 3600, abs=60)


def test_a_spent_balance_is_402(getimg: Visitor):
    getimg.demo.settings(has_limits=True, balance=0.1)
    refused = getimg.create()
    assert (refused.status_code, refused.json()["error"]["code"]) == (402, "quota_exceeded")
