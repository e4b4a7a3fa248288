"""The clip page: where a clip came from, its versions, its place in a view, its frames."""

import re
import uuid

import pytest
from django.urls import reverse
from django.utils import timezone

from studio.models import Asset, Collection, Job, Tag
from studio.services.engine.afterwork import finish_clip


def page(browser, clip, query=""):
    return browser.get(f"/clips/{clip.pk}/{query}").content.decode()


def versions_in(text):
    found = re.search(r'<section class="versions".*?</section>', text, re.DOTALL)
    return found[0] if found else ""


def test_the_page_tells_all_that_is_known(browser, make_clip):
    clip = make_clip(has_file=True, seed=8820, negative_prompt="people")
    Job.objects.filter(pk=clip.job_id).update(remote_id="job_7f3a-and-more-c21")
    text = page(browser, clip)
    for words in ("Mist over a lake", "8820", "people", "Seedance 1.5 Pro", "mara", "verified"):
        assert words in text
    assert clip.sha256 in text
    assert "job_7f3a-and-more-c21" in text


def test_the_page_takes_few_queries(browser, make_clip, django_assert_max_num_queries):
    clip = make_clip(has_file=True)
    for take in range(2, 7):
        make_clip(batch=clip.job.batch, take=take)
    finish_clip(clip.pk)
    with django_assert_max_num_queries(30):
        page(browser, clip)


def test_a_clip_that_nobody_has_is_not_found(browser):
    assert browser.get(f"/clips/{uuid.uuid4()}/").status_code == 404


def test_without_script_the_browsers_own_controls_are_there(browser, make_clip):
    assert re.search(r"<video[^>]* controls ", page(browser, make_clip(has_file=True)))


def test_a_clip_that_lost_its_file_says_so_and_shows_no_broken_player(browser, make_clip):
    clip = make_clip(has_file=True)
    clip.path.unlink()
    text = page(browser, clip)
    assert "not on the studio's disk" in text
    assert str(clip.path) in text
    assert "<video" not in text


def test_a_file_that_was_changed_is_not_called_verified(browser, make_clip):
    clip = make_clip(has_file=True)
    clip.path.write_bytes(b"something else")
    text = page(browser, clip)
    assert "was changed outside Dailies" in text
    assert "verified</dd>" not in text


def test_a_clip_in_the_trash_can_be_restored_from_its_page(browser, make_clip):
    clip = make_clip(has_file=True)
    Asset.objects.filter(pk=clip.pk).update(trashed_at=timezone.now())
    text = page(browser, clip)
    assert "In the trash." in text
    assert "<video" not in text
    browser.post(
        "/gallery/do/", {"clip": clip.pk, "action": "restore", "next": f"/clips/{clip.pk}/"}
    )
    assert "<video" in page(browser, clip)


def test_a_clip_of_old_gets_its_filmstrip_when_it_is_looked_at(browser, make_clip, monkeypatch):
    rung = []
    monkeypatch.setattr("studio.tasks.finish_video", rung.append)
    clip = make_clip(has_file=True)
    page(browser, clip)
    assert rung == [str(clip.pk)]
    finish_clip(clip.pk)
    assert 'class="strip-pictures"' in page(browser, clip)
    assert len(rung) == 1


# -- The view that it is looked at in --------------------------------------------------------


def test_the_neighbours_are_those_of_the_view(browser, make_clip):
    first, other, third = (make_clip(name) for name in ("sea one", "hill", "sea two"))
    text = page(browser, third, "?q=sea")
    assert "1 of 2" in text
    assert f'href="/clips/{first.pk}/?q=sea" rel="next"' in text
    assert f"/clips/{other.pk}/?q=sea" not in text


def test_the_way_back_leads_to_the_clip_in_its_view(browser, make_clip):
    clip = make_clip("sea")
    assert f'href="/gallery/?q=sea#clip-{clip.pk}"' in page(browser, clip, "?q=sea")


def test_a_clip_far_down_is_found_again_by_its_place(browser, make_clip, monkeypatch):
    monkeypatch.setattr("studio.services.watching.PER_PAGE", 1)
    clip = make_clip("far down")
    make_clip("newer")
    back = re.search(r'class="back" href="([^"#]+)', page(browser, clip))[1]
    assert "until=" in back
    assert f"clip-{clip.pk}" in browser.get(back.replace("&amp;", "&")).content.decode()


def test_a_clip_that_the_view_does_not_show_any_more_says_so(browser, make_clip):
    clip = make_clip()
    assert "Not in this view any more" in page(browser, clip, "?favourites=1")


# -- Versions --------------------------------------------------------------------------------


def test_a_clip_alone_has_no_versions_to_show(browser, make_clip):
    assert re.search(r'<section class="versions"[^>]* hidden>', page(browser, make_clip()))


def test_the_takes_of_one_press_stand_beside_each_other(browser, make_clip):
    clip = make_clip(seed=4471)
    make_clip(batch=clip.job.batch, take=2, seed=8820)
    text = versions_in(page(browser, clip))
    assert "2 takes" in text
    assert "seed 8820" in text
    assert f"/compare/?clip={clip.pk}&amp;clip=" in text


def test_a_chain_of_extensions_is_shown_whole_from_every_link(browser, make_clip):
    first = make_clip("One")
    second = make_clip("Two", source=first.job, made_as="extension", length_s=6)
    third = make_clip("Three", source=second.job, made_as="extension", length_s=4)
    for shown in (first, second, third):
        text = versions_in(page(browser, shown))
        assert all(str(clip.pk) in text for clip in (first, second, third))
        assert "2 extensions" in text
        assert "+6 s" in text
        assert "Original" in text


