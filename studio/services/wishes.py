"""Asking for clips: what was wished for becomes jobs, or the reasons why not."""

import logging
import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _
from structlog.contextvars import bound_contextvars

from studio.models import Asset, Job, JobInput, ProviderModel, Role
from studio.providers import checks
from studio.providers.contract import GenerationRequest, Input, InputRole, Money
from studio.services import budgets, delivery, disk, members, privacy, providers
from studio.services.words import all_said

logger = logging.getLogger(__name__)

MOST_TAKES = 8
MOST_CLIPS = 100
"""How many clips one press of the button may ask for."""


class Refused(Exception):
    """The wish cannot be sent as it is. `problems` maps field names to sentences."""

    def __init__(self, problems: Mapping[str, str]) -> None:
        super().__init__(" ".join(str(words) for words in problems.values()))
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
    source: Job | None = None
    made_as: str = ""
    is_private: bool = False

    @property
    def stays_private(self) -> bool:
        """What is made from something private is private, whatever was wished."""
        of_private = self.source is not None and self.source.is_private
        taken_out = (asset.is_private and asset.parent_id for _role, asset in self.inputs)
        return self.is_private or of_private or any(taken_out)

    @property
    def asked(self) -> GenerationRequest:
        """In the adapters' terms, as it was asked for: what was left open is open."""
        return GenerationRequest(
            model=self.provider_model.model_id,
            prompt=self.prompt.strip(),
            negative_prompt=self.negative_prompt.strip(),
            duration_s=self.duration_s,
            aspect_ratio=self.aspect_ratio,
            resolution=self.resolution,
            has_sound=self.has_sound,
            seed=self.seed,
            inputs=tuple(Input(role) for role, _asset in self.inputs),
            extras=self.extras,
        )

    @property
    def request(self) -> GenerationRequest:
        """In the adapters' terms, with the model's defaults filled in."""
        return checks.complete(self.provider_model.capabilities, self.asked)


def under(wish: Wish, batch: uuid.UUID) -> Wish:
    """The same wish under the one-time token of a press."""
    return replace(wish, batch=batch)


def problems(wish: Wish) -> dict[str, str]:
    """Why this wish cannot be sent, by field name; empty if it can."""
    model = wish.provider_model
    found = all_said(checks.problems(model.capabilities, wish.request, model_name=model.name))
    if not 1 <= wish.takes <= MOST_TAKES:
        found["takes"] = _("1 to %(most)s takes can be made at once.") % {"most": MOST_TAKES}
    if not (model.is_enabled and model.provider.is_enabled):
        found["provider_model"] = _("%(model)s is switched off. Choose another model.") % {
            "model": model
        }
    if wish.inputs and (why_not := delivery.problem(model.provider)):
        found.setdefault(wish.inputs[0][0].value, why_not)
    if disk.is_low():
        found["takes"] = disk.low_words()
    return found


def problems_of_all(asked: Sequence[Wish]) -> dict[str, str]:
    """Why these wishes cannot be sent together, by field name: each field's first reason."""
    found: dict[str, str] = {}
    for wish in asked:
        found = problems(wish) | found
    clips = sum(wish.takes for wish in asked)
    if clips > MOST_CLIPS:
        found["takes"] = _(
            "This makes %(clips)s clips. One press of the button makes at most %(most)s: take "
            "fewer takes, models or prompts."
        ) % {"clips": clips, "most": MOST_CLIPS}
    return found


def estimate(wish: Wish) -> Money | None:
    """About what all takes together cost; None where no price is published."""
    one = checks.estimate(wish.provider_model.prices, wish.request)
    return Money(one.amount * wish.takes, one.currency) if one else None


def create(wish: Wish, owner: User) -> list[Job]:
    """Queue the takes of one wish: see `create_all`."""
    return create_all([wish], owner)


def create_all(asked: Sequence[Wish], owner: User) -> list[Job]:
    """Queue every take of what one press of the button asks for: all of it or nothing.

    The same press again returns the same jobs. The same press is the same token with the same
    content: a form that was changed and sent with its old token (after going back in the
    browser) is a press of its own. Raises Refused with every problem at once. Nothing is sent
    here.
    """
    if not members.may(owner, Role.CREATOR):
        raise Refused({"prompt": _("Only creators can have clips made. Nothing was sent.")})
    if found := _not_for(owner, asked) or problems_of_all(asked):
        raise Refused(found)
    try:
        return _made_once(asked, owner)
    except IntegrityError:
        # Another thread made them between the question and the answer: now they are there.
        return _made_once(asked, owner)


