"""getimg.ai API v2, video.

Source: https://docs.getimg.ai (guides and API reference) and the official Python SDK 0.4.0,
read 2026-11-21. Documented: create, status, models, balance, image roles, data URIs (SDK),
`deletes_at`, error codes. Assumed: `pending` means running (queued cannot be told apart), the
pace and the deadline of polling, two videos at once (the account's limits are not published),
and what the two built-in models can do beyond the guide's samples.

There is no cancelling, no list of generations and no idempotency key: a lost answer cannot be
resolved through the API.
"""

from collections.abc import Generator, Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any
from urllib.parse import quote

from studio.providers.contract import (
    Adapter,
    Capabilities,
    Delivery,
    GenerationRequest,
    HttpCall,
    ImageLimits,
    InputRole,
    Limits,
    ModelSpec,
    Money,
    Options,
    Pacing,
    Price,
    PriceUnit,
    RemoteState,
    RemoteStatus,
    Reply,
    Sound,
    Submitted,
)
from studio.providers.errors import PromptRefused
from studio.providers.keys import bearer
from studio.providers.reading import (
    amount_of,
    error_at,
    first_news,
    moment_of,
    needed_text,
    reply_of,
    status_of,
    text_of,
)

NAME = "getimg.ai"
PROMPT_MAX_CHARS = 4096
STATUSES = {
    "pending": RemoteStatus.RUNNING,
    "completed": RemoteStatus.SUCCEEDED,
    "failed": RemoteStatus.FAILED,
}
ROLES = {
    "first_frame": InputRole.FIRST_FRAME,
    "last_frame": InputRole.LAST_FRAME,
    "reference_image": InputRole.REFERENCE,
}
ROLE_WORDS = {role: word for word, role in ROLES.items()}
UNITS = {"video_second": PriceUnit.SECOND, "video": PriceUnit.CLIP}
SOUNDS = {"sound_on": True, "sound_off": False}

SEEDANCE = Capabilities(
    durations_s=(5, 10),
    aspect_ratios=("16:9", "1:1", "9:16"),
    resolutions=("720p", "1080p"),
    sound=Sound.OPTIONAL,
    inputs={InputRole.FIRST_FRAME: 1, InputRole.LAST_FRAME: 1},
    references_exclude_frames=True,
    prompt_max_chars=PROMPT_MAX_CHARS,
)
MODELS = (
    ModelSpec(
        model_id="seedance-v1-5-pro",
        name="Seedance 1.5 Pro",
        capabilities=SEEDANCE,
        prices=(Price(amount=Decimal("0.05"), resolution="1080p", has_sound=True),),
    ),
    ModelSpec(model_id="seedance-v1-pro", name="Seedance 1 Pro", capabilities=SEEDANCE),
)


def build_submit(request: GenerationRequest, options: Options) -> HttpCall:
    body: dict[str, Any] = {"model": request.model, "prompt": request.prompt}
    asked = {
        "aspect_ratio": request.aspect_ratio,
        "resolution": request.resolution,
        "duration": request.duration_s,
        # Off is the API's default, and a model without sound may refuse the field.
        "sound": request.has_sound or None,
    }
    body |= {name: value for name, value in asked.items() if value not in ("", None)}
    if request.inputs:
        body["images"] = [
            {"url": given.reference, "role": ROLE_WORDS[given.role]} for given in request.inputs
        ]
    return HttpCall("POST", "/v2/videos/generations", json=body, read_timeout_s=60)


@reply_of(NAME)
def parse_submit(body: Any) -> Submitted:
    return Submitted(remote_id=needed_text(body["id"]), state=first_news(parse_poll, body))


def build_poll(remote_id: str, options: Options) -> HttpCall:
    return HttpCall("GET", f"/v2/videos/generations/{quote(remote_id, safe='')}")


