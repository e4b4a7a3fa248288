"""Fills a studio: accounts at the demo provider, and jobs that are under way there."""

import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

from django.contrib.auth.models import User

from studio.models import Job, Provider, ProviderModel
from studio.services import providers

AT_ONCE = 500


def seed(document: dict[str, Any]) -> dict[str, int]:
    """`origin`: the demo provider's; `jobs`: those that it is working on, each with `slug`,
    `remote_id`, `accepted_at` and `next_look_at` in Unix seconds."""
    providers.register_demo_accounts(document["origin"])
    owner, _ = User.objects.get_or_create(username="bench")
    models = {each.adapter_slug: _first_model(each) for each in Provider.objects.all()}
    rows = [_job(owner, models[each["slug"]], each) for each in document["jobs"]]
    Job.objects.bulk_create(rows, batch_size=AT_ONCE)
    return {"jobs": len(rows)}


def _first_model(provider: Provider) -> ProviderModel:
    return provider.models.select_related("provider")[0]


def _job(owner: User, model: ProviderModel, facts: dict[str, Any]) -> Job:
    accepted_at = _moment(facts["accepted_at"])
    deadline = timedelta(seconds=model.provider.adapter.pacing.deadline_s)
    return Job(
        owner=owner,
        provider=model.provider,
        provider_model=model,
        batch=uuid.uuid4(),
        prompt="Mist over a lake",
        duration_s=5,
        state=Job.State.GENERATING,
        remote_id=facts["remote_id"],
        created_at=accepted_at,
        sent_at=accepted_at,
        accepted_at=accepted_at,
        deadline_at=accepted_at + deadline,
        next_look_at=_moment(facts["next_look_at"]),
    )


def _moment(unix_s: float) -> datetime:
    return datetime.fromtimestamp(unix_s, UTC)
