"""Retention: a dry run and a real one agree, and what anything needs is never deleted."""

import uuid
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.db import models
from django.utils import timezone
from huey.contrib.djhuey import HUEY

from studio import tasks
from studio.models import (
    Asset,
    Board,
    Collection,
    CollectionItem,
    Film,
    Heartbeat,
    Job,
    JobEvent,
    JobInput,
    Preset,
    SavedDraft,
    ShareLink,
    Shot,
)
from studio.services import erasing, health, retention
from studio.services.retention import RetentionProblem
from tests.clips import files_of

DAYS = 30
LONG_AGO = timedelta(days=DAYS + 1)
LATELY = timedelta(days=DAYS - 1)


@pytest.fixture
def studio(db, settings, tmp_path):
    """A studio that keeps its trash, unused pictures and replies for 30 days."""
    settings.TRASH_DAYS = settings.UPLOAD_DAYS = settings.EVENT_DAYS = DAYS
    settings.MEDIA_ROOT = tmp_path / "media"
    settings.MEDIA_ROOT.mkdir()
    health.mark(print)
    return settings


@pytest.fixture
def old_trash(studio, add_clip):
    """A clip that lies in the trash for long, with its files."""
    return add_clip("old", has_files=True, trashed_at=timezone.now() - LONG_AGO)


@pytest.fixture
def old_picture(studio, make_image):
    picture = make_image()
    Asset.objects.filter(pk=picture.pk).update(created_at=timezone.now() - LONG_AGO)
    return picture


@pytest.fixture
def old_job(studio, make_job):
    """A job that failed long ago, with the provider's reply in its timeline."""
    then = timezone.now() - LONG_AGO
    job = make_job(state=Job.State.FAILED, error="No.", finished_at=then)
    job.events.create(to_state=Job.State.FAILED, message="Refused", detail={"code": 17})
    return job


def keys(rule: str, *, is_dry: bool = True) -> list[object]:
    """What this rule deletes, or would."""
    result = next(r for r in retention.run(is_dry=is_dry) if r.rule.name == rule)
    return [each.key for each in result.leaving]


def files_on_disk(settings) -> set[str]:
    root = settings.MEDIA_ROOT
    return {str(path.relative_to(root)) for path in root.rglob("*") if path.is_file()}


# -- Dry and real --------------------------------------------------------------------------------


def test_without_settings_nothing_is_ever_deleted(studio, old_trash, old_picture, old_job):
    studio.TRASH_DAYS = studio.UPLOAD_DAYS = studio.EVENT_DAYS = 0
    before = files_on_disk(studio)
    assert retention.run(is_dry=False) == []
    retention.run_if_due()
    assert files_on_disk(studio) == before


def test_a_dry_run_changes_nothing(studio, old_trash, old_picture, old_job):
    before = files_on_disk(studio)
    retention.run(is_dry=True)
    assert files_on_disk(studio) == before
    assert Asset.objects.get(pk=old_trash.pk).erased_at is None
    assert old_job.events.get().detail == {"code": 17}


def test_a_dry_run_lists_exactly_what_the_real_one_deletes(
    studio, add_clip, old_trash, old_picture, old_job, make_image
):
    add_clip("kept", has_files=True, trashed_at=timezone.now() - LATELY)
    make_image("navy")
    before = files_on_disk(studio)
    sizes = {name: (studio.MEDIA_ROOT / name).stat().st_size for name in before}
    told, done = retention.run(is_dry=True), retention.run(is_dry=False)
    assert told == done
    gone = before - files_on_disk(studio)
    listed = {name for result in told for each in result.leaving for name in each.files}
    assert gone == listed
    assert len(gone) == 5
    assert sum(r.size_bytes for r in told[:2]) == sum(sizes[name] for name in gone)
    assert [r.leaving for r in retention.run(is_dry=True)] == [[], [], []]


def test_many_are_taken_in_parts(studio, add_clip, monkeypatch):
    monkeypatch.setattr(retention, "AT_ONCE", 2)
    for _ in range(5):
        add_clip(trashed_at=timezone.now() - LONG_AGO)
    assert len(keys("trash", is_dry=False)) == 5
    assert Asset.objects.filter(erased_at__isnull=False).count() == 5


def test_what_is_said_counts_and_sums(studio, old_trash, add_clip):
    add_clip(trashed_at=timezone.now() - LONG_AGO, is_favourite=True)
    found = retention.run(is_dry=True)[0]
    assert found.words == (
        "Clips in the trash for 30 days or more: 1, 0.0 MB. Kept because something needs them: 1."
    )


