"""Where a clip came from, as the document that goes into its file and beside it."""

from typing import Any

from studio.models import Job

FORMAT = 1


def parameters(job: Job) -> dict[str, Any]:
    """What was asked for, of whom and by whom, as plain JSON."""
    return {
        "batch": str(job.batch),
        "take": job.take,
        "owner": job.owner.get_username(),
        "api": job.provider.adapter_slug,
        "provider": job.provider.name,
        "model": job.provider_model.model_id,
        "remote_id": job.remote_id,
        "prompt": job.prompt,
        "negative_prompt": job.negative_prompt,
        "duration_s": job.duration_s,
        "aspect_ratio": job.aspect_ratio,
        "resolution": job.resolution,
        "has_sound": job.has_sound,
        "seed": job.seed,
        "extras": job.extras,
    }


def describe(job: Job) -> dict[str, Any]:
    """Parameters and origin of a job's clip."""
    return {
        "format": FORMAT,
        "made_with": "Dailies",
        "job": job.pk,
        **parameters(job),
        "inputs": [
            {"role": given.role, "asset": str(given.asset_id), "sha256": given.asset.sha256}
            for given in job.inputs.select_related("asset")
        ],
        "created_at": job.created_at.isoformat(),
        "made_at": job.made_at.isoformat() if job.made_at else None,
    }
