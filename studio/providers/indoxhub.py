"""indoxhub: a gateway to Google Veo, OpenAI Sora, Amazon Nova Reel and Luma.

Source: IndoxHub's documentation (video guide, API reference, response schemas) and the official
Python SDK 0.2.2 with its example programs, read 2026-11-21. Documented: create with its fields,
job, list, cancel, error shapes, credits (1000 = 1 USD), and per model (SDK examples) durations,
resolutions and prices. Assumed: the status `cancelled`, the place of a failure's reason, 4, 6 or
8 s for Veo and 4, 8 or 12 s for Sora within the ranges that are documented, 4000 characters of
prompt, 20 MB per request, how the live list marks a video model, the pace (the SDK says 15 s, the
provider's skill 5 s), the deadline.

A create may answer at once with a job, or block until the finished video: both are read. The
link of a finished job stands in three places in public text: the first that is there is taken.
No idempotency key, but the job list can settle a lost answer.
"""

from collections.abc import Generator, Iterator, Mapping
from decimal import Decimal
from typing import Any
from urllib.parse import quote

from studio.providers.contract import (
    Adapter,
    Capabilities,
    Delivery,
    ErrorBody,
    Extra,
    GenerationRequest,
    HttpCall,
    ImageLimits,
    InputRole,
    Limits,
    ModelSpec,
    Money,
    OptionField,
    Options,
    Pacing,
    Price,
    RemoteJob,
    RemoteState,
    RemoteStatus,
    Reply,
    Sound,
    Submitted,
)
from studio.providers.errors import OutOfCredit, RequestRefused
from studio.providers.keys import bearer
from studio.providers.phrases import pattern
from studio.providers.reading import (
    amount_of,
    first_news,
    moment_of,
    needed_text,
    reply_of,
    status_of,
    text_of,
)
from studio.providers.redaction import shorten

NAME = "indoxhub"
CREDITS_PER_USD = 1000
PROMPT_MAX_CHARS = 4000
BLOCKING_CREATE_S = 900.0
STATUSES = {
    "pending": RemoteStatus.WAITING,
    "in_progress": RemoteStatus.RUNNING,
    "completed": RemoteStatus.SUCCEEDED,
    "failed": RemoteStatus.FAILED,
    "cancelled": RemoteStatus.CANCELLED,
    "canceled": RemoteStatus.CANCELLED,
}
SIZES = {"16:9": "1280x720", "9:16": "720x1280"}
SIZED_VENDORS = ("openai", "amazon", "luma")
"""Vendors that take `size` and no ratio or resolution."""

PEOPLE = Extra(
    name="person_generation",
    label=pattern("People"),
    help=pattern("Which people the model may show."),
    choices=("dont_allow", "allow_adult", "allow_all"),
)


def _veo(sound: Sound, *, has_hd: bool = True, references: int = 0) -> Capabilities:
    inputs = {InputRole.FIRST_FRAME: 1, InputRole.LAST_FRAME: 1}
    if references:
        inputs |= {InputRole.REFERENCE: references, InputRole.SOURCE_VIDEO: 1}
    return Capabilities(
        durations_s=(4, 6, 8) if has_hd else (5, 6, 7, 8),
        default_duration_s=8,
        aspect_ratios=("16:9", "9:16"),
        resolutions=("720p", "1080p") if has_hd else ("720p",),
        sound=sound,
        inputs=inputs,
        prompt_max_chars=PROMPT_MAX_CHARS,
        negative_prompt_max_chars=1000,
        extras=(PEOPLE,),
    )


def _sized(durations_s: tuple[int, ...], ratios: tuple[str, ...]) -> Capabilities:
    return Capabilities(
        durations_s=durations_s,
        aspect_ratios=ratios,
        prompt_max_chars=PROMPT_MAX_CHARS,
    )


def _per_second(usd: str, has_sound: bool | None = None) -> Price:
    return Price(amount=Decimal(usd), has_sound=has_sound)


def _model(model_id: str, name: str, capabilities: Capabilities, *prices: Price) -> ModelSpec:
    return ModelSpec(model_id=model_id, name=name, capabilities=capabilities, prices=prices)


BOTH_SHAPES = ("16:9", "9:16")
MODELS = (
    _model(
        "google/veo-3.0-generate-001",
        "Veo 3",
        _veo(Sound.OPTIONAL),
        _per_second("0.20", False),
        _per_second("0.40", True),
    ),
    _model(
        "google/veo-3.0-fast-generate-001",
        "Veo 3 Fast",
        _veo(Sound.ALWAYS),
        _per_second("0.15"),
    ),
    _model(
        "google/veo-3.1-generate-preview",
        "Veo 3.1",
        _veo(Sound.ALWAYS, references=3),
        _per_second("0.40"),
    ),
    _model(
        "google/veo-3.1-fast-generate-preview",
        "Veo 3.1 Fast",
        _veo(Sound.ALWAYS, references=3),
        _per_second("0.15"),
    ),
    _model(
        "google/veo-2.0-generate-001",
        "Veo 2",
        _veo(Sound.NEVER, has_hd=False),
        _per_second("0.50"),
    ),
    _model("openai/sora-2", "Sora 2", _sized((4, 8, 12), BOTH_SHAPES)),
    _model("openai/sora-2-pro", "Sora 2 Pro", _sized((4, 8, 12), BOTH_SHAPES)),
    _model("amazon/nova-reel-v1", "Nova Reel", _sized((6,), ("16:9",)), _per_second("0.08")),
    _model("luma/ray-v2", "Ray 2", _sized((6,), ("16:9",)), _per_second("1.50")),
)
CAUTIOUS = Capabilities(prompt_max_chars=PROMPT_MAX_CHARS)
"""For a model that only the live list knows: text, and the API's defaults for the rest."""
SOUNDING = {spec.model_id for spec in MODELS if spec.capabilities.sound is not Sound.NEVER}


