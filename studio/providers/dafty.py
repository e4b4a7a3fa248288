"""Dafty API, videos.

Source: https://docs.dafty.ai (video guide, uploads, polling, rate limits, idempotency, API
reference), read 2026-11-21. Documented: both endpoints with their fields, the job, uploads,
idempotency (24 h), cancelling, limits, the error shape. Assumed: the shape of the job list, the
pace of polling, the code names other than UNAUTHORIZED, INSUFFICIENT_CREDITS and the two 429s,
20 MiB per image, a concurrency that the API itself refuses.

There is no model to choose and no clip from text alone: one image goes to /videos/image-to-video,
two go to /videos/frames. A cancelled job reads `failed`. Credits are "CU"; no price list exists.
"""

from collections.abc import Generator, Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import quote

from studio.providers.contract import (
    Adapter,
    Capabilities,
    Delivery,
    GenerationRequest,
    HttpCall,
    ImageFile,
    ImageLimits,
    InputRole,
    Limits,
    ModelSpec,
    Options,
    Pacing,
    RemoteJob,
    RemoteState,
    RemoteStatus,
    Reply,
    Sound,
    Submitted,
)
from studio.providers.errors import OutOfCredit, RateLimited
from studio.providers.reading import (
    error_at,
    first_news,
    moment_of,
    needed_text,
    reply_of,
    status_of,
    text_of,
)

NAME = "Dafty"
WAIT_TIMEOUT_S = 75.0
STATUSES = {
    "pending": RemoteStatus.WAITING,
    "processing": RemoteStatus.RUNNING,
    "completed": RemoteStatus.SUCCEEDED,
    "failed": RemoteStatus.FAILED,
}

ONE_IMAGE = Capabilities(
    durations_s=tuple(range(1, 16)),
    default_duration_s=6,
    resolutions=("720p", "480p"),
    sound=Sound.OPTIONAL,
    inputs={InputRole.FIRST_FRAME: 1, InputRole.LAST_FRAME: 1},
    needed_inputs=frozenset({InputRole.FIRST_FRAME}),
    prompt_max_chars=2000,
    negative_prompt_max_chars=1000,
)
TWO_IMAGES = replace(
    ONE_IMAGE,
    durations_s=tuple(range(4, 16)),
    aspect_ratios=("auto", "16:9", "9:16", "4:3", "3:4", "1:1", "21:9"),
)
MODELS = (
    ModelSpec(
        model_id="dafty",
        name="Dafty",
        capabilities=replace(ONE_IMAGE, with_last_frame=TWO_IMAGES),
    ),
)


def key_headers(api_key: str) -> Mapping[str, str]:
    return {"x-api-key": api_key}


def build_submit(request: GenerationRequest, options: Options) -> HttpCall:
    """One image is animated; two are moved between, and only then a ratio can be asked for.

    `audio` is always said: the API's own default is on.
    """
    body: dict[str, Any] = {"prompt": request.prompt, "audio": bool(request.has_sound)}
    if request.duration_s is not None:
        body["duration"] = request.duration_s
    if request.resolution:
        body["resolution"] = request.resolution
    if request.negative_prompt:
        body["negativePrompt"] = request.negative_prompt
    first, last = map(request.reference, (InputRole.FIRST_FRAME, InputRole.LAST_FRAME))
    if last:
        path, body = "/videos/frames", body | {"startImage": first, "endImage": last}
        body["aspectRatio"] = request.aspect_ratio or "auto"
    else:
        path, body = "/videos/image-to-video", body | {"image": first}
    headers = {"Idempotency-Key": request.idempotency_key}
    return HttpCall("POST", path, json=body, headers=headers, read_timeout_s=60)


@reply_of(NAME)
def parse_submit(body: Any) -> Submitted:
    return Submitted(remote_id=needed_text(body["data"]["id"]), state=first_news(parse_poll, body))


def build_poll(remote_id: str, options: Options) -> HttpCall:
    return HttpCall("GET", f"/videos/{quote(remote_id, safe='')}")


