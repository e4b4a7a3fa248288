"""Where a clip came from, as the document that goes into its file and beside it.

The file carries what was asked for and of whom. What stands beside it on our own disk says more:
the file's own sha256, times and money, so that the gallery can be made again from the folder alone
(see `rebuild`).

FORMAT counts up when a reader has to know of a change. A reader takes any number: what a document
does not say has its usual value, and what it says beyond that is left alone.
"""

from datetime import datetime
from decimal import Decimal
from typing import Any

from studio.models import Asset, Job, JobInput

FORMAT = 2
"""1: without variant, source and made_as, without what its pictures were, and the same in the file
as beside it."""


def parameters(job: Job) -> dict[str, Any]:
    """What was asked for, of whom and by whom, as plain JSON."""
    return {
        "batch": str(job.batch),
        "variant": job.variant,
        "take": job.take,
        "owner": job.owner.get_username(),
        "api": job.provider.adapter_slug,
        "provider": job.provider.name,
        "is_demo": job.provider.is_demo,
        "model": job.provider_model.model_id,
        "model_name": job.provider_model.name,
        "remote_id": job.remote_id,
        "prompt": job.prompt,
        "negative_prompt": job.negative_prompt,
        "duration_s": job.duration_s,
        "aspect_ratio": job.aspect_ratio,
        "resolution": job.resolution,
        "has_sound": job.has_sound,
        "seed": job.seed,
        "extras": job.extras,
        "made_as": job.made_as,
        "source": _place(job.source) if job.source else None,
    }


def _place(job: Job) -> dict[str, Any]:
    """What tells a job from all others, in any database."""
    return {"job": job.pk, "batch": str(job.batch), "variant": job.variant, "take": job.take}


def describe(job: Job) -> dict[str, Any]:
    """Parameters and origin of a job's clip: what its file carries."""
    return {
        "format": FORMAT,
        "made_with": "Dailies",
        "job": job.pk,
        **parameters(job),
        "inputs": [_input(given) for given in job.inputs.select_related("asset")],
        "created_at": job.created_at.isoformat(),
        "made_at": _when(job.made_at),
    }


def _input(given: JobInput) -> dict[str, Any]:
    asset = given.asset
    taken = {"parent": str(asset.parent_id), "at_s": asset.at_s} if asset.parent_id else {}
    return {
        "role": given.role,
        "asset": str(asset.pk),
        "kind": asset.kind,
        "sha256": asset.sha256,
        "name": asset.original_name,
        "owner": asset.owner.get_username(),
        **taken,
    }


def beside(job: Job, clip: Asset) -> dict[str, Any]:
    """What stands beside a job's clip on our own disk."""
    return {
        **describe(job),
        "sent_at": _when(job.sent_at),
        "accepted_at": _when(job.accepted_at),
        "cost_estimated": _amount(job.cost_estimated),
        "cost_charged": _amount(job.cost_charged),
        "cost_currency": job.cost_currency,
        "file": {
            "sha256": clip.sha256,
            "downloaded_sha256": clip.downloaded_sha256,
            "created_at": clip.created_at.isoformat(),
            **clip.facts,
        },
    }


def _when(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None


def _amount(amount: Decimal | None) -> str | None:
    """A float would lose cents."""
    return str(amount) if amount is not None else None