def build_submit(request: GenerationRequest, options: Options) -> HttpCall:
    body: dict[str, Any] = {
        "prompt": request.prompt,
        "model": request.model,
        "n": 1,
        "response_format": "url",
    }
    asked = {
        "duration": request.duration_s,
        "negative_prompt": request.negative_prompt,
        "person_generation": request.extras.get("person_generation"),
        # Only models that make sound know the field, and some refuse what they do not know.
        "generate_audio": request.has_sound if request.model in SOUNDING else None,
        "byok_api_key": options.get("byok_api_key"),
        **_shape(request),
        **_pictures(request),
    }
    body |= {name: value for name, value in asked.items() if value not in ("", None, [])}
    return HttpCall("POST", "/videos/generations", json=body, read_timeout_s=BLOCKING_CREATE_S)


def _shape(request: GenerationRequest) -> dict[str, Any]:
    """Ratio and resolution, or the size that stands for both at some vendors."""
    if request.model.split("/")[0] in SIZED_VENDORS:
        return {"size": SIZES.get(request.aspect_ratio, "")}
    return {"aspect_ratio": request.aspect_ratio, "resolution": request.resolution}


def _pictures(request: GenerationRequest) -> dict[str, Any]:
    references = request.references(InputRole.REFERENCE)
    return {
        "input_image": request.reference(InputRole.FIRST_FRAME),
        "last_frame": request.reference(InputRole.LAST_FRAME),
        "reference_image": references[0] if len(references) == 1 else "",
        "reference_images": references if len(references) > 1 else [],
        "video": request.reference(InputRole.SOURCE_VIDEO),
    }


@reply_of(NAME)
def parse_submit(body: Any) -> Submitted:
    """An object with a job to follow, or a list with the finished video."""
    _refuse_failure(body)
    data = body.get("data")
    first = data[0] if isinstance(data, list) and data else data
    first = first if isinstance(first, dict) else {}
    remote_id = text_of(first.get("job_id")) or needed_text(body.get("request_id"))
    usage = body.get("usage") or {}
    cost = Money(amount_of(usage["cost"])) if usage.get("cost") is not None else None
    if url := text_of(first.get("url")):
        state = RemoteState(status=RemoteStatus.SUCCEEDED, video_url=url)
    else:
        state = first_news(_bare_state, first)
    return Submitted(remote_id=remote_id, state=state, cost=cost)


def _bare_state(job: Any) -> RemoteState:
    """The status alone; waiting where the answer has none."""
    word = job.get("status") or "pending"
    return RemoteState(status=status_of(word, STATUSES, NAME))


def _refuse_failure(body: Any) -> None:
    """`success: false` may come with a 2xx status; then nothing was started."""
    if not isinstance(body, dict) or body.get("success") is not False:
        return
    message = shorten(text_of(body.get("message")) or "no reason given", 240).rstrip(".")
    if "credit" in message.lower():
        raise OutOfCredit(
            f"{NAME} has no credit left on this key: {message}. Nothing was charged. Top up "
            "there, then press Try again."
        )
    raise RequestRefused(f"{NAME} refused the request: {message}. Nothing was charged.")


def build_poll(remote_id: str, options: Options) -> HttpCall:
    return HttpCall("GET", f"/videos/jobs/{quote(remote_id, safe='')}")


@reply_of(NAME)
def parse_poll(body: Any) -> RemoteState:
    status = status_of(body["status"], STATUSES, NAME)
    if status is RemoteStatus.SUCCEEDED:
        return RemoteState(status=status, video_url=needed_text(_video_url(body)))
    progress = body.get("progress")
    return RemoteState(
        status=status,
        progress_percent=max(0, min(100, int(progress))) if progress is not None else None,
        reason=_reason(body.get("error")),
    )


def _reason(error: Any) -> str:
    if isinstance(error, dict):
        return text_of(error.get("message")) or shorten(str(error), 240)
    return text_of(error)


def _video_url(job: Mapping[str, Any]) -> str:
    result, data = job.get("result"), job.get("data")
    first = result[0] if isinstance(result, list) and result else result
    places = (
        first.get("url") if isinstance(first, dict) else first,
        first.get("video_url") if isinstance(first, dict) else None,
        data.get("url") if isinstance(data, dict) else None,
    )
    return next((text_of(url) for url in places if text_of(url)), "")


