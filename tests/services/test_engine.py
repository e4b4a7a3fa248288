"""The engine, step by step: one submit per job, and nothing finished is lost."""

import hashlib
import json
import uuid
from datetime import timedelta

import pytest
from django.utils import timezone

from studio.media.metadata import read, read_sidecar
from studio.models import Asset, Job, Provider
from studio.providers.contract import InputRole
from studio.services import engine, jobs, wishes
from studio.services.engine.afterwork import finish_clip

State = Job.State
SLUGS = ["imgix", "getimg", "aiml", "dafty", "indoxhub"]


@pytest.fixture
def ask(owner, make_image):
    """One take at this account, with a first frame where its model needs one."""

    def make(provider: Provider, *, frames: bool = True, **wish: object) -> Job:
        model = provider.models.order_by("position").first()
        roles = model.capabilities.needed_inputs if frames else ()
        inputs = tuple((role, make_image()) for role in roles)
        wish = {"prompt": "Mist over a lake", "inputs": inputs} | wish
        return wishes.create(wishes.Wish(provider_model=model, **wish), owner)[0]

    return make


@pytest.mark.parametrize("slug", SLUGS)
def test_a_clip_of_every_api_ends_ready_on_our_own_disk(slug, make_account, ask, drive, demo):
    job = drive(ask(make_account(slug)))
    assert job.state == State.READY, job.error
    content = job.video.path.read_bytes()
    assert hashlib.sha256(content).hexdigest() == job.video.sha256
    assert content[4:8] == b"ftyp"
    assert demo.created(slug) == 1


def test_the_file_carries_its_prompt_and_parameters(make_account, ask, drive):
    job = drive(ask(make_account()))
    assert read(job.video.path)["prompt"] == "Mist over a lake"
    assert read_sidecar(job.video.path)["job"] == job.pk


def test_after_work_gives_a_clip_its_companions_once(make_account, ask, drive):
    clip = drive(ask(make_account())).video
    finish_clip(clip.pk)
    finish_clip(clip.pk)
    kinds = sorted(clip.derived.values_list("kind", flat=True))
    assert kinds == sorted(Asset.DERIVED)
    assert all(asset.path.stat().st_size == asset.size_bytes for asset in clip.derived.all())


def test_two_workers_on_one_job_send_it_once(make_account, ask, demo):
    job = ask(make_account())
    engine.step(job.pk)
    engine.step(job.pk)
    job.refresh_from_db()
    assert demo.created("getimg") == 1


def test_a_worker_that_died_while_sending_leaves_a_question_and_no_second_send(
    make_account, ask, demo
):
    job = ask(make_account())
    job.begin_submit(job.claim(for_s=-1))
    engine.step(job.pk)
    job.refresh_from_db()
    assert job.state == State.UNCONFIRMED
    assert "may have accepted and charged" in job.error
    assert demo.created("getimg") == 0


def test_dafty_is_asked_again_with_the_same_key_after_a_lost_answer(make_account, ask, drive, demo):
    demo.fault("dafty", "create", "reset_after", times=1)
    job = drive(ask(make_account("dafty")))
    assert job.state == State.READY, job.error
    assert job.submit_attempts == 2
    assert demo.created("dafty") == 1


def test_a_lost_answer_without_a_key_becomes_unconfirmed(make_account, ask, drive, demo):
    demo.fault("getimg", "create", "reset_after", times=1)
    job = drive(ask(make_account()))
    assert job.state == State.UNCONFIRMED
    assert job.submit_attempts == 1


def test_indoxhubs_own_list_settles_a_lost_answer(make_account, ask, drive, demo):
    demo.fault("indoxhub", "create", "reset_after", times=1)
    job = ask(make_account("indoxhub"), prompt=f"A lighthouse {uuid.uuid4()}")
    assert drive(job).state == State.UNCONFIRMED
    engine.sweep()
    assert drive(job).state == State.READY


def test_no_credit_pauses_the_provider_and_loses_nothing(make_account, ask, drive, demo):
    demo.fault("getimg", "create", "no_credit", times=1)
    job = ask(make_account())
    engine.step(job.pk)
    job.refresh_from_db()
    assert job.state == State.QUEUED
    assert job.provider.is_paused
    assert "charged" in job.error
    job.provider.resume()
    assert drive(job).state == State.READY


def test_a_rejected_key_pauses_the_provider(make_account, ask):
    job = ask(make_account(api_key="bad-key"))
    engine.step(job.pk)
    job.refresh_from_db()
    assert job.state == State.QUEUED
    assert job.provider.health == Provider.Health.KEY_REJECTED


def test_a_busy_api_is_asked_again_when_it_says(make_account, ask, demo):
    demo.fault("getimg", "create", "rate_limit", times=1, retry_after_s=7)
    job = ask(make_account())
    outcome = engine.step(job.pk)
    job.refresh_from_db()
    assert job.state == State.QUEUED
    assert 5 < outcome.delay_s <= 7


