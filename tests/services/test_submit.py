"""Submitting, outcome by outcome: nothing is paid twice, and the words about money are true."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from email.utils import formatdate

import pytest
from django.db import connection
from django.utils import timezone

from studio.models import Job, Provider
from studio.providers.contract import InputRole
from studio.services import engine, jobs, providers, wishes
from studio.services.engine import killpoints, submit
from studio.services.engine.killpoints import KillPoint

State = Job.State
WITHOUT_KEY = ["imgix", "getimg", "aiml", "indoxhub"]
SLUGS = [*WITHOUT_KEY, "dafty"]
CLOSED = "http://127.0.0.1:9"
NOTHING = "Nothing was charged"
PERHAPS = "may have accepted and charged"
A_DAY = timedelta(days=1)

UNCLEAR = {
    "the connection breaks before": ("reset_before", {}),
    "the connection breaks after": ("reset_after", {}),
    "500 before": ("server_error", {"accepted": False}),
    "500 after": ("server_error", {"accepted": True}),
    "502 after": ("server_error", {"accepted": True, "status": 502}),
    "503 without a time": ("server_error", {"accepted": True, "status": 503}),
    "success without an id": ("answer", {"accepted": True, "body": {"ok": True}}),
    "a list instead": ("answer", {"accepted": True, "body": [1]}),
    "an empty success": ("empty", {}),
    "broken JSON": ("malformed_json", {}),
    "a sign-in page": ("html", {}),
    "half an answer": ("truncated", {}),
    "half an answer of no length": ("cut", {}),
    "a redirect": ("answer", {"accepted": True, "status": 302, "headers": {"Location": "/"}}),
}
LATER = {
    "429 with seconds": ("rate_limit", {"retry_after_s": 40}),
    "429 with a date": ("rate_limit", {"retry_after_s": 40, "as_date": True}),
    "503 with seconds": ("server_error", {"accepted": False, "status": 503, "retry_after_s": 40}),
    "503 with a date": ("answer", {"accepted": False, "status": 503}),
}
PAUSING = {
    "402": ("no_credit", {}),
    "401": ("bad_key", {}),
    "403": ("answer", {"accepted": False, "status": 403, "body": {}}),
}
REFUSED = {
    "the filter": ("refused", {}),
    "400": ("answer", {"accepted": False, "status": 400, "body": {}}),
    "a word like it": ("refused", {"message": "A discharged battery is not allowed."}),
    "409": ("answer", {"accepted": False, "status": 409, "body": {}}),
    "422": ("answer", {"accepted": False, "status": 422, "body": {}}),
}


@pytest.fixture
def ask(owner, make_image, make_account) -> Callable[..., Job]:
    """One queued take, with a first frame where its model needs one."""

    def make(account: Provider | str, **wish: object) -> Job:
        account = make_account(account) if isinstance(account, str) else account
        model = account.models.order_by("position").first()
        needed = model.capabilities.needed_inputs
        inputs = tuple((role, make_image()) for role in needed)
        wish = {"prompt": "Mist over a lake", "inputs": inputs} | wish
        return wishes.create(wishes.Wish(provider_model=model, **wish), owner)[0]

    return make


@pytest.fixture
def outcome(ask, demo) -> Callable[..., Job]:
    """A job whose one send met this fault."""

    def send(slug: str, fault: tuple[str, dict[str, object]], **account: object) -> Job:
        kind, params = fault
        demo.fault(slug, "create", kind, **params)
        return take_step(ask(slug))

    return send


@pytest.fixture
def meanwhile():
    """Have something done once, when a step comes to this point."""
    orders: dict[KillPoint, Callable[[int], object]] = {}

    def watch(point: KillPoint, job_id: int) -> bool:
        if do := orders.pop(point, None):
            do(job_id)
        return False

    killpoints.plan(watch)
    yield orders.__setitem__
    orders.clear()


class PowerCut(BaseException):
    """Ends a step at once, as a power cut would."""


@pytest.fixture
def dies_at(meanwhile) -> Callable[[KillPoint, Job], None]:
    """Take a step that ends at this point; afterwards its lease is over."""

    def die(job_id: int) -> None:
        raise PowerCut

    def run(point: KillPoint, job: Job) -> None:
        meanwhile(point, die)
        with pytest.raises(PowerCut):
            engine.step(job.pk)
        Job.objects.filter(pk=job.pk).update(lease_until=timezone.now())

    return run


def take_step(job: Job) -> Job:
    """One step now, whenever it was due."""
    Job.objects.filter(pk=job.pk).update(next_look_at=timezone.now())
    Provider.objects.filter(pk=job.provider_id).update(sends_held_until=None)
    engine.step(job.pk)
    return Job.objects.get(pk=job.pk)


def ids_of(job: Job) -> str:
    """All that the job knows of ids: its row and its timeline."""
    return " ".join([job.remote_id, *job.events.values_list("message", flat=True)])


# -- The table of outcomes -----------------------------------------------------------------------


@pytest.mark.parametrize("slug", SLUGS)
def test_an_address_where_nobody_is_costs_nothing_and_is_tried_again(slug, ask, make_account):
    account = make_account(slug)
    Provider.objects.filter(pk=account.pk).update(base_url=CLOSED)
    job = take_step(ask(Provider.objects.get(pk=account.pk)))
    assert job.state == State.QUEUED
    assert NOTHING in job.error
    assert job.next_look_at > timezone.now()


@pytest.mark.parametrize("what", UNCLEAR)
@pytest.mark.parametrize("slug", WITHOUT_KEY)
def test_an_unclear_answer_without_a_key_is_a_question_and_no_second_send(
    slug, what, outcome, demo
):
    job = outcome(slug, UNCLEAR[what])
    assert job.state == State.UNCONFIRMED
    assert PERHAPS in job.error
    assert NOTHING not in job.error
    engine.sweep()
    take_step(job)
    assert len(demo.journal(provider=slug, endpoint="create")) == 1


@pytest.mark.parametrize("what", UNCLEAR)
def test_dafty_is_asked_the_same_again_after_an_unclear_answer(what, outcome, demo):
    job = outcome("dafty", UNCLEAR[what])
    assert job.state == State.QUEUED
    assert job.unclear_since
    assert NOTHING not in job.error
    assert take_step(job).state == State.WAITING
    first, second = demo.journal(provider="dafty", endpoint="create")
    assert (first["idempotency_key"], second["idempotency_key"]) == (str(job.idempotency_key),) * 2
    assert second["body_sha256"] == first["body_sha256"]
    assert demo.created("dafty") == 1
    assert len(demo.journal(provider="dafty", endpoint="upload")) == 1


@pytest.mark.parametrize("what", LATER)
@pytest.mark.parametrize("slug", SLUGS)
def test_a_busy_api_costs_nothing_and_is_asked_again_when_it_says(slug, what, ask, demo):
    kind, params = LATER[what]
    if kind == "answer":
        params = params | {"headers": {"Retry-After": formatdate(time.time() + 40, usegmt=True)}}
    demo.fault(slug, "create", kind, **params)
    job = take_step(ask(slug))
    assert job.state == State.QUEUED
    assert NOTHING in job.error
    wait_s = (job.next_look_at - timezone.now()).total_seconds()
    assert 30 < wait_s <= 40
    assert job.provider.sends_held_until == job.next_look_at
    assert take_step(job).remote_id
    assert demo.created(slug) == 1


# indoxhub's 403 is about the model, not about the key.
MISSING = [(s, what) for s in SLUGS for what in PAUSING if (s, what) != ("indoxhub", "403")]


@pytest.mark.parametrize(("slug", "what"), MISSING)
def test_a_key_or_credit_that_is_missing_costs_nothing_and_pauses(slug, what, outcome, demo):
    job = outcome(slug, PAUSING[what])
    assert job.state == State.QUEUED
    assert NOTHING in job.error
    assert job.provider.is_paused
    providers.resume(job.provider)
    assert take_step(job).remote_id
    assert demo.created(slug) == 1


@pytest.mark.parametrize("what", REFUSED)
@pytest.mark.parametrize("slug", SLUGS)
def test_a_refusal_costs_nothing_and_is_not_repeated(slug, what, outcome, demo):
    job = outcome(slug, REFUSED[what])
    assert job.state == State.FAILED
    assert job.error.count(NOTHING) == 1
    assert not job.provider.is_paused
    take_step(job)
    assert len(demo.journal(provider=slug, endpoint="create")) == 1


def test_a_model_that_is_not_allowed_fails_one_clip_and_pauses_nothing(outcome):
    job = outcome("indoxhub", PAUSING["403"])
    assert job.state == State.FAILED
    assert NOTHING in job.error
    assert not job.provider.is_paused


def test_a_refusal_inside_a_success_costs_nothing(outcome):
    body = {"success": False, "message": "No such voice"}
    job = outcome("indoxhub", ("answer", {"accepted": False, "body": body}))
    assert job.state == State.FAILED
    assert NOTHING in job.error


@pytest.mark.parametrize("retry_after_s", [0, -30])
def test_an_api_that_says_at_once_again_is_not_hammered(retry_after_s, ask, demo):
    demo.fault("getimg", "create", "rate_limit", times=None, retry_after_s=retry_after_s)
    job = ask("getimg")
    for _ in range(5):
        engine.send_next(job.provider_id)
    assert len(demo.journal(provider="getimg", endpoint="create")) == 1


def test_a_key_that_no_header_can_carry_is_not_sent(ask, make_account, demo):
    job = take_step(ask(make_account(api_key="schlüssel")))
    assert job.state == State.QUEUED
    assert "Nothing was sent or charged" in job.error
    assert job.provider.is_paused
    assert demo.journal(provider="getimg") == []


@pytest.mark.parametrize(
    "body", [{"ticket": "T-4711"}, {"id": "T-4711", "status": "a word that nobody knows"}]
)
def test_an_unreadable_answer_stands_in_the_timeline_for_whoever_has_to_look(body, outcome):
    job = outcome("getimg", ("answer", {"accepted": True, "body": body}))
    assert "T-4711" in str(list(job.events.values_list("detail", flat=True)))


@pytest.mark.parametrize("slug", ["dafty", "imgix"])
@pytest.mark.parametrize("kind", ["rate_limit", "server_error", "reset_after"])
def test_an_upload_that_fails_costs_nothing_and_is_tried_again(slug, kind, ask, demo):
    demo.fault(slug, "upload", kind)
    job = take_step(ask(slug))
    assert job.state == State.QUEUED
    assert NOTHING in job.error
    assert job.sent_at is None
    assert take_step(job).remote_id


# -- Intent before effect, and the receipt before anything else ----------------------------------


def _as_others_see(job_id: int) -> tuple[str, object]:
    def read() -> tuple[str, object]:
        try:
            return Job.objects.values_list("state", "sent_at").get(pk=job_id)
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as another_worker:
        return another_worker.submit(read).result()


@pytest.mark.django_db(transaction=True)
def test_the_intent_is_committed_before_the_request_leaves(ask, demo, meanwhile):
    seen: list[object] = []

    def look(job_id: int) -> None:
        seen.extend(_as_others_see(job_id))
        seen.append(len(demo.journal(provider="getimg", endpoint="create")))

    meanwhile(KillPoint.INTENT_COMMITTED, look)
    job = take_step(ask("getimg"))
    assert seen == [State.SUBMITTING, job.sent_at, 0]


@pytest.mark.parametrize("point", ["claimed", "place_found", "inputs_delivered", "lease_kept"])
def test_a_worker_that_dies_before_the_intent_has_sent_nothing(point, ask, dies_at, demo):
    job = ask("dafty")
    dies_at(KillPoint(point), job)
    assert demo.created("dafty") == 0
    assert take_step(job).remote_id
    assert demo.created("dafty") == 1


@pytest.mark.parametrize("point", ["intent_committed", "answered"])
def test_a_worker_that_dies_while_sending_leaves_a_question(point, ask, dies_at, demo):
    job = ask("getimg")
    dies_at(KillPoint(point), job)
    job = take_step(take_step(job))
    assert job.state == State.UNCONFIRMED
    assert PERHAPS in job.error
    assert demo.created("getimg") <= 1


@pytest.mark.parametrize("point", ["intent_committed", "answered"])
def test_at_dafty_the_next_worker_asks_the_same_again(point, ask, dies_at, demo):
    job = ask("dafty")
    dies_at(KillPoint(point), job)
    job = take_step(take_step(job))
    assert job.state == State.WAITING
    assert demo.created("dafty") == 1
    assert len({e["body_sha256"] for e in demo.journal(provider="dafty", endpoint="create")}) == 1


@pytest.mark.parametrize("point", ["receipt_kept", "receipt_told", "cost_kept", "accepted"])
@pytest.mark.parametrize("answer", ["async", "sync"])
def test_a_worker_that_dies_after_the_receipt_loses_nothing(
    point, answer, ask, dies_at, drive, demo
):
    demo.settings(indoxhub_answer=answer)
    job = ask("indoxhub")
    dies_at(KillPoint(point), job)
    assert drive(job).state == State.READY
    assert demo.created("indoxhub") == 1


@pytest.mark.django_db(transaction=True)
def test_a_worker_that_was_frozen_before_the_request_sends_nothing(ask, demo, meanwhile, settings):
    settings.LEASE_S = 0.4
    meanwhile(KillPoint.INTENT_COMMITTED, lambda job_id: time.sleep(0.25))
    job = take_step(ask("getimg"))
    assert demo.journal(provider="getimg", endpoint="create") == []
    assert job.state == State.QUEUED


# -- A receipt that comes late -------------------------------------------------------------------


def _doubt(job_id: int) -> None:
    assert Job.objects.get(pk=job_id).doubt("Its worker was silent for too long.")


def _requeue(job_id: int) -> None:
    _doubt(job_id)
    assert Job.objects.get(pk=job_id).requeue("It never ran.")


@pytest.mark.parametrize("given_up", [_doubt, _requeue])
def test_a_receipt_that_comes_after_the_job_was_given_up_is_followed(
    given_up, ask, meanwhile, drive, demo
):
    meanwhile(KillPoint.ANSWERED, given_up)
    job = take_step(ask("getimg"))
    assert job.state == State.WAITING
    assert drive(job).state == State.READY
    assert demo.created("getimg") == 1


@pytest.mark.parametrize("given_up", [_doubt, _requeue])
def test_a_clip_that_comes_with_a_late_receipt_is_fetched(given_up, ask, meanwhile, drive, demo):
    demo.settings(indoxhub_answer="sync")
    meanwhile(KillPoint.ANSWERED, given_up)
    assert drive(take_step(ask("indoxhub"))).state == State.READY
    assert demo.created("indoxhub") == 1


def test_a_receipt_that_comes_after_a_second_send_stands_in_the_timeline(ask, meanwhile, demo):
    def send_again(job_id: int) -> None:
        _requeue(job_id)
        engine.step(job_id)

    meanwhile(KillPoint.ANSWERED, send_again)
    job = take_step(ask("getimg"))
    first, second = [made["id"] for made in demo.jobs("getimg")][::-1]
    assert (job.state, job.remote_id) == (State.WAITING, second)
    assert first in ids_of(job)


def test_a_receipt_that_comes_while_the_second_send_is_under_way_is_not_lost(ask, meanwhile, demo):
    def send_again(job_id: int) -> None:
        _requeue(job_id)
        job = Job.objects.get(pk=job_id)
        assert job.begin_submit(job.claim(for_s=60))

    meanwhile(KillPoint.ANSWERED, send_again)
    job = take_step(ask("getimg"))
    assert (job.state, job.remote_id) == (State.WAITING, demo.jobs("getimg")[0]["id"])


def test_a_receipt_that_another_job_has_adopted_stands_in_the_timeline(
    ask, meanwhile, make_account, demo
):
    account = make_account()
    twin = ask(account)

    def adopt(job_id: int) -> None:
        assert twin.keep_receipt(demo.jobs("getimg")[0]["id"])

    meanwhile(KillPoint.ANSWERED, adopt)
    job = take_step(ask(account))
    assert (job.remote_id, job.state) == ("", State.SUBMITTING)
    assert demo.jobs("getimg")[0]["id"] in ids_of(job)


def test_a_receipt_that_comes_after_the_job_was_closed_is_kept(ask, meanwhile, owner, demo):
    def close(job_id: int) -> None:
        _doubt(job_id)
        jobs.close_as_lost(Job.objects.get(pk=job_id), owner)

    meanwhile(KillPoint.ANSWERED, close)
    job = take_step(ask("getimg"))
    assert job.state == State.FAILED
    assert job.remote_id == demo.jobs("getimg")[0]["id"]
    assert "asks" in jobs.follow_again(job, owner)


def test_a_second_worker_changes_nothing_while_the_first_one_sends(ask, meanwhile, demo):
    meanwhile(KillPoint.INTENT_COMMITTED, engine.step)
    assert take_step(ask("getimg")).state == State.WAITING
    assert len(demo.journal(provider="getimg", endpoint="create")) == 1


# -- Asking again with the same key --------------------------------------------------------------


@pytest.fixture
def unclear(outcome) -> Job:
    """A Dafty job whose send may have been accepted, and was."""
    return outcome("dafty", UNCLEAR["the connection breaks after"])


def _age(job: Job, by: timedelta) -> None:
    Job.objects.filter(pk=job.pk).update(key_used_at=job.key_used_at - by, sent_at=job.sent_at - by)


@pytest.mark.parametrize("age", [A_DAY, A_DAY - timedelta(minutes=5)])
def test_a_key_that_is_forgotten_is_never_used_again(age, unclear, demo):
    _age(unclear, age)
    job = take_step(unclear)
    assert job.state == State.UNCONFIRMED
    assert PERHAPS in job.error
    assert len(demo.journal(provider="dafty", endpoint="create")) == 1


def test_a_key_that_is_still_known_is_used_again(unclear, demo):
    _age(unclear, A_DAY - timedelta(minutes=15))
    assert take_step(unclear).state == State.WAITING
    assert demo.created("dafty") == 1


def test_a_worker_that_died_long_ago_is_a_question_once_the_key_is_forgotten(ask, dies_at, demo):
    job = ask("dafty")
    dies_at(KillPoint.ANSWERED, job)
    job.refresh_from_db()
    _age(job, A_DAY)
    assert take_step(job).state == State.UNCONFIRMED
    assert demo.created("dafty") == 1


def test_an_unclear_job_that_waited_for_a_person_too_long_becomes_a_question(unclear, demo):
    unclear.provider.pause(Provider.Health.OUT_OF_CREDIT, "No credit left.")
    assert take_step(unclear).state == State.QUEUED
    _age(unclear, A_DAY)
    assert take_step(unclear).state == State.UNCONFIRMED


@pytest.mark.parametrize("what", REFUSED)
def test_an_unclear_job_that_is_then_refused_may_still_have_been_charged(what, unclear, demo):
    kind, params = REFUSED[what]
    demo.fault("dafty", "create", kind, **params)
    job = take_step(unclear)
    assert job.state == State.UNCONFIRMED
    assert PERHAPS in job.error
    assert NOTHING not in job.error


@pytest.mark.parametrize("what", [*PAUSING, *LATER])
def test_an_unclear_job_that_has_to_wait_does_not_say_that_nothing_was_charged(what, unclear, demo):
    kind, params = (PAUSING | LATER)[what]
    demo.fault("dafty", "create", kind, **params)
    job = take_step(unclear)
    assert job.state == State.QUEUED
    assert NOTHING not in job.error
    assert NOTHING not in job.events.last().message
    providers.resume(job.provider)
    assert take_step(job).state == State.WAITING
    assert demo.created("dafty") == 1


@pytest.mark.parametrize(
    "account", [{"base_url": CLOSED}, {"api_key": "schlüssel"}], ids=["nobody in", "bad key"]
)
def test_an_unclear_job_that_cannot_be_sent_does_not_say_that_nothing_was_sent(account, unclear):
    for name, value in account.items():
        setattr(unclear.provider, name, value)
    unclear.provider.save()
    job = take_step(unclear)
    assert job.state == State.QUEUED
    assert "Nothing was" not in job.error


def test_an_unclear_job_that_is_cancelled_becomes_a_question(unclear, owner):
    told = jobs.cancel(unclear, owner)
    assert unclear.state == State.UNCONFIRMED
    assert "may have been accepted and charged" in told
    assert NOTHING not in told


def test_a_full_disk_does_not_hold_up_what_may_be_paid_already(unclear, settings):
    settings.DISK_SOFT_MB = 10**12
    assert take_step(unclear).state == State.WAITING


def test_a_full_disk_holds_up_what_was_never_sent(ask, settings, demo):
    job = ask("dafty")
    settings.DISK_SOFT_MB = 10**12
    job = take_step(job)
    assert job.state == State.QUEUED
    assert "Nothing was sent or charged" in job.error
    assert demo.journal(provider="dafty") == []


def test_a_job_that_is_sent_again_by_hand_has_another_key_and_its_own_upload(unclear, owner, demo):
    _age(unclear, A_DAY)
    job = take_step(unclear)
    jobs.send_again(job, owner)
    assert take_step(job).state == State.WAITING
    keys = [e["idempotency_key"] for e in demo.journal(provider="dafty", endpoint="create")]
    assert len(set(keys)) == 2
    assert len(demo.journal(provider="dafty", endpoint="upload")) == 2


def test_both_frames_are_the_same_ones_when_dafty_is_asked_again(ask, make_image, demo):
    frames = (
        (InputRole.FIRST_FRAME, make_image()),
        (InputRole.LAST_FRAME, make_image("coral")),
    )
    demo.fault("dafty", "create", "reset_after")
    take_step(take_step(ask("dafty", inputs=frames)))
    assert demo.created("dafty") == 1
    assert len({e["body_sha256"] for e in demo.journal(provider="dafty", endpoint="create")}) == 1


# -- What one job is told holds for all ----------------------------------------------------------


def test_an_api_that_answers_with_a_sign_in_page_is_left_alone_after_three(ask, make_account, demo):
    demo.fault("imgix", "create", "html", times=None)
    account = make_account("imgix")
    for _ in range(6):
        ask(account)
    for _ in range(6):
        engine.send_next(account.pk)
    assert len(demo.journal(provider="imgix", endpoint="create")) == 3


@pytest.mark.parametrize("kind", ["refused", "no_credit", "rate_limit"])
def test_any_clear_answer_says_that_the_api_is_there_again(kind, ask, make_account, demo):
    account = make_account()
    account.note_fault("No answer.")
    demo.fault("getimg", "create", kind)
    take_step(ask(account))
    account.refresh_from_db()
    assert account.faults_in_a_row == 0
    assert account.health != Provider.Health.UNREACHABLE


@pytest.mark.parametrize(
    ("slug", "words"),
    [("getimg", "will not send it again by itself"), ("indoxhub", "16 min after the send")],
)
def test_a_question_says_truly_whether_dailies_may_send_again_by_itself(
    slug, words, make_job, make_provider
):
    job = make_job(make_provider(slug), state=State.SUBMITTING)
    assert words in submit.doubtful(job, "The worker stopped.")
