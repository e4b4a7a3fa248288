"""Shots still to be made: each is made once, and the last picture of one begins the next."""

import uuid

import pytest
from PIL import Image

from studio.models import Asset, Job, Shot
from studio.services import again, boards, shots
from studio.services.drafts import Draft
from studio.services.timelines import timeline_of


@pytest.fixture(autouse=True)
def provider(settings, tmp_path, make_provider):
    settings.MEDIA_ROOT = tmp_path / "media"
    return make_provider("getimg")


@pytest.fixture
def make_missing(board, owner, provider):
    """A shot still to be made, with a prompt that can be sent."""

    def make(prompt="A comet over the sea", **fields):
        model = provider.models.order_by("position").first()
        content = Draft(prompt=prompt, models=[model], duration_s=5, aspect_ratio="16:9").content
        return boards.add_missing(board, owner, content | fields)

    return make


def plan_of(board, user):
    return shots.plan_of(timeline_of(board), user)


def end(job, state, **fields):
    fields |= {"error": "It did not work."} if state == Job.State.FAILED else {}
    Job.objects.filter(pk=job.pk).update(state=state, sent_at=job.created_at, **fields)


def test_all_missing_shots_are_made_with_one_press(board, owner, make_missing):
    make_missing(), make_missing("Rain")
    plan = plan_of(board, owner)
    made = shots.make(plan, owner, uuid.uuid4())
    assert [job.prompt for job in made] == ["A comet over the sea", "Rain"]
    assert [shot.job for shot in board.shots.all()] == made
    assert len(plan.ready) == plan.cost.clips == 2


def test_two_people_who_press_at_once_make_one_clip(board, owner, jonas, make_missing):
    make_missing()
    mine, theirs = plan_of(board, owner), plan_of(board, jonas)
    assert len(shots.make(mine, owner, uuid.uuid4())) == 1
    assert shots.make(theirs, jonas, uuid.uuid4()) == []
    assert Job.objects.count() == 1


def test_what_is_being_made_is_not_missing_again(board, owner, make_missing):
    make_missing()
    shots.make(plan_of(board, owner), owner, uuid.uuid4())
    plan = plan_of(board, owner)
    assert (plan.missing, len(plan.live)) == ([], 1)


def test_a_clip_that_is_ready_goes_to_its_shot(board, owner, make_missing, make_clip):
    shot = make_missing()
    (job,) = shots.make(plan_of(board, owner), owner, uuid.uuid4())
    clip = make_clip(batch=job.batch, take=2)
    shots.settle(board)
    assert Shot.objects.get(pk=shot.pk).clip is None
    end(job, Job.State.FAILED)
    shots.settle(board)
    assert Shot.objects.get(pk=shot.pk).clip == clip


def test_a_clip_settles_its_boards_when_it_comes(board, owner, make_missing, make_clip):
    shot = make_missing()
    (job,) = shots.make(plan_of(board, owner), owner, uuid.uuid4())
    clip = make_clip(length_s=1.0)
    Asset.objects.filter(pk=clip.pk).update(job=job)
    Job.objects.filter(video=clip).update(state=Job.State.CANCELLED, video=None)
    end(job, Job.State.READY, video=clip)
    shots.settle_clip(clip.pk)
    assert Shot.objects.get(pk=shot.pk).clip == clip


def test_a_failed_shot_can_be_tried_again_and_only_once(board, owner, jonas, make_missing):
    shot = make_missing()
    (job,) = shots.make(plan_of(board, owner), owner, uuid.uuid4())
    end(job, Job.State.FAILED)
    mine, theirs = plan_of(board, owner), plan_of(board, jonas)
    (new,) = shots.make(mine, owner, uuid.uuid4())
    assert shots.make(theirs, jonas, uuid.uuid4()) == []
    assert Shot.objects.get(pk=shot.pk).job == new != job


def test_a_job_that_was_sent_again_in_the_queue_is_the_shots_job(board, owner, make_missing):
    shot = make_missing()
    (job,) = shots.make(plan_of(board, owner), owner, uuid.uuid4())
    end(job, Job.State.FAILED)
    job.refresh_from_db()
    sent = again.ask_again(job, owner)
    shots.settle(board)
    assert Shot.objects.get(pk=shot.pk).job == sent
    assert plan_of(board, owner).ready == []


def test_a_shot_that_cannot_be_made_says_why(board, owner, make_missing):
    make_missing(prompt="")
    boards.add_missing(board, owner, {})
    problems = [each.problem for each in plan_of(board, owner).faulty]
    assert len(problems) == 2
    assert problems[1] == "Choose a model for it."


def test_a_shot_is_not_several_clips(board, owner, make_missing):
    make_missing("{Morning|Evening} in the harbour")
    (faulty,) = plan_of(board, owner).faulty
    assert faulty.problem.startswith("A shot is one clip")