def test_a_refused_prompt_fails_and_says_that_nothing_was_charged(make_account, ask, drive, demo):
    demo.fault("getimg", "create", "refused", times=1)
    job = drive(ask(make_account()))
    assert job.state == State.FAILED
    assert "Nothing was charged" in job.error


def test_the_creates_of_a_minute_are_kept_before_the_api_refuses(make_account, ask, demo):
    account = make_account()
    Provider.objects.filter(pk=account.pk).update(creates_per_minute=1)
    first, second = ask(account), ask(account)
    engine.step(first.pk)
    outcome = engine.step(second.pk)
    second.refresh_from_db()
    assert second.state == State.QUEUED
    assert 50 < outcome.delay_s <= 60


def test_a_job_without_a_place_uploads_nothing_yet(make_account, ask, demo):
    account = make_account("dafty")
    Provider.objects.filter(pk=account.pk).update(creates_per_minute=1)
    first, second = ask(account), ask(account)
    for job in (first, second, second):
        engine.step(job.pk)
    assert len(demo.journal(provider="dafty", endpoint="upload")) == 1


def test_a_failed_look_changes_nothing_but_the_note(make_account, ask, drive, demo):
    job = drive(ask(make_account()), until=lambda job: job.state == State.WAITING)
    demo.fault("getimg", "poll", "server_error", times=2)
    assert drive(job).state == State.READY


@pytest.mark.parametrize("kind", ["html", "truncated", "cut", "expired", "wrong_length"])
def test_a_bad_download_is_fetched_again_until_it_is_whole(kind, make_account, ask, drive, demo):
    demo.fault("getimg", "download", kind, times=2)
    job = drive(ask(make_account()))
    assert job.state == State.READY, job.error
    assert len(demo.journal(provider="getimg", endpoint="download")) == 3


def test_a_provider_that_only_sends_html_is_an_honest_failure(make_account, ask, drive, demo):
    demo.fault("getimg", "download", "html", times=None)
    job = drive(ask(make_account()))
    assert job.state == State.FAILED
    assert "no whole video" in job.error
    assert not Asset.objects.filter(kind=Asset.Kind.VIDEO).exists()


@pytest.mark.parametrize("slug", ["dafty", "indoxhub"])
def test_a_cancelled_clip_reads_cancelled_whatever_word_the_api_has(
    slug, make_account, ask, drive, owner, demo
):
    demo.settings(generating_s=60, indoxhub_cancelled="failed")
    job = drive(ask(make_account(slug)), until=lambda job: bool(job.remote_id))
    jobs.cancel(job, owner)
    assert drive(job).state == State.CANCELLED


def test_an_api_without_cancelling_says_so(make_account, ask, drive, owner):
    job = drive(ask(make_account()), until=lambda job: bool(job.remote_id))
    with pytest.raises(jobs.NotPossible, match="cannot cancel"):
        jobs.cancel(job, owner)


def test_the_sweep_rings_for_a_job_that_the_queue_forgot(make_account, ask):
    job = ask(make_account())
    assert engine.sweep().provider_ids == (job.provider_id,)


def test_the_sweep_leaves_a_held_job_alone(make_account, ask):
    job = ask(make_account())
    job.claim(for_s=60)
    assert engine.sweep().provider_ids == ()


def test_no_key_stands_in_the_timeline(make_account, ask, drive):
    job = drive(ask(make_account(api_key="key-0123456789abcdef")))
    told = json.dumps(list(job.events.values("message", "detail")))
    assert "0123456789" not in told


def test_first_and_last_frame_choose_the_frames_endpoint(
    make_account, ask, drive, make_image, demo
):
    pictures = ((InputRole.FIRST_FRAME, make_image()), (InputRole.LAST_FRAME, make_image("coral")))
    job = drive(ask(make_account("dafty"), inputs=pictures))
    assert job.state == State.READY, job.error
    paths = {e["path"] for e in demo.journal(provider="dafty", endpoint="create")}
    assert any(path.endswith("/videos/frames") for path in paths)


def test_a_job_due_later_is_left_alone(make_account, ask):
    job = ask(make_account())
    Job.objects.filter(pk=job.pk).update(next_look_at=timezone.now() + timedelta(seconds=60))
    assert engine.step(job.pk) == engine.Outcome()


def test_a_file_that_is_never_given_is_an_honest_failure_and_not_asked_for_ever(
    make_account, ask, drive, demo
):
    demo.fault("getimg", "download", "unsatisfiable", times=None)
    job = drive(ask(make_account()))
    assert job.state == State.FAILED
    assert "It was charged" in job.error


def test_the_sweep_hurries_a_fetch_whose_link_would_end_while_it_waits(make_job):
    now = timezone.now()
    urgent, patient = (
        make_job(
            state=State.FETCHING,
            next_look_at=now + timedelta(seconds=300),
            video_expires_at=now + timedelta(seconds=ends_in_s),
        )
        for ends_in_s in (60, 3600)
    )
    assert engine.sweep().fetches == 1
    urgent.refresh_from_db()
    patient.refresh_from_db()
    assert urgent.next_look_at < timezone.now() < patient.next_look_at
