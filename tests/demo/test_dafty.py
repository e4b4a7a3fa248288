import time
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from tests.demo.conftest import Visitor, png

FRAMES = "/videos/frames"


@pytest.fixture
def dafty(visit: Callable[[str], Visitor]) -> Visitor:
    return visit("dafty")


@pytest.mark.parametrize(
    "changes",
    [
        {"image": None},
        {"image": "http://127.0.0.1/a.png"},
        {"image": "up_unknown"},
        {"image": "x" * 2049},
        {"prompt": "x" * 2001},
        {"duration": 0},
        {"duration": 16},
        {"duration": 5.5},
        {"resolution": "1080p"},
        {"audio": "no"},
        {"negativePrompt": "x" * 1001},
    ],
)
def test_a_wrong_field_is_a_validation_error(dafty: Visitor, changes: dict[str, Any]):
    refused = dafty.create(**changes)
    assert (refused.status_code, refused.json()["error"]["code"]) == (400, "VALIDATION_ERROR")
    assert dafty.demo.created() == 0


def test_two_frames_need_four_seconds_at_least(dafty: Visitor):
    frames = {"startImage": dafty.uploaded(), "endImage": dafty.uploaded(), "prompt": "Waves"}
    assert dafty.http.post(FRAMES, json=frames | {"duration": 3}).status_code == 400
    assert dafty.http.post(FRAMES, json=frames | {"duration": 4}).status_code == 202


def test_an_explicit_ratio_is_kept_and_auto_follows_the_start_frame(dafty: Visitor):
    tall = dafty.uploaded(png(size=(90, 160)))
    frames = {"startImage": tall, "endImage": dafty.uploaded(), "prompt": "Waves"}
    dafty.http.post(FRAMES, json=frames | {"aspectRatio": "21:9"})
    dafty.http.post(FRAMES, json=frames | {"aspectRatio": "auto"})
    auto, wide = (job["spec"] for job in dafty.demo.jobs("dafty"))
    assert wide["width"] > 2 * wide["height"]
    assert auto["width"] < auto["height"]


def test_a_clip_has_sound_unless_it_is_switched_off(dafty: Visitor):
    dafty.create()
    dafty.create(audio=False)
    assert [job["spec"]["has_sound"] for job in dafty.demo.jobs("dafty")] == [False, True]


def test_a_repeated_idempotency_key_gets_the_first_job_back(dafty: Visitor):
    first = dafty.create(headers={"Idempotency-Key": "k1"})
    again = dafty.create(headers={"Idempotency-Key": "k1"}, prompt="Other words")
    other = dafty.create(headers={"Idempotency-Key": "k2"})
    ids = [answer.json()["data"]["id"] for answer in (first, again, other)]
    assert ids[0] == ids[1] != ids[2]
    assert again.status_code == 202
    assert dafty.demo.created("dafty") == 2


def test_idempotency_is_kept_for_each_api_key_apart_and_for_a_day(dafty: Visitor):
    headers = {"Idempotency-Key": "k1"}
    dafty.create(headers=headers)
    dafty.create(headers=headers | {"x-api-key": "dk_other"})
    dafty.demo.advance(25 * 3600)
    dafty.create(headers=headers)
    assert dafty.demo.created("dafty") == 3


def test_a_long_poll_is_held_until_the_job_is_done(dafty: Visitor):
    dafty.demo.settings(generating_s=0.5)
    job_id = dafty.account.read_id(dafty.create().json())
    body = dafty.http.get(f"/jobs/{job_id}?wait=true", timeout=30).json()
    assert body["data"]["status"] == "completed"


def test_a_long_poll_ends_with_the_state_as_it_is(dafty: Visitor):
    dafty.demo.settings(generating_s=1000, long_poll_s=0.3)
    job_id = dafty.account.read_id(dafty.create().json())
    started = time.monotonic()
    body = dafty.http.get(f"/videos/{job_id}?wait=true").json()
    assert body["data"]["status"] == "pending"
    assert time.monotonic() - started >= 0.3


def test_wait_takes_only_true(dafty: Visitor):
    job_id, _ = dafty.finished()
    assert dafty.http.get(f"/videos/{job_id}?wait=yes").status_code == 400


def test_the_thumbnail_is_missing_on_the_first_completed_read(dafty: Visitor):
    job_id, body = dafty.finished()
    assert body["data"]["result"]["video"]["thumbnailUrl"] is None
    url = dafty.poll(job_id)["data"]["result"]["video"]["thumbnailUrl"]
    assert httpx.get(url).content[:3] == b"\xff\xd8\xff"


