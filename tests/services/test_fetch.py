"""Fetching against servers, links and disks that fail in every way: the clip gets home whole,
or the job says honestly why not."""

import hashlib
import json
import os
import resource
import time
import uuid
from collections.abc import Callable, Iterator
from datetime import timedelta
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from django.db import connections
from django.utils import timezone

from studio.models import Asset, Job
from studio.services import engine
from studio.services.engine import fetch, links, parts, stopping
from tests import bad_weather
from tests.file_server import MP4, Answer, FileServer, chunked_and_cut, cut, drip, say

State = Job.State
HTML = b"<!doctype html><p>Please sign in"


@pytest.fixture(scope="session")
def clip(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """An MP4 of noise, so that it has some size."""
    path = tmp_path_factory.mktemp("clip") / "clip.mp4"
    noise = np.random.default_rng(7)
    with av.open(str(path), "w", options={"movflags": "faststart"}) as container:
        stream = container.add_stream("libx264", rate=12, options={"preset": "ultrafast"})
        stream.width, stream.height, stream.pix_fmt = 320, 180, "yuv420p"
        for index in range(12):
            pixels = noise.integers(0, 255, (180, 320, 3), np.uint8)
            frame = av.VideoFrame.from_ndarray(pixels, format="rgb24")
            frame.pts, frame.time_base = index, Fraction(1, 12)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path.read_bytes()


@pytest.fixture
def server(clip: bytes) -> Iterator[FileServer]:
    with FileServer(clip) as server:
        yield server


@pytest.fixture(autouse=True)
def goes_on() -> Iterator[None]:
    yield
    stopping.clear()


@pytest.fixture
def made(make_job, make_account, server) -> Callable[..., Job]:
    """A job whose clip the provider has made; it lies on `server`."""

    def make(**fields: object) -> Job:
        fields = {"video_url": server.url + "/clip", "remote_id": uuid.uuid4().hex} | fields
        return make_job(make_account(), state=State.FETCHING, made_at=timezone.now(), **fields)

    return make


def incoming(settings) -> list[Path]:
    return sorted((settings.MEDIA_ROOT / "incoming").glob("*"))


def step_once(job: Job) -> Job:
    Job.objects.filter(pk=job.pk).update(next_look_at=timezone.now())
    engine.step(job.pk)
    return Job.objects.get(pk=job.pk)


def is_home(job: Job, content: bytes) -> bool:
    """True if the clip came as it is at the provider, and nothing else of it lies about."""
    assert job.state == State.READY, job.error
    folder = job.video.path.parents[3] / "incoming"
    return (
        job.video.downloaded_sha256 == hashlib.sha256(content).hexdigest()
        and job.video.sha256 == hashlib.sha256(job.video.path.read_bytes()).hexdigest()
        and list(folder.iterdir()) == []
    )


def ranges(server: FileServer) -> list[str | None]:
    return [visit.headers.get("range") for visit in server.visits]


# -- Going on ----------------------------------------------------------------------------------


def test_a_broken_download_goes_on_where_it_was(made, drive, server, clip):
    server.then(cut(100_000), cut(50_000), cut(7))
    job = drive(made())
    assert is_home(job, clip)
    assert ranges(server) == [None, "bytes=100000-", "bytes=150000-", "bytes=150007-"]
    assert {visit.headers.get("if-range") for visit in server.visits[1:]} == {'"v1"'}
    assert server.sent_bytes == len(clip)
    assert job.fetch_attempts == 0


@pytest.mark.parametrize("etag", ["", 'W/"v1"'])
def test_without_a_strong_etag_it_begins_again(made, drive, server, clip, etag):
    server.then(cut(100_000, ETag=etag))
    assert is_home(drive(made()), clip)
    assert ranges(server) == [None, None]


def test_a_file_that_changed_meanwhile_is_fetched_anew(made, drive, server, clip):
    server.then(cut(100_000, ETag='"v0"'))
    assert is_home(drive(made()), clip)
    assert ranges(server) == [None, "bytes=100000-"]


@pytest.mark.parametrize(
    "answer",
    [
        lambda visit: visit.file(Content_Range="bytes 7-8/9"),
        lambda visit: visit.file(Content_Range=None),
        lambda visit: visit.file(ETag='"v2"'),
        say(416, HTML, Content_Range="bytes */5"),
        lambda visit: visit.file(Content_Range="bytes 100000-100009/100010", Content_Length=10),
    ],
)
def test_a_rest_that_does_not_fit_is_never_joined_on(made, drive, server, clip, answer):
    server.then(cut(100_000), answer)
    job = drive(made())
    assert is_home(job, clip)
    assert ranges(server) == [None, "bytes=100000-", None]
    assert job.fetch_attempts == 0


def test_a_416_at_the_very_end_is_the_whole_file(made, drive, server, clip, settings):
    job = made()
    server.then(cut(len(clip) - 1, Transfer_Encoding=None))
    step_once(job)
    part, notes = [path for path in incoming(settings) if path.suffix in (".part", ".json")][::-1]
    part.write_bytes(clip)
    notes.write_text(json.dumps(json.loads(notes.read_text()) | {"total_bytes": None}))
    assert is_home(drive(job), clip)
    assert ranges(server) == [None, f"bytes={len(clip)}-"]
    assert server.sent_bytes == len(clip) - 1


def test_a_file_that_came_whole_needs_no_link_any_more(made, drive, server, clip, settings):
    job = made()
    server.then(cut(len(clip) - 1))
    step_once(job)
    next(path for path in incoming(settings) if path.suffix == ".part").write_bytes(clip)
    assert is_home(drive(job), clip)
    assert len(server.visits) == 1


def test_bytes_of_another_boot_are_not_trusted(made, drive, server, clip, settings):
    job = made()
    server.then(cut(100_000))
    step_once(job)
    notes = next(path for path in incoming(settings) if path.suffix == ".json")
    notes.write_text(json.dumps(json.loads(notes.read_text()) | {"boot_id": "before"}))
    assert is_home(drive(job), clip)
    assert ranges(server) == [None, None]


@pytest.mark.parametrize("text", ["", "[]", '{"etag": 5}', "{", "null"])
def test_notes_that_make_no_sense_cost_only_a_new_start(made, drive, server, clip, settings, text):
    job = made()
    server.then(cut(100_000))
    step_once(job)
    next(path for path in incoming(settings) if path.suffix == ".json").write_text(text)
    assert is_home(drive(job), clip)
    assert ranges(server) == [None, None]


# -- What is no clip ---------------------------------------------------------------------------

CUT_SHORT: dict[str, Answer] = {
    "chunked break": chunked_and_cut(50_000),
    "no bytes": cut(0),
    "hang up": lambda visit: None,
    "500": say(500, HTML),
    "502": say(502, HTML),
    "429": say(429, Retry_After="0"),
    "423": say(423),
    "503": say(503, Retry_After="0"),
    "cut without a length": cut(50_000, Content_Length=None),
}
WRONG: dict[str, Answer] = {
    "html": say(200, HTML, Content_Type="text/html; charset=utf-8"),
    "json": say(200, b'{"error": "busy"}', Content_Type="application/json"),
    "html as video": say(200, HTML, Content_Type=MP4),
    "empty": say(200, b"", Content_Type=MP4),
    "wrong magic": say(200, bytes(5000), Content_Type=MP4),
    "gzip": lambda visit: visit.file(Content_Encoding="gzip"),
    "longer than its length": lambda visit: visit.file(Content_Length=50_000),
    "circle": say(302, Location="/clip"),
    "400": say(400),
}


@pytest.mark.parametrize("kind", CUT_SHORT)
def test_a_try_that_was_cut_short_counts_for_nothing(kind, made, server, clip, drive):
    server.then(*[CUT_SHORT[kind]])
    job = drive(made())
    assert is_home(job, clip)
    assert job.fetch_attempts == 0


@pytest.mark.parametrize("kind", WRONG)
def test_what_is_no_clip_is_never_taken_for_one(kind, made, server, clip, drive):
    server.then(*[WRONG[kind]] * (6 if kind == "circle" else 1))
    job = drive(made())
    assert is_home(job, clip)
    assert job.fetch_attempts == 1
    assert Asset.objects.filter(kind=Asset.Kind.VIDEO).count() == 1


@pytest.mark.parametrize("kind", ["html", "wrong magic", "400"])
def test_a_server_that_only_sends_the_wrong_thing_is_given_up_honestly(
    kind, made, server, drive, settings
):
    server.then(*[WRONG[kind]] * 9)
    settings.LOOK_INTERVAL_FACTOR = 0.001
    job = drive(made())
    assert job.state == State.FAILED
    assert "5 times" in job.error
    assert "most likely charged" in job.error
    assert "provider's own page" in job.error
    assert len(server.visits) == 5
    assert incoming(settings) == []


def test_the_same_cut_again_and_again_without_a_length_is_given_up(made, server, drive, settings):
    server.then(*[cut(50_000, Content_Length=None)] * 9)
    settings.LOOK_INTERVAL_FACTOR = 0.001
    job = drive(made())
    assert job.state == State.FAILED
    assert len(server.visits) == 6


def test_an_outage_of_many_tries_is_survived(made, server, drive, clip, settings):
    settings.LOOK_INTERVAL_FACTOR = 0.0001
    server.then(cut(100_000), *[say(502)] * 20, *[cut(0)] * 10)
    job = drive(made())
    assert is_home(job, clip)
    assert server.sent_bytes == len(clip)


def test_the_wait_grows_while_nothing_comes_and_is_short_again_when_something_does(
    made, server, settings
):
    settings.LOOK_INTERVAL_FACTOR = 1.0
    server.then(say(500), say(500), say(500), cut(100), cut(100), cut(0))
    job, waits = made(), []
    for _ in range(6):
        waits.append((step_once(job).next_look_at - timezone.now()).total_seconds())
    assert waits == pytest.approx([1, 2, 4, 1, 1, 2], abs=0.5)


def test_a_server_cannot_put_a_clip_off_for_days(made, server):
    server.then(say(429, Retry_After="500000"))
    wait = step_once(made()).next_look_at - timezone.now()
    assert wait < timedelta(seconds=301)


def test_a_sign_in_page_does_not_replace_what_came_before(made, drive, server, clip):
    server.then(cut(100_000), WRONG["html"])
    assert is_home(drive(made()), clip)
    assert ranges(server) == [None, "bytes=100000-", "bytes=100000-"]


def test_a_file_that_is_too_large_is_not_begun(made, drive, server, settings):
    settings.MAX_VIDEO_MB = 0
    settings.LOOK_INTERVAL_FACTOR = 0.001
    job = drive(made())
    assert job.state == State.FAILED
    assert "MAX_VIDEO_MB" in job.error


def test_a_file_that_is_too_large_without_a_length_is_stopped(made, drive, server, settings):
    settings.MAX_VIDEO_MB = 1
    settings.LOOK_INTERVAL_FACTOR = 0.001
    server.content += bytes(2_000_000)
    server.then(*[lambda visit: visit.file(Content_Length=None)] * 9)
    assert drive(made()).state == State.FAILED
    assert len(server.visits) == 5


def test_a_drip_is_given_up_and_gone_on_with(made, drive, server, clip, settings):
    settings.DOWNLOAD_STALL_S = 0.3
    server.then(cut(100_000), drip(step=5, pause_s=0.02))
    job = drive(made())
    assert is_home(job, clip)
    assert server.visits[2].first > 100_000


def test_an_untagged_clip_is_stored_as_it_came(made, drive, server, tmp_path):
    path = tmp_path / "clip.webm"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libvpx", rate=12)
        stream.width, stream.height, stream.pix_fmt = 64, 36, "yuv420p"
        for index in range(12):
            frame = av.VideoFrame.from_ndarray(np.zeros((36, 64, 3), np.uint8), format="rgb24")
            frame.pts, frame.time_base = index, Fraction(1, 12)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    server.content = path.read_bytes()
    job = drive(made())
    assert is_home(job, server.content)
    assert job.video.path.read_bytes() == server.content


# -- Links -------------------------------------------------------------------------------------


@pytest.fixture
def at_demo(make_account, drive, make_image, owner) -> Callable[..., Job]:
    """A job that the demo provider has really made, not fetched yet."""

    def make(slug: str = "getimg") -> Job:
        job = bad_weather.ask(make_account(slug), owner, make_image)
        return drive(job, until=lambda job: job.state == State.FETCHING)

    return make


def test_the_demo_is_gone_on_with_by_range(at_demo, drive, demo):
    demo.fault("getimg", "download", "truncated", share=0.6)
    job = drive(at_demo())
    made = demo.jobs("getimg")[0]
    assert job.state == State.READY, job.error
    second = demo.journal(provider="getimg", endpoint="download")[1]
    assert second["status"] == 206
    assert second["headers"]["range"] == f"bytes={int(made['size_bytes'] * 0.6)}-"
    assert second["headers"]["if-range"] == made["etag"]


@pytest.mark.parametrize("slug", ["imgix", "getimg", "aiml", "dafty", "indoxhub"])
def test_a_dead_link_is_renewed_and_what_came_is_kept(slug, at_demo, drive, demo):
    demo.fault(slug, "download", "truncated")
    demo.fault(slug, "download", "expired", times=2)
    job = drive(at_demo(slug))
    assert job.state == State.READY, job.error
    assert job.fetch_attempts == 0
    assert demo.journal(provider=slug, endpoint="download")[-1]["status"] == 206


def test_a_link_whose_time_is_over_by_our_clock_is_tried_all_the_same(
    made, drive, server, clip, demo
):
    demo.fault("getimg", "poll", "server_error", times=None)
    job = drive(made(video_expires_at=timezone.now() - timedelta(hours=2)))
    assert is_home(job, clip)


def test_a_dead_link_within_its_time_is_asked_for_again_and_again(made, server, demo, settings):
    settings.LOOK_INTERVAL_FACTOR = 0.001
    demo.fault("getimg", "poll", "server_error", times=None)
    server.then(*[say(404)] * 20)
    job = made(video_expires_at=timezone.now() + timedelta(hours=1))
    for _ in range(8):
        assert step_once(job).state == State.FETCHING


@pytest.mark.parametrize("slug", ["getimg", "indoxhub"])
def test_a_dead_link_whose_time_is_over_is_an_honest_end(slug, at_demo, drive, demo, settings):
    """getimg.ai says when its links end; for IndoxHub a day is assumed."""
    settings.LOOK_INTERVAL_FACTOR = 0.01
    demo.settings(link_life_s=0)
    job = at_demo(slug)
    demo.fault(slug, "download", "expired", times=None)
    Job.objects.filter(pk=job.pk).update(made_at=timezone.now() - timedelta(days=2))
    job = drive(job)
    assert job.state == State.EXPIRED
    assert "gives no new one" in job.error
    assert "charged" in job.error
    assert len(demo.journal(provider=slug, endpoint="download")) == links.DEAD_LINKS
    assert incoming(settings) == []


def test_a_provider_that_forgot_the_clip_is_believed_the_third_time(made, server, drive, settings):
    server.then(*[say(410)] * 9)
    job = drive(made())
    assert job.state == State.EXPIRED
    assert len(server.visits) == 3


# -- Everything at once ------------------------------------------------------------------------


def test_sixty_downloads_in_bad_weather_come_home_whole_or_say_why_not(
    make_account, make_image, owner, demo
):
    weather = bad_weather.Weather(demo, owner, make_account, make_image)
    weather.download(60, seed=11)
    weather.check()
    assert len(weather.kinds_met) >= 18
    assert weather.count(State.READY) >= 57


# -- The disk ----------------------------------------------------------------------------------


def test_a_full_disk_waits_and_says_where_the_clip_is(made, drive, server, clip, settings):
    settings.DISK_HARD_MB, settings.LOOK_INTERVAL_FACTOR = 10**9, 1.0
    job = made(video_expires_at=timezone.now() + timedelta(hours=1))
    for _ in range(6):
        job = step_once(job)
    assert (job.state, job.fetch_attempts, server.visits) == (State.FETCHING, 0, [])
    assert "safe at" in job.error
    assert "nothing is charged again" in job.error
    assert 25 < (job.next_look_at - timezone.now()).total_seconds() <= 30
    settings.DISK_HARD_MB = 0
    Job.objects.update(next_look_at=timezone.now())
    assert is_home(drive(job), clip)


def test_a_file_for_which_there_is_no_room_is_not_begun(made, server, settings):
    server.then(lambda visit: visit.file(Content_Length=10**15))
    settings.MAX_VIDEO_MB = 10**12
    job = step_once(made())
    assert "this clip needs 1000000000 MB" in job.error
    assert job.state == State.FETCHING


def test_a_disk_that_fills_up_keeps_what_it_took(made, drive, server, clip):
    job = made()
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, hard))
    try:
        for _ in range(6):
            job = step_once(job)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert (job.state, job.fetch_attempts) == (State.FETCHING, 0)
    assert "safe at" in job.error
    Job.objects.update(next_look_at=timezone.now())
    assert is_home(drive(job), clip)
    assert ranges(server)[-1] == "bytes=100000-"


