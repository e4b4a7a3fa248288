"""A job's own page in the admin panel, and the list of files."""

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from studio.models import Asset, Job, JobInput

FILES = "/admin/studio/asset/"


def html(browser, address: str, **query: str) -> str:
    answer = browser.get(address, query)
    assert answer.status_code == 200
    return answer.content.decode()


def page_of(browser, job: Job) -> str:
    return html(browser, f"/admin/studio/job/{job.pk}/change/")


def words(text: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", text).split())


def poster_of(clip: Asset) -> Asset:
    return next(each for each in clip.derived.all() if each.kind == Asset.Kind.POSTER)


# -- A job ---------------------------------------------------------------------------------------


def test_a_jobs_page_tells_what_happened_line_by_line(browser, owner, getimg, make_job):
    job = make_job(getimg)
    job.cancel("Cancelled. Nothing was charged.", actor=owner)
    [line] = re.findall(r'<ol class="events">(.*?)</ol>', page_of(browser, job), re.DOTALL)
    told = words(line)
    assert re.match(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d Queued → Cancelled", told)
    assert told.endswith("Cancelled. Nothing was charged. by mara")
    assert "<details>" not in line


def test_a_jobs_page_shows_what_it_was_given(browser, getimg, make_job, make_image):
    image, job = make_image(), make_job(getimg)
    JobInput.objects.create(job=job, role="first_frame", asset=image)
    page = page_of(browser, job)
    assert f'src="/media/{image.pk}/small/"' in page
    assert "First frame</li>" in page


def test_a_jobs_page_leads_to_its_clip(browser, add_clip):
    clip = add_clip(has_files=True)
    page = page_of(browser, clip.job)
    assert f'<a href="/clips/{clip.pk}/"><img class="small" src="/media/' in page
    assert f"/media/{poster_of(clip).pk}/small/" in page
    assert f'href="/jobs/{clip.job.pk}/"' in page


def test_a_jobs_page_names_no_way_to_change_it(browser, getimg, make_job):
    job = make_job(getimg)
    page = page_of(browser, job)
    assert 'name="_save"' not in page
    assert 'name="prompt"' not in page
    answer = browser.post(f"/admin/studio/job/{job.pk}/change/", {"prompt": "Another"})
    assert answer.status_code == 403


def test_a_clip_in_the_trash_has_no_picture(browser, add_clip):
    clip = add_clip(has_files=True)
    Asset.objects.update(trashed_at=clip.created_at)
    assert "<img class" not in page_of(browser, clip.job)
    assert "<img class" not in html(browser, "/admin/studio/job/")
    assert "no picture" in html(browser, FILES)


# -- Files ---------------------------------------------------------------------------------------


def test_a_clip_is_listed_with_its_poster(browser, add_clip):
    clip = add_clip(has_files=True)
    page = html(browser, FILES, kind="video")
    assert f'src="/media/{poster_of(clip).pk}/small/"' in page
    assert "1 asset" in page


@pytest.mark.parametrize("text", ["teal", "TEAL.png"])
def test_a_file_is_found_by_its_name(browser, make_image, text):
    image, other = make_image("teal"), make_image("navy")
    page = html(browser, FILES, q=text)
    assert str(image.pk) in page
    assert str(other.pk) not in page


def test_a_file_is_found_by_its_id(browser, make_image):
    image, other = make_image("teal"), make_image("navy")
    page = html(browser, FILES, q=str(image.pk))
    assert str(image.pk) in page
    assert str(other.pk) not in page


def test_files_are_counted_with_a_bound_and_asked_for_at_once(browser, make_image):
    make_image("teal")
    with CaptureQueriesContext(connection) as few:
        html(browser, FILES)
    for colour in ("navy", "black", "white"):
        make_image(colour)
    with CaptureQueriesContext(connection) as many:
        html(browser, FILES)
    assert len(many) == len(few)
    assert [
        each["sql"] for each in many if "COUNT(" in each["sql"] and "LIMIT" not in each["sql"]
    ] == []
