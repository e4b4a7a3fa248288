"""One address for what people do with clips; with a script, and without."""

import io
import uuid
import zipfile

import pytest
from django.test import Client
from django.utils import timezone

from studio.models import Asset, Collection, Tag
from tests.clips import CONTENT, files_of
from tests.factories import new_member

DO = "/gallery/do/"
PART = {"HX-Request": "true"}


def words_of(answer) -> str:
    """What the next page tells, wherever it was sent to."""
    return answer.content.decode()


def test_many_are_favourites_with_one_press(browser, add_clip):
    clips = [add_clip(), add_clip()]
    keys = [str(clip.pk) for clip in clips]
    answer = browser.post(DO, {"action": "favourite", "clip": keys, "next": "/gallery/?q=x"})
    assert answer.headers["Location"] == "/gallery/?q=x"
    assert Asset.objects.filter(is_favourite=True).count() == 2


def test_very_many_clips_come_in_one_field(browser, add_clip):
    clips = [add_clip() for _ in range(3)]
    browser.post(DO, {"action": "favourite", "clip": ",".join(str(clip.pk) for clip in clips)})
    assert Asset.objects.filter(is_favourite=True).count() == 3


def test_a_script_gets_what_has_changed(browser, add_clip):
    one, two = add_clip(), add_clip()
    sent = {"action": "trash", "clip": str(one.pk), "view": "", "look": "rows", "next": "/gallery/"}
    text = words_of(browser.post(DO, sent, headers=PART))
    assert f'id="clip-{one.pk}" class="tile" hidden' in text
    assert "1 clip · " in text.replace('<span class="size">', "")
    assert "1 clip moved to the trash." in text
    assert f'name="clip" value="{one.pk}"' in text
    assert str(two.pk) not in text


def test_undo_brings_back_exactly_those(browser, add_clip):
    one, two = (add_clip(trashed_at=timezone.now()) for _ in range(2))
    sent = {"action": "restore", "clip": str(one.pk), "view": "", "look": "rows"}
    text = words_of(browser.post(DO, sent, headers=PART))
    assert f'id="clip-{one.pk}" data-bytes' in text
    assert Asset.objects.get(pk=two.pk).trashed_at is not None


def test_what_leaves_a_view_leaves_the_page(browser, add_clip):
    clip = add_clip(is_favourite=True)
    sent = {"action": "unfavourite", "clip": str(clip.pk), "view": "favourites=1"}
    text = words_of(browser.post(DO, sent, headers=PART))
    assert f'id="clip-{clip.pk}" class="tile" hidden' in text


def test_a_tag_that_is_refused_is_told_at_its_field(browser, add_clip):
    sent = {"action": "tag", "clip": str(add_clip().pk), "tag": " , "}
    answer = browser.post(DO, sent, headers=PART)
    assert answer.status_code == 422
    assert 'id="error-tag"' in words_of(answer)
    assert "Write a tag first." in words_of(browser.post(DO, sent, follow=True))


def test_clips_are_collected_under_a_new_name_and_an_old_one(browser, owner, add_clip):
    one, two = add_clip(), add_clip()
    browser.post(DO, {"action": "collect", "clip": str(one.pk), "new_collection": "Spring"})
    spring = Collection.objects.get(name="Spring", owner=owner)
    browser.post(DO, {"action": "collect", "clip": str(two.pk), "collection": spring.pk})
    assert spring.items.count() == 2
    assert "<h1>Spring</h1>" in words_of(browser.get(f"/gallery/?collection={spring.pk}"))


def test_a_collection_is_renamed_and_deleted(browser, owner):
    spring = Collection.objects.create(name="Spring", owner=owner)
    browser.post(f"/collections/{spring.pk}/", {"name": "Summer"})
    assert "<h1>Summer</h1>" in words_of(browser.get(f"/gallery/?collection={spring.pk}"))
    browser.post(f"/collections/{spring.pk}/", {"action": "delete", "name": "Summer"})
    assert not Collection.objects.exists()


