from collections.abc import Callable
from typing import Any

import httpx
import pytest

from tests.demo.conftest import BEARER, Visitor, data_uri, png


@pytest.fixture
def indoxhub(visit: Callable[[str], Visitor]) -> Visitor:
    return visit("indoxhub")


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"prompt": None}, 422),
        ({"prompt": 5}, 422),
        ({"duration": "8"}, 422),
        ({"model": "google/nothing"}, 404),
        ({"model": "sora-2", "provider": "google"}, 404),
        ({"duration": 5}, 400),
        ({"n": 2}, 400),
        ({"aspect_ratio": "4:3"}, 400),
        ({"resolution": "480p"}, 400),
        ({"size": "1280x720"}, 400),
        ({"response_format": "file"}, 400),
        ({"person_generation": "all"}, 400),
        ({"last_frame": data_uri(png())}, 400),
        ({"reference_images": [data_uri(png())]}, 400),
        ({"input_image": data_uri(b"no picture")}, 400),
        ({"model": "openai/sora-2", "input_image": data_uri(png())}, 400),
        ({"model": "google/veo-2.0-generate-001", "generate_audio": True}, 400),
    ],
)
def test_a_wrong_field_is_refused(indoxhub: Visitor, changes: dict[str, Any], status: int):
    refused = indoxhub.create(**changes)
    assert refused.status_code == status
    assert isinstance(refused.json()["detail"], list if status == 422 else str)
    assert indoxhub.demo.created() == 0


@pytest.mark.parametrize(
    "changes",
    [
        {"model": "veo-3.0-generate-001"},
        {"model": "sora-2", "provider": "openai", "size": "720x1280"},
        {"model": "google/veo-3.1-generate-preview", "reference_images": [data_uri(png())]},
        {"input_image": data_uri(png()), "last_frame": data_uri(png())},
        {"input_image": data_uri(png()).partition(",")[2]},
        {"additional_params": {"anything": 1}, "negative_prompt": "rain"},
    ],
)
def test_the_documented_forms_are_taken(indoxhub: Visitor, changes: dict[str, Any]):
    assert indoxhub.create(**changes).status_code == 200


def test_the_paths_answer_without_the_prefix_too(indoxhub: Visitor):
    job_id, _ = indoxhub.finished()
    address = f"{indoxhub.demo.origin}/indoxhub/videos/jobs/{job_id}"
    assert httpx.get(address, headers=BEARER).json()["job_id"] == job_id


def test_an_existing_clip_can_be_extended(indoxhub: Visitor):
    _, body = indoxhub.finished()
    clip = httpx.get(indoxhub.video_url(body)).content
    model = "google/veo-3.1-generate-preview"
    assert indoxhub.create(model=model, video=data_uri(clip)).status_code == 200
    assert indoxhub.create(model=model, video=data_uri(b"none")).status_code == 400


def test_a_cancelled_job_can_read_failed(indoxhub: Visitor):
    indoxhub.demo.settings(generating_s=1000, indoxhub_cancelled="failed")
    job_id = indoxhub.account.read_id(indoxhub.create().json())
    indoxhub.http.post(f"/videos/jobs/{job_id}/cancel")
    body = indoxhub.poll(job_id)
    assert (body["status"], body["error"]) == ("failed", "Job was cancelled")


def test_the_eleventh_create_in_a_minute_is_refused(indoxhub: Visitor):
    indoxhub.demo.settings(has_limits=True)
    answers = [indoxhub.create() for _ in range(11)]
    assert [answer.status_code for answer in answers] == [200] * 10 + [429]
    assert 1 <= int(answers[-1].headers["Retry-After"]) <= 61


def test_the_cost_follows_model_seconds_and_sound(indoxhub: Visitor):
    silent = indoxhub.create(duration=8).json()["usage"]["cost"]
    loud = indoxhub.create(duration=8, generate_audio=True).json()["usage"]["cost"]
    own_key = indoxhub.create(duration=8, byok_api_key="mine").json()["usage"]["cost"]
    assert (silent, loud, own_key) == (1.6, 3.2, 0)


def test_the_video_catalogue_is_a_bare_array(indoxhub: Visitor):
    models = indoxhub.http.get("/models/google/video_generation").json()
    assert "veo-2.0-generate-001" in [model["modelName"] for model in models]


def test_the_account_shows_its_credits(indoxhub: Visitor):
    assert indoxhub.http.get("/user/me").json()["credits"] == 10_000_000


def test_a_forged_token_is_refused(indoxhub: Visitor):
    login = indoxhub.http.post("/auth/api-key", headers={"X-API-Key": "indox-test"})
    token = login.json()["access_token"]
    for sent, status in ((token, 200), (token + "0", 401)):
        headers = {"Authorization": f"Bearer {sent}"}
        assert indoxhub.http.get("/videos/jobs", headers=headers).status_code == status


def test_base64_is_returned_when_it_is_asked_for(indoxhub: Visitor):
    indoxhub.demo.settings(indoxhub_answer="sync")
    [item] = indoxhub.create(response_format="b64_json").json()["data"]
    assert item["url"] is None
    assert item["b64_json"]
