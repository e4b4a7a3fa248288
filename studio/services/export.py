"""Jobs and providers as plain documents, for the command line's `--json`."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from studio.models import Job, Provider
from studio.services.provenance import parameters


def _when(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None


def _amount(amount: Decimal | None) -> str | None:
    """Amounts are decimal strings: a float would lose cents."""
    return format(amount.normalize(), "f") if amount is not None else None


def job_document(job: Job, *, with_events: bool = False) -> dict[str, Any]:
    """One job with its parameters, cost, times and (when ready) its file."""
    document: dict[str, Any] = {
        "id": job.pk,
        "state": job.state,
        **parameters(job),
        "inputs": [
            {"role": given.role, "asset": str(given.asset_id), "path": str(given.asset.path)}
            for given in job.inputs.select_related("asset")
        ],
        "progress_percent": job.progress_percent,
        "error": job.error,
        "cost_estimated": _amount(job.cost_estimated),
        "cost_charged": _amount(job.cost_charged),
        "cost_currency": job.cost_currency,
        "created_at": _when(job.created_at),
        "sent_at": _when(job.sent_at),
        "accepted_at": _when(job.accepted_at),
        "made_at": _when(job.made_at),
        "finished_at": _when(job.finished_at),
        "file": file_document(job),
    }
    if with_events:
        document["events"] = [
            {
                "at": _when(event.at),
                "from": event.from_state,
                "to": event.to_state,
                "message": event.message,
                "by": event.actor.get_username() if event.actor else None,
                "detail": event.detail,
            }
            for event in job.events.select_related("actor")
        ]
    return document


def file_document(job: Job) -> dict[str, Any] | None:
    """Path, hashes and facts of a ready job's file."""
    if job.video is None:
        return None
    return {
        "asset": str(job.video.pk),
        "path": str(job.video.path),
        "sha256": job.video.sha256,
        "downloaded_sha256": job.video.downloaded_sha256,
        **job.video.facts,
    }


def provider_document(provider: Provider) -> dict[str, Any]:
    """One account, its key masked and its secret options left out."""
    hidden = {field.name for field in provider.adapter.options if field.is_secret}
    return {
        "id": provider.pk,
        "name": provider.name,
        "api": provider.adapter_slug,
        "base_url": provider.base_url,
        "key": provider.masked_key,
        "options": {k: "••••" if k in hidden else v for k, v in provider.options.items()},
        "is_enabled": provider.is_enabled,
        "is_demo": provider.is_demo,
        "is_paused": provider.is_paused,
        "health": provider.health,
        "health_note": provider.health_note,
        "balance": _amount(provider.balance),
        "balance_currency": provider.balance_currency,
        "models": [
            {"id": model.model_id, "name": model.name, "is_enabled": model.is_enabled}
            for model in provider.models.all()
        ],
    }