@reply_of(NAME)
def parse_poll(body: Any) -> RemoteState:
    """Pending, failed and completed are three bodies, told apart by `status`."""
    status = status_of(body["status"], STATUSES, NAME)
    if status is RemoteStatus.FAILED:
        return RemoteState(status=status, reason=text_of((body.get("error") or {}).get("message")))
    if status is not RemoteStatus.SUCCEEDED:
        return RemoteState(status=status)
    video = body["data"][0]
    cost = (body.get("usage") or {}).get("total_cost")
    return RemoteState(
        status=status,
        video_url=needed_text(video["url"]),
        video_expires_at=moment_of(video.get("deletes_at")),
        cost=Money(amount_of(cost)) if cost is not None else None,
    )


def catalogue(options: Options) -> Generator[HttpCall, Reply, tuple[ModelSpec, ...]]:
    """The live list: capabilities and prices of this key's project."""
    reply = yield HttpCall("GET", "/v2/models", params={"type": "video"})
    return parse_models(reply.body)


@reply_of(NAME)
def parse_models(body: Any) -> tuple[ModelSpec, ...]:
    if not isinstance(body, list):
        raise TypeError("the models are a bare list")
    return tuple(_model(item) for item in body if item.get("type", "video") == "video")


def _model(item: Mapping[str, Any]) -> ModelSpec:
    """Older SDKs know only id and name; what the list leaves out the built-in table knows."""
    model_id = needed_text(item["id"])
    known = next((spec for spec in MODELS if spec.model_id == model_id), MODELS[1])
    if "supported_durations" not in item:
        name = text_of(item.get("name")) or model_id
        return replace(known, model_id=model_id, name=name)
    references = item.get("supported_references") or {}
    durations_s = tuple(int(seconds) for seconds in item["supported_durations"])
    return ModelSpec(
        model_id=model_id,
        name=text_of(item.get("name")) or model_id,
        capabilities=Capabilities(
            durations_s=durations_s,
            default_duration_s=durations_s[0] if durations_s else None,
            aspect_ratios=tuple(map(needed_text, item.get("supported_aspect_ratios") or ())),
            resolutions=tuple(map(needed_text, item.get("supported_resolutions") or ())),
            sound=Sound.OPTIONAL if item.get("supports_sound") else Sound.NEVER,
            inputs={ROLES[role]: int(most) for role, most in references.items() if role in ROLES},
            references_exclude_frames=True,
            prompt_max_chars=PROMPT_MAX_CHARS,
        ),
        prices=tuple(_prices(item.get("pricing") or {})),
    )


def _prices(pricing: Mapping[str, Any]) -> list[Price]:
    return [
        Price(
            amount=amount_of(rate["unit_price"]),
            unit=UNITS[rate["billable_unit"]],
            currency=text_of(pricing.get("currency")) or "USD",
            resolution=rate.get("resolution"),
            has_sound=SOUNDS.get(rate.get("sound", "")),
        )
        for rate in pricing.get("rates") or ()
        if rate["billable_unit"] in UNITS
    ]


def build_balance(options: Options) -> HttpCall:
    return HttpCall("GET", "/v2/billing/balance")


@reply_of(NAME)
def parse_balance(body: Any) -> Money:
    return Money(amount_of(body["balance"]), needed_text(body["currency"]))


ADAPTER = Adapter(
    slug="getimg",
    name=NAME,
    base_url="https://api.getimg.ai",
    key_headers=bearer,
    models=MODELS,
    deliveries=(Delivery.INLINE, Delivery.PUBLIC_URL),
    images=ImageLimits(
        max_bytes=10 * 1024 * 1024,
        max_total_bytes=18_000_000,
        mime_types=("image/jpeg", "image/png", "image/webp"),
    ),
    limits=Limits(concurrent_jobs=2),
    pacing=Pacing(interval_s=5, fastest_s=3, deadline_s=1200),
    build_submit=build_submit,
    parse_submit=parse_submit,
    build_poll=build_poll,
    parse_poll=parse_poll,
    parse_error=error_at("error"),
    error_kinds={"content_policy_violation": PromptRefused},
    catalogue=catalogue,
    build_balance=build_balance,
    parse_balance=parse_balance,
)