# -- More than one worker ----------------------------------------------------------------------


def take_over(job: Job) -> None:
    """As if the holder's lease had ended long ago."""
    Job.objects.filter(pk=job.pk).update(lease_until=timezone.now() - timedelta(seconds=1))


@pytest.mark.django_db(transaction=True)
def test_a_worker_that_wakes_up_late_never_touches_its_successors_clip(
    made, server, clip, settings
):
    job = made()

    def while_the_successor_works(visit) -> None:
        visit.file(most=100_000)
        take_over(job)
        assert step_once(job).state == State.READY
        connections.close_all()
        time.sleep(1.1)
        visit.body(b"\xff" * (len(clip) - 100_000))

    server.then(while_the_successor_works)
    fetch.fetch(job, job.claim(for_s=60))
    job = Job.objects.get(pk=job.pk)
    assert (job.state, job.error) == (State.READY, "")
    assert job.video.downloaded_sha256 == hashlib.sha256(clip).hexdigest()
    assert ranges(server) == [None, None]
    assert parts.remove_leftover_parts(3600) == 2
    assert is_home(job, clip)


def test_a_part_that_is_held_is_neither_taken_nor_deleted(made, server, clip, settings):
    job = made()
    with parts.held_part(job, job.claim(for_s=60)) as frozen:
        frozen.write(b"from before the freeze")
        take_over(job)
        job = step_once(job)
        assert parts.remove_leftover_parts(0) == 0
        frozen.write(b"from after it")
        assert frozen.path.read_bytes() == b"from before the freezefrom after it"
    assert parts.remove_leftover_parts(3600) == 1
    assert is_home(job, clip)


