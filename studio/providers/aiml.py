"""AI.ML (api.ai.ml), video. Not AI/ML API (aimlapi.com), which is another company.

Source: AI.ML's guide "Video Generation", read 2026-11-21. Documented: create, poll, resolving
`videoUrl` into a presigned address, the inline directives, one error code. Assumed: 5 or 10
seconds, 480p beside 720p and 1080p, one image, a prompt of 2000 characters, the pace (the guide
says 2 to 5 s), one create per second and two jobs at once, presigned links of five minutes.

Parameters are no JSON fields but flags at the end of the text. They are written here and here
only: what a person types can never become one. `videoUrl` holds a percent-encoded path that must
reach the wire as it is. There is no cancelling, no list, no upload and no idempotency key.
"""

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

from studio.providers.contract import (
    Adapter,
    Capabilities,
    Delivery,
    Extra,
    GenerationRequest,
    HttpCall,
    ImageLimits,
    InputRole,
    Limits,
    ModelSpec,
    Options,
    Pacing,
    RemoteState,
    RemoteStatus,
    Submitted,
)
from studio.providers.keys import bearer
from studio.providers.phrases import pattern
from studio.providers.reading import error_at, first_news, needed_text, reply_of, status_of, text_of

NAME = "AI.ML"
STATUSES = {
    "queued": RemoteStatus.WAITING,
    "running": RemoteStatus.RUNNING,
    "succeeded": RemoteStatus.SUCCEEDED,
    "completed": RemoteStatus.SUCCEEDED,
    "failed": RemoteStatus.FAILED,
    "canceled": RemoteStatus.CANCELLED,
    "cancelled": RemoteStatus.CANCELLED,
}
NESTS = ("data", "result", "output", "outputs", "media")
"""Where `videoUrl` was seen in the field when it was not where the guide says."""
DASH = r"[-\u2010-\u2015\u2212\u2e3a\u2e3b\ufe58\ufe63\uff0d]"
UNSEEN = r"[\u00ad\u200b-\u200d\u2060\ufeff]"
DASHES = re.compile(f"{DASH}(?:{UNSEEN}*{DASH})+")
"""Two dashes of any width, also with characters between them that take no room."""

MODELS = (
    ModelSpec(
        model_id="video-gen.pro-1.0",
        name="Video Gen Pro 1.0",
        capabilities=Capabilities(
            durations_s=(5, 10),
            resolutions=("720p", "1080p", "480p"),
            inputs={InputRole.FIRST_FRAME: 1},
            prompt_max_chars=2000,
            extras=(
                Extra(
                    name="camerafixed",
                    label=pattern("Fixed camera"),
                    help=pattern("The camera does not move."),
                ),
            ),
        ),
    ),
)


def harmless(prompt: str) -> str:
    """The prompt on one line and without anything that could be read as a flag."""
    return " ".join(DASHES.sub("-", " ".join(prompt.split())).split())


def directives(request: GenerationRequest) -> str:
    """The flags for what was asked, in the guide's order."""
    flags = []
    if request.resolution:
        flags.append(f"--resolution {request.resolution}")
    if request.duration_s is not None:
        flags.append(f"--duration {request.duration_s}")
    if "camerafixed" in request.extras:
        flags.append(f"--camerafixed {'true' if request.extras['camerafixed'] else 'false'}")
    return " ".join(flags)


def build_submit(request: GenerationRequest, options: Options) -> HttpCall:
    text = f"{harmless(request.prompt)} {directives(request)}".strip()
    content: list[dict[str, Any]] = [{"type": "text", "text": text}]
    if image := request.reference(InputRole.FIRST_FRAME):
        content.append({"type": "image_url", "image_url": {"url": image}})
    body = {"model": request.model, "content": content}
    return HttpCall("POST", "/v1/generation/tasks/video", json=body, read_timeout_s=60)


@reply_of(NAME)
def parse_submit(body: Any) -> Submitted:
    return Submitted(
        remote_id=needed_text(body["data"]["uuid"]), state=first_news(parse_poll, body)
    )


def build_poll(remote_id: str, options: Options) -> HttpCall:
    return HttpCall("GET", f"/v1/generation/tasks/video/{quote(remote_id, safe='')}")


@reply_of(NAME)
def parse_poll(body: Any) -> RemoteState:
    """A task that succeeded without an address is reported so: the address comes later."""
    task = body["data"]
    status = status_of(task["status"], STATUSES, NAME)
    if status is RemoteStatus.SUCCEEDED:
        return RemoteState(status=status, video_ref=next(_addresses(task), ""))
    return RemoteState(status=status, reason=_reason(task.get("error") or body.get("error")))


def _reason(error: Any) -> str:
    """The guide shows no failed task, so an error that is a plain text is read too."""
    return text_of(error.get("message") if isinstance(error, dict) else error)


def _addresses(place: Any) -> Iterator[str]:
    """Every `videoUrl` here or in the nests below, nearest first."""
    if isinstance(place, list):
        for item in place:
            yield from _addresses(item)
    if isinstance(place, dict):
        if text_of(place.get("videoUrl")):
            yield place["videoUrl"]
        for name in NESTS:
            yield from _addresses(place.get(name))


def build_resolve(video_ref: str) -> HttpCall:
    """The path as it came: decoding or encoding it once more would name another file."""
    is_whole = video_ref.startswith(("http://", "https://", "/"))
    return HttpCall("GET", video_ref if is_whole else f"/{video_ref}")


@reply_of(NAME)
def parse_resolve(body: Any) -> str:
    return needed_text(body["url"])


ADAPTER = Adapter(
    slug="aiml",
    name=NAME,
    base_url="https://api.ai.ml",
    key_headers=bearer,
    models=MODELS,
    deliveries=(Delivery.PUBLIC_URL,),
    images=ImageLimits(max_bytes=20_000_000, max_total_bytes=20_000_000),
    limits=Limits(creates_per_minute=60, concurrent_jobs=2),
    pacing=Pacing(interval_s=4, fastest_s=3, deadline_s=900, link_life_s=300),
    build_submit=build_submit,
    parse_submit=parse_submit,
    build_poll=build_poll,
    parse_poll=parse_poll,
    parse_error=error_at("error"),
    build_resolve=build_resolve,
    parse_resolve=parse_resolve,
)
