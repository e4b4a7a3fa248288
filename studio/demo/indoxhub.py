"""indoxhub: video jobs of several vendors, with or without the prefix /api/v1.

Takes the API key directly, or a token that it was exchanged for (as the official client does).
The create answer is asynchronous (a job) or synchronous (the clip), as the settings say.
"""

import asyncio
import base64
import time
import uuid
from pathlib import Path
from typing import Any

from aiohttp import web

from studio.demo import clips, fields, images, indoxhub_auth, indoxhub_models
from studio.demo.clock import iso
from studio.demo.exchange import Api, Exchange, Route, json_answer
from studio.demo.hub import picture_from_address, picture_from_data_uri
from studio.demo.images import BadImage
from studio.demo.indoxhub_models import Audio, Model
from studio.demo.jobs import FINISHED, Job, State
from studio.demo.limits import Rate
from studio.demo.problem import Problem, Reason, invalid, not_found
from studio.demo.spec import Spec

CREATE_RATE = Rate(limit=10, window_s=60)
LINK_LIFE_S = 3600.0
SYNC_TIMEOUT_S = 900.0
CREDITS_PER_USD = 1000
PEOPLE = ("dont_allow", "allow_adult", "allow_all")
FORMATS = ("url", "b64_json")
WORDS = {
    State.QUEUED: "pending",
    State.RUNNING: "in_progress",
    State.SUCCEEDED: "completed",
    State.FAILED: "failed",
}
STATUSES: dict[Reason, int] = {
    Reason.MISSING: 422,
    Reason.WRONG_TYPE: 422,
    Reason.INVALID: 400,
    Reason.REFUSED: 400,
    Reason.BAD_KEY: 401,
    Reason.NO_CREDIT: 402,
    Reason.FORBIDDEN: 403,
    Reason.EXPIRED: 403,
    Reason.NOT_FOUND: 404,
    Reason.LOCKED: 423,
    Reason.RATE_LIMIT: 429,
    Reason.CONCURRENCY: 429,
    Reason.SERVER_ERROR: 500,
}


def refuse(problem: Problem) -> web.Response:
    status = problem.status or STATUSES[problem.reason]
    detail: object = problem.message
    if problem.reason is Reason.MISSING:
        detail = [{"loc": ["body", problem.field], "msg": "Field required", "type": "missing"}]
    elif problem.reason is Reason.WRONG_TYPE:
        detail = [{"loc": ["body", problem.field], "msg": problem.message, "type": "type_error"}]
    return json_answer({"detail": detail}, status, problem.headers)


async def create(exchange: Exchange) -> web.Response:
    _limit(exchange)
    started = time.perf_counter()
    hub, body = exchange.hub, exchange.json_object()
    prompt = fields.text(body, "prompt")
    model = _model(body)
    spec = await _plan(exchange, body, prompt, model)
    own_key = fields.text(body, "byok_api_key", default="")
    cost = 0.0 if own_key else model.cost(int(spec.duration_s), spec.has_sound)
    if hub.settings.has_limits and hub.credit("indoxhub") < cost:
        raise Problem(Reason.NO_CREDIT, "Insufficient credits. Please top up your account.")
    details = {
        "provider": model.provider,
        "model": model.name,
        "prompt": prompt,
        "format": fields.choice(body, "response_format", FORMATS, default="url"),
    }
    job = hub.create(exchange, f"job_{uuid.uuid4().hex[:20]}", spec, details=details, cost=cost)
    data = await _answer_data(exchange, job)
    return json_answer(_envelope(job, data, round(1000 * (time.perf_counter() - started), 1)))


async def _answer_data(exchange: Exchange, job: Job) -> object:
    hub = exchange.hub
    if hub.settings.indoxhub_answer == "async":
        return {"is_async": True, "job_id": job.id, "status": "pending"}
    await hub.jobs.wait(job, SYNC_TIMEOUT_S)
    state = job.state(hub.clock.now())
    if state is State.SUCCEEDED:
        return [_result(exchange, job)]
    if state in FINISHED:
        raise Problem(Reason.SERVER_ERROR, job.error or "Job was cancelled")
    raise Problem(Reason.SERVER_ERROR, "The generation ran out of time.", status=504)


def _envelope(job: Job, data: object, duration_ms: float) -> dict[str, object]:
    usage = {
        "tokens_prompt": 0,
        "tokens_completion": 0,
        "tokens_total": 0,
        "cost": job.cost,
        "latency": duration_ms,
    }
    return {
        "request_id": str(uuid.uuid4()),
        "created_at": iso(job.created_at),
        "duration_ms": duration_ms,
        "provider": job.details["provider"],
        "model": job.details["model"],
        "success": True,
        "message": "Video generation started" if isinstance(data, dict) else "",
        "data": data,
        "usage": usage,
        "raw_response": None,
    }


def _model(body: dict[str, Any]) -> Model:
    name = fields.text(body, "model", default=indoxhub_models.DEFAULT_MODEL)
    provider = fields.text(body, "provider", default="")
    if model := indoxhub_models.find(name, provider):
        return model
    owner = provider or name.partition("/")[0]
    message = f"Model '{name}' is not supported or configured for provider '{owner}'"
    raise Problem(Reason.NOT_FOUND, message)