def build_wait(remote_id: str, options: Options) -> HttpCall:
    """The API holds this one until the job has ended, 55 s at most."""
    call = build_poll(remote_id, options)
    return replace(call, params={"wait": "true"}, read_timeout_s=WAIT_TIMEOUT_S)


@reply_of(NAME)
def parse_poll(body: Any) -> RemoteState:
    job = body["data"]
    status = status_of(job["status"], STATUSES, NAME)
    if status is RemoteStatus.FAILED:
        return RemoteState(status=status, reason=text_of((job.get("error") or {}).get("message")))
    if status is RemoteStatus.SUCCEEDED:
        return RemoteState(status=status, video_url=needed_text(job["result"]["video"]["url"]))
    return RemoteState(status=status)


def upload(image: ImageFile, options: Options) -> Generator[HttpCall, Reply, str]:
    """Presign, send to the store without the key, complete. Returns the upload's id."""
    presigned = yield HttpCall(
        "POST", "/uploads", json={"filename": image.name, "contentType": image.mime_type}
    )
    upload_id, address = parse_presign(presigned.body)
    yield HttpCall(
        "PUT",
        address,
        content=image.content,
        headers={"Content-Type": image.mime_type},
        sends_key=False,
        read_timeout_s=120,
    )
    completed = yield HttpCall("POST", f"/uploads/{quote(upload_id, safe='')}/complete")
    return parse_upload(completed.body)


@reply_of(NAME)
def parse_presign(body: Any) -> tuple[str, str]:
    return needed_text(body["data"]["uploadId"]), needed_text(body["data"]["uploadUrl"])


@reply_of(NAME)
def parse_upload(body: Any) -> str:
    return needed_text(body["data"]["id"])


def build_cancel(remote_id: str, options: Options) -> HttpCall:
    return HttpCall("POST", f"/jobs/{quote(remote_id, safe='')}/cancel")


def build_list(options: Options) -> HttpCall:
    return HttpCall("GET", "/jobs", params={"limit": "100"})


@reply_of(NAME)
def parse_list(body: Any) -> tuple[RemoteJob, ...]:
    """The list names neither prompt nor model; a lost job is found by its key instead."""
    jobs = body["data"]["jobs"] if isinstance(body["data"], dict) else body["data"]
    if not isinstance(jobs, list):
        raise TypeError("the jobs are a list")
    return tuple(
        RemoteJob(
            remote_id=needed_text(job["id"]),
            status=status_of(job["status"], STATUSES, NAME),
            created_at=moment_of(job.get("createdAt")),
        )
        for job in jobs
    )


ADAPTER = Adapter(
    slug="dafty",
    name=NAME,
    base_url="https://app.dafty.ai/api/v1",
    key_headers=key_headers,
    models=MODELS,
    deliveries=(Delivery.UPLOAD, Delivery.PUBLIC_URL),
    images=ImageLimits(
        max_bytes=20 * 1024 * 1024,
        max_total_bytes=40 * 1024 * 1024,
        mime_types=("image/jpeg", "image/png", "image/webp"),
    ),
    limits=Limits(creates_per_minute=5, looks_per_minute=120),
    pacing=Pacing(interval_s=5, fastest_s=5, deadline_s=1800),
    build_submit=build_submit,
    parse_submit=parse_submit,
    build_poll=build_poll,
    parse_poll=parse_poll,
    parse_error=error_at("error"),
    build_wait=build_wait,
    error_kinds={
        "INSUFFICIENT_CREDITS": OutOfCredit,
        "RATE_LIMIT_ERROR": RateLimited,
        "CONCURRENT_LIMIT_REACHED": RateLimited,
    },
    idempotency_life_s=24 * 3600,
    upload=upload,
    build_cancel=build_cancel,
    cancel_note="Dafty charges 1 CU if work on it had begun.",
    build_list=build_list,
    parse_list=parse_list,
)
