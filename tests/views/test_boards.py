"""The storyboard's pages, as plain forms and links."""

import re
import uuid

import pytest
from django.urls import reverse

from studio.models import Board, Film, Job, Shot
from studio.services import boards
from studio.services.drafts import Draft


def at(name, *args):
    return reverse(f"studio:{name}", args=args)


def trim_address(shot):
    return at("shot_trim", shot.board_id, shot.pk)


def hidden(html, name):
    return re.search(rf'name="{name}" value="([^"]*)"', html)[1]


def test_a_new_board_opens(browser):
    answer = browser.post(at("boards"), {"name": "Keeper"}, follow=True)
    assert answer.status_code == 200
    assert '<h1 id="board-name">Keeper</h1>' in answer.content.decode()


def test_a_board_without_a_name_is_told_at_the_field(browser):
    answer = browser.post(at("boards"), {"name": " "})
    assert answer.status_code == 422
    assert "Give it a name." in answer.content.decode()


def test_the_list_shows_every_board_with_its_length(browser, board, make_shots):
    make_shots(1, 2.5)
    page = browser.get(at("boards")).content.decode()
    assert "Keeper of the light" in page
    assert "2 shots · 0:04" in page


def test_the_list_takes_as_many_queries_however_many_boards_there_are(
    browser, owner, board, make_shots, django_assert_max_num_queries
):
    make_shots(1, 2)
    for _ in range(5):
        boards.duplicate(board, owner)
    with django_assert_max_num_queries(14):
        browser.get(at("boards"))


def test_a_trim_is_saved_and_the_shot_stays_chosen(browser, board, make_shots):
    _, shot = make_shots(2, 2)
    given = {"version": board.version, "trim_in": "0:00.5", "trim_out": "0:01.5"}
    answer = browser.post(trim_address(shot), given)
    assert answer.url == f"{at('board', board.pk)}?shot={shot.pk}"
    shot.refresh_from_db()
    assert (shot.trim_in_s, shot.trim_out_s) == (0.5, 1.5)


def test_a_wrong_trim_is_told_at_its_field_with_what_was_typed(browser, board, make_shots):
    (shot,) = make_shots(2)
    given = {"version": board.version, "trim_in": "0:00.5", "trim_out": "0:09.5"}
    answer = browser.post(trim_address(shot), given)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "The clip ends at 0:02.0." in page
    assert 'value="0:09.5"' in page


def test_an_overtaken_change_shows_the_new_state_and_can_be_made_again(
    browser, board, jonas, make_shots
):
    (shot,) = make_shots(2)
    seen = board.version
    boards.rename(board, seen, jonas, "Jonas's board")
    given = {"version": seen, "trim_in": "0:00.5", "trim_out": "0:01.5"}
    answer = browser.post(trim_address(shot), given)
    page = answer.content.decode()
    assert answer.status_code == 409
    assert "jonas changed this board a moment ago" in page
    assert "Jonas&#x27;s board" in page
    again = page[page.index('id="again"') :]
    given["version"] = hidden(again, "version")
    assert hidden(again, "trim_in") == "0:00.5"
    assert browser.post(trim_address(shot), given).status_code == 302
    assert Shot.objects.get(pk=shot.pk).trim_in_s == 0.5


def test_a_shot_moves_by_a_button(browser, board, make_shots):
    first, second = make_shots(1, 2)
    browser.post(at("shot_move", board.pk, first.pk), {"version": board.version, "by": "1"})
    assert list(board.shots.order_by("position")) == [second, first]


def test_a_removed_shot_is_put_back(browser, board, make_shots):
    first, second = make_shots(1, 2)
    answer = browser.post(
        at("shot_remove", board.pk, first.pk), {"version": board.version}, follow=True
    )
    assert "Shot 1 is off the board." in answer.content.decode()
    assert list(board.shots.all()) == [second]
    browser.post(at("board_put_back", board.pk))
    assert [shot.clip for shot in board.shots.order_by("position")] == [first.clip, second.clip]
    assert "is off the board" not in browser.get(at("board", board.pk)).content.decode()


def test_a_shot_of_another_board_is_not_found(browser, owner, board, make_shots):
    (shot,) = make_shots(1)
    other = boards.create("Another", owner)
    address = at("shot_trim", other.pk, shot.pk)
    assert browser.post(address, {"version": board.version}).status_code == 404


def test_clips_are_put_on_a_new_board(browser, make_clip):
    clips = [make_clip(), make_clip()]
    given = {"clip": [str(clip.pk) for clip in clips], "new_board": "Fresh"}
    browser.post(at("board_add"), given)
    assert [shot.clip for shot in Board.objects.get(name="Fresh").shots.all()] == clips


def test_clips_without_a_board_ask_which(browser, board, make_clip):
    clip = make_clip()
    page = browser.get(at("board_add"), {"clip": str(clip.pk)}).content.decode()
    assert f'value="{board.pk}"' in page
    answer = browser.post(at("board_add"), {"clip": str(clip.pk)})
    assert answer.status_code == 422
    assert "Choose a board" in answer.content.decode()


