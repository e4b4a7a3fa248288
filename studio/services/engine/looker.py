"""Following every job that is at a provider, from one thread.

One asynchronous loop asks about all due jobs at once over kept connections; four times a second
it visits the database, and sooner when it has heard that a job ended. Jobs are claimed a moment
ahead and asked about when their moment comes. A lease lives half a minute and is renewed while a
question is open: an API that holds its answer back (long polling) costs no thread, and a worker
that died is soon forgotten.
"""

import asyncio
import contextlib
import logging
import threading
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from django.conf import settings
from django.db import Error, connection
from django.utils import timezone
from structlog.contextvars import bind_contextvars

from studio.models import Job
from studio.providers.errors import ProviderError, UnexpectedReply
from studio.providers.looks import LookClient, raise_file_limit
from studio.services.engine.booking import Desk, Heard, Moved, News, Unheard
from studio.services.engine.followed import Followed, Following
from studio.services.engine.killpoints import KillPoint, reach
from studio.services.engine.look import ENDED

logger = logging.getLogger(__name__)

TICK_S = 0.25
SHORTEST_TICK_S = 0.05
"""How soon the database is visited again when jobs end one after the other."""
MOST_AT_ONCE = 2000
"""Jobs claimed and not booked yet: some wait for their moment, some for an answer."""
MOST_CONNECTIONS = 1400
MOST_HELD = 400
"""So many answers may be held back at once; further jobs are asked at intervals."""
LET_GO_S = 10.0


@dataclass(slots=True)
class Figures:
    """What the loop has done so far."""

    looks: int = 0
    latest_s: float = 0.0
    """How long after its moment the most belated look was begun."""


class Looker:
    """The loop, in a thread of its own. `tell` is called (not from the loop's own thread) with
    what each visit to the database moved."""

    def __init__(self, tell: Callable[[Moved], None]) -> None:
        self._tell = tell
        self._following = Following()
        self._desk = Desk(self._following)
        self._asking: dict[int, asyncio.Task[None]] = {}
        self._held = 0
        self._news: deque[News] = deque()
        self._ended = asyncio.Event()
        self._renewed_at = time.monotonic()
        self._stopping = threading.Event()
        self._database = ThreadPoolExecutor(1, thread_name_prefix="looks-database")
        self._thread = threading.Thread(target=self._run, name="looks", daemon=True)
        self.figures = Figures()

    def start(self) -> None:
        raise_file_limit()
        self._thread.start()

    def stop(self) -> None:
        """End the loop; no job is held any more."""
        self._stopping.set()
        self._thread.join(LET_GO_S)

    def _run(self) -> None:
        asyncio.run(self._follow())
        self._database.shutdown()

    async def _follow(self) -> None:
        async with LookClient(most_connections=MOST_CONNECTIONS) as client:
            while not self._stopping.is_set():
                for job in await self._in_database(self._visit):
                    self._asking[job.pk] = asyncio.create_task(self._ask(client, job))
                await self._rest()
            for task in self._asking.values():
                task.cancel()
            await asyncio.gather(*self._asking.values(), return_exceptions=True)
        await self._in_database(self._leave)

    async def _rest(self) -> None:
        """Until the next visit: a tick, or less when a job has ended."""
        await asyncio.sleep(SHORTEST_TICK_S)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._ended.wait(), TICK_S - SHORTEST_TICK_S)
        self._ended.clear()

    async def _in_database(self, work: Callable[[], list[Job]]) -> list[Job]:
        return await asyncio.get_running_loop().run_in_executor(self._database, work)

    # -- In the thread that talks to the database ---------------------------------------------

    def _visit(self) -> list[Job]:
        """Write what was heard, tell what moved, claim what is due."""
        try:
            self._book()
            if time.monotonic() - self._renewed_at > settings.LEASE_S / 6:
                self._renewed_at = time.monotonic()
                self._desk.renew(list(self._asking))
                if forgotten := self._desk.forgotten():
                    self._tell(forgotten)
            at_most = MOST_AT_ONCE + self._held - len(self._asking)
            claimed = self._desk.claim(at_most, ahead_s=TICK_S)
        except Exception:
            # A fault of our own, or of the database, must not end the following of all jobs.
            logger.exception("A round of looks failed.")
            connection.close()
            return []
        # A job that is being asked about: its lease ended while we were frozen.
        return [job for job in claimed if job.pk not in self._asking]

    def _book(self) -> None:
        news = [self._news.popleft() for _ in range(len(self._news))]
        try:
            moved = self._desk.book(news)
        except Error:
            self._news.extend(news)
            raise
        if moved:
            self._tell(moved)

    def _leave(self) -> list[Job]:
        try:
            self._book()
        finally:
            self._desk.let_go()
            connection.close()
        return []

    # -- In the loop's thread -----------------------------------------------------------------

    async def _ask(self, client: LookClient, job: Job) -> None:
        try:
            # Each question is a task with a context of its own.
            bind_contextvars(job_id=job.pk, provider=self._following.of(job).provider.name)
            await self._moment_of(job)
            self._hear(await self._answer(client, job))
        finally:
            del self._asking[job.pk]
        reach(KillPoint.LOOK_ANSWERED, job.pk)

    async def _moment_of(self, job: Job) -> None:
        """Wait for the moment at which the job wants to be asked about."""
        late_s = (timezone.now() - job.next_look_at).total_seconds()
        if late_s < 0:
            await asyncio.sleep(-late_s)
            late_s = (timezone.now() - job.next_look_at).total_seconds()
        self.figures.looks += 1
        self.figures.latest_s = max(self.figures.latest_s, late_s)

    async def _answer(self, client: LookClient, job: Job) -> News:
        followed = self._following.of(job)
        is_held = followed.adapter.build_wait is not None and self._held < MOST_HELD
        self._held += is_held
        try:
            return await _answer(client, job, followed, is_held=is_held)
        finally:
            self._held -= is_held

    def _hear(self, news: News) -> None:
        self._news.append(news)
        if isinstance(news, Heard) and news.state.status in ENDED:
            self._ended.set()


async def _answer(client: LookClient, job: Job, followed: Followed, *, is_held: bool) -> News:
    """The job's state at its provider, or why it is not known."""
    adapter, account = followed.adapter, followed.account
    build = adapter.build_wait if is_held and adapter.build_wait else adapter.build_poll
    followed.note_question()
    asked_at = timezone.now()
    try:
        call = build(job.remote_id, account.options)
        reply = await client.send(account, call, is_private=followed.is_private)
        state = adapter.parse_poll(reply.body)
        return Heard(job, state, reply, asked_at, was_held=is_held)
    except ProviderError as e:
        return Unheard(job, e)
    except Exception as e:
        # A fault of our own: the job is kept, the log has it, and it is asked about later.
        logger.exception("A look at job %s failed.", job.pk)
        return Unheard(job, UnexpectedReply(f"{adapter.name} was not understood.", detail=repr(e)))