async def _plan(exchange: Exchange, body: dict[str, Any], prompt: str, model: Model) -> Spec:
    """The clip that the body asks for. Raises Problem for what the model cannot do."""
    fields.whole(body, "n", (1,), default=1)
    fields.text(body, "negative_prompt", default="")
    fields.choice(body, "person_generation", PEOPLE, default="allow_adult")
    if not isinstance(body.get("additional_params") or {}, dict):
        raise Problem(Reason.WRONG_TYPE, "Input should be an object", field="additional_params")
    duration_s = fields.whole(body, "duration", model.durations_s, default=model.default_duration_s)
    ratio = fields.choice(body, "aspect_ratio", model.ratios, default="")
    if body.get("size") and not model.sizes:
        raise invalid("size", f"size is not supported by model '{model.name}'")
    size = fields.choice(body, "size", model.sizes, default="")
    resolution = fields.choice(body, "resolution", model.resolutions, default="720p")
    wants_sound = fields.flag(body, "generate_audio", default=model.audio is Audio.ALWAYS)
    if wants_sound and model.audio is Audio.NO:
        raise invalid("generate_audio", f"generate_audio is not supported by '{model.name}'")
    pictures = await _pictures(exchange, body, model)
    return exchange.hub.plan(
        prompt=prompt,
        duration_s=duration_s,
        ratio=size or ratio or "16:9",
        resolution=resolution,
        has_sound=wants_sound or model.audio is Audio.ALWAYS,
        **pictures,
    )


async def _pictures(exchange: Exchange, body: dict[str, Any], model: Model) -> dict[str, Path]:
    given = {
        name: body[name]
        for name in ("input_image", "last_frame", "reference_image", "video")
        if body.get(name)
    }
    references = fields.items(body, "reference_images", most=3)
    for name in (*given, *(["reference_images"] if references else [])):
        if not _takes(model, name):
            raise invalid(name, f"{name} is not supported by model '{model.name}'")
    if "last_frame" in given and not {"input_image", "video"} & set(given):
        raise invalid("last_frame", "last_frame requires input_image")
    if references:
        given.setdefault("reference_image", references[0])
    pictures = {"input_image": "first", "last_frame": "last", "reference_image": "reference"}
    found = {
        role: await _picture(exchange, name, given[name])
        for name, role in pictures.items()
        if name in given
    }
    if "video" in given:
        found["first"] = await _end_of_video(exchange, given["video"])
    return found


def _takes(model: Model, name: str) -> bool:
    if name == "video":
        return model.takes_video
    return model.reference_images > 0 if name == "reference_images" else model.takes_images


async def _picture(exchange: Exchange, name: str, value: object) -> Path:
    """A data URI, bare base64, or (not for last_frame) an address."""
    if not isinstance(value, str):
        raise Problem(Reason.WRONG_TYPE, "Input should be a valid string", field=name)
    try:
        if value.startswith("data:"):
            return picture_from_data_uri(exchange.hub, value)
        if value.startswith(("http://", "https://")) and name != "last_frame":
            return await picture_from_address(exchange.hub, value)
        return exchange.hub.keep_picture(images.decode_base64(value))
    except BadImage as e:
        raise invalid(name, f"Invalid {name}: {e}") from e


async def _end_of_video(exchange: Exchange, value: object) -> Path:
    if not isinstance(value, str):
        raise Problem(Reason.WRONG_TYPE, "Input should be a valid string", field="video")
    try:
        data = images.decode_base64(value.partition(",")[2] or value)
        return exchange.hub.keep_picture(await asyncio.to_thread(clips.last_frame, data))
    except BadImage as e:
        raise invalid("video", f"Invalid video: {e}") from e


async def poll(exchange: Exchange) -> web.Response:
    return json_answer(_document(exchange, _job(exchange)))


def _job(exchange: Exchange) -> Job:
    return exchange.hub.job(exchange, exchange.part("job_id"), "Job")


def _document(exchange: Exchange, job: Job) -> dict[str, object]:
    now = exchange.hub.clock.now()
    state = job.state(now)
    cancelled = exchange.hub.settings.indoxhub_cancelled
    document: dict[str, object] = {
        "job_id": job.id,
        "status": WORDS.get(state, cancelled),
        "progress": job.progress(now),
        "provider": job.details["provider"],
        "model": job.details["model"],
        "prompt": job.details["prompt"],
        "created_at": iso(job.created_at),
        "completed_at": iso(job.finished_at) if state in FINISHED else None,
    }
    if state is State.SUCCEEDED:
        document["result"] = _result(exchange, job)
    elif state is State.FAILED:
        document["error"] = job.error
    elif state is State.CANCELLED and cancelled == "failed":
        document["error"] = "Job was cancelled"
    return document


