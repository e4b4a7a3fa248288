"""Storyboards: their changes, and what two people on one of them cannot do to each other."""

import pytest

from studio.models import Asset, Board, Film, Shot
from studio.services import boards
from studio.services.timelines import timeline_of


def names(board: Board) -> list[str]:
    return [placed.prompt for placed in timeline_of(board).shots]


def lengths(board: Board) -> list[float]:
    return [placed.length_s for placed in timeline_of(board).shots]


def test_a_board_needs_a_name(owner):
    with pytest.raises(boards.NotChanged, match="Give it a name"):
        boards.create("  ", owner)
    assert boards.create("  A   fine  one ", owner).name == "A fine one"


def test_clips_stand_in_the_order_they_were_added(board, make_shots):
    make_shots(1, 2, 3)
    assert lengths(board) == [1, 2, 3]
    assert timeline_of(board).length_s == 6


def test_a_shot_moves_to_its_place(board, owner, make_shots):
    first, *_ = make_shots(1, 2, 3)
    boards.move(first, board.version, owner, 1)
    assert lengths(board) == [2, 1, 3]


def test_a_place_beyond_an_end_is_that_end(board, owner, make_shots):
    first, _, last = make_shots(1, 2, 3)
    boards.move(first, board.version, owner, 99)
    assert lengths(board) == [2, 3, 1]
    last.board.refresh_from_db()
    boards.move(last, last.board.version, owner, -1)
    assert lengths(board) == [3, 2, 1]


def test_two_people_never_overwrite_each_other(board, owner, jonas, make_shots):
    (shot,) = make_shots(2)
    seen = board.version
    boards.trim(shot, seen, jonas, "0:00.5", "0:01.5")
    with pytest.raises(boards.BoardChanged, match="jonas changed this board a moment ago"):
        boards.trim(Shot.objects.get(pk=shot.pk), seen, owner, "0:00.0", "0:01.0")
    assert Shot.objects.get(pk=shot.pk).trim_in_s == 0.5


@pytest.mark.parametrize("version", ["", "x", "12", "1.x", "99999999999999.000001"])
def test_a_version_that_is_none_changes_nothing(board, owner, version):
    with pytest.raises(boards.BoardChanged):
        boards.rename(board, version, owner, "Another name")


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        (("0:00.4", "0:01.5"), (0.4, 1.5)),
        (("0.4", "1,5"), (0.4, 1.5)),
        (("0", "0:02.0"), (0.0, None)),
        ((" 0:01 ", ""), (1.0, None)),
    ],
)
def test_trims_are_read_as_people_write_them(board, owner, make_shots, given, kept):
    (shot,) = make_shots(2)
    boards.trim(shot, board.version, owner, *given)
    assert (shot.trim_in_s, shot.trim_out_s) == kept


@pytest.mark.parametrize(
    ("given", "field", "words"),
    [
        (("0:02.5", "0:03.0"), "trim_in", "The clip ends at 0:02.0"),
        (("0:00.0", "0:02.1"), "trim_out", "The clip ends at 0:02.0"),
        (("0:01.0", "0:01.0"), "trim_out", "At least one picture has to stay"),
        (("0:01.5", "0:01.0"), "trim_out", "later than 0:01.5"),
        (("soon", "0:01.0"), "trim_in", "such as 0:04.5"),
        (("-1", "0:01.0"), "trim_in", "such as 0:04.5"),
    ],
)
def test_a_wrong_trim_is_told_at_its_field(board, owner, make_shots, given, field, words):
    (shot,) = make_shots(2)
    with pytest.raises(boards.NotChanged) as refused:
        boards.trim(shot, board.version, owner, *given)
    assert words in refused.value.problems[field]


def test_one_picture_is_enough(board, owner, make_shots):
    (shot,) = make_shots(2)
    boards.trim(shot, board.version, owner, "1.0", "1.042")
    assert lengths(board) == [pytest.approx(1 / 24, abs=0.001)]


def test_a_dissolve_makes_the_film_shorter_and_a_fade_through_black_does_not(
    board, owner, make_shots
):
    first, second, _ = make_shots(2, 2, 2)
    boards.join(first, board.version, owner, "dissolve", "0.8")
    second.board.refresh_from_db()
    boards.join(second, second.board.version, owner, "black", "0.5")
    assert timeline_of(board).length_s == pytest.approx(5.2)
    assert [placed.start_s for placed in timeline_of(board).shots] == [0, 1.2, 3.2]


def test_a_transition_is_no_longer_than_the_shorter_neighbour(board, owner, make_shots):
    first, *_ = make_shots(3, 1)
    with pytest.raises(boards.NotChanged) as refused:
        boards.join(first, board.version, owner, "dissolve", "1.2")
    assert refused.value.problems["transition_s"].startswith("At most 1 s")


def test_two_transitions_share_the_shot_between_them(board, owner, make_shots):
    first, second, _ = make_shots(3, 1, 3)
    boards.join(first, board.version, owner, "dissolve", "0.7")
    second.board.refresh_from_db()
    with pytest.raises(boards.NotChanged, match=r"At most 0\.3 s"):
        boards.join(second, second.board.version, owner, "dissolve", "0.4")


def test_a_transition_gives_way_when_a_shot_gets_shorter(board, owner, make_shots):
    first, second = make_shots(3, 3)
    boards.join(first, board.version, owner, "dissolve", "2")
    second.board.refresh_from_db()
    boards.trim(second, second.board.version, owner, "0", "0.5")
    placed = timeline_of(board).shots[0]
    assert (placed.fit_s, placed.shot.transition_s, placed.is_short) == (0.5, 2.0, True)


def test_a_removed_shot_can_be_put_back_as_it_was(board, owner, make_shots):
    _, second, _ = make_shots(1, 2, 3)
    boards.trim(second, board.version, owner, "0.5", "1.5")
    kept = boards.remove(second, second.board.version, owner)
    assert lengths(board) == [1, 3]
    boards.put_back(board, owner, kept)
    assert lengths(board) == [1, 1, 3]


def test_a_copy_has_the_same_shots_and_is_changed_alone(board, owner, jonas, make_shots):
    make_shots(1, 2)
    copy = boards.duplicate(board, jonas)
    boards.remove(copy.shots.get(position=0), copy.version, jonas)
    assert (copy.name, copy.owner) == ("Keeper of the light, copy", jonas)
    assert (lengths(board), lengths(copy)) == ([1, 2], [2])


def test_a_deleted_board_leaves_its_clips(board, make_shots, django_capture_on_commit_callbacks):
    make_shots(1, 2)
    with django_capture_on_commit_callbacks(execute=True):
        boards.delete(board)
    assert Asset.objects.filter(kind=Asset.Kind.VIDEO).count() == 2
    assert not Film.objects.exists()


def test_a_board_has_an_end(board, owner, make_clip, monkeypatch):
    monkeypatch.setattr(boards, "MOST_SHOTS", 2)
    clips = [make_clip() for _ in range(3)]
    with pytest.raises(boards.NotChanged, match="at most 2 shots"):
        boards.add_clips(board, clips, owner)


def test_a_board_is_read_in_as_many_queries_however_long_it_is(
    board, make_shots, django_assert_num_queries
):
    make_shots(*[1] * 12)
    with django_assert_num_queries(2):
        assert len(timeline_of(board).shots) == 12
