"""The compose form as a person left it: possibly unfinished, never lost.

What stands in a form is kept (as a draft, a preset, a shot still to be made) as its `content`: the
form's own field names, each with a list of texts. Several models may be chosen, and the prompt may
hold variables: then one press asks for every prompt at every model.
"""

import hashlib
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import islice
from typing import Any

from django.contrib.auth.models import User
from django.http import QueryDict
from django.utils.translation import gettext as _

from studio.models import Asset, Job, ProviderModel
from studio.providers.contract import Capabilities, Extra, InputRole, Sound
from studio.providers.together import together
from studio.services import assets as files
from studio.services import fitting, prompts, providers, seeing
from studio.services.fitting import Fitted
from studio.services.wishes import MOST_CLIPS, Wish

Content = dict[str, list[str]]
IMAGE_ROLES = (InputRole.FIRST_FRAME, InputRole.LAST_FRAME, InputRole.REFERENCE)
LIST_PREFIX = "list-"
EXTRA_PREFIX = "extra-"
SENT = "sent"
"""Stands in the content of a draft that was sent as it is."""
FORM = "form"
"""Stands in the content of a draft: which of the forms that took each other's place it is."""
NOT_CONTENT = {
    "csrfmiddlewaretoken",
    "batch",
    "told",
    "member",
    "refresh",
    "clear",
    "drop",
    "preset_name",
    "preset_shared",
}


