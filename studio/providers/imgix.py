"""imgix Generations API, video.

Source: https://docs.imgix.com (Generations, Video REST API, Management API), read 2026-11-21.
Documented: create with four required fields, status attributes, HTTP codes, uploads into a
Source. Assumed: the create answer has the shape of the status answer; durations per model;
JSON:API error bodies; the video's address needs no key; 240 creates a minute (4 per second is
documented as the default limit); the pace and the deadline.

The page contradicts itself, and every reading is accepted: two status vocabularies, `result.url`
as a text or an object, the prefix /v1 or /api/v1 (an option; never switched automatically,
because a create must not be sent twice). The image must be served by a Source of the key's own
account, so a local one is uploaded there first. There is no cancelling, no list, no idempotency
key.
"""

from collections.abc import Generator, Mapping
from typing import Any
from urllib.parse import quote

from studio.providers.contract import (
    Adapter,
    Capabilities,
    Delivery,
    ErrorBody,
    GenerationRequest,
    HttpCall,
    ImageFile,
    ImageLimits,
    InputRole,
    Limits,
    ModelSpec,
    OptionField,
    Options,
    Pacing,
    RemoteState,
    RemoteStatus,
    Reply,
    Submitted,
)
from studio.providers.errors import SettingMissing
from studio.providers.keys import bearer
from studio.providers.phrases import pattern, phrase
from studio.providers.reading import first_news, needed_text, reply_of, status_of, text_of
from studio.providers.redaction import shorten

NAME = "imgix"
DEFAULT_PREFIX = "/v1"
DEFAULT_FOLDER = "dailies"
STATUSES = {
    "preparing": RemoteStatus.RUNNING,
    "ready": RemoteStatus.SUCCEEDED,
    "errored": RemoteStatus.FAILED,
    "pending": RemoteStatus.WAITING,
    "processing": RemoteStatus.RUNNING,
    "completed": RemoteStatus.SUCCEEDED,
    "failed": RemoteStatus.FAILED,
}


def _model(model_id: str, name: str, durations_s: tuple[int, ...], default_s: int) -> ModelSpec:
    return ModelSpec(
        model_id=model_id,
        name=name,
        capabilities=Capabilities(
            durations_s=durations_s,
            default_duration_s=default_s,
            inputs={InputRole.FIRST_FRAME: 1},
            needed_inputs=frozenset({InputRole.FIRST_FRAME}),
            prompt_max_chars=4000,
        ),
    )


MODELS = (
    _model("klingai", "Kling", (5, 10), 5),
    _model("veo2", "Veo 2", (5, 6, 7, 8), 5),
    _model("veo3", "Veo 3", (4, 6, 8), 8),
)


def _generations(options: Options) -> str:
    return f"{options.get('api_prefix') or DEFAULT_PREFIX}/generations/video"


def build_submit(request: GenerationRequest, options: Options) -> HttpCall:
    body = {
        "url": request.reference(InputRole.FIRST_FRAME),
        "prompt": request.prompt,
        "model": request.model,
        "duration": request.duration_s,
    }
    return HttpCall("POST", _generations(options), json=body, read_timeout_s=60)


@reply_of(NAME)
def parse_submit(body: Any) -> Submitted:
    """The page shows no create answer, so an id alone is enough to follow the job."""
    job = body["data"]
    remote_id = needed_text(job["id"])
    if "status" in (job.get("attributes") or {}):
        return Submitted(remote_id=remote_id, state=first_news(parse_poll, body))
    return Submitted(remote_id=remote_id, state=RemoteState(status=RemoteStatus.WAITING))


def build_poll(remote_id: str, options: Options) -> HttpCall:
    return HttpCall("GET", f"{_generations(options)}/{quote(remote_id, safe='')}")


