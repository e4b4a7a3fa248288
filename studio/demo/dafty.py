"""Dafty API (videos): two kinds of clip, jobs with long-poll and cancel, three-step uploads.

Not documented and so made up: the price in CU, the shape of the account and of the job list,
the limit of three jobs in flight.
"""

import asyncio
import hashlib
import uuid
from pathlib import Path
from urllib.parse import quote, urlsplit

from aiohttp import web

from studio.demo import clips, fields, files, images
from studio.demo.clock import iso_ms
from studio.demo.exchange import Api, Exchange, Route, bearer, json_answer
from studio.demo.hub import picture_from_address
from studio.demo.images import BadImage
from studio.demo.jobs import FINISHED, Job, State
from studio.demo.limits import Rate
from studio.demo.problem import Problem, Reason, invalid, not_found
from studio.demo.uploads import Upload

CREATE_RATE = Rate(limit=5, window_s=60)
UPLOAD_RATE = Rate(limit=30, window_s=60)
OTHER_RATE = Rate(limit=120, window_s=60)
CONCURRENT = 3
LINK_LIFE_S = 3600.0
UPLOAD_LIFE_S = 3600
IDEMPOTENCY_LIFE_S = 24 * 3600.0
MAX_UPLOAD_BYTES = 20 * 1024 * 1024
CU_PER_SECOND = {"480p": 1, "720p": 2}
RATIOS = ("16:9", "9:16", "4:3", "3:4", "1:1", "21:9")
CONTENT_TYPES = ("image/png", "image/jpeg", "image/gif", "image/webp")
WORDS = {
    State.QUEUED: "pending",
    State.RUNNING: "processing",
    State.SUCCEEDED: "completed",
    State.FAILED: "failed",
    State.CANCELLED: "failed",
}
STATUSES: dict[Reason, tuple[int, str]] = {
    Reason.MISSING: (400, "VALIDATION_ERROR"),
    Reason.INVALID: (400, "VALIDATION_ERROR"),
    Reason.WRONG_TYPE: (400, "VALIDATION_ERROR"),
    Reason.REFUSED: (400, "CONTENT_REFUSED"),
    Reason.BAD_KEY: (401, "UNAUTHORIZED"),
    Reason.NO_CREDIT: (402, "INSUFFICIENT_CREDITS"),
    Reason.FORBIDDEN: (403, "FORBIDDEN"),
    Reason.EXPIRED: (403, "LINK_EXPIRED"),
    Reason.NOT_FOUND: (404, "NOT_FOUND"),
    Reason.LOCKED: (423, "NOT_READY"),
    Reason.RATE_LIMIT: (429, "RATE_LIMIT_ERROR"),
    Reason.CONCURRENCY: (429, "CONCURRENT_LIMIT_REACHED"),
    Reason.SERVER_ERROR: (500, "INTERNAL_ERROR"),
}


def refuse(problem: Problem) -> web.Response:
    status, code = STATUSES[problem.reason]
    error: dict[str, object] = {"code": code, "message": problem.message}
    if problem.details:
        error["details"] = problem.details
    return json_answer({"error": error}, problem.status or status, problem.headers)


def read_key(exchange: Exchange) -> str:
    return exchange.request.headers.get("x-api-key", "") or bearer(exchange)


async def animate(exchange: Exchange) -> web.Response:
    return await _create(exchange, ("image",), range(1, 16))


async def frames(exchange: Exchange) -> web.Response:
    return await _create(exchange, ("startImage", "endImage"), range(4, 16))