def test_without_the_disk_of_the_clips_nothing_is_deleted(studio, old_trash):
    health.marker().unlink()
    with pytest.raises(RetentionProblem, match="is the disk with the clips mounted"):
        retention.run(is_dry=False)
    assert Asset.objects.get(pk=old_trash.pk).erased_at is None


# -- The trash -----------------------------------------------------------------------------------


def test_the_clip_goes_and_its_history_stays(old_trash):
    retention.run(is_dry=False)
    assert files_of(old_trash) == set()
    event = JobEvent.objects.get(job=old_trash.job_id)
    assert (event.message, event.actor) == ("Deleted for good.", None)
    assert Job.objects.get(pk=old_trash.job_id).video_id == old_trash.pk


def test_a_death_after_the_commit_is_finished_by_the_sweep(old_trash, monkeypatch):
    monkeypatch.setattr(erasing, "remove_files", lambda: None)
    retention.run(is_dry=False)
    assert ".mp4" in files_of(old_trash)
    monkeypatch.undo()
    erasing.sweep()
    assert files_of(old_trash) == set()


@pytest.mark.parametrize(
    "trashed_at", [None, timezone.now() - LATELY, timezone.now()], ids=["never", "lately", "now"]
)
def test_a_clip_that_is_not_long_in_the_trash_stays(studio, add_clip, trashed_at):
    add_clip(at=timezone.now() - 10 * LONG_AGO, trashed_at=trashed_at)
    assert keys("trash") == []


def put_on_board(clip: Asset, owner: User) -> None:
    Shot.objects.create(board=Board.objects.create(name="Spring", owner=owner), clip=clip)


def put_in_collection(clip: Asset, owner: User) -> None:
    collection = Collection.objects.create(name="Best", owner=owner)
    CollectionItem.objects.create(collection=collection, asset=clip)


def share(clip: Asset, owner: User) -> None:
    ends = timezone.now() + timedelta(days=1)
    ShareLink.objects.create(token_hash="x", asset=clip, created_by=owner, expires_at=ends)


def make_another_from(clip: Asset, owner: User) -> None:
    other = Job.objects.earliest("pk")
    ended = {"state": Job.State.FAILED, "error": "No.", "finished_at": timezone.now()}
    of = {"provider": other.provider, "provider_model": other.provider_model, "owner": owner}
    job = Job.objects.create(batch=uuid.uuid4(), prompt="Mist", **of, **ended)
    JobInput.objects.create(job=job, role="first_frame", asset=clip)


def write_into_draft(clip: Asset, owner: User) -> None:
    SavedDraft.objects.create(owner=owner, earlier_content={"first_frame": [str(clip.pk)]})


def write_into_preset(clip: Asset, owner: User) -> None:
    content = {"source_video": [str(clip.pk)]}
    Preset.objects.create(owner=owner, name="Mine", content=content)


def plan_on_board(clip: Asset, owner: User) -> None:
    board = Board.objects.create(name="Spring", owner=owner)
    Shot.objects.create(board=board, content={"reference": [str(clip.pk)]})


def render_film_of(clip: Asset, owner: User) -> None:
    board = Board.objects.create(name="Spring", owner=owner)
    Film.objects.create(board=board, by=owner, plan={"shots": [{"clip": str(clip.pk)}]})


def favour(clip: Asset, owner: User) -> None:
    Asset.objects.filter(pk=clip.pk).update(is_favourite=True)


USES = [
    put_on_board,
    put_in_collection,
    share,
    make_another_from,
    write_into_draft,
    write_into_preset,
    plan_on_board,
    favour,
]


@pytest.mark.parametrize("use", [*USES, render_film_of])
def test_a_clip_that_something_needs_stays(old_trash, owner, use):
    use(old_trash, owner)
    assert keys("trash") == keys("trash", is_dry=False) == []
    assert ".mp4" in files_of(old_trash)


def test_a_clip_whose_job_is_not_at_its_end_stays(old_trash):
    Job.objects.filter(pk=old_trash.job_id).update(state=Job.State.UNCONFIRMED, error="Perhaps.")
    assert keys("trash") == []


def test_a_frame_that_another_clip_began_with_stays(old_trash, add_clip):
    frame = old_trash.derived.get(kind=Asset.Kind.LAST_FRAME)
    JobInput.objects.create(job=add_clip().job, role="first_frame", asset=frame)
    told = retention.run(is_dry=True)[0].leaving[0].files
    retention.run(is_dry=False)
    assert files_of(old_trash) == {".last_frame.png"}
    assert frame.relative_path not in told


def test_a_link_that_was_withdrawn_holds_nothing(old_trash, owner):
    share(old_trash, owner)
    ShareLink.objects.update(revoked_at=timezone.now())
    assert keys("trash") == [old_trash.pk]


