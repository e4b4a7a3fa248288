"""Editing a clip that is not sent yet: its words and settings, at the same model with the same
pictures."""

import uuid
from dataclasses import replace

from django.contrib.auth.models import User
from django.db import transaction
from django.utils.translation import gettext as _

from studio.models import Job
from studio.providers import checks
from studio.providers.contract import GenerationRequest, Money
from studio.services import budgets, members, providers
from studio.services.jobs import NotPossible
from studio.services.unsent import too_late
from studio.services.wishes import Refused
from studio.services.words import all_said

WORDS = {
    "prompt": "prompt",
    "negative_prompt": "negative prompt",
    "duration_s": "duration",
    "aspect_ratio": "aspect ratio",
    "resolution": "resolution",
    "has_sound": "sound",
    "seed": "seed",
    "extras": "options",
}


@transaction.atomic
def edit(job: Job, wanted: GenerationRequest, actor: User) -> str:
    """Ask for this instead; model and pictures stay. What was sent in between stays as it is.

    Raises Refused with every problem by field name, NotPossible where it is too late, NotAllowed
    where it is another member's.
    """
    members.must_direct(actor, job.owner)
    if why_not := providers.why_not_for(actor, job.provider):
        raise Refused({"": why_not})
    asked = _asked(job, wanted)
    changed = [name for name in WORDS if getattr(asked, name) != getattr(job, name)]
    if not changed:
        return _("Nothing was changed.")
    cost = checks.estimate(job.provider_model.prices, asked)
    _keep_the_budgets(job, cost)
    columns = {name: getattr(asked, name) for name in changed}
    # Another request needs another key: under the old one an API would answer with the old clip.
    done = job.change_unsent(
        f"Edited: {', '.join(WORDS[name] for name in changed)}",
        actor=actor,
        idempotency_key=uuid.uuid4(),
        key_used_at=None,
        key_sent_with=None,
        cost_estimated=cost.amount if cost else None,
        cost_currency=cost.currency if cost else "",
        **columns,
    )
    if not done:
        raise NotPossible(too_late(job))
    return _("Changed. It keeps its place in the line.")


def _keep_the_budgets(job: Job, cost: Money | None) -> None:
    try:
        planned = [budgets.Planned(job.provider, 1, cost)]
        budgets.require(job.owner, planned, instead_of=job.pk)
    except budgets.OverBudget as e:
        raise Refused({"": str(e)}) from e


def _asked(job: Job, wanted: GenerationRequest) -> GenerationRequest:
    """The whole request, with the model's defaults in it. Raises Refused."""
    model = job.provider_model
    asked = replace(
        wanted,
        model=model.model_id,
        inputs=job.request().inputs,
        prompt=wanted.prompt.strip(),
        negative_prompt=wanted.negative_prompt.strip(),
    )
    asked = checks.complete(model.capabilities, asked)
    if found := checks.problems(model.capabilities, asked, model_name=model.name):
        raise Refused(all_said(found))
    return replace(asked, extras=dict(asked.extras))