async def _create(
    exchange: Exchange, picture_fields: tuple[str, ...], durations_s: range
) -> web.Response:
    _limit(exchange, "create", CREATE_RATE)
    hub, body = exchange.hub, exchange.json_object()
    idempotency = _idempotency(exchange)
    not_before = hub.clock.now() - IDEMPOTENCY_LIFE_S
    if idempotency and (job := hub.jobs.repeated(idempotency, not_before)):
        exchange.job_id = job.id
        return json_answer({"data": _created(job)}, 202)
    references = [fields.text(body, name, longest=2048) for name in picture_fields]
    prompt = fields.text(body, "prompt", longest=2000)
    fields.text(body, "negativePrompt", longest=1000, default="")
    duration_s = fields.whole(body, "duration", durations_s, default=6)
    resolution = fields.choice(body, "resolution", tuple(CU_PER_SECOND), default="720p")
    has_sound = fields.flag(body, "audio", default=True)
    ratio = ""
    if len(picture_fields) > 1:
        ratio = fields.choice(body, "aspectRatio", (*RATIOS, "auto"), default="auto")
    hub.check_concurrency(exchange, CONCURRENT, "Too many jobs in flight.")
    pictures = [
        await _picture(exchange, name, reference)
        for name, reference in zip(picture_fields, references, strict=True)
    ]
    cost = CU_PER_SECOND[resolution] * duration_s * len(pictures)
    _check_credit(exchange, cost)
    spec = hub.plan(
        prompt=prompt,
        duration_s=duration_s,
        ratio="" if ratio == "auto" else ratio,
        resolution=resolution,
        has_sound=has_sound,
        first=pictures[0],
        last=pictures[1] if len(pictures) > 1 else None,
    )
    job = hub.create(exchange, str(uuid.uuid4()), spec, cost=cost, idempotency=idempotency)
    return json_answer({"data": _created(job)}, 202)


def _idempotency(exchange: Exchange) -> str:
    """The request's idempotency key, told apart by API key; "" without one."""
    value = exchange.request.headers.get("Idempotency-Key", "")
    if len(value) > 255:
        raise invalid("Idempotency-Key", "Idempotency-Key must have at most 255 characters.")
    owner = hashlib.sha256(read_key(exchange).encode()).hexdigest()[:12]
    return f"{owner}:{value}" if value else ""


def _check_credit(exchange: Exchange, cost: int) -> None:
    available = exchange.hub.credit("dafty")
    if exchange.hub.settings.has_limits and available < cost:
        raise Problem(
            Reason.NO_CREDIT,
            f"Insufficient credits: {cost} CU needed, {available:g} CU available.",
            details={"required": cost, "available": available},
        )


async def _picture(exchange: Exchange, name: str, reference: str) -> Path:
    """The picture behind an upload's id or address, or an address on the web."""
    if path := _own_picture(exchange, reference):
        return path
    schemes = ("https",) + (("http",) if exchange.hub.settings.dafty_fetches_http else ())
    if urlsplit(reference).scheme not in schemes:
        raise invalid(name, f"{name} must be an https URL or the id or url of an upload.")
    try:
        return await picture_from_address(exchange.hub, reference)
    except BadImage as e:
        raise invalid(name, str(e)) from e


def _own_picture(exchange: Exchange, reference: str) -> Path | None:
    upload_id = reference
    if reference.startswith(f"{exchange.origin}/dafty/cdn/uploads/"):
        upload_id = reference.removeprefix(f"{exchange.origin}/dafty/cdn/uploads/").split("/")[0]
    upload = exchange.hub.uploads.find("dafty", upload_id)
    return Path(upload.file) if upload and upload.is_complete else None


def _created(job: Job) -> dict[str, object]:
    return {
        "id": job.id,
        "type": "video.generate",
        "status": "pending",
        "createdAt": iso_ms(job.created_at),
    }


async def poll(exchange: Exchange) -> web.Response:
    """One job; with `?wait=true` held until it is finished or the wait is over."""
    _limit(exchange, "other", OTHER_RATE)
    job = exchange.hub.job(exchange, exchange.part("id"), "Job")
    if (wait := exchange.request.query.get("wait")) is not None:
        if wait != "true":
            raise invalid("wait", "wait must be true.")
        await exchange.hub.jobs.wait(job, exchange.hub.settings.long_poll_s)
    return json_answer({"data": _document(exchange, job)})


