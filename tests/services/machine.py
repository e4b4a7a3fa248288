"""The engine as a state machine: whatever happens in whatever order, nothing is paid for twice
and nothing finished is lost. What is true, the demo provider's own records say."""

import hashlib
import uuid
from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

from django.conf import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
)

from studio.models import Job, JobEvent, Provider
from studio.providers import client
from studio.providers.errors import ProviderError
from studio.services import editing, engine, jobs, unsent
from studio.services.engine import booking, fetch, followed, look
from studio.services.engine.killpoints import KillPoint
from tests.services.world import GENERATING_S, Record, Trap, World

State = Job.State
SLUGS = ("imgix", "getimg", "aiml", "dafty", "indoxhub")
MOST_JOBS = 6
LONGEST_REST = timedelta(hours=1)
ROUNDS = 60
FREE = "othing was charged"
DOUBTFUL = (State.UNCONFIRMED, State.SUBMITTING)
PUSHES_S = (1, 5, 31, 61, 310, 700, 2000, 3 * 3600, 25 * 3600)

Params = dict[str, object]
Fault = tuple[str, Params]
ALWAYS: list[Fault] = [
    ("reset_before", {}),
    ("reset_after", {}),
    ("server_error", {}),
    ("server_error", {"accepted": True}),
    ("rate_limit", {"retry_after_s": 7}),
    ("malformed_json", {}),
    ("html", {}),
    ("json", {}),
    ("empty", {}),
    ("truncated", {}),
    ("cut", {}),
    ("bad_key", {}),
    ("no_credit", {}),
    ("redirect", {"location": "http://127.0.0.1:9/"}),
    ("answer", {"status": 200, "body": {}, "accepted": True}),
]
UNKNOWN: list[Fault] = [("expired", {}), ("locked", {})]
SENDING: list[Fault] = [("refused", {}), ("fail", {}), ("cancelled", {}), ("unsatisfiable", {})]
FETCHING: list[Fault] = [
    ("wrong_length", {}),
    ("wrong_range", {}),
    ("ignore_range", {}),
    ("unsatisfiable", {}),
    ("gzip", {}),
]
WEATHER: dict[str, list[Fault]] = {
    "create": [*ALWAYS, *SENDING],
    "poll": [*ALWAYS, *UNKNOWN],
    "resolve": [*ALWAYS, *UNKNOWN],
    "download": [*ALWAYS, *UNKNOWN, *FETCHING],
    "list": ALWAYS,
    "cancel": ALWAYS,
    "upload": ALWAYS,
    "store": ALWAYS,
    "complete": ALWAYS,
}
NEXT_CALLS: dict[str, tuple[str, ...]] = {
    State.QUEUED: ("create", "create", "create", "upload", "store", "complete"),
    State.SUBMITTING: ("create",),
    State.WAITING: ("poll", "cancel"),
    State.GENERATING: ("poll", "cancel"),
    State.FETCHING: ("download", "resolve", "poll"),
    State.UNCONFIRMED: ("list",),
}
SEND_POINTS = tuple(KillPoint)[: list(KillPoint).index(KillPoint.RECOVERING)]
RECEIPT_POINTS = SEND_POINTS[SEND_POINTS.index(KillPoint.ANSWERED) :]
"""From here on a stale worker holds a receipt, which it has to write down."""
POINTS: dict[str, tuple[KillPoint, ...]] = {
    State.QUEUED: SEND_POINTS,
    State.SUBMITTING: (KillPoint.CLAIMED, KillPoint.RECOVERING),
}
which = st.integers(0, MOST_JOBS - 1)
any_of = st.integers(0, 59)


def _row(job: Job) -> dict[str, Any]:
    return Job.objects.filter(pk=job.pk).values().get()


