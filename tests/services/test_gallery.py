"""Views of the gallery: what an address says, what it finds, and pages that never jump."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.contrib.auth.models import User
from django.http import QueryDict
from django.utils import timezone

from studio.models import Asset, Collection, CollectionItem, Job, JobInput, Tag
from studio.services import gallery
from studio.services.gallery import Cursor, Filter
from studio.services.gallery.paging import PER_PAGE, page


def mara() -> User:
    return User(username="mara", is_superuser=True)


def view(query: str) -> Filter:
    return Filter.from_query(QueryDict(query), mara())


def found(query: str, user: User) -> set[str]:
    """The prompts of the clips that a view shows."""
    return {clip.job.prompt for clip in gallery.clips(view(query), user) if clip.job}


# -- Addresses -----------------------------------------------------------------------------------


def test_a_view_is_always_written_the_same_way():
    assert view("sound=1&q=sea&state=ready&sort=newest").query == "q=sea&sound=1"


def test_a_view_survives_its_own_address(db, add_clip):
    add_clip().tags.add(Tag.objects.create(name="spring"))
    asked = view("q=sea+swell&favourites=1&ratio=16:9&rating=4&tag=spring&sort=best&member=mara")
    assert Filter.from_query(QueryDict(asked.query), mara()) == asked
    assert asked.count == 6


@pytest.mark.parametrize(
    "query",
    [
        "model=999&provider=x&member=nobody&collection=-1",
        "ratio=7:1&length=eternal&sound=2&images=yes&rating=9&state=lost&sort=up&favourites=on",
        "tag=none&tag=%00&rating=%C2%B2&model=" + "9" * 40,
    ],
)
def test_what_is_not_known_is_left_out_and_told(db, query):
    asked = view(query)
    assert not asked.is_narrow
    assert asked.ignored_words.startswith("Left out of this view")


def test_a_view_of_jobs_has_no_stars(db):
    asked = view("state=failed&favourites=1&rating=3&sort=best")
    assert asked.query == "state=failed"
    assert "stars" in asked.ignored_words


# -- What is found ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("query", "prompts"),
    [
        ("q=storm", {"Storm swell"}),
        ("q=STORM+swell", {"Storm swell"}),
        ("q=über", {"Über den Dächern"}),
        ("q=ÜBER", {"Über den Dächern"}),
        ("q=8820", {"Storm swell"}),
        ("q=harbour", {"Calm"}),
        ("q=100%25", set()),
        ("favourites=1", {"Storm swell"}),
        ("rating=4", {"Storm swell"}),
        ("ratio=9:16", {"Calm"}),
        ("ratio=16:9", {"Storm swell", "Über den Dächern"}),
        ("length=long", {"Calm"}),
        ("length=short", {"Storm swell", "Über den Dächern"}),
        ("sound=1", {"Calm"}),
        ("sound=0", {"Storm swell", "Über den Dächern"}),
        ("tag=harbour", {"Calm"}),
        ("member=mara", {"Storm swell", "Calm", "Über den Dächern"}),
        ("images=1", {"Calm"}),
        ("images=0", {"Storm swell", "Über den Dächern"}),
        ("q=calm&sound=0", set()),
    ],
)
def test_each_filter_finds_its_clips(owner, add_clip, make_image, query, prompts):
    add_clip("Storm swell", seed=8820, is_favourite=True, rating=4)
    calm = add_clip("Calm", width=720, height=1280, duration_s=12.0, has_sound=True)
    add_clip("Über den Dächern")
    calm.tags.add(Tag.objects.create(name="harbour"))
    JobInput.objects.create(job=calm.job, role="first_frame", asset=make_image())
    assert found(query, owner) == prompts


def test_a_collection_a_model_and_a_provider_find_theirs(owner, add_clip, make_provider):
    inside, other = add_clip("Inside"), add_clip("Other", provider=make_provider("indoxhub"))
    collection = Collection.objects.create(name="Spring", owner=owner)
    CollectionItem.objects.create(collection=collection, asset=inside)
    assert found(f"collection={collection.pk}", owner) == {"Inside"}
    assert found(f"provider={other.job.provider_id}", owner) == {"Other"}
    assert found(f"model={inside.job.provider_model_id}", owner) == {"Inside"}


def test_a_clip_with_many_tags_comes_once(owner, add_clip):
    clip = add_clip()
    clip.tags.add(*(Tag.objects.create(name=f"sea {n}") for n in range(3)))
    assert len(gallery.clips(view("q=sea"), owner)) == 1


def test_the_trash_shows_what_was_trashed_and_nothing_that_is_gone(owner, add_clip):
    now = timezone.now()
    add_clip("Kept")
    add_clip("Trashed", trashed_at=now)
    gone = add_clip("Gone", trashed_at=now)
    Asset.objects.filter(pk=gone.pk).update(erased_at=now)
    assert found("", owner) == {"Kept"}
    assert found("state=trash", owner) == {"Trashed"}


def test_jobs_that_are_no_clips_are_shown_by_their_state(owner, make_job):
    job = make_job(prompt="On its way", seed=7)
    make_job(job.provider, prompt="Lost", state=Job.State.FAILED, error="No.")
    asked = {state: page(view(f"state={state}"), owner).items for state in ("making", "failed")}
    assert [each.prompt for each in asked["making"]] == ["On its way"]
    assert [each.prompt for each in asked["failed"]] == ["Lost"]
    assert page(view("state=making&q=7"), owner).items == [job]


# -- Pages -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("sort", ["newest", "oldest", "longest", "best", "dearest"])
def test_pages_show_every_clip_once_in_every_order(owner, add_clip, monkeypatch, sort):
    monkeypatch.setattr("studio.services.gallery.paging.PER_PAGE", 2)
    at = timezone.now()
    for number in range(7):
        price = None if number == 3 else Decimal(number % 3) / 7
        columns = {"duration_s": 4 + number % 2 / 3, "rating": number % 3, "at": at}
        add_clip(str(number), **columns, cost_charged=price, cost_currency="USD")
    asked, seen, after = view(f"sort={sort}"), [], None
    for _ in range(5):
        shown = page(asked, owner, after=after)
        seen += [clip.pk for clip in shown.items]
        after = Cursor.read(str(shown.older)) if shown.older else None
        if after is None:
            break
    assert seen == [clip.pk for clip in gallery.clips(asked, owner)]
    assert len(set(seen)) == 7


def test_what_is_made_meanwhile_moves_nothing(owner, add_clip):
    clips = [add_clip(str(number)) for number in range(PER_PAGE + 3)]
    first = page(view(""), owner)
    since = first.newest
    add_clip("new", at=timezone.now() + timedelta(seconds=5))
    Asset.objects.filter(pk=clips[PER_PAGE - 1].pk).update(trashed_at=timezone.now())
    second = page(view(""), owner, after=first.older)
    assert [clip.job.prompt for clip in second.items] == ["60", "61", "62"]
    assert gallery.count_newer(view(""), owner, since) == 1
    assert gallery.count_newer(view("q=60"), owner, since) == 0


def test_a_place_far_down_is_shown_with_all_above_it(owner, add_clip):
    for number in range(PER_PAGE * 2 + 5):
        add_clip(str(number))
    second = page(view(""), owner, after=page(view(""), owner).older)
    again = page(view(""), owner, until=second.last)
    assert [clip.job.prompt for clip in again.items] == [str(n) for n in range(PER_PAGE * 2)]
    assert again.older == second.older


@pytest.mark.parametrize("text", ["", "x", "1~2~3~4", "nan~1~zz", "0~9e99~5", "~~", "0~1" * 500])
def test_a_place_that_is_none_is_the_top(text):
    assert Cursor.read(text) is None


@pytest.mark.parametrize("sort", ["newest", "best"])
def test_neighbours_follow_the_view(owner, add_clip, sort):
    newest, middle, oldest = (add_clip(name, rating=3) for name in ("a", "b", "c"))
    add_clip("hidden", rating=0)
    beside = gallery.neighbours(middle, view(f"sort={sort}&rating=1"), owner)
    assert (beside.before, beside.after) == (newest, oldest)
    assert gallery.neighbours(oldest, view(f"sort={sort}&rating=1"), owner).after is None


# -- Sums ------------------------------------------------------------------------------------------


def today(user: User) -> gallery.Sums:
    """What all clips of today come to."""
    day = timezone.localdate()
    return gallery.totals(gallery.clips(view(""), user), [day]).days[day]


def test_a_day_says_what_it_came_to(owner, add_clip):
    day = timezone.localdate()
    for price in ("0.40", "0.40", "10.60"):
        add_clip(cost_charged=Decimal(price), cost_currency="USD", at=timezone.now())
    add_clip(cost_charged=Decimal(5), at=timezone.now() - timedelta(days=1))
    sums = gallery.totals(gallery.clips(view(""), owner), [day])
    assert (sums.days[day].clips, sums.days[day].cost_words) == (3, "$11.40")
    assert sums.all.clips == 4


def test_a_sum_says_what_it_does_not_know(owner, add_clip):
    add_clip(cost_estimated=Decimal("1.50"), cost_currency="USD")
    assert today(owner).cost_words == "about $1.50"
    add_clip(at=timezone.now())
    assert today(owner).cost_words == "more than $1.50"


def test_what_the_demo_made_cost_nothing(owner, add_clip):
    clip = add_clip(cost_charged=Decimal("0.40"), cost_currency="USD")
    type(clip.job.provider).objects.update(is_demo=True)
    assert today(owner).cost_words == ""


def test_a_part_goes_on_with_the_day_that_was_begun(owner, add_clip, monkeypatch):
    monkeypatch.setattr("studio.services.gallery.paging.PER_PAGE", 2)
    noon = timezone.now().replace(hour=12)
    for hours in (0, 1, 2, 24):
        add_clip(at=noon - timedelta(hours=hours))
    first = gallery.whole(view(""), owner)
    rest = gallery.part(view(""), owner, first.page.older)
    assert [group.is_continued for group in rest.groups] == [True, False]
    assert [group.sums.clips for group in rest.groups if group.sums] == [1]
