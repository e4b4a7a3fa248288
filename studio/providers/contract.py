"""The shared types: what an adapter is made of, and what goes in and out of it.

An adapter is data (capabilities, limits, status words) and small pure functions. `client.py`
sends what `build_*` returns and hands the decoded body to `parse_*`; operations that need
several calls in a row are conversations: generators that yield an `HttpCall`, receive the
`Reply` and return their result. Nothing here knows Django, a clock, a disk or the network.
"""

from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from studio.providers.errors import ProviderError


class InputRole(StrEnum):
    """What a picture (or clip) handed to the API is for."""

    FIRST_FRAME = "first_frame"
    LAST_FRAME = "last_frame"
    REFERENCE = "reference"
    SOURCE_VIDEO = "source_video"


class Delivery(StrEnum):
    """How a local image reaches the API."""

    INLINE = "inline"
    UPLOAD = "upload"
    PUBLIC_URL = "public_url"


class Sound(StrEnum):
    NEVER = "never"
    OPTIONAL = "optional"
    ALWAYS = "always"


class RemoteStatus(StrEnum):
    """A job's state at the API, in words common to all of them."""

    WAITING = "waiting"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"


class PriceUnit(StrEnum):
    SECOND = "second"
    CLIP = "clip"


@dataclass(frozen=True, slots=True)
class Money:
    """An amount; `currency` is an ISO code or the API's own unit of credit."""

    amount: Decimal
    currency: str = "USD"


@dataclass(frozen=True, slots=True, kw_only=True)
class Price:
    """One published rate. None in `resolution` or `has_sound` fits every value."""

    amount: Decimal
    unit: PriceUnit = PriceUnit.SECOND
    currency: str = "USD"
    resolution: str | None = None
    has_sound: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Extra:
    """An option that only this API has. `choices` empty: a switch (true or false)."""

    name: str
    label: str
    help: str = ""
    choices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Capabilities:
    """What a model can do. An empty tuple means: not an option of this model.

    The first aspect ratio and resolution are the default. `inputs` maps a role to the most
    pictures it takes, `needed_inputs` names roles that must be filled. `with_last_frame`,
    where given, holds instead of these as soon as a last frame is given (Dafty has another
    endpoint for that).
    """

    durations_s: tuple[int, ...] = ()
    default_duration_s: int | None = None
    aspect_ratios: tuple[str, ...] = ()
    resolutions: tuple[str, ...] = ()
    sound: Sound = Sound.NEVER
    inputs: Mapping[InputRole, int] = field(default_factory=dict)
    needed_inputs: frozenset[InputRole] = frozenset()
    references_exclude_frames: bool = False
    takes_seed: bool = False
    prompt_max_chars: int = 2000
    negative_prompt_max_chars: int = 0
    extras: tuple[Extra, ...] = ()
    with_last_frame: "Capabilities | None" = None

    def given(self, roles: set[InputRole]) -> "Capabilities":
        """The capabilities that hold once pictures in these roles are given."""
        if self.with_last_frame and InputRole.LAST_FRAME in roles:
            return self.with_last_frame
        return self

    @property
    def takes_negative_prompt(self) -> bool:
        return self.negative_prompt_max_chars > 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelSpec:
    """One model of an API: its id there, its name, what it can do and what it costs."""

    model_id: str
    name: str
    capabilities: Capabilities
    prices: tuple[Price, ...] = ()


@dataclass(frozen=True, slots=True)
class Input:
    """A picture in its role. `reference` is what the API is given for it: a data URI, an
    address, or the id of an upload; empty until it was delivered."""

    role: InputRole
    reference: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class GenerationRequest:
    """One clip asked for. None or "" leaves an option to the API's default."""

    model: str
    prompt: str
    negative_prompt: str = ""
    duration_s: int | None = None
    aspect_ratio: str = ""
    resolution: str = ""
    has_sound: bool | None = None
    seed: int | None = None
    inputs: tuple[Input, ...] = ()
    extras: Mapping[str, Any] = field(default_factory=dict)
    idempotency_key: str = ""

    @property
    def roles(self) -> set[InputRole]:
        return {given.role for given in self.inputs}

    def references(self, role: InputRole) -> list[str]:
        """What was given in this role, in order."""
        return [given.reference for given in self.inputs if given.role is role]

    def reference(self, role: InputRole) -> str:
        """The first thing given in this role, or ""."""
        return next(iter(self.references(role)), "")


@dataclass(frozen=True, slots=True)
class HttpCall:
    """One request. `path` is percent-encoded as it must go over the wire and stands below
    the provider's base URL, or is an absolute address (then the key is sent only to the
    base URL's own origin). `content` is raw bytes, `json` a document."""

    method: str
    path: str
    json: Any = None
    content: bytes | None = None
    params: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    sends_key: bool = True
    read_timeout_s: float = 30.0


