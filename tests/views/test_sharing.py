"""Links to clips and collections: what they show, for how long, and nothing else."""

import re
from datetime import timedelta

import av
import pytest
from django.test import Client
from django.utils import timezone

from studio.media.metadata import embed, read
from studio.models import Role, ShareLink
from studio.services import frames, library, members, privacy, sharing
from tests.factories import new_member

PROMPT = "A lighthouse nobody may read about"


@pytest.fixture
def clip(make_clip, tmp_path):
    """A real clip whose file says what it was made from."""
    made = make_clip(PROMPT, has_file=True)
    embed(made.path, tmp_path / "told.mp4", {"prompt": PROMPT})
    (tmp_path / "told.mp4").replace(made.path)
    frames.use_as_poster(made, 0.5)
    return made


@pytest.fixture
def collection(owner, clip, make_clip):
    made = library.new_collection(owner, "For the client")
    library.collect([make_clip("Another one", has_file=True), clip], made)
    return made


def link_to(what, owner, **given):
    return sharing.make(what, owner, **{"days": 7, "may_download": False} | given)


def get(path: str):
    return Client().get(path)


def test_a_stranger_watches_the_clip_and_reads_nothing_about_it(clip, owner):
    token = link_to(clip, owner)
    page = get(f"/s/{token}/")
    text = page.content.decode()
    assert page.status_code == 200
    for secret in (
        PROMPT,
        "mara",
        clip.job.provider.name,
        clip.job.provider_model.name,
        clip.sha256,
    ):
        assert secret not in text
    assert page["X-Robots-Tag"] == "noindex, nofollow"
    assert "no-store" in page["Cache-Control"]
    ours = ("/s/", "/static/", "/language/", "/words/", "/manifest")
    leading = re.findall(r'(?:href|src|poster|action)="(/[^"]*)"', text)
    assert f"/s/{token}/{clip.pk}/" in leading
    assert [path for path in leading if not path.startswith(ours)] == []


def test_the_file_is_the_same_pictures_without_its_origin(clip, owner):
    token = link_to(clip, owner)
    sent = get(f"/s/{token}/{clip.pk}/")
    bare = sharing.bare_path(clip)
    assert sent["X-Dailies-File"] == str(bare)
    assert PROMPT in str(read(clip.path))
    assert read(bare) is None
    assert PROMPT.encode() not in bare.read_bytes()
    with av.open(str(clip.path)) as one, av.open(str(bare)) as other:
        assert [f.pts for f in one.decode(video=0)] == [f.pts for f in other.decode(video=0)]
    assert "lighthouse" not in sent["Content-Disposition"]


def test_nothing_but_the_clip_and_its_pictures_is_behind_it(clip, owner, make_clip, make_image):
    token = link_to(clip, owner)
    other = make_clip("Other", has_file=True)
    assert get(f"/s/{token}/{clip.poster.pk}/").status_code == 200
    frame = frames.frame_at(clip, 0.2, owner)
    for key in (other.pk, make_image().pk, frame.pk):
        assert get(f"/s/{token}/{key}/").status_code == 404


def test_it_is_downloaded_only_where_that_was_said(clip, owner):
    closed, open_ = link_to(clip, owner), link_to(clip, owner, may_download=True)
    assert get(f"/s/{closed}/{clip.pk}/?download=1").status_code == 404
    answer = get(f"/s/{open_}/{clip.pk}/?download=1")
    assert answer["Content-Disposition"].startswith("attachment")
    assert "download=1" not in get(f"/s/{closed}/").content.decode()


def test_a_collection_shows_its_clips_as_they_are_then(clip, collection, owner):
    token = link_to(collection, owner)
    assert get(f"/s/{token}/").content.decode().count("<video") == 2
    library.trash([clip], owner)
    assert get(f"/s/{token}/").content.decode().count("<video") == 1
    assert get(f"/s/{token}/{clip.pk}/").status_code == 404


def test_a_link_shows_no_more_than_its_maker_may_see(clip, collection, owner):
    ben = new_member("ben")
    token = link_to(collection, ben)
    privacy.hide([clip], owner)
    assert get(f"/s/{token}/").content.decode().count("<video") == 1
    assert get(f"/s/{token}/{clip.pk}/").status_code == 404
    assert get(f"/s/{link_to(clip, owner)}/").status_code == 200


