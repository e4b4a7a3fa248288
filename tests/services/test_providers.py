"""Accounts: what a test finds, pausing by hand, who may use which."""

import io
import uuid

import pytest
from django.core.management import call_command

from studio.models import Job, Provider, Role
from studio.providers import registry
from studio.providers.contract import Delivery
from studio.providers.errors import KeyRejected, Unreachable
from studio.providers.guides import GUIDES
from studio.services import (
    again,
    boards,
    delivery,
    editing,
    engine,
    offers,
    provider_cards,
    providers,
    shots,
    starting,
    wishes,
)
from studio.services.drafts import Draft
from studio.services.jobs import NotPossible
from studio.services.timelines import timeline_of
from studio.services.waiting import Waits
from studio.services.wishes import Refused, Wish
from tests.factories import new_member

Health = Provider.Health


@pytest.fixture
def jo(db):
    return new_member("jo")


@pytest.fixture
def restricted(make_provider):
    """An account that is not for creators."""
    provider = make_provider("getimg", name="Dear")
    Provider.objects.filter(pk=provider.pk).update(least_role=Role.MANAGER)
    provider.refresh_from_db()
    return provider


def wish_at(provider, **fields) -> Wish:
    model = provider.models.order_by("position").first()
    chosen = {"prompt": "Mist", "duration_s": 5, "aspect_ratio": "16:9"} | fields
    return Wish(provider_model=model, **chosen)


# -- Testing -------------------------------------------------------------------------------------


def test_a_test_tells_balance_and_models_and_that_it_is_free(make_account):
    account = make_account("getimg")
    tested = provider_cards.ask(account)
    assert tested.is_well
    assert f"{account.name} answers. Balance: $" in tested.words
    assert "Clips at once: 2. Testing costs nothing." in tested.words
    assert (account.health, account.balance_currency) == (Health.WELL, "USD")


def test_a_test_that_fails_says_why_and_leaves_its_mark(make_account, demo):
    account = make_account("getimg")
    demo.fault("getimg", "models", "bad_key")
    tested = provider_cards.ask(account)
    assert not tested.is_well
    assert "Testing costs nothing." in tested.words
    assert account.health == Health.KEY_REJECTED
    assert account.health_note in tested.words


@pytest.mark.parametrize("slug", registry.ADAPTERS)
def test_every_api_can_be_tested(make_account, slug):
    assert provider_cards.ask(make_account(slug)).is_well
    assert not Job.objects.exists()


def test_nobody_at_home_is_a_typed_error(make_provider):
    account = make_provider("getimg", base_url="http://127.0.0.1:9")
    with pytest.raises(Unreachable):
        providers.check(account)
    assert account.health == Health.UNREACHABLE


@pytest.mark.parametrize("slug", registry.ADAPTERS)
def test_every_api_has_a_guide(slug):
    guide = GUIDES[slug]
    assert guide.key_url.startswith("https://")
    assert all((guide.makes_from, guide.key_rights, guide.key_place))


def test_the_daily_reading_keeps_the_balance_as_true_as_its_time(make_account, demo):
    account = make_account("getimg")
    providers.refresh_quietly(account)
    assert account.balance
    demo.fault("getimg", "models", "bad_key")
    providers.refresh_quietly(account)
    assert account.balance is None
    assert provider_cards.cards([account])[0].balance == "Not known"


# -- Pausing by hand -----------------------------------------------------------------------------


def test_a_pause_by_hand_stops_sending_and_loses_nothing(make_account, make_job, owner):
    account = make_account("getimg")
    waiting = make_job(account)
    providers.pause(account, owner, "  the card \n is changed ")
    engine.send_next(account.pk)
    waiting.refresh_from_db()
    assert waiting.state == Job.State.QUEUED
    assert account.health_note == "Paused by mara: the card is changed"
    assert "is paused by hand" in Waits().standing(account).why_not
    providers.resume(account)
    engine.send_next(account.pk)
    waiting.refresh_from_db()
    assert waiting.sent_at is not None
    assert account.health_note == ""


def test_what_is_there_already_is_followed_and_fetched_while_paused(
    make_account, make_job, owner, drive
):
    account = make_account("getimg")
    job = make_job(account, duration_s=5, aspect_ratio="16:9")
    job = drive(job, until=lambda job: bool(job.remote_id))
    providers.pause(account, owner)
    assert drive(job).state == Job.State.READY
    account.refresh_from_db()
    assert account.is_paused


def test_a_test_during_a_pause_by_hand_keeps_its_reason(make_account, owner, demo):
    account = make_account("getimg")
    other = Provider.objects.get(pk=account.pk)
    providers.pause(account, owner, "over budget")
    # The test began before the pause: what it read then is old.
    assert "still paused" in provider_cards.ask(other).words
    demo.fault("getimg", "models", "bad_key")
    with pytest.raises(KeyRejected):
        providers.check(account)
    account.refresh_from_db()
    assert account.health_note == "Paused by mara: over budget"
    assert provider_cards.cards([account])[0].state == "Paused"


def test_a_pause_by_an_answer_that_tests_well_says_what_to_press(make_account):
    account = make_account("getimg")
    account.pause(Health.OUT_OF_CREDIT, "No credit left.")
    [card] = provider_cards.cards([account])
    assert (card.state, card.tone, card.notes[0]) == (
        "Paused: out of credit",
        "bad",
        "No credit left.",
    )
    provider_cards.ask(account)
    [card] = provider_cards.cards([account])
    assert (card.state, card.tone) == ("Paused", "warn")
    assert "Try again" in card.notes[0]


