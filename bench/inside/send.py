"""Asks for clips as a member does, and reads how they came home."""

import itertools
import time
from typing import Any

from django.contrib.auth.models import User

from studio import tasks
from studio.models import Job, Provider
from studio.services import providers, wishes

MANY = 10_000


def open_accounts(document: dict[str, Any]) -> dict[str, int]:
    """One account per name, at its own demo provider and without a limit of its own."""
    User.objects.create_superuser("bench")
    for name, base_url in document["accounts"].items():
        account = providers.add("getimg", name=name, base_url=base_url, api_key="bench")
        Provider.objects.filter(pk=account.pk).update(concurrent_jobs=MANY)
    return {"accounts": len(document["accounts"])}


def send(document: dict[str, Any]) -> dict[str, int]:
    """Ask for `count` clips of each account in turn, one every `every_s`."""
    owner, accounts = User.objects.get(), list(Provider.objects.all())
    for account in itertools.chain.from_iterable(itertools.repeat(accounts, document["count"])):
        wish = wishes.Wish(provider_model=account.models.all()[0], prompt="Mist over a lake")
        tasks.ring(wishes.create(wish, owner))
        time.sleep(document["every_s"])
    return {"sent": document["count"] * len(accounts)}


def outcomes(document: dict[str, Any]) -> list[dict[str, Any]]:
    """All jobs, oldest first: `made_at` and `finished_at` in Unix seconds, None until then."""
    return [
        {
            "account": job.provider.name,
            "remote_id": job.remote_id,
            "made_at": job.made_at.timestamp() if job.made_at else None,
            "finished_at": job.finished_at.timestamp() if job.finished_at else None,
        }
        for job in Job.objects.select_related("provider").order_by("pk")
    ]
