"""One whole fetch step of one made clip, in a process of its own."""

import resource
import time
import uuid
from typing import Any

from django.contrib.auth.models import User
from django.utils import timezone

from bench.processes import usage_of_self
from studio.models import Job
from studio.services import engine, providers


def fetch(document: dict[str, Any]) -> dict[str, Any]:
    """Fetch the clip at `address` as a worker does; how long it took, and the memory it needed:
    `idle_mb` before, `peak_mb` at most, `child_mb` in the process that checks the file."""
    job = _made_job(document["origin"], document["address"])
    idle_mb = usage_of_self().rss_mb
    began_at, cpu_s = time.time(), time.process_time()
    engine.fetch_next()
    took_s, cpu_s = time.time() - began_at, time.process_time() - cpu_s
    job.refresh_from_db()
    return {
        "state": job.state,
        "took_s": took_s,
        "cpu_s": cpu_s,
        "began_at": began_at,
        "idle_mb": idle_mb,
        "peak_mb": usage_of_self().peak_mb,
        "child_mb": resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1000,
        "path": str(job.video.path) if job.video else "",
    }


def _made_job(origin: str, address: str) -> Job:
    owner, _ = User.objects.get_or_create(username="bench")
    account = providers.add("getimg", name=uuid.uuid4().hex, base_url=origin, api_key="bench")
    now = timezone.now()
    return Job.objects.create(
        owner=owner,
        provider=account,
        provider_model=account.models.all()[0],
        batch=uuid.uuid4(),
        prompt="Mist over a lake",
        state=Job.State.FETCHING,
        remote_id=uuid.uuid4().hex,
        video_url=address,
        sent_at=now,
        accepted_at=now,
        made_at=now,
    )