def _document(exchange: Exchange, job: Job) -> dict[str, object]:
    state = job.state(exchange.hub.clock.now())
    document = _created(job) | {"status": WORDS[state]}
    if state is State.SUCCEEDED:
        document["result"] = {"video": _video(exchange, job)}
    elif state is State.CANCELLED:
        document["error"] = {"message": "The job was cancelled."}
    elif state is State.FAILED:
        document["error"] = {"message": job.error}
    return document


def _video(exchange: Exchange, job: Job) -> dict[str, object]:
    """The first completed read has no thumbnail yet, as with the real one."""
    folder = f"/dafty/cdn/assets/{job.id}"
    thumbnail = exchange.hub.link(exchange, f"{folder}/thumbnail.jpg", LINK_LIFE_S)
    is_first_read = not job.details.get("was_read")
    job.details["was_read"] = True
    return {
        "id": job.id,
        "url": exchange.hub.link(exchange, f"{folder}/original.mp4", LINK_LIFE_S),
        "durationSeconds": job.spec.duration_s,
        "thumbnailUrl": None if is_first_read else thumbnail,
        "width": job.spec.width,
        "height": job.spec.height,
    }


async def list_jobs(exchange: Exchange) -> web.Response:
    _limit(exchange, "other", OTHER_RATE)
    text = exchange.request.query.get("limit", "20")
    if not text.isdecimal() or not 1 <= int(text) <= 100:
        raise invalid("limit", "limit must be a number from 1 to 100.")
    jobs = exchange.hub.jobs.of("dafty")[: int(text)]
    return json_answer({"data": [_document(exchange, job) for job in jobs]})


async def cancel(exchange: Exchange) -> web.Response:
    """Free while pending, 1 CU once begun; a finished job stays as it is."""
    _limit(exchange, "other", OTHER_RATE)
    hub = exchange.hub
    job = hub.job(exchange, exchange.part("id"), "Job")
    now = hub.clock.now()
    if (state := job.state(now)) not in FINISHED:
        hub.jobs.update(job, cancelled_at=now, cost=0.0 if state is State.QUEUED else 1.0)
    return json_answer({"data": _document(exchange, job)})


async def account(exchange: Exchange) -> web.Response:
    _limit(exchange, "other", OTHER_RATE)
    credit = exchange.hub.credit("dafty")
    plan = {"name": "Demo", "creditsRemaining": credit}
    return json_answer({"data": {"id": "demo", "email": "demo@example.com", "plan": plan}})


async def presign(exchange: Exchange) -> web.Response:
    _limit(exchange, "upload", UPLOAD_RATE)
    body = exchange.json_object()
    upload = Upload(
        id=f"up_{uuid.uuid4().hex}",
        provider="dafty",
        filename=fields.text(body, "filename", longest=255),
        content_type=fields.choice(body, "contentType", CONTENT_TYPES),
    )
    exchange.hub.uploads.save(upload)
    path = f"/dafty/store/{upload.id}"
    until = exchange.hub.clock.now() + UPLOAD_LIFE_S
    url = f"{exchange.origin}{path}?{exchange.hub.signer.query(path, until)}"
    answer = {"uploadId": upload.id, "uploadUrl": url, "expiresIn": UPLOAD_LIFE_S}
    return json_answer({"data": answer})


async def store(exchange: Exchange) -> web.Response:
    """The presigned PUT: no key may come with it, and the declared type must."""
    headers = exchange.request.headers
    if "x-api-key" in headers or "Authorization" in headers:
        raise invalid("Authorization", "A presigned request must not carry a key.")
    exchange.hub.check_link(exchange)
    upload = _upload(exchange)
    if exchange.request.content_type != upload.content_type:
        raise Problem(Reason.FORBIDDEN, "The Content-Type differs from the declared one.")
    if len(exchange.body) > MAX_UPLOAD_BYTES:
        raise invalid("body", "The file is larger than 20 MiB.")
    upload.file = str(exchange.hub.blobs.save(exchange.body))
    exchange.hub.uploads.save(upload)
    return web.Response(status=200)


