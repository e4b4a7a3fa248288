"""Fetches one clip in a process and a studio of its own: `fetch_alone SMALL_URL URL`.

A small clip goes first, so that only what the large one takes is measured. Prints a document
with the job's end and the most memory that it took beyond that.
"""

import json
import re
import sys
import uuid
from pathlib import Path

import django
from django.core.management import call_command

django.setup()

from django.contrib.auth.models import User  # noqa: E402 - models are there after setup only
from django.utils import timezone  # noqa: E402

from studio.models import Job, Provider  # noqa: E402
from studio.services import engine, providers  # noqa: E402


def fetch(url: str) -> dict[str, object]:
    owner = User.objects.first() or User.objects.create_user("mara")
    base_url = url.rpartition("/")[0]
    provider = Provider.objects.first() or providers.add(
        "getimg", name="Alone", api_key="key", base_url=base_url
    )
    job = Job.objects.create(
        owner=owner,
        provider=provider,
        provider_model=provider.models.first(),
        prompt="Mist",
        batch=uuid.uuid4(),
        state=Job.State.FETCHING,
        sent_at=timezone.now(),
        remote_id=uuid.uuid4().hex,
        video_url=url,
    )
    while job.is_worked_on:
        Job.objects.update(next_look_at=timezone.now())
        engine.step(job.pk)
        job.refresh_from_db()
    video = job.video
    return {
        "state": job.state,
        "error": job.error,
        "tries": job.fetch_attempts,
        "sha256": video.downloaded_sha256 if video else "",
    }


def most_memory_bytes() -> int:
    match = re.search(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text())
    assert match is not None
    return int(match[1]) * 1024


def forget_most_memory() -> None:
    Path("/proc/self/clear_refs").write_text("5")


if __name__ == "__main__":
    call_command("migrate", verbosity=0)
    fetch(sys.argv[1])
    forget_most_memory()
    before = most_memory_bytes()
    print(json.dumps(fetch(sys.argv[2]) | {"grown_bytes": most_memory_bytes() - before}))
