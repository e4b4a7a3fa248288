"""A compose form filled from a clip's file: what was asked for is read from the file itself."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.contrib.auth.models import User
from django.utils.translation import gettext as _

from studio.media import metadata
from studio.media.errors import MediaError
from studio.models import Asset, Job
from studio.providers.contract import InputRole
from studio.services import assets, prompts, providers, seeing
from studio.services.drafts import EXTRA_PREFIX, Content, uuid_of

TEXTS = ("prompt", "negative_prompt", "aspect_ratio", "resolution")
NUMBERS = ("duration_s", "seed")
MOST_CHARS = 20_000


class NoOrigin(MediaError):
    """The file is a video, and says nothing that a form could be filled from."""


@dataclass(frozen=True, slots=True)
class Filling:
    """What goes into the form, and sentences about what could not be taken over."""

    content: Content
    notes: list[str] = field(default_factory=list)


def content_from_file(path: Path, user: User) -> Filling:
    """What the clip in this file was asked for with, as far as it can be asked for here.

    The file may come from anywhere. Raises NotAVideo or NoOrigin, worded for the person who gave
    it.
    """
    document = metadata.read_stranger(path)
    if document is None or not isinstance(document.get("prompt"), str):
        raise NoOrigin(
            _(
                "This video says nothing of how it was made. Dailies writes prompt and settings "
                "into the clips that it fetches; other programs and some messengers take them out."
            )
        )
    return _filling(document, user)


def _filling(document: dict[str, Any], user: User) -> Filling:
    filling = Filling(_texts(document))
    prompt = filling.content.get("prompt", [""])[0]
    if prompts.needs_escape(prompt):
        filling.content["plain"] = ["on"]
    _take_sound(document, filling.content)
    _take_model(document, filling, user)
    _take_pictures(document, filling, user)
    _take_source(document, filling.content, user)
    return filling


def _texts(document: dict[str, Any]) -> Content:
    found: Content = {}
    for name in TEXTS:
        if isinstance(document.get(name), str) and document[name]:
            found[name] = [document[name][:MOST_CHARS]]
    for name in NUMBERS:
        number = document.get(name)
        if type(number) is int and abs(number) < 2**63:
            found[name] = [str(number)]
    extras = document.get("extras")
    for name, value in (extras if isinstance(extras, dict) else {}).items():
        text = str(value).lower() if isinstance(value, bool) else str(value)
        found[EXTRA_PREFIX + str(name)[:80]] = [text[:200]]
    return found


def _take_sound(document: dict[str, Any], content: Content) -> None:
    if isinstance(document.get("has_sound"), bool):
        content["has_sound_shown"] = ["1"]
        content["has_sound"] = ["on" if document["has_sound"] else ""]


def _take_model(document: dict[str, Any], filling: Filling, user: User) -> None:
    """The model at the same account, else the same one at another account of that API."""
    api, model_id = _text(document, "api"), _text(document, "model")
    usable = providers.usable_by(user).filter(provider__adapter_slug=api, model_id=model_id)
    same = usable.filter(provider__name=_text(document, "provider")).first()
    if model := same or usable.first():
        filling.content["provider_model"] = [str(model.pk)]
        return
    name = _text(document, "model_name") or model_id
    words = _("It was made with %(model)s, which this studio cannot use. Choose another model.")
    filling.notes.append(words % {"model": name[:80] or _("an unknown model")})


def _take_pictures(document: dict[str, Any], filling: Filling, user: User) -> None:
    """The same pictures where they are on this disk: by their content, else by their key."""
    given = document.get("inputs")
    missing = 0
    for each in given if isinstance(given, list) else []:
        role = _text(each, "role") if isinstance(each, dict) else ""
        if role not in set(InputRole):
            continue
        picture = _picture(each, user)
        missing += picture is None
        if picture is not None:
            filling.content.setdefault(role, []).append(str(picture.pk))
    if missing:
        filling.notes.append(_("A picture that it was made from is not in this studio."))


def _picture(said: dict[str, Any], user: User) -> Asset | None:
    pictures = assets.visible_to(user).filter(mime_type__startswith="image/")
    key, sha256 = uuid_of(_text(said, "asset")), _text(said, "sha256")
    found: Asset | None = pictures.filter(pk=key).first() if key else None
    if found is None and sha256:
        found = pictures.filter(sha256=sha256).first()
    return found


def _take_source(document: dict[str, Any], content: Content, user: User) -> None:
    """A clip that was made here is remixed."""
    batch, variant, take = uuid_of(_text(document, "batch")), *_numbers(document)
    made = seeing.jobs(user).filter(variant=variant, take=take)
    job = made.filter(batch=batch).first() if batch else None
    if job is not None:
        content["source"], content["made_as"] = [str(job.pk)], [Job.MadeAs.REMIX.value]


def _numbers(document: dict[str, Any]) -> tuple[int, int]:
    variant, take = document.get("variant", 0), document.get("take", 1)
    are_numbers = type(variant) is int and type(take) is int
    return (variant, take) if are_numbers and 0 <= variant < 32768 > take else (0, 1)


def _text(document: dict[str, Any], name: str) -> str:
    value = document.get(name)
    return value.replace("\0", "") if isinstance(value, str) else ""