async def complete(exchange: Exchange) -> web.Response:
    """Check the bytes, whatever type was declared."""
    _limit(exchange, "other", OTHER_RATE)
    upload = _upload(exchange)
    if not upload.file:
        raise invalid("uploadId", "Nothing was sent to the upload address yet.")
    try:
        facts = images.inspect(Path(upload.file).read_bytes())
    except BadImage as e:
        raise invalid("uploadId", str(e)) from e
    upload.is_complete, upload.content_type = True, facts.mime_type
    exchange.hub.uploads.save(upload)
    answer = {
        "id": upload.id,
        "url": f"{exchange.origin}/dafty/cdn/uploads/{upload.id}/{quote(upload.filename)}",
        "contentType": facts.mime_type,
        "width": facts.width,
        "height": facts.height,
    }
    return json_answer({"data": answer})


def _upload(exchange: Exchange) -> Upload:
    if not (upload := exchange.hub.uploads.find("dafty", exchange.part("upload_id"))):
        raise not_found("Upload")
    return upload


async def download(exchange: Exchange) -> web.Response:
    exchange.hub.check_link(exchange)
    job = exchange.hub.job(exchange, exchange.part("id"), "File")
    return exchange.hub.serve_video(exchange, job)


async def thumbnail(exchange: Exchange) -> web.Response:
    exchange.hub.check_link(exchange)
    job = exchange.hub.job(exchange, exchange.part("id"), "File")
    if not job.file:
        raise not_found("File")
    data = await asyncio.to_thread(clips.thumbnail, exchange.hub.renderer.path(job))
    return web.Response(body=data, content_type="image/jpeg")


async def image(exchange: Exchange) -> web.Response:
    upload = _upload(exchange)
    if not upload.is_complete:
        raise not_found("File")
    path = Path(upload.file)
    return files.serve(exchange, path, upload.content_type, f'"{path.name[:32]}"')


def _limit(exchange: Exchange, group: str, rate: Rate) -> None:
    hub = exchange.hub
    if not (allowance := hub.count_request(exchange, group, rate)):
        return
    wait_s = max(1, int(allowance.reset_at - hub.clock.now() + 1))
    exchange.headers |= {
        "X-RateLimit-Limit": str(allowance.limit),
        "X-RateLimit-Remaining": str(allowance.remaining),
        "X-RateLimit-Reset": str(wait_s),
    }
    if allowance.is_exceeded:
        raise Problem(Reason.RATE_LIMIT, "Rate limit exceeded", retry_after=str(wait_s))


BASE = "/api/v1"
API = Api(
    slug="dafty",
    routes=(
        Route("POST", f"{BASE}/videos/image-to-video", "create", animate),
        Route("POST", f"{BASE}/videos/frames", "create", frames),
        Route("GET", f"{BASE}/videos/{{id}}", "poll", poll),
        Route("GET", f"{BASE}/jobs/{{id}}", "poll", poll),
        Route("GET", f"{BASE}/jobs", "list", list_jobs),
        Route("POST", f"{BASE}/jobs/{{id}}/cancel", "cancel", cancel),
        Route("GET", f"{BASE}/account", "balance", account),
        Route("POST", f"{BASE}/uploads", "upload", presign),
        Route("PUT", "/store/{upload_id}", "store", store, needs_key=False),
        Route("POST", f"{BASE}/uploads/{{upload_id}}/complete", "complete", complete),
        Route("GET", "/cdn/assets/{id}/original.mp4", "download", download, needs_key=False),
        Route("GET", "/cdn/assets/{id}/thumbnail.jpg", "thumbnail", thumbnail, needs_key=False),
        Route("GET", "/cdn/uploads/{upload_id}/{name}", "image", image, needs_key=False),
    ),
    key=read_key,
    refuse=refuse,
)
