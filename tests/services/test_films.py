"""Exports: what is asked for is rendered once, or the page says why not."""

import json
import uuid
from datetime import timedelta
from fractions import Fraction

import pytest
from django.utils import timezone

from studio.media import children
from studio.media.metadata import read, read_sidecar
from studio.media.probe import check_video
from studio.models import Asset, Film
from studio.services import boards, disk, films, rendering
from studio.services.engine import stopping
from studio.services.timelines import timeline_of


@pytest.fixture
def ask(board, owner):
    def asked(**how):
        token = how.pop("token", uuid.uuid4())
        return films.ask(board, timeline_of(board), owner, token, **how)

    return asked


def test_a_film_is_rendered_checked_and_named(board, owner, make_shots, ask):
    first, _ = make_shots(1, 0.5, has_file=True)
    boards.join(first, board.version, owner, "dissolve", "0.25")
    film = ask()
    rendered = rendering.render_next()
    film.refresh_from_db()
    assert (film.state, film.error, rendered.file_id) == ("ready", "", film.file_id)
    facts = check_video(film.file.path)
    assert facts.duration_s == pytest.approx(1.25, abs=1 / 24)
    assert (film.file.kind, film.file.owner, film.progress_percent) == ("film", owner, 100)
    assert read(film.file.path)["title"] == "Keeper of the light"
    assert read_sidecar(film.file.path)["kind"] == "film"
    assert not list((film.file.path.parents[3] / "incoming").glob("film-*"))


def test_the_same_press_is_the_same_film(make_shots, ask):
    make_shots(1)
    token = uuid.uuid4()
    assert ask(token=token) == ask(token=token)
    assert Film.objects.count() == 1


def test_a_film_shows_the_board_as_it_was(board, owner, make_shots, ask):
    first, _ = make_shots(1, 0.5, has_file=True)
    film = ask()
    boards.remove(first, board.version, owner)
    rendering.render_next()
    film.refresh_from_db()
    assert film.file.duration_s == pytest.approx(1.5, abs=1 / 24)
    assert not films.shown(board, timeline_of(board))[0].is_current


def test_a_film_of_shots_still_to_be_made_is_not_asked_for_by_mistake(
    board, owner, make_shots, ask
):
    make_shots(1, has_file=True)
    boards.add_missing(board, owner, {})
    with pytest.raises(films.NotAsked, match="1 shot is not made yet"):
        ask()
    assert len(ask(leaves_out=True).plan["shots"]) == 1


def test_an_empty_board_makes_no_film(ask):
    with pytest.raises(films.NotAsked, match="nothing to export"):
        ask()


@pytest.mark.parametrize("how", [{"size": "8k"}, {"rate": "1000"}])
def test_a_choice_that_does_not_exist_is_refused(make_shots, ask, how):
    make_shots(1)
    with pytest.raises(films.NotAsked, match="Choose one of"):
        ask(**how)


def test_a_trashed_clip_is_told_before_and_after_asking(board, make_shots, ask):
    (shot,) = make_shots(1, has_file=True)
    film = ask()
    Asset.objects.filter(pk=shot.clip_id).update(trashed_at=timezone.now())
    with pytest.raises(films.NotAsked, match="clip of shot 1 is in the trash"):
        ask()
    rendering.render_next()
    film.refresh_from_db()
    assert (film.state, "clip of shot 1 is in the trash" in film.error) == ("failed", True)


def test_a_clip_whose_file_is_gone_is_told(make_shots, ask):
    make_shots(1)
    film = ask()
    rendering.render_next()
    film.refresh_from_db()
    assert (film.state, "clip of shot 1 was deleted" in film.error) == ("failed", True)


def test_a_damaged_clip_is_told(make_shots, ask):
    (shot,) = make_shots(1, has_file=True)
    shot.clip.path.write_bytes(b"no video at all")
    film = ask()
    rendering.render_next()
    film.refresh_from_db()
    assert film.state == "failed"
    assert "The clip of shot 1 could not be read" in film.error


def test_a_full_disk_is_told_before_anything_is_rendered(make_shots, ask, monkeypatch):
    make_shots(1, has_file=True)
    monkeypatch.setattr(disk, "free_bytes", lambda: 1000)
    with pytest.raises(films.NotAsked, match="too little room"):
        ask()


def test_a_cancelled_film_is_not_rendered(make_shots, ask):
    make_shots(1, has_file=True)
    film = ask()
    assert films.cancel(film)
    assert rendering.render_next() == rendering.Rendered()
    film.refresh_from_db()
    assert (film.state, film.file) == ("cancelled", None)
    assert not films.cancel(film)


