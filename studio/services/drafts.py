"""The compose form as a person left it: possibly unfinished, never lost.

Its choices come from the chosen model's capabilities as data, so nothing here or in the
templates knows one API from another. What stands in a form is kept (as a draft, a preset, a shot
still to be made) as its `content`: the form's own field names, each with a list of texts.
"""

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.contrib.auth.models import User
from django.http import QueryDict

from studio.models import Asset, Job, ProviderModel
from studio.providers.checks import ROLE_WORDS
from studio.providers.contract import Capabilities, Extra, InputRole, Sound
from studio.services import assets as files
from studio.services import delivery
from studio.services.wishes import Wish

Content = dict[str, list[str]]
IMAGE_ROLES = (InputRole.FIRST_FRAME, InputRole.LAST_FRAME, InputRole.REFERENCE)
WELL_NAMES = {
    InputRole.FIRST_FRAME: "First frame",
    InputRole.LAST_FRAME: "Last frame",
    InputRole.REFERENCE: "Reference",
    InputRole.SOURCE_VIDEO: "Clip to extend",
}
NOT_CONTENT = {"csrfmiddlewaretoken", "batch", "refresh", "clear"}


@dataclass(frozen=True, slots=True)
class ExtraField:
    """One of the model's own options with what was chosen for it."""

    extra: Extra
    value: str
    error: str

    @property
    def name(self) -> str:
        return f"extra-{self.extra.name}"


