"""The gallery comes back from the media folder alone."""

import json
import shutil

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.utils import timezone

from studio.media.metadata import sidecar_of
from studio.models import (
    Asset,
    Collection,
    Heartbeat,
    Job,
    JobEvent,
    JobInput,
    Provider,
    ProviderModel,
    SavedDraft,
    Tag,
)
from studio.providers.contract import InputRole
from studio.services import assets, frames, keepsake, library, privacy, provenance, wishes
from studio.services.engine.afterwork import finish_clip
from studio.services.rebuild import rebuild
from tests.boards import write_clip

PASSED_ON = ("id", "sha256", "downloaded_sha256", "relative_path", "created_at", "is_favourite")
NEVER_SAME = {"job", "source"}


@pytest.fixture
def gallery(make_account, make_image, owner, drive):
    """A clip from a picture, one extended from its last frame, and a take of each."""
    model = make_account(name="Team").models.order_by("position").first()

    def ask(prompt, **wish):
        wish = wishes.Wish(provider_model=model, prompt=prompt, **wish)
        jobs = [drive(job) for job in wishes.create(wish, owner)]
        for job in jobs:
            finish_clip(job.video.pk)
        return jobs

    first, second = ask(
        "Mist over a lake",
        takes=2,
        inputs=((InputRole.FIRST_FRAME, make_image()),),
        extras={},
    )
    middle = frames.frame_at(first.video, 1.0, owner)
    (further,) = ask(
        "The mist lifts",
        inputs=((InputRole.FIRST_FRAME, middle),),
        source=first,
        made_as=Job.MadeAs.EXTENSION,
    )
    return [first, second, further]


def lose_the_database():
    """Everything that is ours goes; the files stay. What kept them apart is lost, too."""
    for model in (JobEvent, JobInput, SavedDraft, Collection, Tag, Heartbeat):
        model.objects.all().delete()
    Job.objects.update(video=None, source=None, state=Job.State.CANCELLED)
    Asset.objects.update(job=None)
    Job.objects.all().delete()
    Asset.objects.update(parent=None)
    Asset.objects.all().delete()
    ProviderModel.objects.all().delete()
    Provider.objects.all().delete()
    User.objects.all().delete()


def as_document(job):
    """Everything of a job that another database can hold as well."""
    said = provenance.beside(job, job.video)
    kept = {name: value for name, value in said.items() if name not in NEVER_SAME}
    kept["made_from"] = job.source.prompt if job.source else None
    kinds = sorted(job.video.derived.values_list("kind", "sha256"))
    return kept, kinds, {name: getattr(job.video, name) for name in PASSED_ON}


def documents():
    return {job.video_id: as_document(job) for job in Job.objects.filter(state=Job.State.READY)}


def test_every_clip_comes_back_as_it_was(gallery):
    before = documents()
    keepsake.keep()
    lose_the_database()
    report = rebuild()
    assert report.problems == []
    assert (report.clips, report.jobs, report.pictures) == (3, 3, 2)
    assert documents() == before
    assert Job.objects.get(made_as="extension").source.prompt == "Mist over a lake"


def test_frames_know_again_where_they_were_taken(gallery):
    keepsake.keep()
    lose_the_database()
    rebuild()
    frame = Asset.objects.get(kind=Asset.Kind.FRAME)
    assert frame.parent.job.prompt == "Mist over a lake"
    assert frame.at_s == 1.0
    assert frame.used_by.get().job.prompt == "The mist lifts"


def test_members_and_accounts_come_back_without_a_way_in(gallery):
    lose_the_database()
    report = rebuild()
    mara = User.objects.get(username="mara")
    assert not mara.is_active
    assert not mara.has_usable_password()
    team = Provider.objects.get(name="Team")
    assert not team.is_enabled
    assert team.api_key == ""
    assert (report.members, report.accounts) == (["mara"], ["Team"])


def test_everything_can_go_to_one_member(gallery):
    lose_the_database()
    jo = User.objects.create_user("jo")
    rebuild(owner=jo)
    assert {job.owner for job in Job.objects.all()} == {jo}
    assert not User.objects.exclude(username="jo").exists()


def test_stars_tags_collections_and_the_trash_come_back(gallery, owner, monkeypatch):
    first, second, third = (job.video for job in gallery)
    library.favour([first])
    library.rate([first], 4)
    library.tag([first, third], "night, water")
    library.collect([first, third], library.new_collection(owner, "Reel"))
    library.trash([second], owner)
    keepsake.keep()
    lose_the_database()
    monkeypatch.setattr(keepsake, "database", lambda: "another one")
    rebuild()
    back = Asset.objects.get(pk=first.pk)
    assert (back.is_favourite, back.rating) == (True, 4)
    assert sorted(tag.name for tag in back.tags.all()) == ["night", "water"]
    assert Collection.objects.get(name="Reel").assets.count() == 2
    assert Asset.objects.get(pk=second.pk).trashed_at is not None


