"""Asking for clips: what was wished for becomes jobs, or the reasons why not."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction

from studio.models import Asset, Job, JobInput, ProviderModel
from studio.providers import checks
from studio.providers.contract import GenerationRequest, Input, InputRole, Money
from studio.services import delivery, disk

MOST_TAKES = 8


class Refused(Exception):
    """The wish cannot be sent as it is. `problems` maps field names to sentences."""

    def __init__(self, problems: Mapping[str, str]) -> None:
        super().__init__(" ".join(problems.values()))
        self.problems = dict(problems)


@dataclass(frozen=True, kw_only=True)
class Wish:
    """What a person asked for, before it is checked. `batch` is the form's one-time token:
    the same one twice is the same press of the button."""

    provider_model: ProviderModel
    prompt: str
    negative_prompt: str = ""
    duration_s: int | None = None
    aspect_ratio: str = ""
    resolution: str = ""
    has_sound: bool | None = None
    seed: int | None = None
    extras: Mapping[str, Any] = field(default_factory=dict)
    inputs: tuple[tuple[InputRole, Asset], ...] = ()
    takes: int = 1
    batch: uuid.UUID = field(default_factory=uuid.uuid4)

    @property
    def request(self) -> GenerationRequest:
        """In the adapters' terms, with the model's defaults filled in."""
        asked = GenerationRequest(
            model=self.provider_model.model_id,
            prompt=self.prompt.strip(),
            negative_prompt=self.negative_prompt.strip(),
            duration_s=self.duration_s,
            aspect_ratio=self.aspect_ratio,
            resolution=self.resolution,
            has_sound=self.has_sound,
            seed=self.seed,
            inputs=tuple(Input(role) for role, _ in self.inputs),
            extras=self.extras,
        )
        return checks.complete(self.provider_model.capabilities, asked)


def problems(wish: Wish) -> dict[str, str]:
    """Why this wish cannot be sent, by field name; empty if it can."""
    model = wish.provider_model
    found = checks.problems(model.capabilities, wish.request, model_name=model.name)
    if not 1 <= wish.takes <= MOST_TAKES:
        found["takes"] = f"1 to {MOST_TAKES} takes can be made at once."
    if not (model.is_enabled and model.provider.is_enabled):
        found["provider_model"] = f"{model} is switched off. Choose another model."
    if wish.inputs and (why_not := delivery.problem(model.provider)):
        found.setdefault(wish.inputs[0][0].value, why_not)
    if disk.is_low():
        found["takes"] = disk.low_words()
    return found


def estimate(wish: Wish) -> Money | None:
    """About what all takes together cost; None where no price is published."""
    one = checks.estimate(wish.provider_model.prices, wish.request)
    return Money(one.amount * wish.takes, one.currency) if one else None


def create(wish: Wish, owner: User) -> list[Job]:
    """Queue the takes of one press of the button; the same press again returns the same jobs.

    The same press is the same token with the same content: a form that was changed and sent
    with its old token (after going back in the browser) is a press of its own. Raises Refused
    with every problem at once. Nothing is sent here.
    """
    if found := problems(wish):
        raise Refused(found)
    with transaction.atomic():
        earlier = _jobs_of(wish.batch)
        is_same = len(earlier) == wish.takes and all(
            _asked_for(job, wish, owner) for job in earlier
        )
        if earlier and not is_same:
            wish = replace(wish, batch=_batch_of(wish, owner))
            earlier = _jobs_of(wish.batch)
        return earlier or [_create_take(wish, owner, take) for take in range(1, wish.takes + 1)]


def _jobs_of(batch: uuid.UUID) -> list[Job]:
    return list(Job.objects.filter(batch=batch).order_by("take"))


def _asked_for(job: Job, wish: Wish, owner: User) -> bool:
    """True if this member's wish is what this job was made from."""
    given = [(given.role, given.asset_id) for given in job.inputs.all()]
    same_model = job.provider_model_id == wish.provider_model.pk and job.owner_id == owner.pk
    asked = replace(job.request(), idempotency_key="", inputs=wish.request.inputs)
    return same_model and given == _places(wish) and asked == wish.request


def _places(wish: Wish) -> list[tuple[str, uuid.UUID]]:
    """The pictures by role; their order within a role counts."""
    given = [(role.value, asset.pk) for role, asset in wish.inputs]
    return sorted(given, key=lambda each: each[0])


def _batch_of(wish: Wish, owner: User) -> uuid.UUID:
    """The token of a form that was changed: pressed twice, it is the same one twice."""
    request = replace(wish.request, extras=dict(sorted(wish.request.extras.items())))
    content = (owner.pk, wish.provider_model.pk, wish.takes, request, _places(wish))
    return uuid.uuid5(wish.batch, repr(content))


def _create_take(wish: Wish, owner: User, take: int) -> Job:
    request, model = wish.request, wish.provider_model
    cost = checks.estimate(model.prices, request)
    job = Job.objects.create(
        owner=owner,
        provider=model.provider,
        provider_model=model,
        batch=wish.batch,
        take=take,
        prompt=request.prompt,
        negative_prompt=request.negative_prompt,
        duration_s=request.duration_s,
        aspect_ratio=request.aspect_ratio,
        resolution=request.resolution,
        has_sound=request.has_sound,
        seed=request.seed,
        extras=dict(request.extras),
        cost_estimated=cost.amount if cost else None,
        cost_currency=cost.currency if cost else "",
    )
    places: dict[InputRole, int] = {}
    for role, asset in wish.inputs:
        place = places[role] = places.get(role, -1) + 1
        JobInput.objects.create(job=job, role=role, asset=asset, position=place)
    job.events.create(to_state=Job.State.QUEUED, message="Queued", actor=owner)
    return job