@reply_of(NAME)
def parse_poll(body: Any) -> RemoteState:
    attributes = body["data"]["attributes"]
    status = status_of(attributes["status"], STATUSES, NAME)
    if status is RemoteStatus.FAILED:
        error = attributes.get("error") or {}
        return RemoteState(status=status, reason=text_of(error.get("message")))
    if status is RemoteStatus.SUCCEEDED:
        return RemoteState(status=status, video_url=needed_text(_video_url(attributes)))
    return RemoteState(status=status)


def _video_url(attributes: Mapping[str, Any]) -> Any:
    """The page types `result.url` as an object, reads it as a text, and speaks of a
    `result_url`: whichever is there."""
    found = attributes.get("result")
    while isinstance(found, dict):
        found = found.get("url")
    return found or attributes.get("result_url")


def upload(image: ImageFile, options: Options) -> Generator[HttpCall, Reply, str]:
    """Put the image into the account's Source. Returns the address it is served under."""
    if not options.get("source_id"):
        raise SettingMissing("imgix needs its option source_id to take images. Nothing was sent.")
    source = f"/api/v1/sources/{quote(options['source_id'], safe='')}"
    base = options.get("source_url", "").rstrip("/")
    if not base:
        base = parse_source((yield HttpCall("GET", source)).body)
    folder = (options.get("path_prefix") or DEFAULT_FOLDER).strip("/")
    path = quote("/".join(part for part in (folder, image.name) if part))
    yield HttpCall(
        "POST",
        f"{source}/upload/{path}",
        content=image.content,
        headers={"Content-Type": image.mime_type},
        read_timeout_s=120,
    )
    return f"{base}/{path}"


@reply_of(NAME)
def parse_source(body: Any) -> str:
    """Where the Source serves its images."""
    deployment = body["data"]["attributes"]["deployment"]
    if subdomains := deployment.get("imgix_subdomains"):
        return f"https://{needed_text(subdomains[0])}.imgix.net"
    return f"https://{needed_text(deployment['custom_domains'][0])}"


def parse_error(reply: Reply) -> ErrorBody:
    """JSON:API errors. A path that is not there is most likely the other prefix."""
    errors = reply.body.get("errors") if isinstance(reply.body, dict) else None
    first = errors[0] if isinstance(errors, list) and errors else {}
    message = text_of(first.get("detail")) if isinstance(first, dict) else ""
    message = message or shorten(reply.text, 200)
    if reply.status == 404:
        message += " (if this was a new clip, try the option api_prefix /api/v1 or /v1)"
    return ErrorBody(message)


ADAPTER = Adapter(
    slug="imgix",
    name=NAME,
    base_url="https://api.imgix.com",
    key_headers=bearer,
    models=MODELS,
    deliveries=(Delivery.UPLOAD, Delivery.PUBLIC_URL),
    images=ImageLimits(
        max_bytes=29_000_000,
        max_total_bytes=29_000_000,
        mime_types=("image/jpeg", "image/png", "image/webp"),
    ),
    limits=Limits(creates_per_minute=240),
    pacing=Pacing(interval_s=5, fastest_s=3, deadline_s=900),
    build_submit=build_submit,
    parse_submit=parse_submit,
    build_poll=build_poll,
    parse_poll=parse_poll,
    parse_error=parse_error,
    options=(
        OptionField(
            name="source_id",
            label=pattern("Source"),
            help=pattern(
                "Id of a storage-backed Source that allows uploads. The key needs Asset "
                "Manager Edit."
            ),
        ),
        OptionField(
            name="source_url",
            label=pattern("Source address"),
            help=pattern("Where uploaded images are served. Empty: the Source's own subdomain."),
        ),
        OptionField(
            name="path_prefix",
            label=pattern("Folder for uploads"),
            help=phrase("Inside the Source. Empty: %(folder)s.", folder=DEFAULT_FOLDER),
        ),
        OptionField(
            name="api_prefix",
            label=pattern("API prefix"),
            help=phrase("imgix' page shows both. Empty: %(prefix)s.", prefix=DEFAULT_PREFIX),
            choices=("/v1", "/api/v1"),
        ),
    ),
    upload=upload,
    upload_needs=("source_id",),
)
