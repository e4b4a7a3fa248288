"""One tiny demo server for the whole folder, emptied before each test."""

import base64
import io
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
from PIL import Image

from tests.demo.harness import DemoServer

Headers = dict[str, str]
BEARER = {"Authorization": "Bearer sk_test"}
LONGEST_S = 120.0
"""A full clip takes seconds of a core, which the tests beside it want too."""


@dataclass(frozen=True)
class Account:
    """How to make, read and end a clip at one API."""

    slug: str
    create_path: str
    body: dict[str, Any]
    headers: Headers
    read_id: Callable[[Any], str]
    poll_path: str
    read_status: Callable[[Any], str]
    done: str


ACCOUNTS = {
    account.slug: account
    for account in (
        Account(
            "imgix",
            "/v1/generations/video",
            {
                "url": "https://demo.imgix.net/a.png",
                "prompt": "Waves",
                "model": "veo2",
                "duration": 5,
            },
            BEARER,
            lambda body: body["data"]["id"],
            "/v1/generations/video/{}",
            lambda body: body["data"]["attributes"]["status"],
            "ready",
        ),
        Account(
            "getimg",
            "/v2/videos/generations",
            {"model": "seedance-v1-5-pro", "prompt": "Waves"},
            BEARER,
            lambda body: body["id"],
            "/v2/videos/generations/{}",
            lambda body: body["status"],
            "completed",
        ),
        Account(
            "aiml",
            "/v1/generation/tasks/video",
            {"model": "video-gen.pro-1.0", "content": [{"type": "text", "text": "Waves"}]},
            BEARER,
            lambda body: body["data"]["uuid"],
            "/v1/generation/tasks/video/{}",
            lambda body: body["data"]["status"],
            "succeeded",
        ),
        Account(
            "dafty",
            "/videos/image-to-video",
            {"image": "", "prompt": "Waves"},
            {"x-api-key": "dk_test"},
            lambda body: body["data"]["id"],
            "/videos/{}",
            lambda body: body["data"]["status"],
            "completed",
        ),
        Account(
            "indoxhub",
            "/videos/generations",
            {"prompt": "Waves", "model": "google/veo-3.0-generate-001"},
            BEARER,
            lambda body: body["data"]["job_id"],
            "/videos/jobs/{}",
            lambda body: body["status"],
            "completed",
        ),
    )
}


class Visitor:
    """Calls the server as a client of one API would."""

    def __init__(self, demo: DemoServer, account: Account) -> None:
        self.demo = demo
        self.account = account
        self.http = httpx.Client(base_url=demo.base_url(account.slug), headers=account.headers)

    def create(self, headers: Headers | None = None, **changes: Any) -> httpx.Response:
        body = self.account.body | self._own_picture() | changes
        body = {name: value for name, value in body.items() if value is not None}
        return self.http.post(self.account.create_path, json=body, headers=headers)

    def _own_picture(self) -> dict[str, str]:
        if self.account.slug == "imgix":
            path = "/v1/sources/s1/upload/a.png?overwrite=true"
            self.http.post(path, content=png())
        if self.account.slug == "dafty":
            return {"image": self.uploaded()}
        return {}

    def uploaded(self, data: bytes | None = None) -> str:
        """The id of a picture brought to Dafty in its three steps."""
        declared = {"filename": "a.png", "contentType": "image/png"}
        begun = self.http.post("/uploads", json=declared).json()["data"]
        httpx.put(begun["uploadUrl"], content=data or png(), headers={"Content-Type": "image/png"})
        self.http.post(f"/uploads/{begun['uploadId']}/complete").raise_for_status()
        return str(begun["uploadId"])

    def poll(self, job_id: str) -> Any:
        return self.http.get(self.account.poll_path.format(job_id)).json()

    def finished(self, **changes: Any) -> tuple[str, Any]:
        """The id and the last status reply of a new job that came to its end."""
        answer = self.create(**changes)
        assert answer.is_success, answer.text
        job_id = self.account.read_id(answer.json())
        return job_id, self.until(job_id, self.account.done)

    def until(self, job_id: str, status: str) -> Any:
        give_up_at = time.monotonic() + LONGEST_S
        while self.account.read_status(body := self.poll(job_id)) != status:
            assert time.monotonic() < give_up_at, f"The job never became {status}: {body}"
            time.sleep(0.05)
        return body

    def video_url(self, body: Any) -> str:
        """The address of the clip in a finished job's status reply."""
        match self.account.slug:
            case "imgix":
                return str(body["data"]["attributes"]["result"]["url"])
            case "getimg":
                return str(body["data"][0]["url"])
            case "aiml":
                return str(
                    self.http.get(self.demo.origin + "/aiml" + body["data"]["videoUrl"]).json()[
                        "url"
                    ]
                )
            case "dafty":
                return str(body["data"]["result"]["video"]["url"])
        return str(body["result"]["url"])


def png(colour: str | tuple[int, int, int] = "teal", size: tuple[int, int] = (160, 90)) -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", size, colour).save(buffer, "PNG")
    return buffer.getvalue()


def data_uri(data: bytes) -> str:
    return "data:image/png;base64," + base64.b64encode(data).decode()


@pytest.fixture(scope="session")
def demo_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DemoServer]:
    with DemoServer(tmp_path_factory.mktemp("demo")) as server:
        yield server


@pytest.fixture
def demo(demo_server: DemoServer) -> DemoServer:
    demo_server.reset()
    return demo_server


@pytest.fixture
def visit(demo: DemoServer) -> Iterator[Callable[[str], Visitor]]:
    """Open an account at an API: visit("getimg").create()."""
    visitors: list[Visitor] = []

    def open_account(slug: str) -> Visitor:
        visitors.append(Visitor(demo, ACCOUNTS[slug]))
        return visitors[-1]

    yield open_account
    for visitor in visitors:
        visitor.http.close()


@pytest.fixture(params=ACCOUNTS)
def visitor(request: pytest.FixtureRequest, visit: Callable[[str], Visitor]) -> Visitor:
    """An account at each of the five APIs in turn."""
    return visit(request.param)