def test_a_worker_without_a_lease_writes_nothing_to_the_job(made, server):
    for answer in (cut(100), WRONG["html"], WRONG["empty"], say(404), cut(10**9)):
        job = made()
        lease = job.claim(for_s=60)
        Job.objects.filter(pk=job.pk).update(lease_token=uuid.uuid4())
        before = Job.objects.filter(pk=job.pk).values().get()
        server.then(answer)
        fetch.fetch(job, lease)
        assert Job.objects.filter(pk=job.pk).values().get() == before
        assert not job.events.exists()


def test_the_longest_part_that_can_be_gone_on_with_is_taken(made, drive, server, clip, settings):
    job = made()
    with parts.held_part(job, job.claim(for_s=60)):
        take_over(job)
        server.then(cut(50_000), cut(50_000))
        step_once(job)
    step_once(job)
    names = {path.suffix for path in incoming(settings)}
    assert (len(incoming(settings)), names) == (2, {".part", ".json"})
    assert is_home(drive(job), clip)
    assert ranges(server) == [None, "bytes=50000-", "bytes=100000-"]


def test_a_worker_that_is_to_end_leaves_its_bytes_to_the_next(made, drive, server, clip):
    def then_stop(visit) -> None:
        visit.file(most=100_000)
        time.sleep(0.1)
        stopping.stop()
        visit.body(server.content[100_000:150_000])
        time.sleep(0.5)

    server.then(then_stop)
    job = step_once(made())
    assert (job.state, job.lease_token, job.error) == (State.FETCHING, None, "")
    assert job.next_look_at <= timezone.now()
    stopping.clear()
    assert is_home(drive(job), clip)
    assert server.visits[1].first > 100_000