def build_cancel(remote_id: str, options: Options) -> HttpCall:
    return HttpCall("POST", f"/videos/jobs/{quote(remote_id, safe='')}/cancel")


def build_list(options: Options) -> HttpCall:
    return HttpCall("GET", "/videos/jobs", params={"limit": "100", "skip": "0"})


@reply_of(NAME)
def parse_list(body: Any) -> tuple[RemoteJob, ...]:
    if not isinstance(body["jobs"], list):
        raise TypeError("the jobs are a list")
    return tuple(
        RemoteJob(
            remote_id=needed_text(job["job_id"]),
            status=status_of(job["status"], STATUSES, NAME),
            created_at=moment_of(job.get("created_at")),
            prompt=text_of(job.get("prompt")),
            model=text_of(job.get("model")),
        )
        for job in body["jobs"]
    )


def catalogue(options: Options) -> Generator[HttpCall, Reply, tuple[ModelSpec, ...]]:
    """The models that this account may use. The list says what they can do in no form to rely
    on, so known ones keep the built-in table and others get the least."""
    reply = yield HttpCall("GET", "/models")
    return parse_models(reply.body)


@reply_of(NAME)
def parse_models(body: Any) -> tuple[ModelSpec, ...]:
    """The list is a bare array of providers with their models, or of models."""
    vendors = body if isinstance(body, list) else body.get("providers") or body["data"]
    if not isinstance(vendors, list):
        raise TypeError("the providers are a list")
    offered = {_bare(spec): spec for vendor in vendors for spec in _offered(vendor)}
    known = {_bare(spec): spec for spec in MODELS if _bare(spec) in offered}
    return (*known.values(), *(spec for bare, spec in offered.items() if bare not in known))


def _offered(vendor: Mapping[str, Any]) -> Iterator[ModelSpec]:
    """This vendor's video models. Chat and image models stand in the same list."""
    names = {_bare(spec) for spec in MODELS}
    for model in vendor.get("models") or [vendor]:
        model_id = needed_text(model.get("modelName") or model.get("id"))
        maker = text_of(model.get("provider") or vendor.get("id"))
        if maker and "/" not in model_id:
            model_id = f"{maker}/{model_id}"
        spec = _model(model_id, text_of(model.get("name")) or model_id, CAUTIOUS)
        makes_video = "video_generation" in (model.get("capabilities") or ())
        if not model.get("is_disabled") and (makes_video or _bare(spec) in names):
            yield spec


def _bare(spec: ModelSpec) -> str:
    """The id without its vendor, which lists leave out at times."""
    return spec.model_id.split("/")[-1]


def build_balance(options: Options) -> HttpCall:
    return HttpCall("GET", "/user/me")


@reply_of(NAME)
def parse_balance(body: Any) -> Money:
    """Credits as US dollars: the prices are in dollars too."""
    return Money(amount_of(body["credits"]) / CREDITS_PER_USD)


def parse_error(reply: Reply) -> ErrorBody:
    """`detail` as a text or as FastAPI's list, or the envelope's `message`."""
    body = reply.body if isinstance(reply.body, dict) else {}
    detail = body.get("detail")
    if isinstance(detail, list):
        return ErrorBody("; ".join(_complaint(item) for item in detail))
    message = text_of(detail) or text_of(body.get("message")) or shorten(reply.text, 200)
    return ErrorBody(message, "not_allowed" if reply.status == 403 else "")


def _complaint(item: Any) -> str:
    if not isinstance(item, dict):
        return str(item)
    place = ".".join(str(part) for part in item.get("loc") or () if part != "body")
    return f"{place}: {item.get('msg', '')}".strip(": ")


ADAPTER = Adapter(
    slug="indoxhub",
    name=NAME,
    base_url="https://api.indoxhub.com/api/v1",
    key_headers=bearer,
    models=MODELS,
    deliveries=(Delivery.INLINE, Delivery.PUBLIC_URL),
    images=ImageLimits(max_bytes=14_000_000, max_total_bytes=14_000_000),
    limits=Limits(creates_per_minute=10),
    pacing=Pacing(interval_s=10, fastest_s=5, deadline_s=1200),
    build_submit=build_submit,
    parse_submit=parse_submit,
    build_poll=build_poll,
    parse_poll=parse_poll,
    parse_error=parse_error,
    # A 403 says that the model is not allowed for this account; the key itself is fine.
    error_kinds={"not_allowed": RequestRefused},
    options=(
        OptionField(
            name="byok_api_key",
            label=pattern("Own vendor key"),
            help=pattern("A key of your own at the vendor; then no credits are used."),
            is_secret=True,
        ),
    ),
    build_cancel=build_cancel,
    build_list=build_list,
    parse_list=parse_list,
    # A create may block until the clip is made; whether it is listed meanwhile is not said.
    list_settles_s=BLOCKING_CREATE_S + 60,
    catalogue=catalogue,
    build_balance=build_balance,
    parse_balance=parse_balance,
)
