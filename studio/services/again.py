"""Sending a clip that came to nothing once more, as a new clip that costs anew."""

import uuid

from django.contrib.auth.models import User
from django.db import transaction
from django.utils.translation import gettext as _

from studio.models import Job
from studio.providers.contract import InputRole
from studio.services import wishes
from studio.services.jobs import NotPossible

ENDED_EMPTY = (Job.State.FAILED, Job.State.CANCELLED, Job.State.EXPIRED)


def token_of(job: Job) -> uuid.UUID:
    """The one-time token of its new clip: whoever presses, and however often, it is one press."""
    return uuid.uuid5(job.idempotency_key, "again")


def ask_again(job: Job, actor: User) -> Job:
    """Queue the same wish as a new clip of this member; asked for twice, it is the same new one.

    Raises NotPossible.
    """
    if job.state not in ENDED_EMPTY:
        raise NotPossible(_("Only a clip that came to nothing can be sent again."))
    with transaction.atomic():
        if made := Job.objects.filter(batch=token_of(job)).first():
            return made
        try:
            (made,) = wishes.create(_wish(job), actor)
        except wishes.Refused as refused:
            raise NotPossible(str(refused)) from refused
        Job.objects.filter(pk=made.pk).update(source=job, made_as=Job.MadeAs.RETAKE)
        job.events.create(message=f"Sent again as clip {made.pk}", actor=actor)
    return made


def _wish(job: Job) -> wishes.Wish:
    return wishes.Wish(
        provider_model=job.provider_model,
        prompt=job.prompt,
        negative_prompt=job.negative_prompt,
        duration_s=job.duration_s,
        aspect_ratio=job.aspect_ratio,
        resolution=job.resolution,
        has_sound=job.has_sound,
        seed=job.seed,
        is_private=job.is_private,
        extras=job.extras,
        inputs=tuple((InputRole(given.role), given.asset) for given in job.inputs.all()),
        batch=token_of(job),
    )