@dataclass(kw_only=True)
class Draft:
    """What stands in the form. `errors` maps field names to sentences; `notes` are sentences
    about what could not be taken over, or was changed to fit."""

    models: list[ProviderModel] = field(default_factory=list)
    prompt: str = ""
    is_plain: bool = False
    """True where braces in the prompt mean nothing."""
    lists: dict[str, list[str]] = field(default_factory=dict)
    """What each named variable of the prompt stands for."""
    negative_prompt: str = ""
    duration_s: int | None = None
    aspect_ratio: str = ""
    resolution: str = ""
    has_sound: bool | None = None
    seed: int | None = None
    extras: dict[str, Any] = field(default_factory=dict)
    inputs: dict[InputRole, list[Asset]] = field(default_factory=dict)
    takes: int = 1
    source: Job | None = None
    made_as: str = ""
    is_private: bool = False
    shot: int | None = None
    """The storyboard shot this draft belongs to."""
    batch: uuid.UUID = field(default_factory=uuid.uuid4)
    told: str = ""
    """What the person was shown of a press for several clips (see `to_tell`)."""
    errors: dict[str, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    # -- What was chosen ---------------------------------------------------------------------

    @property
    def model(self) -> ProviderModel | None:
        """The first of the chosen models."""
        return next(iter(self.models), None)

    @property
    def roles(self) -> set[InputRole]:
        return {role for role, given in self.inputs.items() if given}

    @property
    def capabilities(self) -> Capabilities:
        """What the chosen models can do between them with the inputs given."""
        return together([model.capabilities.given(self.roles) for model in self.models])

    def fit(self) -> None:
        """After the models or the inputs changed: the nearest of what was set, and defaults for
        the rest. What was changed is told in `notes`."""
        if not self.models:
            return
        able = self.capabilities
        near = fitting.fit_choices(able, self.wish_of(self.models[0]))
        self.notes += [_("%(change)s.") % {"change": change} for change in near.changes]
        near_by = near.wish
        self.duration_s = near_by.duration_s or able.default_duration_s
        self.duration_s = self.duration_s or next(iter(able.durations_s), None)
        self.aspect_ratio = near_by.aspect_ratio or next(iter(able.aspect_ratios), "")
        self.resolution = near_by.resolution or next(iter(able.resolutions), "")
        if able.sound is not Sound.OPTIONAL or self.has_sound is None:
            self.has_sound = able.sound is Sound.ALWAYS
        known = {extra.name for extra in able.extras}
        self.extras = {name: value for name, value in self.extras.items() if name in known}

    # -- Its prompts -------------------------------------------------------------------------

    @cached_property
    def template(self) -> prompts.Template:
        """The prompt taken apart; as it stands where its braces cannot be read."""
        try:
            return prompts.plain(self.prompt) if self.is_plain else prompts.read(self.prompt)
        except prompts.BadTemplate:
            return prompts.plain(self.prompt)

    @property
    def prompt_count(self) -> int:
        return self.template.count(self.lists)

    @cached_property
    def prompts(self) -> list[str]:
        """Every prompt that this one stands for, at most as many as one press may ask for."""
        found = islice(self.template.prompts(self.lists), MOST_CLIPS + 1)
        return list(dict.fromkeys(prompt.strip() for prompt in found))

    def check_prompt(self) -> None:
        """Say in `errors` what is wrong with the prompt's variables."""
        try:
            names = [] if self.is_plain else prompts.read(self.prompt).names
        except prompts.BadTemplate as e:
            self.errors["prompt"] = str(e)
            return
        for name in names:
            if not self.lists.get(name):
                words = _("List what {%(name)s} stands for, one on each line.")
                self.errors[LIST_PREFIX + name] = words % {"name": name}
        clips = self.prompt_count * len(self.models) * self.takes
        if self.prompt_count > 1 and clips > MOST_CLIPS:
            words = _("These variables make %(clips)s clips; one press makes at most %(most)s.")
            self.errors["prompt"] = words % {"clips": clips, "most": MOST_CLIPS}

    # -- What is asked for -------------------------------------------------------------------

    def wish(self) -> Wish:
        """The one thing asked for, or the first of several; a model must be chosen."""
        if self.model is None:
            raise ValueError("no model is chosen")
        prompt = next(iter(self.prompts), self.prompt)
        return self._wish(self.model, prompt, is_alone=True)

    def fitted(self) -> list[Fitted]:
        """Every prompt at every model. One model is asked for exactly what was set; of several
        each makes the nearest it can, and says so."""
        is_alone = len(self.models) == 1
        fit = Fitted if is_alone else fitting.fitted
        return [
            fit(self._wish(model, prompt, is_alone=is_alone))
            for prompt in self.prompts
            for model in self.models
        ]

    def to_tell(self, fitted: Iterable[Fitted]) -> str:
        """A mark of what has to be shown before it is sent: several prompts, or settings that
        were changed for one of several models. "" if there is nothing of that kind."""
        changes = [(each.wish.provider_model.pk, each.changes) for each in fitted]
        if len(self.prompts) < 2 and not any(changed for _pk, changed in changes):
            return ""
        shown = repr((self.prompts, changes, self.takes))
        return hashlib.sha256(shown.encode()).hexdigest()[:16]

    def wish_of(self, model: ProviderModel) -> Wish:
        """One take of the first prompt at this model, chosen or not."""
        prompt = next(iter(self.prompts), self.prompt)
        return replace(self._wish(model, prompt, is_alone=False), takes=1)

    def _wish(self, model: ProviderModel, prompt: str, *, is_alone: bool) -> Wish:
        able = model.capabilities.given(self.roles)
        return Wish(
            provider_model=model,
            prompt=prompt,
            # Of a model on its own the page says that these are kept, but not sent.
            negative_prompt=""
            if is_alone and not able.takes_negative_prompt
            else self.negative_prompt,
            seed=None if is_alone and not able.takes_seed else self.seed,
            duration_s=self.duration_s,
            aspect_ratio=self.aspect_ratio,
            resolution=self.resolution,
            has_sound=self.has_sound,
            extras=self.extras,
            inputs=tuple((role, asset) for role, given in self.inputs.items() for asset in given),
            takes=self.takes,
            batch=self.batch,
            source=self.source,
            made_as=self.made_as,
            is_private=self.is_private and self.shot is None,
        )

    # -- From a form, a job, or what was kept ------------------------------------------------

    @classmethod
    def from_data(cls, data: QueryDict, user: User) -> "Draft":
        """What was posted; what this member may not see is left out. Unreadable numbers are named
        in `errors`, never dropped in silence."""
        draft = cls(
            prompt=data.get("prompt", ""),
            is_plain=data.get("plain") == "on",
            negative_prompt=data.get("negative_prompt", ""),
            aspect_ratio=data.get("aspect_ratio", ""),
            resolution=data.get("resolution", ""),
            has_sound=_sound(data),
            batch=uuid_of(data.get("batch", "")) or uuid.uuid4(),
            told=data.get("told", ""),
            source=_source(data.get("source", ""), user),
            is_private=data.get("private") == "on",
            shot=number_of(data.get("shot", "")),
        )
        made_as = data.get("made_as", "")
        draft.made_as = made_as if draft.source and made_as in Job.MadeAs else ""
        draft.models = _models(data.getlist("provider_model"), user)
        if any(data.getlist("provider_model")) and not draft.models:
            draft.notes.append(_("The model that stood here cannot be chosen any more."))
        draft.duration_s = draft.number(data, "duration_s", None)
        draft.seed = draft.number(data, "seed", None)
        draft.takes = draft.number(data, "takes", 1) or 0
        draft.extras = _extras(data, draft.capabilities.extras)
        draft.lists = _lists(data)
        draft._take_pictures(data, pictures_in(data, user))
        return draft

    def _take_pictures(self, data: QueryDict, assets: Mapping[uuid.UUID, Asset]) -> None:
        asked = 0
        for role in InputRole:
            keys = [uuid_of(text) for text in data.getlist(role.value) if text]
            self.inputs[role] = [assets[key] for key in keys if key and key in assets]
            asked += len(keys) - len(self.inputs[role])
        if asked:
            self.notes.append(_("A picture that stood here is not in the studio any more."))

    def number(self, data: QueryDict, name: str, default: int | None) -> int | None:
        text = data.get(name, "").strip()
        try:
            return int(text) if text else default
        except ValueError:
            words = _("“%(text)s” is no whole number.")
            self.errors[name] = words % {"text": text[:20]}
            return default

    @classmethod
    def from_job(cls, job: Job) -> "Draft":
        """The same wish again, under a token of its own."""
        draft = cls(
            models=[job.provider_model],
            prompt=job.prompt,
            is_plain=prompts.needs_escape(job.prompt),
            negative_prompt=job.negative_prompt,
            duration_s=job.duration_s,
            aspect_ratio=job.aspect_ratio,
            resolution=job.resolution,
            has_sound=job.has_sound,
            seed=job.seed,
            extras=dict(job.extras),
            is_private=job.is_private,
        )
        for given in job.inputs.all():
            draft.inputs.setdefault(InputRole(given.role), []).append(given.asset)
        return draft

    @classmethod
    def from_content(cls, content: Content, user: User) -> "Draft":
        """What was kept."""
        data = QueryDict(mutable=True)
        for name, texts in content.items():
            data.setlist(name, texts)
        return cls.from_data(data, user)

    @property
    def content(self) -> Content:
        """As it is kept: `from_content` reads it."""
        texts: dict[str, Any] = {
            "prompt": self.prompt,
            "plain": "on" if self.is_plain else "",
            "negative_prompt": self.negative_prompt,
            "duration_s": self.duration_s,
            "aspect_ratio": self.aspect_ratio,
            "resolution": self.resolution,
            "has_sound_shown": "1" if self.has_sound is not None else "",
            "has_sound": "on" if self.has_sound else "",
            "seed": self.seed,
            "takes": self.takes,
            "source": self.source.pk if self.source else "",
            "made_as": self.made_as,
            "shot": self.shot,
            "private": "on" if self.is_private else "",
        }
        texts |= {EXTRA_PREFIX + name: _text_of(value) for name, value in self.extras.items()}
        texts |= {LIST_PREFIX + name: "\n".join(values) for name, values in self.lists.items()}
        kept = {name: [str(text)] for name, text in texts.items() if text not in ("", None)}
        kept |= {
            role.value: [str(asset.pk) for asset in given]
            for role, given in self.inputs.items()
            if given
        }
        return kept | {"provider_model": [str(model.pk) for model in self.models]}


def content_of(data: QueryDict) -> Content:
    """What a posted form holds, to be kept."""
    return {
        name: [str(text) for text in texts]
        for name, texts in data.lists()
        if name not in NOT_CONTENT and any(texts)
    }


def pictures_in(data: QueryDict, user: User) -> dict[uuid.UUID, Asset]:
    """The files that a form names, as far as this member may see them."""
    keys = [uuid_of(text) for role in InputRole for text in data.getlist(role.value)]
    given = files.visible_to(user).filter(pk__in=[key for key in keys if key])
    return {asset.pk: asset for asset in given}


def uuid_of(text: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(text)
    except ValueError:
        return None


def number_of(text: str) -> int | None:
    """A row's number; None where the text is none."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 18 else None


def _text_of(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _sound(data: QueryDict) -> bool | None:
    """None where the form had no switch; an unticked box is told by its hidden companion."""
    if "has_sound_shown" not in data:
        return None
    return data.get("has_sound") == "on"


def _models(texts: Iterable[str], user: User) -> list[ProviderModel]:
    """Those of these that the member may choose, in the order given."""
    keys = [key for text in texts if (key := number_of(text)) is not None]
    found = providers.usable_by(user).in_bulk(keys)
    return [found[key] for key in dict.fromkeys(keys) if key in found]


def _source(text: str, user: User) -> Job | None:
    key = number_of(text)
    return seeing.jobs(user).select_related("video").filter(pk=key).first() if key else None


def _extras(data: QueryDict, extras: Iterable[Extra]) -> dict[str, Any]:
    """Only what was chosen: an option left alone is left to the API."""
    found: dict[str, Any] = {}
    for extra in extras:
        value = data.get(EXTRA_PREFIX + extra.name, "")
        if value:
            found[extra.name] = value if extra.choices else value == "true"
    return found


def _lists(data: QueryDict) -> dict[str, list[str]]:
    return {
        name.removeprefix(LIST_PREFIX): lines
        for name in data
        if name.startswith(LIST_PREFIX)
        and (lines := [line.strip() for line in data.get(name, "").splitlines() if line.strip()])
    }
