"""The providers' own Python clients drive the demo provider."""

import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import getimg
import httpx
import indoxhub
import indoxhub.exceptions
import pytest

from tests.demo.conftest import data_uri, png
from tests.demo.harness import DemoServer


def until(read: Callable[[], Any], is_done: Callable[[Any], bool]) -> Any:
    for _ in range(600):
        if is_done(state := read()):
            return state
        time.sleep(0.05)
    raise AssertionError(f"It never ended: {state}")


@pytest.fixture
def getimg_client(demo: DemoServer) -> Iterator[getimg.GetimgAI]:
    base_url = demo.base_url("getimg")
    with getimg.GetimgAI(api_key="sk_test", base_url=base_url, max_retries=0) as client:
        yield client


@pytest.fixture
def indoxhub_client(demo: DemoServer) -> Iterator[indoxhub.Client]:
    with indoxhub.Client(api_key="indox-test", base_url=f"{demo.origin}/indoxhub") as client:
        yield client


def test_getimg_creates_polls_and_downloads_a_clip(getimg_client: getimg.GetimgAI):
    frames = [
        {"url": data_uri(png("teal")), "role": "first_frame"},
        {"url": data_uri(png("orange")), "role": "last_frame"},
    ]
    begun = getimg_client.videos.generations.create(
        model="seedance-v1-5-pro", prompt="Waves", duration=5, sound=True, images=frames
    )
    ended = until(
        lambda: getimg_client.videos.generations.retrieve(begun.id),
        lambda state: state.status != "pending",
    )
    assert ended.status == "completed"
    assert (ended.data[0].duration, ended.data[0].has_sound) == (5, True)
    assert httpx.get(ended.data[0].url).content[4:8] == b"ftyp"
    assert ended.usage.total_cost == pytest.approx(5 * ended.usage.unit_price)


def test_getimg_lists_models_that_its_client_understands(getimg_client: getimg.GetimgAI):
    models = getimg_client.models.list(type="video")
    assert [model.id for model in models] == ["seedance-v1-5-pro", "seedance-v1-pro"]
    assert getimg_client.models.retrieve("seedance-v1-pro").supports_sound


def test_getimg_has_no_unknown_model(getimg_client: getimg.GetimgAI):
    with pytest.raises(getimg.NotFoundError):
        getimg_client.models.retrieve("nothing")


def test_getimg_charges_the_balance_and_lists_the_costs(getimg_client: getimg.GetimgAI):
    before = float(getimg_client.billing.retrieve_balance().balance)
    getimg_client.videos.generations.create(
        model="seedance-v1-5-pro", prompt="Waves", resolution="1080p", duration=10
    )
    assert float(getimg_client.billing.retrieve_balance().balance) == pytest.approx(before - 0.5)
    day = timedelta(days=1)
    now = datetime.now(UTC)
    costs = getimg_client.billing.list_costs(start=now - day, end=now + day)
    assert costs.total_cost == pytest.approx(0.5)
    assert len(costs.data) == 3


def test_getimg_refuses_what_the_model_cannot_do(getimg_client: getimg.GetimgAI):
    with pytest.raises(getimg.BadRequestError) as refusal:
        getimg_client.videos.generations.create(
            model="seedance-v1-5-pro", prompt="Waves", resolution="4K"
        )
    assert refusal.value.body["error"]["param"] == "resolution"


def test_getimgs_own_retry_makes_a_second_paid_job(demo: DemoServer):
    demo.fault("getimg", "create", "server_error", status=502, accepted=True)
    base_url = demo.base_url("getimg")
    with getimg.GetimgAI(api_key="sk_test", base_url=base_url, max_retries=1) as client:
        client.videos.generations.create(model="seedance-v1-5-pro", prompt="Waves")
    assert demo.created("getimg") == 2


def test_indoxhub_logs_in_creates_and_waits_for_a_clip(indoxhub_client: indoxhub.Client):
    begun = indoxhub_client.videos("Waves", model="openai/sora-2", duration=4, size="1280x720")
    ended = indoxhub_client.wait_for_video_job(begun["data"]["job_id"], check_interval=1)
    assert ended["status"] == "completed"
    assert httpx.get(ended["result"]["video_url"]).content[4:8] == b"ftyp"


def test_indoxhub_answers_at_once_with_the_clip_when_told_to(
    demo: DemoServer, indoxhub_client: indoxhub.Client
):
    demo.settings(indoxhub_answer="sync")
    answer = indoxhub_client.videos("Waves", model="google/veo-3.0-generate-001", duration=8)
    assert httpx.get(answer["data"][0]["url"]).status_code == 200


def test_indoxhub_lists_jobs_newest_first(indoxhub_client: indoxhub.Client):
    ids = [indoxhub_client.videos(p, model="openai/sora-2")["data"]["job_id"] for p in "abc"]
    listed = indoxhub_client.list_video_jobs(limit=2, skip=0)
    assert [job["job_id"] for job in listed["jobs"]] == ids[:0:-1]
    assert listed["total"] == 3


def test_indoxhub_cancels_a_pending_job(demo: DemoServer, indoxhub_client: indoxhub.Client):
    demo.settings(generating_s=1000)
    job_id = indoxhub_client.videos("Waves", model="openai/sora-2")["data"]["job_id"]
    assert indoxhub_client.cancel_video_job(job_id)["message"]
    assert indoxhub_client.get_video_job_status(job_id)["status"] == "cancelled"


def test_indoxhub_does_not_cancel_a_running_job(demo: DemoServer, indoxhub_client: indoxhub.Client):
    demo.settings(generating_s=1000)
    job_id = indoxhub_client.videos("Waves", model="openai/sora-2")["data"]["job_id"]
    demo.advance(500)
    with pytest.raises(indoxhub.exceptions.InvalidParametersError):
        indoxhub_client.cancel_video_job(job_id)


def test_indoxhub_shows_models_and_usage(indoxhub_client: indoxhub.Client):
    providers = {entry["id"]: entry["models"] for entry in indoxhub_client.models()}
    assert "veo-3.0-generate-001" in [model["modelName"] for model in providers["google"]]
    assert indoxhub_client.get_model_info("openai", "sora-2")["modelName"] == "sora-2"
    assert indoxhub_client.get_usage()["remaining_credits"] == 10_000_000


def test_indoxhub_refuses_a_bad_key_at_login(demo: DemoServer):
    with pytest.raises(indoxhub.exceptions.AuthenticationError):
        indoxhub.Client(api_key="bad", base_url=f"{demo.origin}/indoxhub")


def test_indoxhubs_client_logs_in_again_when_its_token_is_too_old(
    demo: DemoServer, indoxhub_client: indoxhub.Client
):
    demo.advance(7200)
    assert indoxhub_client.list_video_jobs()["total"] == 0
    assert len(demo.journal(endpoint="login")) == 2


def test_a_token_is_never_taken_for_a_refused_key_by_its_letters(demo: DemoServer):
    base = demo.base_url("indoxhub")
    token = ""
    while "bad" not in token:
        demo.advance(1)
        answer = httpx.post(f"{base}/auth/api-key", headers={"X-API-Key": "indox-good"})
        token = answer.json()["access_token"]
    headers = {"Authorization": f"Bearer {token}"}
    assert httpx.get(f"{base}/videos/jobs", headers=headers).status_code == 200
