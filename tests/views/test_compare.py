"""Clips side by side."""

import re
import uuid
from urllib.parse import urlencode

import pytest

from studio.models import Asset


def compare(browser, clips, **more):
    query = urlencode([("clip", str(clip.pk)) for clip in clips] + list(more.items()))
    return browser.get(f"/compare/?{query}")


def rows_in(text):
    """Names of the facts that differ, and of those that do not."""
    different, _, alike = text.partition("<details")
    return [re.findall(r'<th scope="row">([^<]+)', part) for part in (different, alike)]


def test_two_takes_stand_side_by_side_with_what_differs_first(browser, make_clip):
    clip = make_clip(seed=1)
    other = make_clip(batch=clip.job.batch, take=2, seed=2)
    text = compare(browser, [clip, other]).content.decode()
    assert "Compare 2 takes" in text
    assert text.count("<video") == 2
    different, alike = rows_in(text[text.index("compare-rows") :])
    assert different == ["Seed"]
    assert "Model" in alike


def test_clips_of_other_words_are_no_takes(browser, make_clip):
    text = compare(browser, [make_clip("One"), make_clip("Two")]).content.decode()
    assert "Compare 2 clips" in text
    assert rows_in(text[text.index("compare-rows") :])[0] == ["Prompt"]


def test_pictures_that_differ_are_shown(browser, make_clip, make_image):
    clips = [make_clip(), make_clip()]
    for clip, colour in zip(clips, ("teal", "navy"), strict=True):
        clip.job.inputs.create(role="first_frame", asset=make_image(colour))
    text = compare(browser, clips).content.decode()
    assert rows_in(text[text.index("compare-rows") :])[0] == ["Made from"]
    assert text.count('class="compare-inputs"') == 2


@pytest.mark.parametrize("count", [0, 1, 5])
def test_too_few_or_too_many_are_offered_to_choose_from(browser, make_clip, count):
    clips = [make_clip() for _ in range(max(count, 2))]
    answer = compare(browser, clips[:count])
    assert answer.status_code == 200
    text = answer.content.decode()
    assert "Tick two to four clips." in text
    assert text.count(" checked>") == min(count, 4)
    assert ("too many" in text) == (count > 4)


def test_a_clip_that_is_gone_is_told(browser, make_clip):
    answer = browser.get(f"/compare/?clip={make_clip().pk}&clip={uuid.uuid4()}")
    assert answer.status_code == 404
    assert "1 of these clips is not here any more" in answer.content.decode()


def test_nonsense_in_the_address_is_no_error(browser, db):
    assert browser.get("/compare/?clip=x&layout=9&pick=y").status_code == 200


def test_the_versions_of_a_lone_clip_are_offered_first(browser, make_clip):
    clip = make_clip("One")
    further = make_clip("Two", source=clip.job, made_as="extension")
    for _ in range(3):
        make_clip("Other")
    text = compare(browser, [clip]).content.decode()
    keys = re.findall(r'name="clip" value="([^"]+)"', text)
    assert keys[:2] == [str(clip.pk), str(further.pk)]


def test_the_page_takes_few_queries(browser, make_clip, django_assert_max_num_queries):
    clips = [make_clip() for _ in range(4)]
    with django_assert_max_num_queries(20):
        compare(browser, clips)


# -- Picking ---------------------------------------------------------------------------------


def pick(browser, clips, winner, **more):
    data = {"clip": [clip.pk for clip in clips], "pick": winner.pk if winner else ""} | more
    answer = browser.post("/compare/pick/", data)
    for clip in clips:
        clip.refresh_from_db()
    return dict(re.findall(r"(pick|starred)=([^&]+)", answer.headers["Location"]))


def test_the_picked_one_becomes_a_favourite(browser, make_clip):
    clips = [make_clip(), make_clip()]
    said = pick(browser, clips, clips[1])
    assert [clip.is_favourite for clip in clips] == [False, True]
    assert said == {"pick": str(clips[1].pk), "starred": str(clips[1].pk)}


def test_another_pick_takes_back_only_the_star_that_a_pick_gave(browser, make_clip):
    clips = [make_clip(), make_clip(), make_clip()]
    Asset.objects.filter(pk=clips[0].pk).update(is_favourite=True)
    said = pick(browser, clips, clips[1])
    pick(browser, clips, clips[2], starred=said["starred"])
    assert [clip.is_favourite for clip in clips] == [True, False, True]


def test_a_favourite_that_is_picked_and_dropped_stays_one(browser, make_clip):
    clips = [make_clip(), make_clip()]
    Asset.objects.filter(pk=clips[0].pk).update(is_favourite=True)
    said = pick(browser, clips, clips[0])
    assert "starred" not in said
    pick(browser, clips, None)
    assert clips[0].is_favourite


def test_a_pick_can_be_taken_back(browser, make_clip):
    clips = [make_clip(), make_clip()]
    said = pick(browser, clips, clips[0])
    assert pick(browser, clips, None, starred=said["starred"]) == {}
    assert not clips[0].is_favourite


def test_the_page_of_a_pick_offers_to_keep_it_and_trash_the_rest(browser, make_clip):
    clips = [make_clip(), make_clip(), make_clip()]
    text = compare(browser, clips, pick=clips[1].pk).content.decode()
    assert "Keep B, trash 2" in text
    keep = re.search(r'<form class="compare-keep".*?</form>', text, re.DOTALL)[0]
    assert re.findall(r'value="([^"]+)" disabled', keep) == [str(clips[1].pk)]
    assert f'name="next" value="/clips/{clips[1].pk}/"' in keep
