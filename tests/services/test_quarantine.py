"""A job that kills its worker is set aside; one whose worker was killed by others is not."""

import textwrap
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import connection
from django.utils import timezone

from studio.models import Job
from studio.services import engine, jobs
from studio.services.engine import quarantine, turns

State = Job.State
ROOT = Path(__file__).resolve().parents[2]
# A step runs in a process of its own, which has to see the rows.
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def child(settings, tmp_path, monkeypatch) -> Callable[[str], None]:
    """What the process of the step does: `one_step` over the test's own database, after
    `before`."""
    monkeypatch.setenv("DATA_DIR", str(settings.DATA_DIR))
    monkeypatch.setenv("DJANGO_SETTINGS_MODULE", "studio.settings")

    def be(before: str = "") -> None:
        code = f"""
            import os, signal, sys
            sys.path.insert(0, {str(ROOT)!r})
            import django
            from django.conf import settings
            settings.DATABASES["default"]["NAME"] = {str(connection.settings_dict["NAME"])!r}
            settings.DISK_SOFT_MB = settings.DISK_HARD_MB = 0
            settings.MEDIA_ROOT = {str(tmp_path / "media")!r}
            django.setup()
            from django.core.management import execute_from_command_line
            from studio.services.engine import killpoints
            {before}
            execute_from_command_line(sys.argv)
        """
        (tmp_path / "manage.py").write_text(textwrap.dedent(code))
        settings.BASE_DIR = tmp_path

    return be


@pytest.fixture
def suspect(make_account, make_job) -> Job:
    """A queued job that was held twice by workers that died."""
    job = make_job(make_account())
    _crash(job, 2)
    return job


def _crash(job: Job, times: int) -> None:
    """So many workers held the job and were heard of no more."""
    for _ in range(times):
        assert job.claim(for_s=-1)


def _step(job: Job) -> Job:
    Job.objects.filter(pk=job.pk).update(next_look_at=timezone.now())
    engine.step(job.pk)
    return Job.objects.get(pk=job.pk)


DIES_AT = "killpoints.plan(lambda point, job_id: point == killpoints.KillPoint.{})"


# -- The third crash -----------------------------------------------------------------------------


def test_a_step_that_kills_its_process_three_times_is_set_aside(suspect, child, demo):
    child(DIES_AT.format("PLACE_FOUND"))
    job = _step(suspect)
    assert job.is_set_aside
    assert job.state == State.QUEUED
    assert "brought the worker down" in job.question
    assert "nothing was charged" in job.question
    assert job.lease_token is None
    assert demo.created("getimg") == 0


def test_a_job_that_was_set_aside_is_worked_on_no_more_and_the_rest_goes_on(
    suspect, make_job, child, demo
):
    child(DIES_AT.format("PLACE_FOUND"))
    _step(suspect)
    others = [make_job(suspect.provider) for _ in range(2)]
    for _ in range(4):
        engine.send_next(suspect.provider_id)
    assert [Job.objects.get(pk=job.pk).state for job in others] == [State.WAITING] * 2
    assert _step(suspect).is_set_aside
    assert demo.created("getimg") == 2


def test_a_step_that_dies_after_sending_may_have_been_charged(suspect, child, demo):
    child(DIES_AT.format("ANSWERED"))
    job = _step(suspect)
    assert job.is_set_aside
    assert job.state == State.SUBMITTING
    assert "may have charged it" in job.question
    assert demo.created("getimg") == 1


def test_a_person_lets_a_job_go_on_and_what_was_sent_becomes_a_question(
    suspect, child, owner, demo
):
    child(DIES_AT.format("ANSWERED"))
    job = _step(suspect)
    jobs.go_on(job, owner)
    assert (job.question, job.is_set_aside, job.crashes) == ("", False, 0)
    assert _step(job).state == State.UNCONFIRMED
    assert demo.created("getimg") == 1


def test_a_person_lets_a_job_go_on_that_was_never_sent(suspect, child, owner, demo):
    child(DIES_AT.format("PLACE_FOUND"))
    job = _step(suspect)
    jobs.go_on(job, owner)
    assert _step(job).state == State.WAITING
    assert demo.created("getimg") == 1


def test_a_person_gives_a_job_up(suspect, child, owner, demo):
    child(DIES_AT.format("PLACE_FOUND"))
    job = _step(suspect)
    assert "Nothing was charged" in jobs.give_up(job, owner)
    assert (job.state, job.question) == (State.FAILED, "")


@pytest.mark.parametrize("name", ["SIGSEGV", "SIGABRT", "SIGKILL"])
def test_any_crash_is_one(name, suspect, child):
    child(f"os.kill(os.getpid(), signal.{name})")
    assert _step(suspect).is_set_aside


# -- Not the job's fault -------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["SIGTERM", "SIGINT", "SIGHUP"])
def test_a_process_that_was_asked_to_end_is_no_crash(name, suspect, child):
    child(f"signal.signal(signal.{name}, signal.SIG_DFL); os.kill(os.getpid(), signal.{name})")
    job = _step(suspect)
    assert not job.is_set_aside
    assert job.lease_token is None
    assert job.next_look_at > timezone.now() + timedelta(seconds=30)


def test_ctrl_c_at_the_terminal_does_not_reach_a_step_of_its_own(suspect, child):
    child("assert os.getsid(0) == os.getpid() == os.getpgid(0)")
    assert _step(suspect).state == State.WAITING


def test_two_kills_from_outside_never_set_a_job_aside(suspect, child, demo):
    child()
    job = _step(suspect)
    assert (job.state, job.crashes, job.question) == (State.WAITING, 0, "")
    assert demo.created("getimg") == 1


def test_kills_from_outside_do_not_add_up_beyond_suspicion(make_account, make_job, child):
    job = make_job(make_account())
    _crash(job, 7)
    child()
    assert not _step(job).is_set_aside


def test_a_step_that_ends_well_clears_the_suspicion(make_account, make_job):
    job = make_job(make_account())
    _crash(job, 1)
    job.release(job.claim(for_s=60), next_look_at=timezone.now())
    job.refresh_from_db()
    assert job.crashes == 0


def test_a_process_that_cannot_start_is_tried_again_later(suspect, child):
    child("sys.exit('No such thing.')")
    job = _step(suspect)
    assert not job.is_set_aside
    assert (job.state, job.lease_token) == (State.QUEUED, None)
    assert job.next_look_at > timezone.now() + turns.FAULT_REST / 2


# -- Whose lease ---------------------------------------------------------------------------------


def test_a_step_is_taken_only_by_the_holder_of_the_lease(make_job):
    job = make_job()
    lease = job.claim(for_s=60)
    assert quarantine.lease_of(job, lease.token.hex) == lease
    assert quarantine.lease_of(job, "0" * 32) is None
    job.release(lease, next_look_at=timezone.now())
    job.refresh_from_db()
    assert quarantine.lease_of(job, lease.token.hex) is None


def test_a_worker_that_was_frozen_meanwhile_sets_nothing_aside(suspect, child):
    child(
        "from studio.models import Job; Job.objects.update(lease_token=None, lease_until=None);"
        "os.kill(os.getpid(), signal.SIGKILL)"
    )
    job = _step(suspect)
    assert not job.is_set_aside
