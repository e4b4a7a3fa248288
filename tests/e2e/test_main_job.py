"""The main job over real processes: a prompt and frames in, a video of our own on disk."""

import hashlib
import os
import signal
import time
from pathlib import Path

import av
import pytest
from PIL import Image, ImageChops, ImageStat

from tests.demo.harness import DemoServer
from tests.live import LiveStudio

NAMES = {
    "getimg": "getimg.ai (demo)",
    "dafty": "Dafty (demo)",
    "imgix": "imgix (demo)",
    "aiml": "AI.ML (demo)",
    "indoxhub": "indoxhub (demo)",
}
TAKES_LAST = {"getimg", "dafty", "indoxhub"}
CLOSE = 8.0
"""Mean difference (of 255) that encoding may make."""


@pytest.fixture(scope="module")
def frames(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Two pictures that nobody could take for each other."""
    folder = tmp_path_factory.mktemp("frames")
    first, last = folder / "first.png", folder / "last.jpg"
    Image.linear_gradient("L").convert("RGB").resize((1280, 720)).save(first)
    Image.radial_gradient("L").convert("RGB").resize((1280, 720)).save(last)
    return first, last


def pictures_of(path: Path) -> tuple[Image.Image, Image.Image]:
    """The first and the last picture of a video."""
    with av.open(str(path)) as container:
        shown = [frame.to_image() for frame in container.decode(video=0)]
    return shown[0], shown[-1]


def difference(left: Image.Image, right: Path) -> float:
    with Image.open(right) as image:
        other = image.convert("RGB").resize(left.size)
    return float(max(ImageStat.Stat(ImageChops.difference(left.convert("RGB"), other)).mean))


def frame_words(slug: str, frames: tuple[Path, Path]) -> list[str]:
    words = ["--first-frame", str(frames[0])]
    return [*words, "--last-frame", str(frames[1])] if slug in TAKES_LAST else words


def generate(studio: LiveStudio, provider: str, *words: str) -> dict[str, object]:
    made = studio.json(
        "generate",
        "--provider",
        provider,
        "--prompt",
        "Slow dolly to the light",
        *words,
        "--wait",
        "120",
    )
    job: dict[str, object] = made["jobs"][0]
    return job


@pytest.mark.parametrize("slug", NAMES)
def test_a_clip_of_every_api_is_made_from_the_given_frames(studio, slug, frames):
    job = generate(studio, NAMES[slug], *frame_words(slug, frames))
    assert job["state"] == "ready"
    path = Path(job["file"]["path"])
    assert hashlib.sha256(path.read_bytes()).hexdigest() == job["file"]["sha256"]
    first, last = pictures_of(path)
    assert difference(first, frames[0]) < CLOSE
    if slug in TAKES_LAST:
        assert difference(last, frames[1]) < CLOSE


@pytest.mark.parametrize("slug", NAMES)
def test_an_account_elsewhere_works_by_its_own_base_url(studio, slug, frames, tmp_path):
    with DemoServer(tmp_path / "elsewhere", render="full") as elsewhere:
        options = []
        if slug == "imgix":
            options = ["--option", "source_id=s1", "--option"]
            options.append(f"source_url={elsewhere.origin}/imgix/source/s1")
        studio.manage(
            "provider",
            "add",
            slug,
            "--name",
            f"Elsewhere {slug}",
            "--base-url",
            elsewhere.base_url(slug),
            "--api-key-stdin",
            *options,
            stdin="sk_elsewhere_123\n",
        )
        words = [] if slug == "aiml" else frame_words(slug, frames)
        job = generate(studio, f"Elsewhere {slug}", *words)
        assert job["state"] == "ready"
        assert elsewhere.created(slug) == 1


def test_images_for_aiml_without_a_public_address_are_refused_by_the_settings_name(
    studio, frames, tmp_path
):
    studio.manage(
        "provider",
        "add",
        "aiml",
        "--name",
        "Public",
        "--base-url",
        "http://127.0.0.1:9",
        "--api-key-stdin",
        stdin="sk_public_123456\n",
    )
    refused = studio.json(
        "generate",
        "--provider",
        "Public",
        "--prompt",
        "Mist",
        "--first-frame",
        str(frames[0]),
        status=1,
    )
    assert "PUBLIC_URL" in refused["error"]


def test_checking_a_demo_account_shows_its_balance(studio):
    checked = studio.json("provider", "check", "getimg.ai (demo)")
    assert checked["provider"]["health"] == "well"
    assert float(checked["provider"]["balance"]) > 0


def test_no_key_is_in_any_file_but_its_own_field(studio):
    studio.manage(
        "provider",
        "add",
        "getimg",
        "--name",
        "Canary",
        "--api-key-stdin",
        stdin="sk_canary_0123456789\n",
    )
    shown = studio.manage("provider", "list") + studio.manage("provider", "list", "--json")
    assert "canary_0123" not in shown
    for path in studio.data_dir.rglob("*"):
        if path.is_file():
            assert b"canary_0123" not in path.read_bytes(), path


def test_a_killed_worker_loses_nothing_and_sends_nothing_twice(own_studio):
    own_studio.demo("PUT", "settings", {"generating_s": 6})
    made = own_studio.json("generate", "--provider", NAMES["getimg"], "--prompt", "A lighthouse")
    number = str(made["jobs"][0]["id"])
    wait_for(own_studio, number, "generating", "waiting")
    for pid in own_studio.pids_of("manage.py work"):
        os.kill(pid, signal.SIGKILL)
    assert wait_for(own_studio, number, "ready")["state"] == "ready"
    entries = own_studio.demo("GET", "journal?created=true")["entries"]
    assert len(entries) == 1


def test_stopping_the_studio_while_a_clip_is_made_loses_nothing(own_studio):
    own_studio.demo("PUT", "settings", {"generating_s": 5})
    made = own_studio.json("generate", "--provider", NAMES["getimg"], "--prompt", "A lighthouse")
    number = str(made["jobs"][0]["id"])
    wait_for(own_studio, number, "generating", "waiting")
    assert own_studio.stop() == 0
    own_studio.start()
    assert wait_for(own_studio, number, "ready")["state"] == "ready"


def wait_for(studio: LiveStudio, number: str, *states: str) -> dict[str, object]:
    """The job once it is in one of these states."""
    give_up_at = time.monotonic() + 150
    while True:
        job: dict[str, object] = studio.json("job", number)
        if job["state"] in states:
            return job
        assert time.monotonic() < give_up_at, job
        assert job["state"] not in {"failed", "unconfirmed", "expired"}, job["error"]
        time.sleep(0.3)