def test_a_film_cancelled_while_it_is_rendered_leaves_nothing(make_shots, ask, monkeypatch):
    def render(plan, part, heard):
        part.write_bytes(b"half a film")
        assert heard(10)
        films.cancel(film)
        assert not heard(20)
        raise children.Stopped

    make_shots(1, has_file=True)
    film = ask()
    monkeypatch.setattr(rendering.media, "render", render)
    rendering.render_next()
    film.refresh_from_db()
    assert (film.state, film.progress_percent) == ("cancelled", 10)
    assert not Asset.objects.filter(kind=Asset.Kind.FILM).exists()


def test_a_board_deleted_while_its_film_is_rendered_takes_it_along(
    board, make_shots, ask, monkeypatch
):
    def render(plan, part, heard):
        part.write_bytes(b"half a film")
        boards.delete(board)
        assert not heard(20)
        raise children.Stopped

    make_shots(1, has_file=True)
    ask()
    monkeypatch.setattr(rendering.media, "render", render)
    assert rendering.render_next() == rendering.Rendered()
    assert not Film.objects.exists()


def test_only_one_worker_renders_a_film(make_shots, ask):
    make_shots(1)
    mine = ask()
    theirs = Film.objects.get(pk=mine.pk)
    assert mine.claim(for_s=60)
    assert theirs.claim(for_s=60) is None
    assert not rendering.is_waiting()


def test_a_worker_that_lost_its_lease_changes_nothing(make_shots, ask):
    (shot,) = make_shots(1, has_file=True)
    mine = ask()
    lost = mine.claim(for_s=-1)
    theirs = Film.objects.get(pk=mine.pk).claim(for_s=60)
    assert not mine.keep(lost, for_s=60, percent=50)
    assert not mine.complete(lost, shot.clip)
    assert not mine.fail("late", lease=lost)
    assert mine.keep(theirs, for_s=60, percent=7)


def test_a_film_whose_worker_dies_each_time_is_given_up(make_shots, ask):
    make_shots(1)
    film = ask()
    for _ in range(3):
        assert film.claim(for_s=-1)
    assert rendering.render_next().file_id is None
    film.refresh_from_db()
    assert (film.state, "cut off 3 times" in film.error) == ("failed", True)


def test_a_renderer_that_dies_is_tried_again_and_then_given_up(make_shots, ask, monkeypatch):
    def die(*_):
        raise children.ChildFailed("it ended with status -11")

    make_shots(1, has_file=True)
    film = ask()
    monkeypatch.setattr(rendering.media, "render", die)
    states = []
    for _ in range(3):
        rendering.render_next()
        film.refresh_from_db()
        states.append(film.state)
    assert states == ["queued", "queued", "failed"]


def test_a_worker_that_stops_gives_its_film_back(make_shots, ask):
    make_shots(1)
    film = ask()
    lease = film.claim(for_s=60)
    stopping.stop()
    try:
        assert not rendering._goes_on(film, lease, 5)
        rendering._after_stop(film, lease)
    finally:
        stopping.clear()
    assert (film.state, film.attempts, film.lease_token) == ("queued", 0, None)


def test_films_are_rendered_in_the_order_they_were_asked_for(make_shots, ask):
    make_shots(0.5, has_file=True)
    first, second = ask(), ask()
    Film.objects.filter(pk=first.pk).update(created_at=timezone.now() - timedelta(minutes=1))
    assert rendering.render_next().is_more
    assert [Film.objects.get(pk=film.pk).state for film in (first, second)] == ["ready", "queued"]


def test_the_plan_is_plain_json(make_shots, ask):
    make_shots(1, 2)
    assert json.loads(json.dumps(ask().plan))["length_s"] == 3


# -- Sizes and rates -----------------------------------------------------------------------------


def clip(width=1280, height=720, fps=24.0):
    return Asset(width=width, height=height, fps=fps)


def test_most_shots_decide_size_and_rate():
    look = films.look_of([clip(), clip(720, 1280, 30), clip()])
    assert (look.width, look.height, look.rate) == (1280, 720, 24)


@pytest.mark.parametrize(
    ("shape", "size", "expected"),
    [
        ((1280, 720), "1080p", (1920, 1080)),
        ((720, 1280), "1080p", (1080, 1920)),
        ((1024, 1024), "720p", (720, 720)),
        ((853, 481), "source", (854, 482)),
    ],
)
def test_a_chosen_size_is_that_of_the_short_side(shape, size, expected):
    look = films.look_of([clip(*shape)], size)
    assert (look.width, look.height) == expected


@pytest.mark.parametrize(
    ("fps", "rate"),
    [
        (23.976, Fraction(24000, 1001)),
        (29.97, Fraction(30000, 1001)),
        (25.0, Fraction(25)),
        (24.01, Fraction(24)),
        (17.3, Fraction(30)),
        (240.0, Fraction(30)),
        (None, Fraction(24)),
    ],
)
def test_a_rounded_rate_becomes_the_exact_one_again(fps, rate):
    assert films.rate_of(fps) == rate
