"""AI.ML (api.ai.ml) video tasks: create, poll, resolve, download.

The media path is one percent-encoded segment: its decoded form is not found. The store refuses
a request that carries an Authorization header, as presigned storage does. Directives other than
the three documented ones are refused.
"""

import re
import uuid
from pathlib import Path
from typing import Any
from urllib.parse import quote

from aiohttp import web

from studio.demo import fields
from studio.demo.exchange import Api, Exchange, Route, bearer, json_answer
from studio.demo.hub import picture_from_address
from studio.demo.images import BadImage
from studio.demo.jobs import Job, State
from studio.demo.problem import Problem, Reason, invalid, missing, not_found

MODEL = "video-gen.pro-1.0"
LINK_LIFE_S = 300.0
DIRECTIVES = {
    "resolution": ("480p", "720p", "1080p"),
    "duration": ("5", "10"),
    "camerafixed": ("true", "false"),
}
FLAG = re.compile(r"(?:^|\s)--(\S*)")
WORDS = {
    State.QUEUED: "queued",
    State.RUNNING: "running",
    State.SUCCEEDED: "succeeded",
    State.FAILED: "failed",
    State.CANCELLED: "canceled",
}
STATUSES: dict[Reason, tuple[int, str]] = {
    Reason.MISSING: (400, "invalid_request"),
    Reason.INVALID: (400, "invalid_request"),
    Reason.WRONG_TYPE: (400, "invalid_request"),
    Reason.REFUSED: (400, "invalid_request"),
    Reason.BAD_KEY: (401, "unauthorized"),
    Reason.NO_CREDIT: (402, "insufficient_credits"),
    Reason.FORBIDDEN: (403, "forbidden"),
    Reason.EXPIRED: (403, "forbidden"),
    Reason.NOT_FOUND: (404, "not_found"),
    Reason.LOCKED: (423, "not_ready"),
    Reason.RATE_LIMIT: (429, "rate_limited"),
    Reason.CONCURRENCY: (429, "rate_limited"),
    Reason.SERVER_ERROR: (500, "internal_error"),
}


def refuse(problem: Problem) -> web.Response:
    status, code = STATUSES[problem.reason]
    error = {"code": code, "message": problem.message}
    return json_answer({"error": error}, problem.status or status, problem.headers)


async def create(exchange: Exchange) -> web.Response:
    body = exchange.json_object()
    fields.choice(body, "model", (MODEL,))
    text, image = _content(fields.items(body, "content", most=2))
    prompt, directives = _split(text)
    resolution = directives.get("resolution", "720p")
    spec = exchange.hub.plan(
        prompt=prompt,
        duration_s=int(directives.get("duration", "5")),
        resolution=resolution,
        first=await _picture(exchange, image) if image else None,
    )
    job = exchange.hub.create(exchange, str(uuid.uuid4()), spec)
    return json_answer({"data": {"uuid": job.id, "status": "queued"}})


def _content(items: list[Any]) -> tuple[str, str]:
    """The text and the image address ("" if none). Raises Problem."""
    kinds = [item.get("type") if isinstance(item, dict) else None for item in items]
    if unknown := [kind for kind in kinds if kind not in ("text", "image_url")]:
        raise invalid("content", f"Unknown content type: {unknown[0]}.")
    if kinds[:1] != ["text"] or not str(items[0].get("text") or "").strip():
        raise missing("content", "Text content is required.")
    if kinds.count("text") > 1:
        raise invalid("content", "Only one text item is allowed.")
    if len(items) == 1:
        return str(items[0]["text"]), ""
    image = items[1].get("image_url")
    if not isinstance(image, dict) or not isinstance(image.get("url"), str):
        raise missing("content", "image_url.url is required.")
    return str(items[0]["text"]), image["url"]


def _split(text: str) -> tuple[str, dict[str, str]]:
    """The prompt and the directives at its end. Raises Problem for one that is not known."""
    match = FLAG.search(text)
    if not match:
        return text.strip(), {}
    prompt, words = text[: match.start()].strip(), text[match.start() :].split()
    if not prompt:
        raise missing("content", "Text content is required.")
    if len(words) % 2:
        raise invalid("content", "A directive at the end of the text has no value.")
    directives: dict[str, str] = {}
    for flag, value in zip(words[::2], words[1::2], strict=True):
        name = flag.removeprefix("--")
        if not flag.startswith("--") or value not in DIRECTIVES.get(name, ()):
            raise invalid("content", f"Invalid directive: {flag} {value}.")
        directives[name] = value
    return prompt, directives


async def _picture(exchange: Exchange, address: str) -> Path:
    try:
        return await picture_from_address(exchange.hub, address)
    except BadImage as e:
        raise invalid("image_url", str(e)) from e


async def poll(exchange: Exchange) -> web.Response:
    job = exchange.hub.job(exchange, exchange.part("uuid"), "Task")
    state = job.state(exchange.hub.clock.now())
    data: dict[str, object] = {"uuid": job.id, "status": WORDS[state]}
    if state is State.SUCCEEDED:
        data["videoUrl"] = f"/v1/media/videos/{quote(_media_path(job), safe='')}"
    if state is State.FAILED:
        code = job.error_code or "generation_failed"
        data["error"] = {"code": code, "message": job.error}
    return json_answer({"data": data})


def _media_path(job: Job) -> str:
    return f"orgs/64/videos/{job.id}.mp4"


async def resolve(exchange: Exchange) -> web.Response:
    name = exchange.part("media_path").rpartition("/")[2]
    job = exchange.hub.job(exchange, name.removesuffix(".mp4"), "Media")
    if not job.file or exchange.part("media_path") != _media_path(job):
        raise not_found("Media")
    return json_answer(
        {"url": exchange.hub.link(exchange, f"/aiml/store/{job.id}.mp4", LINK_LIFE_S)}
    )


async def download(exchange: Exchange) -> web.Response:
    if "Authorization" in exchange.request.headers:
        raise invalid("Authorization", "Only one auth mechanism is allowed.")
    exchange.hub.check_link(exchange)
    job = exchange.hub.job(exchange, exchange.part("uuid"), "File")
    return exchange.hub.serve_video(exchange, job)


API = Api(
    slug="aiml",
    routes=(
        Route("POST", "/v1/generation/tasks/video", "create", create),
        Route("GET", "/v1/generation/tasks/video/{uuid}", "poll", poll),
        Route("GET", "/v1/media/videos/{media_path}", "resolve", resolve),
        Route("GET", "/store/{uuid}.mp4", "download", download, needs_key=False),
    ),
    key=bearer,
    refuse=refuse,
)