def _not_for(owner: User, asked: Sequence[Wish]) -> dict[str, str]:
    """The first provider that this member may not use, as a problem."""
    every = (providers.why_not_for(owner, wish.provider_model.provider) for wish in asked)
    found = next(filter(None, every), "")
    return {"provider_model": found} if found else {}


@transaction.atomic
def _made_once(asked: Sequence[Wish], owner: User) -> list[Job]:
    token, press = asked[0].batch, _press_of(asked, owner)
    for batch in (token, press):
        earlier = _jobs_of(batch)
        if not earlier:
            _keep_the_budgets(asked, owner)
            return _create_jobs(asked, owner, batch, press)
        # What was asked for at the press counts, not what a clip was edited to since: a press
        # that comes again must not be paid again. In doubt it is the same one.
        if earlier[0].press in (None, press):
            break
    return earlier


def _keep_the_budgets(asked: Sequence[Wish], owner: User) -> None:
    planned = [
        budgets.Planned(
            wish.provider_model.provider,
            wish.takes,
            checks.estimate(wish.provider_model.prices, wish.request),
        )
        for wish in asked
    ]
    try:
        budgets.require(owner, planned)
    except budgets.OverBudget as e:
        raise Refused({"takes": str(e)}) from e


def _jobs_of(batch: uuid.UUID) -> list[Job]:
    return list(Job.objects.filter(batch=batch).order_by("variant", "take"))


def _takes(asked: Sequence[Wish]) -> Iterator[tuple[int, int, Wish]]:
    """Every clip of a press: its variant, its take, and what is wished for."""
    for variant, wish in enumerate(asked):
        for take in range(1, wish.takes + 1):
            yield variant, take, wish


def _places(wish: Wish) -> list[tuple[str, uuid.UUID]]:
    """The pictures by role; their order within a role counts."""
    given = [(role.value, asset.pk) for role, asset in wish.inputs]
    return sorted(given, key=lambda each: each[0])


def _press_of(asked: Sequence[Wish], owner: User) -> uuid.UUID:
    """One for each token, content and member. It is also the batch of a form that was changed
    after its press: pressed twice, it is the same one twice."""
    content = [_content_of(wish) for wish in asked]
    return uuid.uuid5(asked[0].batch, repr((owner.pk, content)))


def _content_of(wish: Wish) -> tuple[Any, ...]:
    request = replace(wish.request, extras=dict(sorted(wish.request.extras.items())))
    content = (wish.provider_model.pk, wish.takes, request, _places(wish))
    return (*content, "private") if wish.stays_private else content


def _create_jobs(
    asked: Sequence[Wish], owner: User, batch: uuid.UUID, press: uuid.UUID
) -> list[Job]:
    whose = {"owner": owner, "batch": batch, "press": press}
    return [
        _create_take(wish, variant=variant, take=take, **whose)
        for variant, take, wish in _takes(asked)
    ]


def _create_take(wish: Wish, **of_the_press: Any) -> Job:
    """One job; `of_the_press` says whose press it belongs to and which take of it it is."""
    request, model = wish.request, wish.provider_model
    cost = checks.estimate(model.prices, request)
    job = Job.objects.create(
        **of_the_press,
        provider=model.provider,
        provider_model=model,
        source=wish.source,
        made_as=wish.made_as if wish.source else "",
        is_private=wish.stays_private,
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
        position = places[role] = places.get(role, -1) + 1
        JobInput.objects.create(job=job, role=role, asset=asset, position=position)
    if wish.inputs:
        privacy.settle_uploads(job)
    job.events.create(to_state=Job.State.QUEUED, message="Queued", actor=job.owner)
    transaction.on_commit(partial(_tell, job))
    return job


def _tell(job: Job) -> None:
    """The begin of a job's story in the log, with the request that asked for it."""
    with bound_contextvars(job_id=job.pk, provider=job.provider.name):
        logger.info("Job %s was asked for.", job.pk)
