"""imgix Generations API (video) and the parts of its Management API that uploads need.

Answers under /v1 and /api/v1. The clip's address is signed here, and lives an hour; imgix says
nothing about either. An image address must belong to the demo's own Source.
"""

import secrets
from pathlib import Path
from urllib.parse import unquote, urlsplit

from aiohttp import web

from studio.demo import fields, files, images
from studio.demo.exchange import Api, Exchange, Route, bearer, json_answer
from studio.demo.images import BadImage
from studio.demo.jobs import Job, State
from studio.demo.limits import Rate
from studio.demo.problem import Problem, Reason, invalid, not_found
from studio.demo.uploads import Upload

DURATIONS_S = {"klingai": (5, 10), "veo2": (5, 6, 7, 8), "veo3": (4, 6, 8)}
MODELS_WITH_SOUND = frozenset({"veo3"})
DEFAULT_RATE = Rate(limit=4, window_s=1)
UPLOAD_RATE = Rate(limit=2, window_s=1)
LINK_LIFE_S = 3600.0
MAX_UPLOAD_BYTES = 30 * 1024 * 1024
SUBDOMAIN = "demo"
WORDS: dict[int, dict[State, str]] = {
    1: {
        State.QUEUED: "preparing",
        State.RUNNING: "preparing",
        State.SUCCEEDED: "ready",
        State.FAILED: "errored",
        State.CANCELLED: "errored",
    },
    2: {
        State.QUEUED: "pending",
        State.RUNNING: "processing",
        State.SUCCEEDED: "completed",
        State.FAILED: "failed",
        State.CANCELLED: "failed",
    },
}
STATUSES: dict[Reason, tuple[int, str]] = {
    Reason.MISSING: (400, "Bad Request"),
    Reason.INVALID: (400, "Bad Request"),
    Reason.WRONG_TYPE: (400, "Bad Request"),
    Reason.REFUSED: (400, "Bad Request"),
    Reason.BAD_KEY: (401, "Unauthorized"),
    Reason.NO_CREDIT: (402, "Payment Required"),
    Reason.FORBIDDEN: (403, "Forbidden"),
    Reason.EXPIRED: (403, "Forbidden"),
    Reason.NOT_FOUND: (404, "Not Found"),
    Reason.LOCKED: (423, "Locked"),
    Reason.RATE_LIMIT: (429, "Too Many Requests"),
    Reason.CONCURRENCY: (429, "Too Many Requests"),
    Reason.SERVER_ERROR: (500, "Internal Server Error"),
}


def refuse(problem: Problem) -> web.Response:
    status, title = STATUSES[problem.reason]
    status = problem.status or status
    error = {
        "detail": problem.message,
        "id": secrets.token_hex(8),
        "status": str(status),
        "title": title,
    }
    return json_answer({"errors": [error]}, status, problem.headers)


async def create(exchange: Exchange) -> web.Response:
    _limit(exchange, "create", DEFAULT_RATE)
    body = exchange.json_object()
    prompt = fields.text(body, "prompt")
    address = fields.text(body, "url")
    model = fields.choice(body, "model", DURATIONS_S)
    duration_s = fields.whole(body, "duration", DURATIONS_S[model])
    spec = exchange.hub.plan(
        prompt=prompt,
        duration_s=duration_s,
        has_sound=model in MODELS_WITH_SOUND,
        first=_source_picture(exchange, address),
    )
    job = exchange.hub.create(exchange, secrets.token_hex(12), spec)
    return json_answer(_document(exchange, job))


async def poll(exchange: Exchange) -> web.Response:
    _limit(exchange, "poll", DEFAULT_RATE)
    job = exchange.hub.job(exchange, exchange.part("job_id"), "Job")
    return json_answer(_document(exchange, job))


def _document(exchange: Exchange, job: Job) -> dict[str, object]:
    state = job.state(exchange.hub.clock.now())
    vocabulary = exchange.hub.settings.imgix_vocabulary
    attributes: dict[str, object] = {
        "status": WORDS[vocabulary][state],
        "created_at": int(job.created_at),
    }
    if state in (State.SUCCEEDED, State.FAILED, State.CANCELLED):
        attributes["updated_at"] = int(job.finished_at)
    if state is State.SUCCEEDED:
        url = exchange.hub.link(exchange, f"/imgix/assets/gen/{job.id}.mp4", LINK_LIFE_S)
        attributes |= {"result": {"url": url}} if vocabulary == 1 else {"result_url": url}
    elif state in (State.FAILED, State.CANCELLED):
        attributes["error"] = {"code": 422, "message": job.error or "The job was cancelled."}
    return {"data": {"type": "job", "id": job.id, "attributes": attributes}}