def test_a_remix_says_what_is_new_in_it(browser, make_clip):
    first = make_clip("Mist over a lake", seed=1)
    make_clip("Mist over a sea", source=first.job, made_as="remix", seed=1)
    make_clip("Mist over a lake", source=first.job, made_as="retake", seed=2)
    text = versions_in(page(browser, first))
    assert "new prompt" in text
    assert "seed 2" in text
    assert "1 remix, 1 retake" in text


def test_what_is_still_being_made_shows_its_state(browser, make_clip, make_job, getimg):
    clip = make_clip()
    make_job(clip.job.provider, batch=clip.job.batch, take=2)
    text = versions_in(page(browser, clip))
    assert "Queued" in text
    assert "/compare/" not in text


def test_what_failed_or_was_thrown_away_is_no_version(browser, make_clip, make_job):
    clip = make_clip()
    failed = make_job(
        clip.job.provider, batch=clip.job.batch, take=2, state=Job.State.FAILED, error="No."
    )
    gone = make_clip(batch=clip.job.batch, take=3)
    Asset.objects.filter(pk=gone.pk).update(trashed_at=timezone.now())
    text = versions_in(page(browser, clip))
    assert f"version-{failed.pk}" not in text
    assert f"version-{gone.job_id}" not in text


def test_what_it_was_made_from_stays_visible_in_the_trash(browser, make_clip):
    first = make_clip("One")
    second = make_clip("Two", source=first.job, made_as="extension")
    Asset.objects.filter(pk=first.pk).update(trashed_at=timezone.now())
    assert "in the trash" in versions_in(page(browser, second))


def test_the_versions_are_polled_and_silent_while_nothing_happens(browser, make_clip, make_job):
    clip = make_clip()
    version = re.search(r'data-version="([^"]+)"', versions_in(page(browser, clip)))[1]
    poll = reverse("studio:clip_versions", args=[clip.pk])
    assert browser.get(poll, {"v": version}).status_code == 204
    make_job(clip.job.provider, batch=clip.job.batch, take=2)
    answer = browser.get(poll, {"v": version})
    assert answer.status_code == 200
    assert "Queued" in versions_in(answer.content.decode())


# -- Frames ----------------------------------------------------------------------------------


@pytest.mark.parametrize("role", ["first_frame", "last_frame", "reference"])
def test_a_frame_goes_into_the_compose_form(browser, make_clip, role):
    clip = make_clip(has_file=True)
    answer = browser.post(f"/clips/{clip.pk}/frame/", {"at_s": "1,25", "role": role})
    frame = Asset.objects.get(kind=Asset.Kind.FRAME)
    assert frame.at_s == 1.25
    assert answer.headers["Location"] == f"/?{role}={frame.pk}"


def test_a_frame_becomes_the_poster(browser, make_clip):
    clip = make_clip(has_file=True)
    answer = browser.post(f"/clips/{clip.pk}/frame/", {"at_s": "1", "role": "poster"}, follow=True)
    poster = clip.derived.get(kind=Asset.Kind.POSTER)
    assert f'poster="/media/{poster.pk}/"' in answer.content.decode()


def test_a_frame_can_be_taken_away_as_a_picture(browser, make_clip):
    clip = make_clip(has_file=True)
    answer = browser.post(f"/clips/{clip.pk}/frame/", {"at_s": "1", "role": "file"})
    assert answer.headers["Location"].endswith("?download=1")


@pytest.mark.parametrize("at_s", ["", "soon", "nan"])
def test_a_second_that_is_none_is_told(browser, make_clip, at_s):
    clip = make_clip(has_file=True)
    answer = browser.post(f"/clips/{clip.pk}/frame/", {"at_s": at_s, "role": "poster"}, follow=True)
    assert "Give the second as a number" in answer.content.decode()


def test_a_frame_of_a_lost_file_is_told(browser, make_clip):
    clip = make_clip()
    answer = browser.post(
        f"/clips/{clip.pk}/frame/", {"at_s": "1", "role": "reference"}, follow=True
    )
    assert "No picture can be taken from this video." in answer.content.decode()


# -- Order -----------------------------------------------------------------------------------


def test_stars_tags_and_collections_stand_on_the_page(browser, make_clip, owner):
    clip = make_clip()
    Asset.objects.filter(pk=clip.pk).update(rating=3)
    clip.tags.add(Tag.objects.create(name="night"))
    reel = Collection.objects.create(name="Reel", owner=owner)
    reel.assets.add(clip)
    text = page(browser, clip)
    assert 'href="/gallery/?tag=night"' in text
    assert f'href="/gallery/?collection={reel.pk}"' in text
    assert text.count('class="is-on"') == 3


def test_what_it_was_made_from_and_was_deleted_leads_to_its_history(browser, make_clip):
    first = make_clip("One")
    second = make_clip("Two", source=first.job, made_as="extension")
    now = timezone.now()
    Asset.objects.filter(pk=first.pk).update(trashed_at=now, erased_at=now)
    text = page(browser, second)
    assert "deleted" in versions_in(text)
    assert f"/clips/{first.pk}/" not in text.partition("<aside")[0].partition("<main")[2]
    assert f'href="/jobs/{first.job_id}/"' in versions_in(text)
