"""The rows of a clip: its file, its job, its companions, and what it was made from."""

from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.auth.models import User
from django.db import transaction
from PIL import Image

from studio.media.probe import check_video, probe
from studio.models import Asset, Job, JobInput, ProviderModel
from studio.models.job_parts import ROLES
from studio.services.assets import sha256_of
from studio.services.drafts import uuid_of
from studio.services.rebuild.folder import PICTURE_TYPES, Document, Found, companion, place_in

FACTS = ("size_bytes", "mime_type", "width", "height", "duration_s", "fps", "has_sound")
TEXTS = ("negative_prompt", "aspect_ratio", "resolution")
ROLE_NAMES = {name for name, _words in ROLES}
TOLD = "Made again from the media folder"


def moment(text: Any) -> datetime | None:
    """A moment as documents write it."""
    try:
        found = datetime.fromisoformat(text)
    except (TypeError, ValueError):
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


# -- The clip and its job ------------------------------------------------------------------------


def clip_row(found: Found, owner: User, sha256: str) -> Asset:
    """The file's row, not saved yet. Raises NotAVideo."""
    said = found.file
    is_as_stored = said.get("sha256") == sha256 and all(name in said for name in FACTS)
    facts = {name: said[name] for name in FACTS} if is_as_stored else _measured(found.path)
    stored_at = moment(said.get("created_at")) or moment(found.text("made_at"))
    return Asset(
        id=found.key,
        kind=Asset.Kind.VIDEO,
        relative_path=found.relative_path,
        sha256=sha256,
        downloaded_sha256=str(said.get("downloaded_sha256") or ""),
        owner=owner,
        original_name=found.text("title")[:255] or ("" if found.is_of_job else found.path.name),
        created_at=stored_at or _changed_at(found.path),
        **facts,
    )


def _measured(path: Path) -> Document:
    facts = check_video(path)
    return {name: getattr(facts, name) for name in FACTS}


def _changed_at(path: Path) -> datetime:
    return datetime.fromtimestamp(path.stat().st_mtime, tz=UTC)


@transaction.atomic
def save(clip: Asset, found: Found, model: ProviderModel | None) -> Job | None:
    """Store the clip, and the job that it came of where that is told and not there yet."""
    clip.save(force_insert=True)
    if model is None:
        return None
    job = Job.objects.filter(**found.place).first() or _job(clip, found, model)
    Asset.objects.filter(pk=clip.pk).update(job=job)
    return job


def _job(clip: Asset, found: Found, model: ProviderModel) -> Job:
    created_at = moment(found.text("created_at")) or clip.created_at
    job = Job.objects.create(
        owner=clip.owner,
        provider=model.provider,
        provider_model=model,
        video=clip,
        state=Job.State.READY,
        **found.place,
        **_asked(found),
        **_money(found),
        remote_id=_free_id(found.text("remote_id"), model),
        created_at=created_at,
        sent_at=moment(found.text("sent_at")) or created_at,
        accepted_at=moment(found.text("accepted_at")),
        made_at=moment(found.text("made_at")),
        finished_at=clip.created_at,
    )
    job.events.create(to_state=Job.State.READY, message=TOLD)
    return job


def _asked(found: Found) -> Document:
    """What was asked for."""
    extras, has_sound = found.document.get("extras"), found.document.get("has_sound")
    made_as = found.text("made_as")
    return {
        "prompt": found.text("prompt"),
        **{name: found.text(name) for name in TEXTS},
        "duration_s": found.number("duration_s"),
        "seed": found.number("seed"),
        "has_sound": has_sound if isinstance(has_sound, bool) else None,
        "extras": extras if isinstance(extras, dict) else {},
        "made_as": made_as if made_as in Job.MadeAs.values else "",
    }