def test_the_picker_says_who_paused_it_and_why(make_account, owner):
    account = make_account("getimg")
    providers.pause(account, owner, "over budget")
    assert offers.health_words(account) == "Paused by mara: over budget"


# -- Cards ---------------------------------------------------------------------------------------


def test_a_card_names_the_setting_that_images_need(make_provider, settings):
    settings.PUBLIC_URL = ""
    card = provider_cards.cards([make_provider("aiml")])[0]
    assert not card.can_take_images
    assert "Set PUBLIC_URL" in card.ways[0].words
    settings.PUBLIC_URL = "https://studio.example.org"
    assert provider_cards.cards([card.provider])[0].can_take_images


def test_an_upload_without_its_source_is_told(make_provider):
    imgix = make_provider("imgix")
    assert delivery.lacking(imgix, Delivery.UPLOAD) == ["source_id"]
    assert "needs “Source” in its settings" in provider_cards.cards([imgix])[0].ways[0].words
    imgix.options = {"source_id": "s1"}
    assert delivery.lacking(imgix, Delivery.UPLOAD) == []


def test_a_card_counts_what_is_used_of_the_limits(make_provider, make_job):
    account = make_provider("getimg", name="Team")
    make_job(account, state=Job.State.GENERATING, remote_id="t1")
    card = provider_cards.cards(provider_cards.every_account())[0]
    assert card.limits == ["1 of 2 clips at once"]
    assert card.models.endswith("models offered")
    assert card.has_jobs


def test_models_are_switched_one_by_one_and_a_refresh_leaves_them_so(make_account):
    account = make_account("getimg")
    providers.refresh_catalogue(account)
    shown = set(account.models.values_list("pk", flat=True))
    first = min(shown)
    assert providers.switch_models(account, shown, shown - {first}) == 1
    providers.refresh_catalogue(account)
    assert list(account.models.filter(is_enabled=False).values_list("pk", flat=True)) == [first]


# -- Who may use it ------------------------------------------------------------------------------


def test_a_model_above_ones_role_is_not_offered(restricted, make_provider, jo, owner):
    free = make_provider("dafty")
    assert {model.provider for model in providers.usable_by(jo)} == {free}
    assert restricted in {model.provider for model in providers.usable_by(owner)}


def test_a_wish_above_ones_role_is_refused_and_nothing_is_queued(restricted, make_provider, jo):
    allowed = wish_at(make_provider("getimg"))
    with pytest.raises(Refused, match="Dear is for managers and owners only") as refused:
        wishes.create_all([allowed, wish_at(restricted)], jo)
    assert set(refused.value.problems) == {"provider_model"}
    assert not Job.objects.exists()
    assert wishes.create(wish_at(restricted), new_member("max", Role.MANAGER))


def test_an_account_for_owners_is_closed_to_managers(restricted, owner):
    Provider.objects.update(least_role=Role.OWNER)
    restricted.refresh_from_db()
    with pytest.raises(Refused, match="for owners only"):
        wishes.create(wish_at(restricted), new_member("max", Role.MANAGER))
    assert wishes.create(wish_at(restricted), owner)


def test_what_failed_there_is_not_sent_again_by_who_may_not(restricted, make_job, jo, owner):
    failed = make_job(restricted, state=Job.State.FAILED, error="It did not work.")
    with pytest.raises(NotPossible, match="managers and owners only"):
        again.ask_again(failed, jo)
    assert again.ask_again(failed, owner)


def test_what_waits_there_is_not_edited_by_who_may_not(restricted, make_job, jo):
    job = make_job(restricted, duration_s=5, aspect_ratio="16:9", resolution="720p")
    Job.objects.filter(pk=job.pk).update(owner=jo)
    job.refresh_from_db()
    with pytest.raises(Refused, match="managers and owners only"):
        editing.edit(job, job.request(), jo)


def test_a_form_of_old_drops_the_model_and_says_so(restricted, make_provider, jo):
    make_provider("getimg", name="Open")
    content = Draft(models=[restricted.models.first()], prompt="Mist").content
    draft = starting.with_model(jo, Draft.from_content(content, jo))
    assert [model.provider.name for model in draft.models] == ["Open"]
    assert "cannot be chosen any more" in " ".join(draft.notes)


def test_a_board_makes_no_shot_there_for_who_may_not(restricted, board, jo, owner):
    model = restricted.models.order_by("position").first()
    content = Draft(prompt="A comet", models=[model], duration_s=5, aspect_ratio="16:9").content
    boards.add_missing(board, owner, content)
    assert shots.plan_of(timeline_of(board), jo).ready == []
    plan = shots.plan_of(timeline_of(board), owner)
    with pytest.raises(Refused):
        shots.make(plan, jo, uuid.uuid4())
    assert len(shots.make(plan, owner, uuid.uuid4())) == 1


def test_the_command_line_acts_with_the_accounts_role(restricted, jo, owner):
    words = ["generate", "--provider", "Dear", "--prompt", "Mist", "--json"]
    out = io.StringIO()
    with pytest.raises(SystemExit):
        call_command(*words, "--as", "jo", stdout=out, stderr=io.StringIO())
    assert "managers and owners only" in out.getvalue()
    assert not Job.objects.exists()
    call_command(*words, "--as", "mara", stdout=out, stderr=io.StringIO())
    assert Job.objects.get().owner == owner