@dataclass(kw_only=True)
class Draft:
    """What stands in the form. `errors` maps field names to sentences."""

    model: ProviderModel | None = None
    prompt: str = ""
    negative_prompt: str = ""
    duration_s: int | None = None
    aspect_ratio: str = ""
    resolution: str = ""
    has_sound: bool | None = None
    seed: int | None = None
    extras: dict[str, Any] = field(default_factory=dict)
    inputs: dict[InputRole, list[Asset]] = field(default_factory=dict)
    takes: int = 1
    batch: uuid.UUID = field(default_factory=uuid.uuid4)
    errors: dict[str, str] = field(default_factory=dict)

    @property
    def roles(self) -> set[InputRole]:
        return {role for role, given in self.inputs.items() if given}

    @property
    def capabilities(self) -> Capabilities:
        """Those that hold for the chosen model and the inputs given."""
        base = self.model.capabilities if self.model else Capabilities()
        return base.given(self.roles)

    @property
    def takes_sound(self) -> bool:
        return self.capabilities.sound is not Sound.NEVER

    @property
    def always_sounds(self) -> bool:
        return self.capabilities.sound is Sound.ALWAYS

    @property
    def delivery_problem(self) -> str:
        """Why images cannot reach this model's provider from here, or ""."""
        takes_images = self.model and self.model.capabilities.inputs
        return delivery.problem(self.model.provider) if self.model and takes_images else ""

    @property
    def extra_fields(self) -> list[ExtraField]:
        return [
            ExtraField(
                extra,
                str(self.extras.get(extra.name, "")),
                self.errors.get(f"extras.{extra.name}", ""),
            )
            for extra in self.capabilities.extras
        ]

    @property
    def wells(self) -> dict[str, dict[str, Any]]:
        """Each role of images with what the model says of it and what was given."""
        most = self.model.capabilities.inputs if self.model else {}
        needed = self.model.capabilities.needed_inputs if self.model else frozenset()
        return {
            role.value: {
                "role": role.value,
                "name": WELL_NAMES[role],
                "most": most.get(role, 0),
                "is_needed": role in needed,
                "given": self.inputs.get(role, []),
                "room": max(0, most.get(role, 0) - len(self.inputs.get(role, []))),
                "reason": ""
                if most.get(role)
                else f"{self.model.name if self.model else 'This model'} takes no "
                f"{ROLE_WORDS[role].removeprefix('a ')}",
                "error": self.errors.get(role.value, ""),
            }
            for role in IMAGE_ROLES
        }

    def fit(self) -> None:
        """After the model or the inputs changed: keep what still fits, default the rest."""
        able = self.capabilities
        if self.duration_s not in able.durations_s:
            self.duration_s = able.default_duration_s or next(iter(able.durations_s), None)
        if self.aspect_ratio not in able.aspect_ratios:
            self.aspect_ratio = next(iter(able.aspect_ratios), "")
        if self.resolution not in able.resolutions:
            self.resolution = next(iter(able.resolutions), "")
        if able.sound is not Sound.OPTIONAL or self.has_sound is None:
            self.has_sound = able.sound is Sound.ALWAYS
        known = {extra.name for extra in able.extras}
        self.extras = {name: value for name, value in self.extras.items() if name in known}
        if not able.takes_seed:
            self.seed = None

    def wish(self) -> Wish:
        """What is asked for; the model must be chosen."""
        if self.model is None:
            raise ValueError("no model is chosen")
        return Wish(
            provider_model=self.model,
            prompt=self.prompt,
            negative_prompt=self.negative_prompt if self.capabilities.takes_negative_prompt else "",
            duration_s=self.duration_s,
            aspect_ratio=self.aspect_ratio,
            resolution=self.resolution,
            has_sound=self.has_sound,
            seed=self.seed,
            extras=self.extras,
            inputs=tuple((role, asset) for role, given in self.inputs.items() for asset in given),
            takes=self.takes,
            batch=self.batch,
        )

    @classmethod
    def from_data(cls, data: QueryDict, assets: Mapping[uuid.UUID, Asset]) -> "Draft":
        """What was posted. Unreadable numbers are named in `errors`, never dropped in silence."""
        draft = cls(
            prompt=data.get("prompt", ""),
            negative_prompt=data.get("negative_prompt", ""),
            aspect_ratio=data.get("aspect_ratio", ""),
            resolution=data.get("resolution", ""),
            has_sound=_sound(data),
            batch=uuid_of(data.get("batch", "")) or uuid.uuid4(),
        )
        draft.model = _model(data.get("provider_model", ""))
        draft.duration_s = draft.number(data, "duration_s", None)
        draft.seed = draft.number(data, "seed", None)
        draft.takes = draft.number(data, "takes", 1) or 0
        draft.extras = _extras(data, draft.capabilities.extras)
        for role in InputRole:
            keys = [uuid_of(text) for text in data.getlist(role.value)]
            draft.inputs[role] = [assets[key] for key in keys if key and key in assets]
        return draft

    def number(self, data: QueryDict, name: str, default: int | None) -> int | None:
        text = data.get(name, "").strip()
        try:
            return int(text) if text else default
        except ValueError:
            self.errors[name] = f"{text[:20]!r} is no whole number."
            return default

    @classmethod
    def from_job(cls, job: Job) -> "Draft":
        """The same wish again, under a token of its own."""
        draft = cls(
            model=job.provider_model,
            prompt=job.prompt,
            negative_prompt=job.negative_prompt,
            duration_s=job.duration_s,
            aspect_ratio=job.aspect_ratio,
            resolution=job.resolution,
            has_sound=job.has_sound,
            seed=job.seed,
            extras=dict(job.extras),
        )
        for given in job.inputs.all():
            draft.inputs.setdefault(InputRole(given.role), []).append(given.asset)
        return draft

    @classmethod
    def from_content(cls, content: Content, user: User) -> "Draft":
        """What was kept; pictures that this member may not see any more are left out."""
        data = QueryDict(mutable=True)
        for name, texts in content.items():
            data.setlist(name, texts)
        keys = [uuid_of(text) for role in InputRole for text in data.getlist(role.value)]
        given = files.visible_to(user).filter(pk__in=[key for key in keys if key])
        return cls.from_data(data, {asset.pk: asset for asset in given})

    @property
    def content(self) -> Content:
        """As it is kept: `from_content` reads it."""
        texts: dict[str, Any] = {
            "prompt": self.prompt,
            "negative_prompt": self.negative_prompt,
            "provider_model": self.model.pk if self.model else "",
            "duration_s": self.duration_s,
            "aspect_ratio": self.aspect_ratio,
            "resolution": self.resolution,
            "has_sound_shown": "1" if self.has_sound is not None else "",
            "has_sound": "on" if self.has_sound else "",
            "seed": self.seed,
            "takes": self.takes,
        }
        texts |= {f"extra-{name}": _text_of(value) for name, value in self.extras.items()}
        kept = {name: [str(text)] for name, text in texts.items() if text not in ("", None)}
        given = {
            role.value: [str(asset.pk) for asset in assets]
            for role, assets in self.inputs.items()
            if assets
        }
        return kept | given


def content_of(data: QueryDict) -> Content:
    """What a posted form holds, to be kept."""
    return {
        name: [str(text) for text in texts]
        for name, texts in data.lists()
        if name not in NOT_CONTENT
    }


def _text_of(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _sound(data: QueryDict) -> bool | None:
    """None where the form had no switch; an unticked box is told by its hidden companion."""
    if "has_sound_shown" not in data:
        return None
    return data.get("has_sound") == "on"


def _model(text: str) -> ProviderModel | None:
    usable = ProviderModel.objects.usable()
    return usable.filter(pk=int(text)).first() if text.isdigit() and len(text) < 18 else None


def _extras(data: QueryDict, extras: Iterable[Extra]) -> dict[str, Any]:
    """Only what was chosen: an option left alone is left to the API."""
    found: dict[str, Any] = {}
    for extra in extras:
        value = data.get(f"extra-{extra.name}", "")
        if value:
            found[extra.name] = value if extra.choices else value == "true"
    return found


def uuid_of(text: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(text)
    except ValueError:
        return None
