"""Renders jobs' clips in processes of their own, so that the server keeps answering."""

import asyncio
import logging
import multiprocessing
import os
import signal
import threading
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import connection
from pathlib import Path

from studio.demo.clock import Clock
from studio.demo.jobs import Job, JobStore, State
from studio.demo.render import render

logger = logging.getLogger(__name__)


class Renderer:
    """One job after the other in each worker; equal tiny clips are rendered once."""

    def __init__(self, folder: Path, jobs: JobStore, clock: Clock) -> None:
        self._folder = folder
        self._jobs = jobs
        self._clock = clock
        self._tasks: set[asyncio.Task[None]] = set()
        self._shared: dict[str, asyncio.Future[tuple[str, int]]] = {}
        self._pool: ProcessPoolExecutor | None = None
        folder.mkdir(parents=True, exist_ok=True)

    def start(self, job: Job) -> None:
        """Render this job's clip in the background."""
        task = asyncio.create_task(self._render(job))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _render(self, job: Job) -> None:
        name = _file_name(job)
        try:
            etag, size_bytes = await self._rendered(job, name)
        except Exception as e:
            logger.exception("The clip of job %s could not be rendered.", job.id)
            self._shared.pop(name, None)
            if isinstance(e, BrokenProcessPool):
                self._pool = None
            self._jobs.update(job, outcome=State.FAILED, error="The clip could not be rendered.")
            return
        now = self._clock.now()
        self._jobs.update(job, file=name, etag=etag, size_bytes=size_bytes, rendered_at=now)

    async def _rendered(self, job: Job, name: str) -> tuple[str, int]:
        if name not in self._shared:
            loop = asyncio.get_running_loop()
            work = loop.run_in_executor(self._workers(), render, job.spec, self._folder / name)
            if not job.spec.is_tiny:
                return await work
            self._shared[name] = work
        return await asyncio.shield(self._shared[name])

    def _workers(self) -> ProcessPoolExecutor:
        if self._pool is None:
            self._pool = ProcessPoolExecutor(
                max_workers=max(1, min(2, (os.cpu_count() or 1) // 2)),
                mp_context=multiprocessing.get_context("spawn"),
                initializer=_prepare_worker,
            )
        return self._pool

    def path(self, job: Job) -> Path:
        return self._folder / job.file

    async def close(self) -> None:
        """Give up what is not rendered yet; the next start renders it."""
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._pool:
            for worker in multiprocessing.active_children():
                worker.terminate()
            self._pool.shutdown(cancel_futures=True)


def _file_name(job: Job) -> str:
    spec = job.spec
    if spec.is_tiny:
        return f"tiny-{spec.width}x{spec.height}-{spec.duration_s:g}-{int(spec.has_sound)}.mp4"
    return f"{job.id}.mp4"


def _prepare_worker() -> None:
    """Low priority, deaf to Ctrl+C (the server ends it), and gone when the server is gone."""
    os.nice(10)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_the_server, daemon=True).start()


def _end_with_the_server() -> None:
    if server := multiprocessing.parent_process():
        connection.wait([server.sentinel])
        os._exit(0)
