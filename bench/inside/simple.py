"""What one would write first: threads, each asking about one job after the other."""

import itertools
import threading
import time
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import httpx
from django.db import connection
from django.utils import timezone

from studio.models import Job
from studio.providers.account import headers_for


def simple(document: dict[str, Any]) -> dict[str, float]:
    """Ask as fast as `threads` threads can, for `seconds`, each over a kept connection; with
    `writes` each answer is written to its row at once."""
    found = list(Job.objects.select_related("provider").exclude(provider__adapter_slug="dafty"))
    turns, counts = itertools.cycle(found), [0] * document["threads"]
    end_at = time.monotonic() + document["seconds"]
    began_s = time.process_time()
    threads = [
        threading.Thread(target=_ask, args=(turns, end_at, counts, place, document["writes"]))
        for place in range(len(counts))
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return {"polls": sum(counts), "cpu_s": time.process_time() - began_s}


def _ask(turns: Iterator[Job], end_at: float, counts: list[int], place: int, writes: bool) -> None:
    with httpx.Client(timeout=30, trust_env=False) as client:
        while time.monotonic() < end_at:
            _look(client, next(turns), writes)
            counts[place] += 1
    connection.close()


def _look(client: httpx.Client, job: Job, writes: bool) -> None:
    """One look: ask, understand, and (with `writes`) note when to ask again."""
    provider = job.provider
    adapter, account = provider.adapter, provider.account
    call = adapter.build_poll(job.remote_id, account.options)
    reply = client.get(account.address(call.path), headers=headers_for(account, call))
    state = adapter.parse_poll(reply.raise_for_status().json())
    if writes:
        again_at = timezone.now() + timedelta(seconds=adapter.pacing.interval_s)
        Job.objects.filter(pk=job.pk).update(
            next_look_at=again_at, progress_percent=state.progress_percent
        )