def test_a_clip_that_is_taken_out_while_the_others_go_stays(studio, add_clip, monkeypatch):
    first, second = (
        add_clip(trashed_at=timezone.now() - days * LONG_AGO, has_files=True) for days in (2, 1)
    )
    monkeypatch.setattr(retention, "AT_ONCE", 1)
    mark = erasing.mark_gone

    def mark_and_restore(clips, user) -> None:
        mark(clips, user)
        Asset.objects.filter(pk=second.pk).update(trashed_at=None)

    monkeypatch.setattr(erasing, "mark_gone", mark_and_restore)
    assert keys("trash", is_dry=False) == [first.pk]
    assert ".mp4" in files_of(second)


# -- Pictures ------------------------------------------------------------------------------------


def test_a_picture_that_nothing_uses_goes_with_its_small_copy(old_picture):
    small = erasing.thumbs.thumb_of(old_picture)
    retention.run(is_dry=False)
    assert not Asset.objects.filter(pk=old_picture.pk).exists()
    assert not old_picture.path.exists()
    assert not small.exists()


@pytest.mark.parametrize("use", USES)
def test_a_picture_that_something_uses_stays(old_picture, make_job, owner, use):
    make_job()
    use(old_picture, owner)
    assert keys("uploads") == keys("uploads", is_dry=False) == []
    assert old_picture.path.is_file()


def test_a_new_picture_stays(studio, make_image):
    make_image()
    assert keys("uploads") == []


def test_a_picture_somebody_took_out_of_a_clip_stays(old_picture, add_clip):
    Asset.objects.filter(pk=old_picture.pk).update(kind=Asset.Kind.FRAME, parent=add_clip())
    assert keys("uploads") == []


# -- Replies -------------------------------------------------------------------------------------


def test_replies_are_emptied_and_the_transitions_stay(old_job):
    assert keys("events", is_dry=False) == [old_job.pk]
    event = old_job.events.get()
    assert (event.detail, event.to_state, event.message) == (None, Job.State.FAILED, "Refused")


def test_the_size_of_replies_is_told_in_bytes(old_job):
    old_job.events.create(message="And", detail={"word": "ü"})
    assert retention.run(is_dry=True)[2].size_bytes == len('{"code": 17}{"word": "\\u00fc"}')


@pytest.mark.parametrize(
    "columns",
    [
        {"finished_at": timezone.now() - LATELY},
        {"state": Job.State.UNCONFIRMED},
        {"state": Job.State.QUEUED, "finished_at": None},
    ],
)
def test_replies_to_jobs_that_may_still_matter_stay(old_job, columns):
    Job.objects.filter(pk=old_job.pk).update(**columns)
    assert keys("events") == keys("events", is_dry=False) == []
    assert old_job.events.get().detail == {"code": 17}


# -- Once a day ----------------------------------------------------------------------------------


def test_the_worker_does_it_once_a_day(old_trash, add_clip):
    retention.run_if_due()
    later = add_clip(trashed_at=timezone.now() - LONG_AGO, has_files=True)
    retention.run_if_due()
    assert files_of(old_trash) == set()
    assert ".mp4" in files_of(later)
    Heartbeat.objects.update(at=timezone.now() - timedelta(days=1))
    retention.run_if_due()
    assert files_of(later) == set()


@pytest.mark.parametrize("days", [0, DAYS])
def test_the_sweep_rings_for_it_while_a_rule_is_on(studio, days):
    studio.TRASH_DAYS, studio.UPLOAD_DAYS, studio.EVENT_DAYS = days, 0, 0
    HUEY.flush()
    tasks.sweep.call_local()
    assert ("clean_up" in {task.name for task in HUEY.pending()}) == bool(days)


def test_a_missing_disk_is_told_in_the_log_and_the_worker_goes_on(old_trash, caplog):
    health.marker().unlink()
    retention.run_if_due()
    assert "is the disk with the clips mounted" in caplog.text


# -- What is to come -----------------------------------------------------------------------------


def test_whatever_else_comes_to_know_files_is_thought_of_here():
    """A new table that points at files, or keeps their keys in JSON, has to be asked too."""
    pointing = {relation.name for relation in Asset._meta.related_objects}
    asked = {*retention.UNUSED, "share_links", "derived"}
    of_its_own_job_or_film = {"made_by", "film"}
    assert pointing - asked - of_its_own_job_or_film - {"collections"} == set()
    models_with_json = {
        model.__name__
        for model in Asset._meta.apps.get_app_config("studio").get_models()
        if any(isinstance(column, models.JSONField) for column in model._meta.get_fields())
    }
    names_files = {"SavedDraft", "Preset", "Shot", "Film"}
    names_none = {"Job", "JobEvent", "Provider", "ProviderModel"}
    assert models_with_json <= names_files | names_none
