"""The gallery and the clip page."""

import uuid

import pytest

from studio.models import Asset


@pytest.fixture
def make_clip(owner, make_job, getimg):
    def make(**fields: object) -> Asset:
        job = make_job(getimg)
        return Asset.objects.create(
            kind=Asset.Kind.VIDEO,
            relative_path=f"clips/{uuid.uuid4()}.mp4",
            sha256="0" * 64,
            size_bytes=1,
            mime_type="video/mp4",
            width=1280,
            height=720,
            duration_s=5,
            fps=24,
            owner=owner,
            job=job,
            **fields,
        )

    return make


def test_a_gallery_page_takes_few_queries(browser, make_clip, django_assert_max_num_queries):
    for _ in range(30):
        make_clip()
    with django_assert_max_num_queries(8):
        answer = browser.get("/gallery/")
    assert answer.content.decode().count('class="tile ') == 30


def test_older_clips_have_a_real_link(browser, make_clip):
    for _ in range(61):
        make_clip()
    assert 'href="?page=2"' in browser.get("/gallery/").content.decode()
    assert browser.get("/gallery/?page=2").content.decode().count('class="tile ') == 1


def test_a_clip_page_shows_where_it_came_from(browser, make_clip):
    text = browser.get(f"/clips/{make_clip().pk}/").content.decode()
    for words in ("Mist over a lake", "Seedance 1.5 Pro", "SHA-256", "mara"):
        assert words in text


def test_a_clip_in_the_trash_is_not_shown(browser, make_clip):
    clip = make_clip(trashed_at="2026-11-21T00:00Z")
    assert browser.get(f"/clips/{clip.pk}/").status_code == 404
    assert browser.get(f"/media/{clip.pk}/").status_code == 404