@pytest.mark.parametrize("end", ["expired", "revoked", "switched off", "trashed"])
def test_it_ends(clip, owner, end):
    ben = new_member("ben")
    token = link_to(clip, ben)
    assert get(f"/s/{token}/").status_code == 200
    {
        "expired": lambda: ShareLink.objects.update(
            expires_at=timezone.now() - timedelta(seconds=1)
        ),
        "revoked": lambda: sharing.revoke(ShareLink.objects.get().pk, ben),
        "switched off": lambda: members.switch(ben, is_active=False, by=owner),
        "trashed": lambda: library.trash([clip], owner),
    }[end]()
    for path in (f"/s/{token}/", f"/s/{token}/{clip.pk}/", f"/s/{token}/{clip.poster.pk}/"):
        assert get(path).status_code == 404
    assert "has ended, was revoked" in get(f"/s/{token}/").content.decode()


def test_it_counts_who_opened_it(clip, owner):
    token = link_to(clip, owner)
    for _ in range(3):
        get(f"/s/{token}/")
    Client().head(f"/s/{token}/")
    get(f"/s/{token}/{clip.pk}/")
    link = ShareLink.objects.get()
    assert (link.opened_count, link.last_opened_at is not None) == (3, True)


def test_only_the_hash_is_kept_and_the_token_is_long(clip, owner):
    """CVE-2026-110852: the part that nobody can guess was not looked at."""
    token = link_to(clip, owner)
    assert len(token) == 43
    assert token not in str(ShareLink.objects.values())
    for forged in (
        token[:-1],
        token + "x",
        token.swapcase(),
        "x",
        ShareLink.objects.get().token_hash,
    ):
        assert get(f"/s/{forged}/").status_code == 404
        assert get(f"/s/{forged}/{clip.pk}/").status_code == 404


def test_a_link_is_good_for_nothing_else(clip, owner):
    """CVE-2026-114612: one key for several purposes let a token of one be used for another."""
    token = link_to(clip, owner)
    for path in (f"/setup/{token}/", f"/join/{token}/", f"/p/{token}/"):
        assert get(path).status_code == 404
    invitation = members.invite(Role.VIEWER, owner)
    assert get(f"/s/{invitation}/").status_code == 404
    thief = Client()
    thief.cookies["sessionid"] = token
    assert thief.get("/gallery/").status_code == 302


def test_copies_go_with_the_last_link(clip, owner):
    one, other = link_to(clip, owner), link_to(clip, owner)
    get(f"/s/{one}/{clip.pk}/")
    first, second = ShareLink.objects.order_by("pk")
    sharing.revoke(first.pk, owner)
    assert sharing.bare_path(clip).exists()
    get(f"/s/{other}/{clip.pk}/")
    sharing.revoke(second.pk, owner)
    assert not sharing.bare_path(clip).exists()


# -- The pages of those who share ------------------------------------------------------------------


def signed_in(user) -> Client:
    client = Client()
    client.force_login(user)
    return client


@pytest.mark.parametrize("what", ["clip", "collection"])
def test_a_member_makes_a_link_sees_it_once_and_revokes_it(clip, collection, what):
    ben = signed_in(new_member("ben"))
    path = f"/clips/{clip.pk}/share/" if what == "clip" else f"/collections/{collection.pk}/share/"
    made = ben.post(path, {"days": "7", "may_download": "on"}).content.decode()
    (link,) = set(re.findall(r"http://testserver(/s/[\w-]{43}/)", made))
    assert get(link).status_code == 200
    listed = ben.get(path).content.decode()
    assert link not in listed
    assert "Opened 1 time" in listed
    revoked = ben.post(f"/links/{ShareLink.objects.get().pk}/revoke/", follow=True)
    assert "opens nothing any more" in revoked.content.decode()
    assert get(link).status_code == 404


def test_others_links_are_revoked_by_managers_alone(clip, owner):
    token = link_to(clip, owner)
    path = f"/links/{ShareLink.objects.get().pk}/revoke/"
    said = signed_in(new_member("ben")).post(path, follow=True).content.decode()
    assert "Only mara or a manager" in said
    assert get(f"/s/{token}/").status_code == 200
    signed_in(new_member("boss", Role.MANAGER)).post(path)
    assert get(f"/s/{token}/").status_code == 404


@pytest.mark.parametrize("days", ["0", "31", "x", "", "-1"])
def test_no_link_works_longer_than_may_be_chosen(clip, owner, days):
    answer = signed_in(owner).post(f"/clips/{clip.pk}/share/", {"days": days})
    assert answer.status_code == 422
    assert not ShareLink.objects.exists()
