"""A clip that is not sent yet is edited in place, or not at all."""

from dataclasses import replace

import pytest
from django.utils import timezone

from studio.models import Job, Role
from studio.providers.contract import GenerationRequest
from studio.services import editing, engine, jobs, members
from studio.services.wishes import Refused
from tests.factories import new_member


@pytest.fixture
def job(make_job, make_account) -> Job:
    made = make_job(make_account(), prompt="Mist", duration_s=5, aspect_ratio="16:9")
    return Job.objects.get(pk=made.pk)


def wanted(job: Job, **fields: object) -> GenerationRequest:
    return replace(job.request(), **fields)


def test_what_was_changed_is_asked_for_and_told(job, owner, demo):
    editing.edit(job, wanted(job, prompt="  Fog  "), owner)
    assert job.prompt == "Fog"
    assert job.events.last().message.startswith("Edited: prompt")
    engine.send_next(job.provider_id)
    assert demo.jobs()[0]["spec"]["prompt"] == "Fog"


def test_another_request_goes_out_under_another_key(job, owner):
    key = job.idempotency_key
    sent_before = {"key_used_at": timezone.now(), "key_sent_with": []}
    Job.objects.update(**sent_before)
    editing.edit(job, wanted(job, prompt="Fog"), owner)
    assert job.idempotency_key != key
    assert (job.key_used_at, job.key_sent_with) == (None, None)


def test_the_cost_is_estimated_anew(job, owner):
    durations = job.provider_model.capabilities.durations_s
    longest = max(durations)
    editing.edit(job, wanted(job, duration_s=min(durations)), owner)
    before = job.cost_estimated
    editing.edit(job, wanted(job, duration_s=longest), owner)
    assert before is None or job.cost_estimated > before


def test_what_the_model_cannot_do_is_refused_at_its_field(job, owner):
    with pytest.raises(Refused) as refused:
        editing.edit(job, wanted(job, prompt=" ", duration_s=99), owner)
    assert set(refused.value.problems) == {"prompt", "duration_s"}
    job.refresh_from_db()
    assert job.prompt == "Mist"


def test_a_clip_that_was_claimed_meanwhile_stays_as_it_is(job, owner):
    assert Job.objects.get(pk=job.pk).claim(for_s=60)
    with pytest.raises(jobs.NotPossible, match="at this moment"):
        editing.edit(job, wanted(job, prompt="Fog"), owner)
    assert Job.objects.get(pk=job.pk).prompt == "Mist"


def test_another_members_clip_is_edited_by_staff_alone(job):
    with pytest.raises(members.NotAllowed, match="Only mara"):
        editing.edit(job, wanted(job, prompt="Fog"), new_member("jo"))
    editing.edit(job, wanted(job, prompt="Fog"), new_member("al", Role.MANAGER))
    assert job.prompt == "Fog"


def test_no_change_is_no_line_in_the_timeline(job, owner):
    editing.edit(job, wanted(job), owner)
    told = job.events.count()
    editing.edit(job, wanted(job), owner)
    assert job.events.count() == told