async def download(exchange: Exchange) -> web.Response:
    exchange.hub.check_link(exchange)
    job = exchange.hub.job(exchange, exchange.part("job_id"), "File")
    return exchange.hub.serve_video(exchange, job)


async def read_source(exchange: Exchange) -> web.Response:
    source_id = exchange.part("source_id")
    attributes = {
        "name": "Demo source",
        "enabled": True,
        "deployment_status": "deployed",
        "deployment": {
            "type": "s3",
            "allows_upload": True,
            "imgix_subdomains": [SUBDOMAIN],
            "custom_domains": [],
        },
    }
    return json_answer({"data": {"type": "sources", "id": source_id, "attributes": attributes}})


async def upload(exchange: Exchange) -> web.Response:
    """Store raw bytes as `origin_path`; other bytes at that path need `?overwrite=true`."""
    _limit(exchange, "upload", UPLOAD_RATE)
    origin_path = exchange.part("origin_path")
    asset_id = f"{exchange.part('source_id')}/{origin_path}"
    if len(exchange.body) > MAX_UPLOAD_BYTES:
        raise invalid("body", "The file is larger than 30 MB.")
    try:
        mime_type = images.inspect(exchange.body).mime_type
    except BadImage as e:
        raise invalid("body", str(e)) from e
    file = str(exchange.hub.blobs.save(exchange.body))
    taken = exchange.hub.uploads.find("imgix", asset_id)
    if taken and taken.file != file and exchange.request.query.get("overwrite") != "true":
        raise invalid("origin_path", "Another asset exists at this path. Use overwrite=true.")
    stored = Upload(
        id=asset_id,
        provider="imgix",
        filename=origin_path,
        content_type=mime_type,
        file=file,
        is_complete=True,
    )
    exchange.hub.uploads.save(stored)
    attributes = {"origin_path": f"/{origin_path}", "content_type": mime_type}
    return json_answer({"data": {"type": "assets", "id": asset_id, "attributes": attributes}})


async def image(exchange: Exchange) -> web.Response:
    """The demo's own address for a stored picture, in place of https://demo.imgix.net."""
    asset_id = f"{exchange.part('source_id')}/{exchange.part('origin_path')}"
    if not (stored := exchange.hub.uploads.find("imgix", asset_id)):
        raise not_found("Asset")
    path = Path(stored.file)
    return files.serve(exchange, path, stored.content_type, f'"{path.name[:32]}"')


def _source_picture(exchange: Exchange, address: str) -> Path:
    """The stored picture that an address means. Raises Problem for any foreign address."""
    parts = urlsplit(address)
    if parts.scheme not in ("http", "https") or not parts.netloc:
        raise invalid("url", "url must be an http or https address.")
    path = unquote(parts.path)
    if parts.netloc == f"{SUBDOMAIN}.imgix.net":
        ending = path
    elif _is_here(exchange, parts.netloc) and path.startswith("/imgix/source/"):
        ending = "/" + path.removeprefix("/imgix/source/").partition("/")[2]
    else:
        raise Problem(Reason.BAD_KEY, "The image's Source does not belong to this account.")
    stored = exchange.hub.uploads.ending_with("imgix", ending)
    if not stored:
        raise invalid("url", "No image was found at url.")
    return Path(stored.file)


def _is_here(exchange: Exchange, netloc: str) -> bool:
    """Whether this is the server's address, however the machine is called."""
    host, _, port = exchange.request.host.rpartition(":")
    return netloc in {f"{name}:{port}" for name in (host, "127.0.0.1", "localhost")}


def _limit(exchange: Exchange, group: str, rate: Rate) -> None:
    allowance = exchange.hub.count_request(exchange, group, rate)
    if allowance and allowance.is_exceeded:
        raise Problem(Reason.RATE_LIMIT, "Rate limit exceeded")


def _routes(prefix: str) -> tuple[Route, ...]:
    return (
        Route("POST", f"{prefix}/generations/video", "create", create),
        Route("GET", f"{prefix}/generations/video/{{job_id}}", "poll", poll),
        Route("GET", f"{prefix}/sources/{{source_id}}", "source", read_source),
        Route(
            "POST", f"{prefix}/sources/{{source_id}}/upload/{{origin_path:.+}}", "upload", upload
        ),
    )


API = Api(
    slug="imgix",
    routes=(
        *_routes("/v1"),
        *_routes("/api/v1"),
        Route("GET", "/assets/gen/{job_id}.mp4", "download", download, needs_key=False),
        Route("GET", "/source/{source_id}/{origin_path:.+}", "image", image, needs_key=False),
    ),
    key=bearer,
    refuse=refuse,
)
