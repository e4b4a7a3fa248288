from collections.abc import Callable

import httpx
import pytest

from tests.demo.conftest import Visitor


@pytest.fixture
def clip_url(visit: Callable[[str], Visitor]) -> str:
    getimg = visit("getimg")
    return getimg.video_url(getimg.finished()[1])


@pytest.fixture
def whole(clip_url: str) -> httpx.Response:
    return httpx.get(clip_url)


def test_the_whole_clip_has_a_strong_etag_and_its_length(whole: httpx.Response):
    assert whole.headers["etag"].startswith('"')
    assert whole.headers["accept-ranges"] == "bytes"
    assert int(whole.headers["content-length"]) == len(whole.content)


@pytest.mark.parametrize(
    ("asked", "part"),
    [("0-0", slice(0, 1)), ("10-19", slice(10, 20)), ("100-", slice(100, None))],
)
def test_a_range_is_answered_with_its_bytes(
    clip_url: str, whole: httpx.Response, asked: str, part: slice
):
    answer = httpx.get(clip_url, headers={"Range": f"bytes={asked}"})
    assert answer.status_code == 206
    assert answer.content == whole.content[part]
    assert answer.headers["content-range"].endswith(f"/{len(whole.content)}")


def test_the_last_bytes_can_be_asked_for(clip_url: str, whole: httpx.Response):
    answer = httpx.get(clip_url, headers={"Range": "bytes=-50"})
    assert (answer.status_code, answer.content) == (206, whole.content[-50:])


@pytest.mark.parametrize("asked", ["bytes=99999999-", "bytes=-0", "bytes=20-10"])
def test_a_range_that_is_not_there_is_416(clip_url: str, whole: httpx.Response, asked: str):
    answer = httpx.get(clip_url, headers={"Range": asked})
    assert answer.status_code == 416
    assert answer.headers["content-range"] == f"bytes */{len(whole.content)}"


def test_if_range_decides_between_the_part_and_the_whole(clip_url: str, whole: httpx.Response):
    for etag, status in ((whole.headers["etag"], 206), ('"another"', 200)):
        headers = {"Range": "bytes=5-", "If-Range": etag}
        assert httpx.get(clip_url, headers=headers).status_code == status


@pytest.mark.parametrize("asked", ["bytes=0-1,5-6", "lines=1-2", "bytes=-"])
def test_a_range_of_another_kind_is_ignored(clip_url: str, whole: httpx.Response, asked: str):
    answer = httpx.get(clip_url, headers={"Range": asked})
    assert (answer.status_code, answer.content) == (200, whole.content)