@pytest.mark.parametrize(
    "sent",
    [
        {"action": "explode"},
        {"action": "rate", "rating": "many"},
        {"action": "collect", "collection": "999"},
        {"action": "collect"},
        {"action": "tag", "tag": "x" * 99},
        {},
    ],
)
def test_nonsense_changes_nothing_and_is_told(browser, add_clip, sent):
    clip = add_clip()
    answer = browser.post(DO, {"clip": str(clip.pk)} | sent, follow=True)
    assert answer.status_code == 200
    assert "toast--error" in words_of(answer)
    assert not Tag.objects.exists()
    assert not Collection.objects.exists()


@pytest.mark.parametrize("keys", [[], ["x"], [str(uuid.uuid4())]])
@pytest.mark.parametrize("action", ["trash", "download", "delete", "compare"])
def test_no_clip_is_told(browser, db, action, keys):
    answer = browser.post(DO, {"action": action, "clip": keys}, follow=True)
    assert "No clip is chosen" in words_of(answer)


def test_two_to_four_clips_can_be_compared(browser, add_clip):
    keys = [str(add_clip().pk) for _ in range(5)]
    answer = browser.post(DO, {"action": "compare", "clip": keys[:2]})
    assert answer.headers["Location"] == f"/compare/?clip={keys[0]}&clip={keys[1]}"
    for wrong in (keys[:1], keys):
        answer = browser.post(DO, {"action": "compare", "clip": wrong}, follow=True)
        assert "Choose two to four clips" in words_of(answer)


def test_a_zip_is_streamed_with_its_length(browser, add_clip):
    clips = [add_clip("Sea", has_files=True), add_clip("Sky", has_files=True)]
    keys = [str(clip.pk) for clip in clips]
    answer = browser.post(DO, {"action": "download", "clip": keys})
    content = b"".join(answer.streaming_content)
    assert answer.headers["Content-Length"] == str(len(content))
    assert answer.headers["Content-Disposition"].startswith('attachment; filename="dailies-')
    with zipfile.ZipFile(io.BytesIO(content)) as packed:
        assert packed.read(f"dailies-{clips[0].job_id}-sea.mp4") == CONTENT


# -- For good --------------------------------------------------------------------------------------


@pytest.fixture
def trashed(add_clip):
    return add_clip("Old take", has_files=True, trashed_at=timezone.now())


def test_deleting_asks_first_with_the_sum(browser, trashed):
    sent = {"action": "delete", "clip": str(trashed.pk), "next": "/gallery/?state=trash"}
    text = words_of(browser.post(DO, sent))
    assert "<h1>Delete 1 clip, 28" in text
    assert "for good?" in text
    assert ".mp4" in files_of(trashed)
    browser.post(DO, sent | {"confirmed": "1"})
    assert files_of(trashed) == set()


def test_a_script_gets_the_question_as_a_dialog(browser, trashed):
    sent = {"action": "delete", "clip": str(trashed.pk)}
    text = words_of(browser.post(DO, sent, headers=PART))
    assert '<dialog id="question"' in text
    assert text.index("Keep it") < text.index("Delete 1 clip for good")


def test_where_nothing_can_be_deleted_nothing_is_asked_but_the_reason_is_told(trashed):
    maker = Client()
    maker.force_login(new_member("maker"))
    said = {"action": "delete", "clip": str(trashed.pk)}
    text = words_of(maker.post(DO, said))
    assert "Nothing can be deleted" in text
    assert "Only whoever made a clip or a manager deletes it for good." in text
    assert ">Back</a>" in text
    assert 'name="action" value="delete"' not in text
    maker.post(DO, said | {"confirmed": "1"})
    assert ".mp4" in files_of(trashed)


def test_a_clip_that_is_not_in_the_trash_is_not_deleted(browser, add_clip):
    clip = add_clip(has_files=True)
    sent = {"action": "delete", "clip": str(clip.pk), "confirmed": "1"}
    assert "No clip is chosen" in words_of(browser.post(DO, sent, follow=True))
    assert ".mp4" in files_of(clip)


def test_emptying_spares_what_was_trashed_after_the_question(browser, trashed, add_clip):
    text = words_of(browser.post(DO, {"action": "empty"}))
    until = text.split('name="until" value="')[1].split('"')[0]
    later = add_clip("Later", has_files=True, trashed_at=timezone.now())
    browser.post(DO, {"action": "empty", "confirmed": "1", "until": until})
    assert files_of(trashed) == set()
    assert ".mp4" in files_of(later)


def test_a_get_changes_nothing(browser, add_clip):
    assert browser.get(DO).status_code == 405