def _result(exchange: Exchange, job: Job) -> dict[str, object]:
    """The link, under both names that clients read."""
    if job.details["format"] == "b64_json":
        data = exchange.hub.renderer.path(job).read_bytes()
        return {"url": None, "b64_json": base64.b64encode(data).decode()}
    url = exchange.hub.link(exchange, f"/indoxhub/media/{job.id}.mp4", LINK_LIFE_S)
    return {"url": url, "video_url": url, "file_size": job.size_bytes}


async def list_jobs(exchange: Exchange) -> web.Response:
    limit, skip = _number(exchange, "limit", 20), _number(exchange, "skip", 0)
    jobs = exchange.hub.jobs.of("indoxhub")
    page = [_document(exchange, job) for job in jobs[skip : skip + limit]]
    return json_answer({"jobs": page, "total": len(jobs)})


def _number(exchange: Exchange, name: str, default: int) -> int:
    text = exchange.request.query.get(name, str(default))
    if not text.isdecimal():
        raise Problem(Reason.WRONG_TYPE, "Input should be a valid integer", field=name)
    return int(text)


async def cancel(exchange: Exchange) -> web.Response:
    job = _job(exchange)
    now = exchange.hub.clock.now()
    if job.state(now) is not State.QUEUED:
        raise invalid("job_id", "Only pending jobs can be cancelled")
    exchange.hub.jobs.update(job, cancelled_at=now, cost=0.0)
    status = exchange.hub.settings.indoxhub_cancelled
    return json_answer({"message": "Job cancelled", "job_id": job.id, "status": status})


async def download(exchange: Exchange) -> web.Response:
    exchange.hub.check_link(exchange)
    return exchange.hub.serve_video(exchange, _job(exchange))


async def list_models(exchange: Exchange) -> web.Response:
    """All providers with their models."""
    providers = [{"id": name, "name": name, "models": _models_of(name)} for name in _providers()]
    return json_answer(providers)


async def list_provider(exchange: Exchange) -> web.Response:
    name = _provider(exchange)
    return json_answer({"id": name, "name": name, "models": _models_of(name)})


async def list_video_models(exchange: Exchange) -> web.Response:
    """A bare array."""
    return json_answer(_models_of(_provider(exchange)))


async def read_model(exchange: Exchange) -> web.Response:
    provider, name = _provider(exchange), exchange.part("model")
    if not (model := indoxhub_models.find(name, provider)):
        raise not_found(f"Model '{name}'")
    return json_answer(indoxhub_models.catalogue_item(model))


def _providers() -> tuple[str, ...]:
    return indoxhub_models.PROVIDERS


def _provider(exchange: Exchange) -> str:
    if (name := exchange.part("provider")) not in _providers():
        raise not_found(f"Provider '{name}'")
    return name


def _models_of(provider: str) -> list[dict[str, object]]:
    models = (model for model in indoxhub_models.MODELS if model.provider == provider)
    return [indoxhub_models.catalogue_item(model) for model in models]


async def me(exchange: Exchange) -> web.Response:
    credits_left = exchange.hub.credit("indoxhub") * CREDITS_PER_USD
    return json_answer({"id": 1, "username": "demo", "credits": round(credits_left)})


async def usage(exchange: Exchange) -> web.Response:
    hub = exchange.hub
    return json_answer(
        {
            "total_requests": len(hub.jobs.of("indoxhub")),
            "total_cost": round(hub.jobs.spent("indoxhub"), 4),
            "remaining_credits": round(hub.credit("indoxhub") * CREDITS_PER_USD),
        }
    )


def _limit(exchange: Exchange) -> None:
    hub = exchange.hub
    allowance = hub.count_request(exchange, "create", CREATE_RATE)
    if allowance and allowance.is_exceeded:
        wait_s = max(1, int(allowance.reset_at - hub.clock.now() + 1))
        raise Problem(Reason.RATE_LIMIT, "Rate limit exceeded", retry_after=str(wait_s))


def _routes(prefix: str) -> tuple[Route, ...]:
    videos, models = f"{prefix}/videos", f"{prefix}/models"
    return (
        Route("POST", f"{prefix}/auth/api-key", "login", indoxhub_auth.by_header, needs_key=False),
        Route("POST", f"{prefix}/auth/token", "login", indoxhub_auth.by_form, needs_key=False),
        Route("POST", f"{videos}/generations", "create", create),
        Route("GET", f"{videos}/jobs", "list", list_jobs),
        Route("GET", f"{videos}/jobs/{{job_id}}", "poll", poll),
        Route("POST", f"{videos}/jobs/{{job_id}}/cancel", "cancel", cancel),
        Route("GET", models, "models", list_models),
        Route("GET", f"{models}/{{provider}}", "models", list_provider),
        Route("GET", f"{models}/{{provider}}/video_generation", "models", list_video_models),
        Route("GET", f"{models}/{{provider}}/{{model}}", "models", read_model),
        Route("GET", f"{prefix}/user/me", "balance", me),
        Route("GET", f"{prefix}/user/usage", "balance", usage),
    )


API = Api(
    slug="indoxhub",
    routes=(
        *_routes("/api/v1"),
        *_routes(""),
        Route("GET", "/media/{job_id}.mp4", "download", download, needs_key=False),
    ),
    key=indoxhub_auth.key,
    refuse=refuse,
)
