"""Asking for clips: what was wished for becomes jobs, or the reasons why not."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone

from studio.models import Asset, Job, JobInput, ProviderModel
from studio.providers import checks, client
from studio.providers.contract import GenerationRequest, Input, InputRole, Money
from studio.providers.errors import ProviderError
from studio.services import delivery

MOST_TAKES = 8


class Refused(Exception):
    """The wish cannot be sent as it is. `problems` maps field names to sentences."""

    def __init__(self, problems: Mapping[str, str]) -> None:
        super().__init__(" ".join(problems.values()))
        self.problems = dict(problems)


class NotPossible(Exception):
    """The job is not in a state in which this can be done; the text says why."""


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
    return found


def estimate(wish: Wish) -> Money | None:
    """About what all takes together cost; None where no price is published."""
    one = checks.estimate(wish.provider_model.prices, wish.request)
    return Money(one.amount * wish.takes, one.currency) if one else None


def create(wish: Wish, owner: User) -> list[Job]:
    """Queue the takes of one press of the button; the same press again returns the same jobs.

    Raises Refused with every problem at once. Nothing is sent here.
    """
    if found := problems(wish):
        raise Refused(found)
    with transaction.atomic():
        pressed_before = list(Job.objects.filter(batch=wish.batch, owner=owner).order_by("take"))
        if pressed_before:
            return pressed_before
        return [_create_take(wish, owner, take) for take in range(1, wish.takes + 1)]


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


def cancel(job: Job, actor: User) -> str:
    """Cancel as far as that is possible now; returns what was done, in words.

    Raises NotPossible when it is too late, or the API has no cancelling.
    """
    if job.state == Job.State.QUEUED and job.cancel("Cancelled. Nothing was charged.", actor=actor):
        return "Cancelled before it was sent. Nothing was charged."
    job.refresh_from_db()
    if job.is_finished:
        raise NotPossible(f"This clip is already {job.get_state_display().lower()}.")
    if job.state not in {Job.State.WAITING, Job.State.GENERATING}:
        raise NotPossible(
            f"This clip is {job.get_state_display().lower()} right now and cannot be cancelled. "
            "Try again in a moment."
        )
    return _cancel_there(job, actor)


def _cancel_there(job: Job, actor: User) -> str:
    adapter = job.provider.adapter
    if adapter.build_cancel is None:
        raise NotPossible(
            f"{job.provider.name} cannot cancel a clip once it was sent. It goes on there and "
            "will be charged; Dailies fetches it when it is ready."
        )
    try:
        client.send(job.provider.account, adapter.build_cancel(job.remote_id, job.provider.options))
    except ProviderError as e:
        raise NotPossible(f"{job.provider.name} did not cancel it. {e.message}") from e
    note = " ".join(("Cancelling at the provider.", adapter.cancel_note)).strip()
    Job.objects.filter(pk=job.pk).update(
        cancel_asked_at=timezone.now(), next_look_at=timezone.now()
    )
    job.events.create(message=note, actor=actor)
    return note


def attach(job: Job, remote_id: str, actor: User) -> None:
    """A person found the unconfirmed job at the provider: follow it from now on."""
    taken = Job.objects.filter(provider=job.provider, remote_id=remote_id).exclude(pk=job.pk)
    if not remote_id or taken.exists():
        raise NotPossible("Give the provider's own id of this clip; that one is empty or in use.")
    if job.state != Job.State.UNCONFIRMED:
        raise NotPossible("Only an unconfirmed clip can be attached to a provider's id.")
    job.keep_receipt(remote_id)
    job.accept(actor=actor)


def send_again(job: Job, actor: User) -> None:
    """A person found that the unconfirmed job never ran: send it once more."""
    if not job.requeue(actor=actor):
        raise NotPossible("Only an unconfirmed clip can be sent again.")


def close_as_lost(job: Job, actor: User) -> None:
    """A person gives an unconfirmed job up."""
    if job.state != Job.State.UNCONFIRMED:
        raise NotPossible("Only an unconfirmed clip can be closed as lost.")
    job.fail("Closed by hand as lost. It may have been charged.", actor=actor)
