"""Stars, tags, collections, the trash: on one clip or many, with a sentence for the person."""

import pytest
from django.contrib.auth.models import User

from studio.models import Asset, Collection, JobEvent, Tag
from studio.services import library
from studio.services.library import NotDone


def test_favourites_are_given_and_taken(add_clip):
    clips = [add_clip(), add_clip()]
    assert library.favour(clips) == "2 clips are favourites now."
    assert Asset.objects.filter(is_favourite=True).count() == 2
    assert library.favour(clips[:1], is_on=False) == "1 clip is no favourite any more."


def test_stars_are_given_and_taken(add_clip):
    clip = add_clip()
    assert library.rate([clip], 4) == "1 clip with 4 stars."
    assert Asset.objects.get(pk=clip.pk).rating == 4
    assert library.rate([clip], 0) == "1 clip without stars."


@pytest.mark.parametrize("stars", [-1, 6])
def test_no_clip_has_more_than_five_stars(add_clip, stars):
    with pytest.raises(NotDone, match="five stars"):
        library.rate([add_clip()], stars)


def test_tags_are_written_in_one_way(add_clip):
    clips = [add_clip(), add_clip()]
    assert (
        library.tag(clips, " Spring  Spot, #spring spot;night ")
        == "2 clips tagged spring spot, night."
    )
    assert library.tag(clips, "night")
    assert set(clips[0].tags.values_list("name", flat=True)) == {"night", "spring spot"}
    assert Tag.objects.count() == 2


def test_a_tag_that_is_on_nothing_goes(add_clip):
    one, two = add_clip(), add_clip()
    library.tag([one, two], "night")
    assert library.untag([one], "night") == "night taken off 1 clip."
    assert Tag.objects.filter(name="night").exists()
    library.untag([two], "night")
    assert not Tag.objects.exists()


@pytest.mark.parametrize(("text", "why"), [(" , ", "Write a tag"), ("x" * 41, "at most 40")])
def test_a_tag_that_is_none_is_refused_at_its_field(add_clip, text, why):
    with pytest.raises(NotDone, match=why) as refusal:
        library.tag([add_clip()], text)
    assert refusal.value.field == "tag"
    assert not Tag.objects.exists()


def test_a_collection_takes_each_clip_once(owner, add_clip):
    clips = [add_clip(), add_clip()]
    spring = library.new_collection(owner, " Spring  spot ")
    assert library.collect(clips, spring) == "2 clips in “Spring spot”."
    library.collect(clips[:1], spring)
    assert spring.items.count() == 2
    assert library.new_collection(owner, "Spring spot") == spring
    assert library.take_out(clips[:1], spring) == "1 clip taken out of “Spring spot”."


def test_a_collection_goes_and_its_clips_stay(owner, add_clip):
    spring = library.new_collection(owner, "Spring")
    library.collect([add_clip()], spring)
    library.delete_collection(spring)
    assert not Collection.objects.exists()
    assert Asset.objects.count() == 1


def test_two_collections_of_one_name_are_refused(owner):
    library.new_collection(owner, "Spring")
    other = library.new_collection(owner, "Autumn")
    with pytest.raises(NotDone, match="“Spring” already"):
        library.rename_collection(other, "Spring")
    assert library.rename_collection(other, "Winter") == "It is called “Winter” now."


@pytest.mark.parametrize("key", ["", "x", "99", "9" * 30])
def test_a_collection_that_is_gone_is_told(owner, key):
    with pytest.raises(NotDone, match="not there any more"):
        library.collection_of(key, owner)


def test_the_trash_gives_back_what_it_got(owner, add_clip):
    clip = add_clip(is_favourite=True)
    assert library.trash([clip], owner) == "1 clip moved to the trash."
    assert library.clips_of([clip.pk], owner) == []
    back = library.clips_of([clip.pk], owner, in_trash=True)
    assert library.restore(back, owner) == "1 clip is back in the gallery."
    assert library.clips_of([clip.pk], owner) == [clip]
    assert list(JobEvent.objects.values_list("actor__username", "message")) == [
        ("mara", "Moved to the trash."),
        ("mara", "Taken out of the trash."),
    ]


def test_a_member_who_has_left_sees_nothing(add_clip):
    gone = User.objects.create_user("gone", is_active=False)
    clip = add_clip()
    assert library.clips_of([clip.pk], gone) == []
    assert library.clips_of([clip.pk], gone, in_trash=True) == []


def test_clips_come_once_in_the_order_asked_for(owner, add_clip, make_image):
    one, two = add_clip(), add_clip()
    keys = [two.pk, one.pk, two.pk, make_image().pk]
    assert library.clips_of(keys, owner) == [two, one]