@pytest.mark.parametrize(("waited_s", "cost"), [(0, 0), (500, 1)])
def test_a_cancelled_job_reads_failed_and_costs_one_unit_once_begun(
    dafty: Visitor, waited_s: int, cost: int
):
    dafty.demo.settings(generating_s=1000)
    job_id = dafty.account.read_id(dafty.create().json())
    dafty.demo.advance(waited_s)
    cancelled = dafty.http.post(f"/jobs/{job_id}/cancel")
    assert (cancelled.status_code, cancelled.json()["data"]["status"]) == (200, "failed")
    credit = dafty.http.get("/account").json()["data"]["plan"]["creditsRemaining"]
    assert credit == 10_000 - cost


def test_cancelling_a_finished_job_changes_nothing(dafty: Visitor):
    job_id, _ = dafty.finished()
    body = dafty.http.post(f"/jobs/{job_id}/cancel").json()
    assert body["data"]["status"] == "completed"


def test_jobs_are_listed_newest_first(dafty: Visitor):
    ids = [dafty.account.read_id(dafty.create().json()) for _ in range(3)]
    listed = dafty.http.get("/jobs?limit=2").json()["data"]
    assert [job["id"] for job in listed] == ids[:0:-1]


def test_an_upload_gives_its_size_and_serves_its_bytes(dafty: Visitor):
    upload_id = dafty.uploaded(png("orange"))
    done = dafty.http.post(f"/uploads/{upload_id}/complete").json()["data"]
    assert (done["contentType"], done["width"], done["height"]) == ("image/png", 160, 90)
    assert httpx.get(done["url"]).content == png("orange")
    assert dafty.create(image=done["url"]).status_code == 202


def begun(dafty: Visitor) -> dict[str, Any]:
    declared = {"filename": "a.png", "contentType": "image/png"}
    data: dict[str, Any] = dafty.http.post("/uploads", json=declared).json()["data"]
    return data


def test_the_presigned_address_refuses_the_api_key(dafty: Visitor):
    headers = {"Content-Type": "image/png", "x-api-key": "dk_test"}
    refused = httpx.put(begun(dafty)["uploadUrl"], content=png(), headers=headers)
    assert refused.status_code == 400


def test_the_presigned_address_wants_the_declared_type(dafty: Visitor):
    headers = {"Content-Type": "image/jpeg"}
    refused = httpx.put(begun(dafty)["uploadUrl"], content=png(), headers=headers)
    assert refused.status_code == 403


def test_an_upload_that_is_no_image_is_refused_on_complete(dafty: Visitor):
    upload = begun(dafty)
    headers = {"Content-Type": "image/png"}
    assert httpx.put(upload["uploadUrl"], content=b"text", headers=headers).status_code == 200
    assert dafty.http.post(f"/uploads/{upload['uploadId']}/complete").status_code == 400


def test_an_upload_is_unusable_before_it_is_complete(dafty: Visitor):
    upload_id = begun(dafty)["uploadId"]
    assert dafty.http.post(f"/uploads/{upload_id}/complete").status_code == 400
    assert dafty.create(image=upload_id).status_code == 400


def test_rate_headers_give_the_seconds_until_the_reset(dafty: Visitor):
    dafty.demo.settings(has_limits=True, generating_s=0)
    for _ in range(5):
        answer = dafty.create()
        dafty.until(dafty.account.read_id(answer.json()), "completed")
    assert answer.headers["X-RateLimit-Remaining"] == "0"
    assert 1 <= int(answer.headers["X-RateLimit-Reset"]) <= 61
    refused = dafty.create()
    assert refused.json()["error"]["code"] == "RATE_LIMIT_ERROR"
    assert 1 <= int(refused.headers["Retry-After"]) <= 61


def test_the_fourth_job_in_flight_is_refused(dafty: Visitor):
    dafty.demo.settings(has_limits=True, generating_s=1000)
    codes = [dafty.create().status_code for _ in range(4)]
    assert codes == [202, 202, 202, 429]


def test_no_credit_tells_what_was_needed(dafty: Visitor):
    dafty.demo.settings(has_limits=True, balance=3)
    refused = dafty.create()
    assert refused.status_code == 402
    assert refused.json()["error"]["details"] == {"required": 12, "available": 3}


def test_an_http_address_is_fetched_only_when_it_is_allowed(
    dafty: Visitor, visit: Callable[[str], Visitor]
):
    visit("imgix").http.post("/v1/sources/s1/upload/a.png", content=png())
    address = f"{dafty.demo.origin}/imgix/source/s1/a.png"
    assert dafty.create(image=address).status_code == 400
    dafty.demo.settings(dafty_fetches_http=True)
    assert dafty.create(image=address).status_code == 202