def test_a_worker_that_was_killed_leaves_its_bytes_to_the_next(made, drive, server, clip, settings):
    job = made()
    server.then(cut(100_000))
    step_once(job)
    Job.objects.filter(pk=job.pk).update(lease_token=uuid.uuid4())
    take_over(job)
    Job.objects.filter(pk=job.pk).update(next_look_at=timezone.now())
    assert is_home(drive(job), clip)
    assert ranges(server) == [None, "bytes=100000-"]


# -- What is left over -------------------------------------------------------------------------


@pytest.fixture
def leftover(settings) -> Callable[..., Path]:
    """A file in `incoming`, last written some hours ago."""

    def make(name: str, hours: float = 0.0) -> Path:
        path = settings.MEDIA_ROOT / "incoming" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"bytes")
        moment = time.time() - 3600 * hours
        os.utime(path, (moment, moment))
        return path

    return make


def test_parts_of_jobs_that_are_fetched_stay_and_all_others_go(made, make_job, leftover):
    fetched, ended = made(), make_job()
    for job in (fetched, ended):
        for suffix in ("part", "json", "tagged"):
            leftover(f"{job.idempotency_key.hex}-{uuid.uuid4().hex}.{suffix}")
    assert parts.remove_leftover_parts(24 * 3600) == 3
    assert parts.remove_leftover_parts(0) == 3


def test_anything_old_goes_and_an_upload_under_way_stays(made, leftover, settings):
    old = leftover(uuid.uuid4().hex, hours=25)
    upload = leftover(uuid.uuid4().hex, hours=1)
    leftover(f"{made().idempotency_key.hex}-{uuid.uuid4().hex}.part", hours=25)
    assert parts.remove_leftover_parts(24 * 3600) == 2
    assert incoming(settings) == [upload]
    assert not old.exists()


def test_nothing_is_left_over_where_nothing_was_fetched_yet(db):
    assert parts.remove_leftover_parts(0) == 0