class StudioMachine(RuleBasedStateMachine):
    """Workers, people, providers and time, each free to do anything at any moment."""

    def __init__(self, world: Callable[[], World]) -> None:
        super().__init__()
        self.world = world()
        self.settings_before = settings.DISK_SOFT_MB
        self.asked: list[int] = []
        self.takes: Counter[str] = Counter()
        self.given_up: set[int] = set()
        self.asks: list[tuple[booking.Desk, list[booking.News]]] = []
        self.told = 0

    @initialize(slugs=st.lists(st.sampled_from(SLUGS), min_size=1, max_size=3))
    def begin(self, slugs: list[str]) -> None:
        for slug in slugs:
            self.create(slug, 1)

    # -- People --------------------------------------------------------------------------------

    @precondition(lambda self: len(self.asked) < MOST_JOBS)
    @rule(slug=st.sampled_from(SLUGS), takes=st.integers(1, 2))
    def create(self, slug: str, takes: int) -> None:
        prompt = f"Take {len(self.asked)} {uuid.UUID(int=len(self.asked))}"
        if self._disk_is_low:
            return
        self.asked += [job.pk for job in self.world.press(slug, prompt, takes)]
        self.takes[f"{slug} {prompt}"] += takes

    @rule(which=which)
    def cancel(self, which: int) -> None:
        job = self._job(which)
        self._say(lambda: jobs.cancel(job, self.world.owner))

    @rule(which=which)
    def stop_following(self, which: int) -> None:
        job = self._job(which)
        if self._say(lambda: jobs.stop_following(job, self.world.owner)):
            self.given_up.add(job.pk)

    @rule(which=which)
    def follow_again(self, which: int) -> None:
        job = self._job(which)
        if self._say(lambda: jobs.follow_again(job, self.world.owner)):
            self.given_up.discard(job.pk)

    @rule(which=which)
    def attach(self, which: int) -> None:
        """A person finds the clip in the provider's own list."""
        job = self._job(which)
        if found := self._unknown_there(job):
            self._say(lambda: jobs.attach(job, found[0]["id"], self.world.owner))

    @rule(which=which)
    def send_again(self, which: int) -> None:
        """A person finds that it never ran there, and says so only when that is true."""
        job = self._job(which)
        if not self._unknown_there(job):
            self._say(lambda: jobs.send_again(job, self.world.owner))

    @rule(which=which)
    def close_as_lost(self, which: int) -> None:
        job = self._job(which)
        if self._say(lambda: jobs.close_as_lost(job, self.world.owner)):
            self.given_up.add(job.pk)

    @rule(which=which)
    def go_on(self, which: int) -> None:
        job = self._job(which)
        self._say(lambda: jobs.go_on(job, self.world.owner))

    @rule(which=which, by=st.integers(0, 2), seconds=st.sampled_from(PUSHES_S))
    def put_off(self, which: int, by: int, seconds: int) -> None:
        """A person holds what is not sent yet, lets it go on, or wishes it for later."""
        job, me, at = self._job(which), self.world.owner, self.world.clock()
        later = at + timedelta(seconds=seconds)
        acts: tuple[Callable[[], object], ...] = (
            lambda: unsent.hold(job, me),
            lambda: unsent.let_go(job, me),
            lambda: unsent.send_later(job, later, me),
        )
        self._say(acts[by])

    @rule(which=which, where=st.sampled_from(unsent.Where))
    def move(self, which: int, where: unsent.Where) -> None:
        ranks = sorted(Job.objects.values_list("rank", flat=True))
        if self._say(lambda: unsent.move(self._job(which), where, self.world.owner)):
            again = sorted(Job.objects.values_list("rank", flat=True))
            assert again == ranks, "moving gave out other ranks"

    @rule(which=which, place=any_of)
    def edit(self, which: int, place: int) -> None:
        job = self._job(which)
        durations_s = job.provider_model.capabilities.given(job.request().roles).durations_s
        if durations_s:
            wanted = replace(job.request(), duration_s=durations_s[place % len(durations_s)])
            self._say(lambda: editing.edit(job, wanted, self.world.owner))

    @rule(slug=st.sampled_from(SLUGS))
    def pause(self, slug: str) -> None:
        self._provider(slug).pause(Provider.Health.KEY_REJECTED, "Paused by hand.")

    @rule(slug=st.sampled_from(SLUGS))
    def resume(self, slug: str) -> None:
        self._provider(slug).resume()

    @rule(is_low=st.booleans())
    def disk(self, is_low: bool) -> None:
        settings.DISK_SOFT_MB = 10**9 if is_low else 0

    # -- Workers -------------------------------------------------------------------------------

    @rule(which=which)
    def step(self, which: int) -> None:
        self._work(self._step_of(self._due(which)))

    @rule(which=which)
    def steps(self, which: int) -> None:
        """Step after step, until the clip is made or home."""
        for _ in range(3):
            self._work(self._step_of(self._due(which)))
        self.world.clock.push(GENERATING_S)

    @rule(which=which, kinds=st.lists(any_of, min_size=1, max_size=3))
    def steps_in_bad_weather(self, which: int, kinds: list[int]) -> None:
        for kind in kinds:
            self._spoil(job := self._due(which), kind, 1)
            self._work(self._step_of(job))

    @rule(which=which)
    def an_answer_is_lost(self, which: int) -> None:
        """The worst weather: it was accepted, and nobody heard it."""
        job = self._due(which)
        if job.state == State.QUEUED:
            self.world.demo.fault(job.provider.adapter_slug, "create", "reset_after")
            self._work(self._step_of(job))

    @rule(which=which, place=any_of)
    def die(self, which: int, place: int) -> None:
        job = self._due(which)
        self._work(self._step_of(job), Trap(self._point(job, place)))

    @rule(which=which, place=any_of, after_s=st.sampled_from([0, 31, 61]))
    def freeze(self, which: int, place: int, after_s: int) -> None:
        """A worker stands still while another takes the same job."""
        job = self._due(which)
        self._freeze(job, place, after_s, self._step_of(job))

    @rule(which=which, place=any_of, after_s=st.sampled_from([0, 61]), by=st.integers(0, 3))
    def freeze_while_a_person_acts(self, which: int, place: int, after_s: int, by: int) -> None:
        job = self._due(which)
        act = (self.cancel, self.stop_following, self.close_as_lost, self.send_again)[by]

        def others() -> None:
            engine.step(job.pk)
            act(which)

        self._freeze(job, place, after_s, others)

    def _freeze(self, job: Job, place: int, after_s: int, others: Callable[[], object]) -> None:
        """Who has lost the job meanwhile writes nothing any more, but for a receipt."""
        point, lost = self._point(job, place), {}

        def meanwhile() -> None:
            token = _row(job)["lease_token"]
            self.world.clock.push(after_s)
            others()
            if (row := _row(job))["lease_token"] != token:
                lost.update(row)

        self._work(self._step_of(job), Trap(point, meanwhile))
        if lost and point not in RECEIPT_POINTS and lost["remote_id"] == _row(job)["remote_id"]:
            assert _row(job) == lost, "a stale worker wrote"

    def _step_of(self, job: Job) -> Callable[[], object]:
        return lambda: engine.step(job.pk)

    def _due(self, which: int) -> Job:
        """The job, once its moment has come."""
        job = self._job(which)
        wait_s = (job.next_look_at - self.world.clock()).total_seconds()
        if 0 < wait_s < LONGEST_REST.total_seconds():
            self.world.clock.push(wait_s)
        return job

    def _point(self, job: Job, place: int) -> KillPoint:
        fitting = POINTS.get(job.state, tuple(KillPoint))
        return fitting[place % len(fitting)]

    def _spoil(self, job: Job, kind: int, times: int) -> None:
        """Bad weather at the next place that this job's provider is asked at."""
        calls = NEXT_CALLS.get(job.state, ("poll",))
        endpoint = calls[kind % len(calls)]
        fault, params = WEATHER[endpoint][kind % len(WEATHER[endpoint])]
        slug = job.provider.adapter_slug
        self.world.demo.fault(slug, endpoint, fault, times=times, **params)

    @rule(slug=st.sampled_from(SLUGS))
    def send_next(self, slug: str) -> None:
        self._work(lambda: engine.send_next(self._provider(slug).pk))

    @rule(slug=st.sampled_from(SLUGS), point=st.sampled_from(SEND_POINTS))
    def die_sending(self, slug: str, point: KillPoint) -> None:
        self._work(lambda: engine.send_next(self._provider(slug).pk), Trap(point))

    @rule()
    def fetch_next(self) -> None:
        self._work(engine.fetch_next)

    @rule()
    def sweep(self) -> None:
        self._work(engine.sweep)

    @rule()
    def looks_ask(self) -> None:
        """A loop of looks claims what is due and asks; what it hears, it writes later."""
        desk = booking.Desk(following := followed.Following())
        news = [self._news(following, job) for job in desk.claim(50)]
        self.asks.append((desk, news))

    @precondition(lambda self: self.asks)
    @rule(which=which, dies=st.booleans())
    def looks_write(self, which: int, dies: bool) -> None:
        desk, news = self.asks.pop(which % len(self.asks))
        trap = Trap(KillPoint.LOOKS_BOOKED) if dies else None
        self._work(lambda: desk.book(news), trap)

    # -- Time and weather ----------------------------------------------------------------------

    @rule(seconds=st.sampled_from(PUSHES_S))
    def push_clock(self, seconds: int) -> None:
        self.world.clock.push(seconds)

    @rule(which=which)
    def lease_ends(self, which: int) -> None:
        """Its worker is dead for long."""
        held = Job.objects.filter(pk=self._job(which).pk, lease_token__isnull=False)
        held.update(lease_until=self.world.clock() - timedelta(seconds=1))

    @rule(which=which, kind=any_of, times=st.integers(1, 2))
    def weather_turns_bad(self, which: int, kind: int, times: int) -> None:
        self._spoil(self._job(which), kind, times)

    @rule()
    def clear_faults(self) -> None:
        self.world.demo.clear_faults()

    # -- What always holds ---------------------------------------------------------------------

    @invariant()
    def promises_are_kept(self) -> None:
        records, rows = self._by_prompt(self.world.records()), self._rows()
        for wish, made in records.items():
            assert len(made) <= self.takes[wish], f"{wish} was created {len(made)} times"
            self._nothing_is_lost(made, rows[wish])
            self._money_is_told(made, rows[wish])
        for job in (job for mine in rows.values() for job in mine):
            self._row_is_sound(job)
        self._moves_are_told([job for mine in rows.values() for job in mine])

    def _nothing_is_lost(self, made: list[Record], rows: list[Job]) -> None:
        known = {job.remote_id: job for job in rows if job.remote_id}
        alive = [record for record in made if record["outcome"] == "succeeded"]
        alive = [record for record in alive if record["state"] != "cancelled"]
        unknown = [each for each in alive if each["id"] not in known and not self._is_told(each)]
        doubted = [job for job in rows if self._is_doubted(job) and not job.remote_id]
        assert len(unknown) <= len(doubted), f"{unknown[0]['id']} is lost"
        for record in alive:
            if job := known.get(record["id"]):
                self._is_followed_or_home(job, record)

    def _is_followed_or_home(self, job: Job, record: Record) -> None:
        if job.state == State.READY:
            assert job.video is not None
            assert job.video.downloaded_sha256 == self.world.sha256(record)
            content = job.video.path.read_bytes()
            assert hashlib.sha256(content).hexdigest() == job.video.sha256
        elif job.is_finished and job.pk not in self.given_up:
            assert self._provider_said_so(record), f"{job.state} for no reason: {job.error}"

    def _money_is_told(self, made: list[Record], rows: list[Job]) -> None:
        """No text says that nothing was charged of a job that was charged there."""
        paid = {record["id"] for record in made if record["cost"]}
        unknown = paid - {job.remote_id for job in rows}
        for job in rows:
            if job.remote_id in paid or (unknown and self._is_doubted(job)):
                assert FREE not in job.error + job.question, job.error

    def _row_is_sound(self, job: Job) -> None:
        assert (job.lease_token is None) == (job.lease_until is None)
        if job.state == State.SUBMITTING and job.sent_at:
            assert not job.is_held, "a held clip was sent"
            assert not job.is_for_later(job.sent_at), "a clip was sent before its time"
        if not job.is_worked_on:
            assert job.lease_token is None
        else:
            assert job.next_look_at <= self.world.clock() + LONGEST_REST

    def _moves_are_told(self, rows: list[Job]) -> None:
        moves: defaultdict[int, list[JobEvent]] = defaultdict(list)
        for event in JobEvent.objects.exclude(to_state="").order_by("pk"):
            moves[event.job_id].append(event)
        for job in rows:
            at = ""
            for move in moves[job.pk]:
                assert move.from_state == at, f"{move.from_state} > {move.to_state} from {at}"
                at = move.to_state
            assert job.state == at, f"{job.state} was never told; the last is {at}"

    # -- The end -------------------------------------------------------------------------------

    def teardown(self) -> None:
        try:
            self._settle()
        finally:
            settings.DISK_SOFT_MB = self.settings_before
            self.world.close()

    def _settle(self) -> None:
        """In good weather and with an honest person everything comes to an end."""
        self.world.demo.clear_faults()
        settings.DISK_SOFT_MB = 0
        for round_number in range(ROUNDS):
            for provider in Provider.objects.all():
                provider.resume()
            engine.sweep()
            for job in Job.objects.unfinished():
                self._bring_on(job)
            self.promises_are_kept()
            if not Job.objects.unfinished().exists():
                return
            self.world.clock.push(61 if round_number < 10 else 301)
        left = [(job.pk, job.state, job.error) for job in Job.objects.unfinished()]
        raise AssertionError(f"These have no end: {left}")

    def _bring_on(self, job: Job) -> None:
        self._say(lambda: unsent.send_now(job, self.world.owner))
        engine.step(job.pk)
        job.refresh_from_db()
        if job.question:
            jobs.go_on(job, self.world.owner)
        if job.state == State.UNCONFIRMED:
            found = self._unknown_there(job)
            assert not job.remote_id, "a job with an id waits for a person"
            if found:
                jobs.attach(job, found[0]["id"], self.world.owner)
            else:
                jobs.send_again(job, self.world.owner)

    # -- Helpers -------------------------------------------------------------------------------

    def _job(self, which: int) -> Job:
        return Job.objects.get(pk=self.asked[which % len(self.asked)])

    def _provider(self, slug: str) -> Provider:
        return Provider.objects.get(adapter_slug=slug)

    @property
    def _disk_is_low(self) -> bool:
        return bool(settings.DISK_SOFT_MB)

    def _work(self, do: Callable[[], object], trap: Trap | None = None) -> None:
        self.world.work(do, trap)

    def _say(self, do: Callable[[], object]) -> bool:
        """True if what a person asked for was done."""
        try:
            do()
        except jobs.NotPossible:
            return False
        return True

    def _news(self, following: followed.Following, job: Job) -> booking.News:
        known = following.of(job)
        asked_at = self.world.clock()
        try:
            call = known.adapter.build_poll(job.remote_id, known.account.options)
            reply = client.send(known.account, call)
            return booking.Heard(job, known.adapter.parse_poll(reply.body), reply, asked_at)
        except ProviderError as e:
            return booking.Unheard(job, e)

    def _by_prompt(self, records: list[Record]) -> dict[str, list[Record]]:
        found: defaultdict[str, list[Record]] = defaultdict(list)
        for record in records:
            found[f"{record['provider']} {record['spec']['prompt']}"].append(record)
        return found

    def _rows(self) -> dict[str, list[Job]]:
        found: defaultdict[str, list[Job]] = defaultdict(list)
        for job in Job.objects.select_related("provider", "video").order_by("pk"):
            found[f"{job.provider.adapter_slug} {job.prompt}"].append(job)
        return found

    def _unknown_there(self, job: Job) -> list[Record]:
        """What runs there for this prompt and no row knows of."""
        slug = job.provider.adapter_slug
        mine = self._by_prompt(self.world.records()).get(f"{slug} {job.prompt}", [])
        known = set(Job.objects.values_list("remote_id", flat=True))
        return [record for record in mine if record["id"] not in known]

    def _is_doubted(self, job: Job) -> bool:
        is_unclear = job.state == State.QUEUED and job.unclear_since is not None
        return job.state in DOUBTFUL or is_unclear or job.pk in self.given_up

    def _is_told(self, record: Record) -> bool:
        return JobEvent.objects.filter(message__contains=record["id"]).exists()

    def _provider_said_so(self, record: Record) -> bool:
        """True if the provider itself gave cause enough for an end without a file: it denied
        job or file three times, or sent the wrong thing, or nothing, five times."""
        entries = self.world.demo.journal(provider=record["provider"])
        mine = [entry for entry in entries if record["id"] in entry["path"]]
        denied = sum(e["status"] in (403, 404, 410, 423) for e in mine)
        wrong = sum(e["endpoint"] in ("download", "resolve") and bool(e["fault"]) for e in mine)
        return denied >= look.UNKNOWN_AFTER or wrong >= fetch.WRONG_FILES
