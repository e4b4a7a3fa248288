"""Deleting for good: what goes, what stays because something needs it, and what a crash leaves."""

import uuid
from pathlib import Path

import pytest
from django.db import transaction
from django.utils import timezone

from studio.models import (
    Asset,
    Board,
    FileToRemove,
    Job,
    JobEvent,
    JobInput,
    Role,
    SavedDraft,
    Shot,
)
from studio.models.film import Film
from studio.services import erasing, library
from studio.services.engine.afterwork import finish_clip
from studio.services.engine.sweep import bare_clips
from tests.clips import files_of
from tests.factories import new_member


@pytest.fixture
def trashed(add_clip):
    """A clip in the trash, with all its files."""
    return add_clip(has_files=True, trashed_at=timezone.now())


def test_the_files_go_and_the_history_stays(owner, trashed):
    library.tag([trashed], "night")
    assert erasing.erase([trashed], owner) == "1 clip deleted for good."
    assert files_of(trashed) == set()
    job = Job.objects.get(pk=trashed.job_id)
    assert (job.state, job.video_id) == (Job.State.READY, trashed.pk)
    assert JobEvent.objects.get(job=job).message == "Deleted for good."
    assert not Asset.objects.filter(parent=trashed).exists()
    assert not FileToRemove.objects.exists()
    assert library.clips_of([trashed.pk], owner, in_trash=True) == []


def test_only_what_is_in_the_trash_can_go(owner, add_clip):
    clip = add_clip(has_files=True)
    assert erasing.erase([clip], owner) == "0 clips deleted for good."
    assert ".mp4" in files_of(clip)


def test_a_clip_on_a_storyboard_stays_and_the_reason_is_told(owner, trashed):
    board = Board.objects.create(name="Spring", owner=owner)
    Shot.objects.create(board=board, clip=trashed)
    assert erasing.plan([trashed], owner).clips == []
    told = erasing.erase([trashed], owner)
    assert "1 stays. It is on the storyboard “Spring”. Take it off there first." in told
    assert ".mp4" in files_of(trashed)


def test_a_clip_stays_while_a_film_is_made_of_it(owner, trashed):
    board = Board.objects.create(name="Spring", owner=owner)
    plan = {"shots": [{"clip": str(trashed.pk)}]}
    film = Film.objects.create(board=board, by=owner, plan=plan)
    assert erasing.plan([trashed], owner).reasons == ["A film is being made of it just now."]
    Film.objects.filter(pk=film.pk).update(state=Film.State.CANCELLED)
    assert erasing.plan([trashed], owner).clips == [trashed]


def test_a_clip_stays_while_another_is_made_from_it(owner, trashed, make_job):
    job = make_job(trashed.job.provider)
    JobInput.objects.create(job=job, role="source_video", asset=trashed)
    assert erasing.plan([trashed], owner).reasons == ["A clip under way is made from it."]


def test_only_whoever_made_it_or_a_manager_deletes_a_clip_for_good(owner, trashed, add_clip):
    maker = new_member("maker")
    theirs = add_clip(has_files=True, trashed_at=timezone.now())
    Asset.objects.filter(pk=theirs.pk).update(owner=maker)
    told = erasing.erase([trashed, theirs], maker)
    assert told == (
        "1 clip deleted for good. 1 stays. "
        "Only whoever made a clip or a manager deletes it for good."
    )
    assert (files_of(theirs), ".mp4" in files_of(trashed)) == (set(), True)
    erasing.erase([trashed], new_member("boss", Role.MANAGER))
    assert files_of(trashed) == set()


def test_a_last_frame_that_another_clip_began_with_stays(owner, trashed, add_clip):
    frame = trashed.derived.get(kind=Asset.Kind.LAST_FRAME)
    JobInput.objects.create(job=add_clip().job, role="first_frame", asset=frame)
    erasing.erase([trashed], owner)
    assert files_of(trashed) == {".last_frame.png"}
    assert Asset.objects.get(pk=frame.pk).path.is_file()


@pytest.mark.parametrize("column", ["content", "earlier_content"])
def test_a_last_frame_in_somebodys_draft_stays(owner, trashed, column):
    frame = trashed.derived.get(kind=Asset.Kind.LAST_FRAME)
    SavedDraft.objects.create(owner=owner, **{column: {"first_frame": [str(frame.pk)]}})
    erasing.erase([trashed], owner)
    assert files_of(trashed) == {".last_frame.png"}


def test_a_picture_somebody_took_out_of_the_clip_stays(owner, trashed, make_image):
    picture = make_image()
    Asset.objects.filter(pk=picture.pk).update(kind=Asset.Kind.FRAME, parent=trashed)
    erasing.erase([trashed], owner)
    assert Asset.objects.get(pk=picture.pk).path.is_file()


def test_a_death_before_the_commit_leaves_all_as_it_was(owner, trashed):
    with transaction.atomic():
        erasing._erase_some([trashed.pk], owner)
        transaction.set_rollback(True)
    assert Asset.objects.get(pk=trashed.pk).erased_at is None
    assert {".mp4", ".json", ".poster.png"} <= files_of(trashed)
    assert not FileToRemove.objects.exists()


def test_a_death_after_the_commit_is_finished_by_the_sweep(owner, trashed):
    erasing._erase_some([trashed.pk], owner)
    assert ".mp4" in files_of(trashed)
    erasing.sweep()
    assert files_of(trashed) == set()
    assert not FileToRemove.objects.exists()


def test_a_file_that_cannot_be_removed_is_tried_again(owner, trashed):
    blocked = Path(trashed.path)
    blocked.unlink()
    blocked.mkdir()
    erasing.erase([trashed], owner)
    assert FileToRemove.objects.get().relative_path == trashed.relative_path
    blocked.rmdir()
    erasing.sweep()
    assert not FileToRemove.objects.exists()


def test_a_companion_made_while_its_clip_was_deleted_goes_too(owner, trashed):
    erasing.erase([trashed], owner)
    late = trashed.path.with_name(f"{trashed.path.stem}.preview.mp4")
    late.write_bytes(b"late")
    relative = str(Path(trashed.relative_path).with_name(late.name))
    facts = {"sha256": "0" * 64, "size_bytes": 4, "mime_type": "video/mp4", "width": 2, "height": 2}
    Asset.objects.create(
        kind="preview", parent=trashed, owner=owner, relative_path=relative, **facts
    )
    erasing.sweep()
    assert files_of(trashed) == set()
    assert not Asset.objects.filter(parent=trashed).exists()


def test_no_companions_are_made_for_what_is_gone(owner, trashed):
    erasing.erase([trashed], owner)
    assert bare_clips() == []
    finish_clip(trashed.pk)
    finish_clip(uuid.uuid4())
    assert files_of(trashed) == set()


def test_emptying_takes_what_lay_there_when_somebody_looked(owner, add_clip):
    before = add_clip("before", trashed_at=timezone.now())
    moment = timezone.now()
    add_clip("after", trashed_at=timezone.now())
    assert list(erasing.whole_trash(owner, moment)) == [before]
