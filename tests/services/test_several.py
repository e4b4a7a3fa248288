"""Sending again costs once however often it is pressed; several at once say what came of each."""

from decimal import Decimal

import pytest
from django.utils import timezone

from studio.models import Job
from studio.providers.contract import Money
from studio.services import jobs, several
from studio.services.again import ask_again
from tests.factories import new_member

State = Job.State


@pytest.fixture
def failed(make_job, make_provider):
    account = make_provider("getimg")

    def make(**fields) -> Job:
        ended = {"state": State.FAILED, "error": "No.", "finished_at": timezone.now()}
        model = account.models.order_by("position").first()
        job = make_job(account, **ended, **fields)
        Job.objects.filter(pk=job.pk).update(provider_model=model)
        return Job.objects.get(pk=job.pk)

    return make


def test_sending_again_makes_a_new_clip_and_keeps_the_old_one(failed, owner):
    old = failed()
    new = Job.objects.get(pk=ask_again(old, owner).pk)
    assert (new.state, new.prompt, new.source) == (State.QUEUED, old.prompt, old)
    old.refresh_from_db()
    assert old.state == State.FAILED
    assert old.events.last().message == f"Sent again as clip {new.pk}"


def test_pressed_twice_by_whoever_it_is_one_new_clip(failed, owner):
    old = failed()
    first = ask_again(old, owner)
    Job.objects.filter(pk=first.pk).update(prompt="Edited meanwhile")
    assert ask_again(old, new_member("jo")) == first
    assert Job.objects.count() == 2


@pytest.mark.parametrize("state", [State.QUEUED, State.GENERATING, State.UNCONFIRMED])
def test_only_what_came_to_nothing_is_sent_again(make_job, owner, state):
    job = make_job(state=state, error="x", remote_id="r-1" if state == State.GENERATING else "")
    with pytest.raises(jobs.NotPossible, match="came to nothing"):
        ask_again(job, owner)


def test_what_cannot_be_done_stops_nothing_and_is_counted(make_job, make_provider, owner):
    account = make_provider("getimg")
    queued = [make_job(account) for _ in range(3)]
    sent = make_job(account, state=State.SUBMITTING)
    summary = several.do("hold", [*queued, sent], owner).summary("hold")
    assert summary.startswith("3 clips held. 1 could not be changed: It was sent a moment ago")


def test_one_alone_is_told_in_its_own_words(make_job, owner):
    job = make_job()
    assert several.do("hold", [job], owner).summary("hold").startswith("Held.")


def test_several_on_top_keep_their_order(make_job, make_provider, owner):
    account = make_provider("getimg")
    _a, _b, c, d = (make_job(account, prompt=name) for name in "abcd")
    several.do("top", [d, c], owner)
    waiting = Job.objects.in_line(timezone.now()).values_list("prompt", flat=True)
    assert "".join(waiting) == "cdab"


def test_a_provider_that_is_out_is_asked_once(make_job, make_provider, owner):
    account = make_provider("dafty", base_url="http://127.0.0.1:9")
    there = [make_job(account, state=State.GENERATING, remote_id=f"r-{n}") for n in range(20)]
    done = several.do("cancel", there, owner)
    assert len(done.refusals) == 20
    assert len(set(done.refusals)) == 1


def test_the_price_of_several_is_told_by_currency(failed):
    for amount, currency in ((1, "USD"), (2, "USD"), (5, "CU")):
        failed(cost_estimated=Decimal(amount), cost_currency=currency)
    failed()
    prices = several.price_again(Job.objects.all())
    assert prices == [Money(Decimal(5), "CU"), Money(Decimal(3), "USD")]


@pytest.mark.parametrize("keys", [[], ["x"], ["9" * 40], ["-1"]])
def test_numbers_that_are_none_choose_nothing(owner, keys):
    assert not several.chosen(keys, owner).exists()
