"""What the canaries' studio has made, by its own services and its running worker. Runs inside it,
through `manage.py shell`."""

import json
import time

from django.contrib.auth.models import User

from studio import tasks
from studio.models import Job, Provider
from studio.providers.errors import ProviderError
from studio.services import providers, wishes
from studio.services.export import job_document

MADE_S = 60.0


def make(name: str, refused: str) -> None:
    """A clip that gets ready, one that fails, and one at an account whose key is refused; prints
    them, and what the command line would say of that key."""
    made, failed = (_made(name, state) for state in (Job.State.READY, Job.State.FAILED))
    [waiting] = _ask(refused, name)
    try:
        providers.check(Provider.objects.get(name=refused))
        said = ""
    except ProviderError as e:
        said = f"{e.message} {e.detail}"
    documents = [job_document(job, with_events=True) for job in (made, failed, waiting)]
    print(json.dumps({"jobs": documents, "said": said}))


def _ask(provider: str, prompt: str) -> list[Job]:
    model = Provider.objects.get(name=provider).models.filter(is_enabled=True)[0]
    owner = User.objects.get(is_superuser=True)
    jobs = wishes.create(wishes.Wish(provider_model=model, prompt=prompt), owner)
    tasks.ring(jobs)
    return jobs


def _made(provider: str, state: str) -> Job:
    [job] = _ask(provider, provider)
    give_up_at = time.monotonic() + MADE_S
    while job.state != state:
        assert time.monotonic() < give_up_at, (job.state, job.error)
        time.sleep(0.05)
        job.refresh_from_db()
    return job
