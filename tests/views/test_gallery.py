"""The gallery's page: few queries, real links, views that can be shared."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone

from studio.models import Asset, Job, Tag
from studio.services.gallery.paging import PER_PAGE

PART = {"HX-Request": "true"}


def count_tiles(answer) -> int:
    return answer.content.decode().count('class="tile-pick"')


@pytest.mark.parametrize("look", ["rows", "grid", "list"])
@pytest.mark.parametrize(
    "query",
    ["", "q=mist&member=mara&sound=0&tag=spring&favourites=1&rating=1&ratio=16:9", "sort=dearest"],
)
def test_a_page_takes_few_queries_however_much_it_shows(
    browser, add_clip, django_assert_max_num_queries, query, look
):
    tag = Tag.objects.create(name="spring")
    for days in range(30):
        clip = add_clip(is_favourite=True, rating=3, at=timezone.now() - timedelta(days=days))
        clip.tags.add(tag)
    with django_assert_max_num_queries(8):
        answer = browser.get(f"/gallery/?view={look}&{query}")
    assert count_tiles(answer) == 30


def test_older_clips_have_a_real_link_and_come_once(browser, add_clip):
    for _ in range(PER_PAGE + 1):
        add_clip()
    first = browser.get("/gallery/").content.decode()
    older = re.search(r'<a class="button" href="([^"]+)" rel="next"', first)[1]
    answer = browser.get(f"/gallery/{older.replace('&amp;', '&')}")
    assert count_tiles(answer) == 1
    assert "To the top" in answer.content.decode()


def test_what_follows_comes_as_a_part_that_goes_on_with_the_day(browser, add_clip):
    noon = timezone.now().replace(hour=12)
    for number in range(PER_PAGE + 2):
        add_clip(at=noon - timedelta(seconds=number))
    first = browser.get("/gallery/").content.decode()
    older = re.search(r'hx-get="([^"]+)"', first)[1].replace("&amp;", "&")
    part = browser.get(older, headers=PART).content.decode()
    assert f'hx-swap-oob="beforeend:#tiles-{noon:%Y-%m-%d}"' in part
    assert "<h1" not in part
    assert part.count('class="tile-pick"') == 2


def test_a_look_is_remembered(browser, add_clip):
    add_clip()
    assert 'tiles--rows"' in browser.get("/gallery/").content.decode()
    browser.get("/gallery/?view=list")
    assert 'tiles--list"' in browser.get("/gallery/").content.decode()


def test_empty_fields_of_a_form_leave_the_address(browser, db):
    answer = browser.get("/gallery/?q=&favourites=1&favourites=&sound=1")
    assert answer.headers["Location"] == "/gallery/?favourites=1&sound=1"


def test_a_chip_that_is_pressed_again_is_off(browser, add_clip):
    text = browser.get("/gallery/?favourites=1").content.decode()
    assert re.search(r'name="favourites" value=""\s+aria-pressed="true"', text)


@pytest.mark.parametrize("state", ["making", "failed"])
def test_jobs_that_are_no_clips_are_shown_with_their_state(browser, make_job, state):
    job = make_job(prompt="On its way")
    make_job(job.provider, prompt="Lost", state=Job.State.FAILED, error="No.")
    text = browser.get(f"/gallery/?state={state}").content.decode()
    assert text.count('class="job-tile"') == 1


def test_nonsense_in_the_address_is_told_and_does_no_harm(browser, add_clip):
    add_clip()
    nonsense = (
        "?model=x&rating=99&sort=%01&after=~~&until=9~9&view=upside&state=%F0%9F%8E%AC&tag=no"
    )
    answer = browser.get(f"/gallery/{nonsense}")
    assert answer.status_code == 200
    assert "Left out of this view" in answer.content.decode()
    assert count_tiles(answer) == 1


def test_no_match_offers_to_clear_the_filters(browser, add_clip):
    add_clip()
    text = browser.get("/gallery/?q=harbour&state=trash").content.decode()
    assert "Nothing matches “harbour”" in text
    assert 'href="/gallery/?state=trash">Clear filters' in text


def test_new_clips_are_told_and_not_moved_in(browser, add_clip):
    add_clip()
    first = browser.get("/gallery/").content.decode()
    since = re.search(r'data-since="([^"]+)"', first)[1]
    add_clip(at=timezone.now() + timedelta(seconds=5))
    assert "1 new clip" in browser.get(f"/gallery/newer/?since={since}").content.decode()
    assert "new clip" not in browser.get(f"/gallery/newer/?q=x&since={since}").content.decode()


def test_a_prompt_is_shown_as_text_only(browser, add_clip):
    add_clip('"><img src=x onerror=alert(1)>')
    for look in ("rows", "list"):
        assert b"<img src=x" not in browser.get(f"/gallery/?view={look}").content


def test_a_file_in_the_trash_is_not_handed_out_and_its_poster_is(browser, add_clip):
    clip = add_clip(has_files=True, trashed_at=timezone.now())
    poster = clip.derived.get(kind=Asset.Kind.POSTER)
    assert str(poster.pk) in browser.get("/gallery/?state=trash").content.decode()
    assert browser.get(f"/media/{poster.pk}/").status_code == 200
    assert browser.get(f"/media/{clip.pk}/").status_code == 404