def _money(found: Found) -> Document:
    columns: Document = {"cost_currency": found.text("cost_currency")[:8]}
    for name in ("cost_estimated", "cost_charged"):
        try:
            columns[name] = Decimal(found.text(name)) if found.text(name) else None
        except InvalidOperation:
            columns[name] = None
    return columns


def _free_id(remote_id: str, model: ProviderModel) -> str:
    """The id at the API, if no other job of that account has it."""
    taken = Job.objects.filter(provider=model.provider, remote_id=remote_id)
    return "" if taken.exists() else remote_id[:200]


# -- What hangs on it ----------------------------------------------------------------------------


def companions(clip: Asset) -> None:
    """Rows for the companions that lie beside a clip."""
    there = set(clip.derived.values_list("kind", flat=True))
    files = {kind: companion(clip, kind) for kind in Asset.DERIVED if kind not in there}
    made = [_companion(clip, kind, path) for kind, path in files.items() if path is not None]
    Asset.objects.bulk_create(made, ignore_conflicts=True)


def _companion(clip: Asset, kind: str, path: Path) -> Asset:
    return Asset(
        kind=kind,
        relative_path=str(path.relative_to(settings.MEDIA_ROOT)),
        owner_id=clip.owner_id,
        job_id=clip.job_id,
        parent=clip,
        created_at=clip.created_at,
        **_facts_of(path),
    )


def _facts_of(path: Path) -> Document:
    facts: Document = {"sha256": sha256_of(path), "size_bytes": path.stat().st_size}
    if path.suffix in PICTURE_TYPES:
        with Image.open(path) as picture:
            facts |= {"width": picture.width, "height": picture.height}
        return facts | {"mime_type": PICTURE_TYPES[path.suffix]}
    video = probe(path)
    return facts | {"width": video.width, "height": video.height, "mime_type": video.mime_type}


def picture(found: Found, kind: str, owner: User, said: Document) -> Asset:
    """A picture's row. Raises OSError where it cannot be read."""
    parent = uuid_of(str(said.get("parent")))
    return Asset.objects.create(
        id=found.key,
        kind=kind,
        relative_path=found.relative_path,
        owner=owner,
        original_name=str(said.get("name") or "")[:255],
        parent=Asset.objects.filter(pk=parent).first() if parent else None,
        at_s=said.get("at_s"),
        is_private=said.get("private") is True,
        created_at=moment(said.get("created_at")) or _changed_at(found.path),
        **_facts_of(found.path),
    )


# -- What it was made from -----------------------------------------------------------------------


def link(job: Job, found: Found) -> list[str]:
    """Give a job its source and its pictures where it has none; what is missing, in words."""
    source = found.document.get("source")
    if job.source_id is None and isinstance(source, dict):
        known = Job.objects.filter(**place_in(source)).exclude(pk=job.pk).first()
        Job.objects.filter(pk=job.pk).update(source=known)
    return [] if job.inputs.exists() else _inputs(job, given_in(found))


def given_in(found: Found) -> list[Document]:
    """What a document says of the pictures that its clip was made from."""
    given = found.document.get("inputs")
    return [each for each in given if isinstance(each, dict)] if isinstance(given, list) else []


def _inputs(job: Job, given: list[Document]) -> list[str]:
    missing, places = [], dict.fromkeys(ROLE_NAMES, 0)
    for each in given:
        role, asset = str(each.get("role")), asset_of(each)
        if role not in ROLE_NAMES or asset is None:
            missing.append(str(each.get("name") or each.get("asset")))
            continue
        JobInput.objects.create(job=job, role=role, asset=asset, position=places[role])
        places[role] += 1
    return missing


def asset_of(said: Document) -> Asset | None:
    """The file that a document speaks of: by its key, else by its content."""
    key, sha256 = uuid_of(str(said.get("asset"))), said.get("sha256")
    found = Asset.objects.filter(pk=key).first() if key else None
    if found is None and isinstance(sha256, str) and sha256:
        found = Asset.objects.filter(sha256=sha256).order_by("created_at").first()
    return found