@dataclass(frozen=True, slots=True)
class Reply:
    """A reply as adapters see it. `body` is the decoded JSON, None if it is none."""

    status: int
    headers: Mapping[str, str]
    body: Any
    text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoteState:
    """A job's state at the API.

    `video_url` is the address to download from; `video_ref` a durable reference that has to
    be resolved into one first. `video_expires_at` is None where the API does not say.
    """

    status: RemoteStatus
    progress_percent: int | None = None
    video_url: str = ""
    video_ref: str = ""
    video_expires_at: datetime | None = None
    reason: str = ""
    cost: Money | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Submitted:
    """The receipt of a submit. `state` is the first news of the job; an API that answers
    with the finished video gives it as succeeded at once."""

    remote_id: str
    state: RemoteState
    cost: Money | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoteJob:
    """One entry of the API's own job list; empty strings where the list does not say."""

    remote_id: str
    status: RemoteStatus
    created_at: datetime | None = None
    prompt: str = ""
    model: str = ""


@dataclass(frozen=True, slots=True)
class ErrorBody:
    """What an error reply says: the API's own code (may be "") and its sentence."""

    message: str
    code: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageFile:
    """A local image on its way to the API, already within its `ImageLimits`."""

    name: str
    content: bytes
    mime_type: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageLimits:
    """Largest image, largest sum over one request (bytes as the API counts them, before
    base64), and the kinds it takes."""

    max_bytes: int
    max_total_bytes: int
    mime_types: tuple[str, ...] = ("image/jpeg", "image/png")


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What the API allows per key. None: not published."""

    creates_per_minute: int | None = None
    concurrent_jobs: int | None = None
    looks_per_minute: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Pacing:
    """How often to look at a job, and after how long a person should be asked.

    `interval_s` holds while nothing is known about how long clips take; once it is, asking
    begins later and goes on at `fastest_s`, the shortest interval that the API advises (or that
    keeps the sum of questions below the API's own sample). `link_life_s` is how long a finished
    clip's link is taken to live where the reply does not say.
    """

    interval_s: float
    deadline_s: float
    fastest_s: float
    link_life_s: float = 3600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class OptionField:
    """A setting that an account at this API needs besides address and key."""

    name: str
    label: str
    help: str = ""
    choices: tuple[str, ...] = ()
    is_secret: bool = False


Options = Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Adapter:
    """One hosted API. See docs/add-a-provider.md for the checklist.

    `error_kinds` maps the API's own error codes to our types where the HTTP status alone
    would say something else. `build_wait` asks like `build_poll`, but the API answers when the job
    has ended, or after a while. `idempotency_life_s` is how long a repeated submit with the same
    key returns the first job; None: there is no such key. `list_settles_s`: so long after a send
    the job is in the API's own list if it runs at all; None: the list proves no absence.
    `upload_needs` names the options without which `upload` cannot work.
    """

    slug: str
    name: str
    base_url: str
    key_headers: Callable[[str], Mapping[str, str]]
    models: tuple[ModelSpec, ...]
    deliveries: tuple[Delivery, ...]
    images: ImageLimits
    limits: Limits
    pacing: Pacing
    build_submit: Callable[[GenerationRequest, Options], HttpCall]
    parse_submit: Callable[[Any], Submitted]
    build_poll: Callable[[str, Options], HttpCall]
    parse_poll: Callable[[Any], RemoteState]
    parse_error: Callable[[Reply], ErrorBody]
    build_wait: Callable[[str, Options], HttpCall] | None = None
    error_kinds: Mapping[str, type[ProviderError]] = field(default_factory=dict)
    options: tuple[OptionField, ...] = ()
    idempotency_life_s: int | None = None
    upload: Callable[[ImageFile, Options], Generator[HttpCall, Reply, str]] | None = None
    upload_needs: tuple[str, ...] = ()
    build_resolve: Callable[[str], HttpCall] | None = None
    parse_resolve: Callable[[Any], str] | None = None
    build_cancel: Callable[[str, Options], HttpCall] | None = None
    cancel_note: str = ""
    build_list: Callable[[Options], HttpCall] | None = None
    parse_list: Callable[[Any], tuple[RemoteJob, ...]] | None = None
    list_settles_s: float | None = None
    catalogue: Callable[[Options], Generator[HttpCall, Reply, tuple[ModelSpec, ...]]] | None = None
    build_balance: Callable[[Options], HttpCall] | None = None
    parse_balance: Callable[[Any], Money] | None = None