def test_what_was_private_stays_private(gallery, owner, monkeypatch):
    clip = gallery[0].video
    privacy.hide([clip], owner)
    collection = library.new_collection(owner, "Mine")
    library.collect([clip], collection)
    privacy.set_collection(collection, owner, is_private=True)
    keepsake.keep()
    lose_the_database()
    monkeypatch.setattr(keepsake, "database", lambda: "another one")
    rebuild()
    assert Asset.objects.get(pk=clip.pk).is_private
    assert Job.objects.get(video=clip.pk).is_private
    assert Collection.objects.get(name="Mine").is_private


def test_what_is_there_is_not_touched(gallery):
    before = documents()
    report = rebuild()
    assert (report.clips, report.pictures, report.companions) == (0, 0, 0)
    assert report.known == 3
    assert documents() == before


def test_a_second_run_makes_nothing_more(gallery):
    lose_the_database()
    rebuild()
    again = rebuild()
    assert (again.clips, again.pictures, again.companions, again.problems) == (0, 0, 0, [])


def test_a_dry_run_makes_nothing(gallery):
    lose_the_database()
    report = rebuild(is_dry=True)
    assert (report.clips, report.jobs, report.pictures) == (3, 3, 2)
    assert not Asset.objects.exists()
    assert not User.objects.exists()


def test_without_what_stands_beside_the_files_the_files_themselves_tell(gallery):
    for job in gallery:
        sidecar_of(job.video.path).unlink()
    prompts = {job.video_id: job.prompt for job in gallery}
    lose_the_database()
    assert rebuild().problems == []
    assert {job.video_id: job.prompt for job in Job.objects.all()} == prompts


def test_missing_companions_are_made_again(gallery):
    for path in gallery[0].video.path.parent.glob("*.poster.jpg"):
        path.unlink()
    lose_the_database()
    rebuild()
    assert Asset.objects.filter(kind=Asset.Kind.POSTER).count() == 3


def test_a_file_that_was_changed_is_told_and_kept(gallery):
    path = gallery[0].video.path
    shutil.copy(gallery[2].video.path, path)
    lose_the_database()
    report = rebuild()
    assert [path.name in problem for problem in report.problems] == [True]
    assert "not what was stored" in report.problems[0]
    assert Asset.objects.get(pk=gallery[0].video_id).sha256 == assets.sha256_of(path)


def test_a_strangers_video_becomes_a_clip_without_a_job(owner, settings):
    path = settings.MEDIA_ROOT / "clips" / "holiday.mp4"
    path.parent.mkdir(parents=True)
    write_clip(path, 1.0)
    report = rebuild()
    clip = Asset.objects.get(kind=Asset.Kind.VIDEO)
    assert (clip.job, clip.original_name, clip.owner) == (None, "holiday.mp4", owner)
    assert report.clips == 1
    assert clip.poster is not None


def test_what_is_no_video_is_told(owner, settings):
    path = settings.MEDIA_ROOT / "clips" / "page.mp4"
    path.parent.mkdir(parents=True)
    path.write_text("<html>")
    report = rebuild()
    assert report.clips == 0
    assert "clips/page.mp4" in report.problems[0]


def test_a_document_of_the_first_format_is_read(gallery):
    for job in gallery:
        said = provenance.describe(job)
        for name in ("variant", "made_as", "source", "is_demo", "model_name"):
            del said[name]
        write_format_1(job, said)
    lose_the_database()
    assert rebuild().clips == 3
    assert {job.variant for job in Job.objects.all()} == {0}


def write_format_1(job, said):
    inputs = [{name: each[name] for name in ("role", "asset", "sha256")} for each in said["inputs"]]
    document = said | {"format": 1, "inputs": inputs}
    sidecar_of(job.video.path).write_text(json.dumps(document))


def test_the_command_tells_what_it_would_do(gallery, capsys):
    lose_the_database()
    call_command("rebuild_gallery", "--dry-run")
    assert "Would make 3 clips (3 with their job) and 2 pictures." in capsys.readouterr().out


def test_the_command_knows_its_owner(db):
    with pytest.raises(CommandError, match="There is no member 'nobody'"):
        call_command("rebuild_gallery", "--owner", "nobody")


# -- What is kept beside the files ---------------------------------------------------------------


def test_an_empty_database_does_not_empty_what_was_kept(gallery, monkeypatch):
    library.favour([gallery[0].video])
    keepsake.keep()
    monkeypatch.setattr(keepsake, "database", lambda: "another one")
    lose_the_database()
    assert not keepsake.keep()
    assert keepsake.read()["clips"][str(gallery[0].video_id)]["favourite"] is True


def test_what_has_not_changed_is_not_written_again(gallery):
    keepsake.keep()
    written_at = keepsake.path().stat().st_mtime_ns
    keepsake.keep()
    assert keepsake.path().stat().st_mtime_ns == written_at
    Asset.objects.filter(pk=gallery[0].video_id).update(trashed_at=timezone.now())
    keepsake.keep()
    assert keepsake.path().stat().st_mtime_ns > written_at