def test_nonsense_in_a_shot_breaks_no_board(board, owner, make_missing):
    make_missing(first_frame=["no picture"], duration_s=["²"], provider_model=["x"])
    assert timeline_of(board).length_s == 5
    assert plan_of(board, owner).faulty


def test_the_digest_changes_with_what_would_be_made(board, owner, make_missing):
    shot = make_missing()
    before = plan_of(board, owner).digest
    board.refresh_from_db()
    shots.rewrite(shot, board.version, owner, {"duration_s": ["10"]})
    assert plan_of(board, owner).digest != before


def test_what_is_being_made_is_not_rewritten(board, owner, make_missing):
    shot = make_missing()
    shots.make(plan_of(board, owner), owner, uuid.uuid4())
    shot = Shot.objects.select_related("job").get(pk=shot.pk)
    with pytest.raises(boards.NotChanged, match="being made"):
        shots.rewrite(shot, shot.board.version, owner, {"prompt": ["Else"]})


# -- The chain -----------------------------------------------------------------------------------


def grey_of(asset):
    with Image.open(asset.path) as picture:
        return picture.convert("L").getpixel((30, 18))


def first_frame(shot):
    shot = Shot.objects.get(pk=shot.pk)
    return Asset.objects.get(pk=shot.content["first_frame"][0])


def test_a_shot_is_extended_from_its_trimmed_end(board, owner, make_shots):
    shot, after = make_shots(2, 1, has_file=True)
    boards.trim(shot, board.version, owner, "0", "1.0")
    new = shots.extend(shot, owner)
    assert list(board.shots.order_by("position")) == [shot, new, after]
    assert first_frame(new).at_s == pytest.approx(23.5 / 24, abs=0.001)
    assert grey_of(first_frame(new)) == pytest.approx(40 + 180 * 23 // 48, abs=4)
    assert new.content["made_as"] == ["extension"]


def test_the_first_frame_follows_the_end_it_was_taken_from(board, owner, make_shots):
    (shot,) = make_shots(2, has_file=True)
    new = shots.extend(shot, owner)
    shot.board.refresh_from_db()
    boards.trim(shot, shot.board.version, owner, "0", "0.5")
    shots.renew_followers(shot)
    assert first_frame(new).at_s == pytest.approx(11.5 / 24, abs=0.001)


def test_a_first_frame_that_a_person_chose_stays(board, owner, make_shots, make_image):
    (shot,) = make_shots(2, has_file=True)
    new, picture = shots.extend(shot, owner), make_image()
    new.refresh_from_db()
    shots.rewrite(new, new.board.version, owner, {"first_frame": [str(picture.pk)]})
    shots.renew_followers(shot)
    assert first_frame(new) == picture


def test_a_shot_can_begin_with_something_else(board, owner, make_shots):
    (shot,) = make_shots(2, has_file=True)
    new = shots.extend(shot, owner)
    shots.unchain(new, new.board.version, owner)
    shots.settle(board)
    new.refresh_from_db()
    assert (new.follows, new.content.get("first_frame")) == (None, None)


def test_a_shot_waits_for_the_one_it_begins_with(board, owner, make_missing, make_clip):
    before = make_missing()
    after = shots.extend(before, owner)
    plan = plan_of(board, owner)
    assert [each.shot for each in plan.ready] == [before]
    assert [each.waits_for for each in plan.waiting] == [1]
    (job,) = shots.make(plan, owner, uuid.uuid4())
    clip = make_clip(batch=job.batch, take=2, has_file=True)
    end(job, Job.State.CANCELLED)
    shots.settle(board)
    assert first_frame(after).parent == clip
    assert [each.shot for each in plan_of(board, owner).ready] == [after]


def test_reading_a_settled_board_writes_and_decodes_nothing(
    board, owner, make_shots, django_assert_max_num_queries
):
    (shot,) = make_shots(2, has_file=True)
    shots.extend(shot, owner)
    frames = Asset.objects.filter(kind=Asset.Kind.FRAME).count()
    with django_assert_max_num_queries(6):
        shots.settle(board)
    assert Asset.objects.filter(kind=Asset.Kind.FRAME).count() == frames == 1


# -- Takes ---------------------------------------------------------------------------------------


def test_another_take_of_the_same_press_can_be_chosen(board, owner, make_clip):
    batch = uuid.uuid4()
    one, two = (make_clip(batch=batch, take=take, length_s=3 - take) for take in (1, 2))
    (shot,) = boards.add_clips(board, [one], owner)
    boards.trim(shot, board.version, owner, "0.5", "1.5")
    shot.board.refresh_from_db()
    shots.choose_take(shot, shot.board.version, owner, two.pk)
    assert (shot.clip, shot.trim_in_s, shot.trim_out_s) == (two, 0.0, None)


def test_a_clip_of_another_press_is_no_take(board, owner, make_clip):
    (shot,) = boards.add_clips(board, [make_clip()], owner)
    with pytest.raises(boards.NotChanged, match="not there any more"):
        shots.choose_take(shot, board.version, owner, make_clip("Else").pk)