@pytest.mark.parametrize(
    ("clips", "words"),
    [([str(uuid.uuid4()), "x"], "None of these clips"), ([], "Choose at least one clip")],
)
def test_what_is_no_clip_is_not_added_and_the_picker_says_so(browser, board, clips, words):
    answer = browser.post(at("board_add"), {"clip": clips, "board": board.pk})
    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert 'id="sheet"' in answer.content.decode()
    assert not board.shots.exists()


def test_the_picker_finds_clips_by_words(browser, board, make_clip):
    make_clip("A red fox"), make_clip("A blue whale")
    page = browser.get(at("board_pick", board.pk), {"q": "fox"}).content.decode()
    assert "A red fox" in page
    assert "A blue whale" not in page


def test_a_poll_answers_204_until_something_changes(browser, board, make_shots):
    (shot,) = make_shots(2)
    page = browser.get(at("board", board.pk)).content.decode()
    version = re.search(r'id="board-head"[^>]* data-version="([^"]*)"', page)[1]
    poll = at("board_live", board.pk)
    board.refresh_from_db()
    seen = {"v": version, "b": board.version, "shot": shot.pk}
    assert browser.get(poll, seen).status_code == 204
    boards.rename(board, board.version, board.owner, "Renamed")
    answer = browser.get(poll, seen)
    assert answer.status_code == 200
    assert "Renamed" in answer.content.decode()


@pytest.fixture
def indoxhub(make_provider):
    return make_provider("indoxhub")


def missing_shot(board, owner, provider, prompt="Rain on a window"):
    draft = Draft(prompt=prompt, models=[provider.models.get(name__contains="Nova")])
    draft.fit()
    return boards.add_missing(board, owner, draft.content)


def test_missing_shots_are_made_after_their_cost_was_shown(browser, owner, board, indoxhub):
    missing_shot(board, owner, indoxhub), missing_shot(board, owner, indoxhub, "Sun")
    page = browser.get(at("board_make", board.pk)).content.decode()
    assert "Make 2 shots? About $0.96" in page
    given = {"token": hidden(page, "token"), "digest": hidden(page, "digest")}
    browser.post(at("board_make", board.pk), given)
    browser.post(at("board_make", board.pk), given)
    assert Job.objects.count() == 2


def test_a_board_that_changed_since_the_cost_was_shown_asks_again(browser, owner, board, indoxhub):
    missing_shot(board, owner, indoxhub)
    page = browser.get(at("board_make", board.pk)).content.decode()
    missing_shot(board, owner, indoxhub, "Another one")
    given = {"token": hidden(page, "token"), "digest": hidden(page, "digest")}
    answer = browser.post(at("board_make", board.pk), given)
    assert answer.status_code == 409
    assert "The board has changed since you were shown the cost" in answer.content.decode()
    assert not Job.objects.exists()


def test_what_is_to_be_made_is_written_in_the_panel(browser, board, getimg):
    answer = browser.post(at("board_new_shot", board.pk), follow=True)
    shot, page = board.shots.get(), answer.content.decode()
    given = {"version": hidden(page, "version"), "prompt": "Rain"}
    browser.post(at("shot_content", board.pk, shot.pk), given)
    shot.refresh_from_db()
    assert shot.content["prompt"] == ["Rain"]
    assert "version" not in shot.content


def test_an_export_is_queued_once_and_listed(browser, board, make_shots):
    make_shots(1, 2)
    page = browser.get(at("film_export", board.pk)).content.decode()
    given = {"token": hidden(page, "token"), "size": "720p", "rate": "25"}
    for _ in range(2):
        browser.post(at("film_export", board.pk), given)
    film = Film.objects.get()
    assert (film.plan["height"], film.plan["rate"]) == (720, "25")
    page = browser.get(at("board", board.pk)).content.decode()
    assert "from 2 shots" in page
    browser.post(at("film_cancel", film.pk))
    film.refresh_from_db()
    assert film.state == "cancelled"


def test_an_export_that_cannot_be_is_told(browser, board, make_shots):
    make_shots(1)
    boards.add_missing(board, board.owner, {})
    answer = browser.post(at("film_export", board.pk), {"size": "source", "rate": "source"})
    assert answer.status_code == 422
    assert "1 shot is not made yet" in answer.content.decode()


def test_a_film_is_taken_away_under_its_boards_name(browser, board, owner, make_clip):
    clip = make_clip()
    clip.kind, clip.job, clip.original_name = "film", None, "Keeper of the light"
    clip.save()
    answer = browser.get(at("media", clip.pk), {"download": "1"})
    assert "dailies-film-keeper-of-the-light.mp4" in answer["Content-Disposition"]


def test_deleting_asks_first(browser, board):
    assert "for good?" in browser.get(at("board_delete", board.pk)).content.decode()
    browser.post(at("board_delete", board.pk))
    assert not Board.objects.exists()


@pytest.mark.parametrize("name", ["boards", "board_add"])
def test_a_stranger_is_sent_to_the_login(client, db, name):
    assert client.get(at(name)).url.startswith("/login/")
