"""getimg.ai API v2 (video).

A clip's link dies together with the file at `deletes_at`, 24 hours after it was made; asking
again does not renew it. Prices, credit and the second model's references are made up.
"""

import base64
import secrets
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from aiohttp import web

from studio.demo import fields
from studio.demo.clock import iso_ms
from studio.demo.exchange import Api, Exchange, Route, bearer, json_answer
from studio.demo.hub import picture_from_address, picture_from_data_uri
from studio.demo.images import BadImage
from studio.demo.jobs import Job, State
from studio.demo.limits import Rate
from studio.demo.problem import Problem, Reason, invalid, missing, not_found
from studio.demo.spec import FPS

CREATE_RATE = Rate(limit=10, window_s=60)
CONCURRENT = 5
LINK_LIFE_S = 24 * 3600.0
MAX_BODY_BYTES = 25 * 1024 * 1024
MAX_IMAGE_BYTES = 10 * 1024 * 1024
MAX_COSTS_DAYS = 180
INLINE_TYPES = ("data:image/png;", "data:image/jpeg;", "data:image/webp;")
SECOND = "video_second"


def _model(
    model_id: str, name: str, references: dict[str, int], resolutions: dict[str, float]
) -> dict[str, Any]:
    rates = [
        {
            "billable_unit": SECOND,
            "resolution": resolution,
            "sound": "not_applicable",
            "unit_price": f"{price:.2f}",
        }
        for resolution, price in sorted(resolutions.items(), key=lambda item: item[1])
    ]
    return {
        "id": model_id,
        "name": name,
        "type": "video",
        "created_at": "2026-01-10T00:00:00.000Z",
        "supported_aspect_ratios": ["16:9", "1:1", "9:16"],
        "supported_resolutions": list(resolutions),
        "supported_durations": [5, 10],
        "supported_references": references,
        "supports_sound": True,
        "pricing": {"currency": "USD", "rates": rates},
    }


MODELS: dict[str, dict[str, Any]] = {
    model["id"]: model
    for model in (
        _model(
            "seedance-v1-5-pro",
            "Seedance 1.5 Pro",
            {"first_frame": 1, "last_frame": 1},
            {"720p": 0.03, "1080p": 0.05},
        ),
        _model(
            "seedance-v1-pro",
            "Seedance 1 Pro",
            {"first_frame": 1, "last_frame": 1, "reference_image": 4},
            {"720p": 0.02, "1080p": 0.04},
        ),
    )
}
STATUSES: dict[Reason, tuple[int, str]] = {
    Reason.MISSING: (400, "parameter_missing"),
    Reason.INVALID: (400, "invalid_parameter"),
    Reason.WRONG_TYPE: (400, "invalid_parameter"),
    Reason.BAD_KEY: (401, "invalid_api_key"),
    Reason.NO_CREDIT: (402, "quota_exceeded"),
    Reason.FORBIDDEN: (403, "forbidden"),
    Reason.NOT_FOUND: (404, "not_found"),
    Reason.EXPIRED: (410, "not_found"),
    Reason.REFUSED: (422, "content_policy_violation"),
    Reason.LOCKED: (423, "not_ready"),
    Reason.RATE_LIMIT: (429, "rate_limit"),
    Reason.CONCURRENCY: (429, "rate_limit"),
    Reason.SERVER_ERROR: (500, "internal_error"),
}


def refuse(problem: Problem) -> web.Response:
    status, code = STATUSES[problem.reason]
    error: dict[str, object] = {"message": problem.message, "code": code}
    if problem.reason is not Reason.CONCURRENCY:
        error |= {"type": "invalid_request_error", "param": problem.field or None}
    return json_answer({"error": error}, problem.status or status, problem.headers)


async def create(exchange: Exchange) -> web.Response:
    _limit(exchange)
    if len(exchange.body) > MAX_BODY_BYTES:
        raise invalid("images", "The request body is larger than 25 MiB.")
    body = exchange.json_object()
    model = MODELS.get(fields.text(body, "model"))
    if not model:
        raise invalid("model", f"Unsupported model '{body['model']}'.")
    prompt = fields.text(body, "prompt", longest=4096)
    duration_s = _one_of(body, model, "duration", "supported_durations")
    resolution = _one_of(body, model, "resolution", "supported_resolutions")
    ratio = _one_of(body, model, "aspect_ratio", "supported_aspect_ratios")
    has_sound = fields.flag(body, "sound", default=False)
    price = _unit_price(model, resolution)
    pictures = await _pictures(exchange, body, model)
    if exchange.hub.settings.has_limits and exchange.hub.credit("getimg") < price * duration_s:
        raise Problem(Reason.NO_CREDIT, "Your balance is too low for this generation.")
    spec = exchange.hub.plan(
        prompt=prompt,
        duration_s=duration_s,
        ratio=ratio,
        resolution=resolution,
        has_sound=has_sound,
        first=pictures.get("first_frame"),
        last=pictures.get("last_frame"),
        reference=pictures.get("reference_image"),
    )
    job = exchange.hub.create(
        exchange,
        f"req-{_identifier()}",
        spec,
        details={"model": model["id"], "unit_price": price},
        cost=round(price * duration_s, 4),
    )
    return json_answer({"id": job.id, "status": "pending"}, 202)


def _one_of(body: dict[str, Any], model: dict[str, Any], name: str, supported: str) -> Any:
    """The field's value if the model supports it, its default (the first) if it is not given."""
    value = body.get(name)
    if value is None:
        return model[supported][0]
    if isinstance(value, bool) or value not in model[supported]:
        raise invalid(name, f"Unsupported {name} '{value}' for model '{model['id']}'.")
    return value


def _unit_price(model: dict[str, Any], resolution: str) -> float:
    rates = model["pricing"]["rates"]
    return next(float(rate["unit_price"]) for rate in rates if rate["resolution"] == resolution)


async def _pictures(
    exchange: Exchange, body: dict[str, Any], model: dict[str, Any]
) -> dict[str, Path]:
    """The pictures by role; of several references the first is used."""
    entries = fields.items(body, "images", most=8)
    roles = [_role(entry, model) for entry in entries]
    if "last_frame" in roles and "first_frame" not in roles:
        raise invalid("images", "last_frame requires first_frame.")
    if "reference_image" in roles and len(set(roles)) > 1:
        raise invalid("images", "reference_image cannot be combined with frames.")
    for role in set(roles):
        if roles.count(role) > model["supported_references"][role]:
            raise invalid("images", f"Too many images with role '{role}'.")
    pictures: dict[str, Path] = {}
    for role, entry in zip(roles, entries, strict=True):
        pictures.setdefault(role, await _picture(exchange, entry["url"]))
    return pictures


def _role(entry: object, model: dict[str, Any]) -> str:
    if not isinstance(entry, dict) or not isinstance(entry.get("url"), str):
        raise missing("images", "Each image needs a url and a role.")
    role = entry.get("role")
    if role is None:
        raise missing("images", "Each image needs a url and a role.")
    if role not in model["supported_references"]:
        raise invalid("images", f"Unsupported role '{role}' for model '{model['id']}'.")
    return str(role)


async def _picture(exchange: Exchange, url: str) -> Path:
    try:
        if url.startswith(INLINE_TYPES):
            path = picture_from_data_uri(exchange.hub, url)
        elif url.startswith("https://"):
            path = await picture_from_address(exchange.hub, url)
        else:
            raise BadImage("An image must be an https URL or a base64 data URL.")
    except BadImage as e:
        raise invalid("images", str(e)) from e
    if path.stat().st_size > MAX_IMAGE_BYTES:
        raise invalid("images", "An image is larger than 10 MiB.")
    return path


async def poll(exchange: Exchange) -> web.Response:
    job = exchange.hub.job(exchange, exchange.part("id"), "Generation")
    state = job.state(exchange.hub.clock.now())
    if state is State.SUCCEEDED:
        return json_answer(_completed(exchange, job))
    if state in (State.FAILED, State.CANCELLED):
        error = {"code": job.error_code or "generation_failed", "message": job.error or "Stopped."}
        return json_answer({"id": job.id, "status": "failed", "error": error})
    return json_answer({"id": job.id, "status": "pending"})


def _completed(exchange: Exchange, job: Job) -> dict[str, object]:
    spec, path = job.spec, f"/getimg/v2/downloads/{job.id}/0"
    life_s = exchange.hub.settings.link_life_s
    ends_at = job.finished_at + (LINK_LIFE_S if life_s is None else life_s)
    item = {
        "url": exchange.hub.link(exchange, path, LINK_LIFE_S, since=job.finished_at),
        "mime_type": "video/mp4",
        "deletes_at": iso_ms(ends_at),
        "width": spec.width,
        "height": spec.height,
        "duration": spec.duration_s,
        "fps": FPS,
        "has_sound": spec.has_sound,
    }
    usage = {
        "total_cost": job.cost,
        "billable_unit": SECOND,
        "unit_price": job.details["unit_price"],
        "quantity": spec.duration_s,
    }
    return {
        "id": job.id,
        "status": "completed",
        "model": job.details["model"],
        "data": [item],
        "usage": usage,
    }


async def download(exchange: Exchange) -> web.Response:
    exchange.hub.check_link(exchange)
    job = exchange.hub.job(exchange, exchange.part("id"), "File")
    return exchange.hub.serve_video(exchange, job)


async def list_models(exchange: Exchange) -> web.Response:
    kind = exchange.request.query.get("type", "video")
    if kind not in ("image", "video"):
        raise invalid("type", "type must be image or video.")
    return json_answer([model for model in MODELS.values() if model["type"] == kind])


async def read_model(exchange: Exchange) -> web.Response:
    if not (model := MODELS.get(exchange.part("model"))):
        raise not_found("Model")
    return json_answer(model)


async def balance(exchange: Exchange) -> web.Response:
    left = exchange.hub.credit("getimg")
    return json_answer({"balance": f"{left:.2f}", "currency": "USD"})


async def costs(exchange: Exchange) -> web.Response:
    """One bucket per UTC day from `start` to `end`, both included."""
    start, end = _moment(exchange, "start"), _moment(exchange, "end")
    if end <= start or end - start > timedelta(days=MAX_COSTS_DAYS):
        raise invalid("end", "end must follow start by at most 180 days.")
    by_day = {
        start.date() + timedelta(days=day): 0.0
        for day in range((end.date() - start.date()).days + 1)
    }
    for job in exchange.hub.jobs.of("getimg"):
        made = datetime.fromtimestamp(job.created_at, UTC)
        if start <= made <= end:
            by_day[made.date()] += job.cost
    days = [{"date": day.isoformat(), "cost": round(cost, 4)} for day, cost in by_day.items()]
    return json_answer(
        {
            "currency": "USD",
            "start": start.isoformat(),
            "end": end.isoformat(),
            "total_cost": round(sum(by_day.values()), 4),
            "data": days,
        }
    )


def _moment(exchange: Exchange, name: str) -> datetime:
    if not (value := exchange.request.query.get(name)):
        raise missing(name)
    try:
        moment = datetime.fromisoformat(value)
    except ValueError as e:
        raise invalid(name, f"{name} must be an ISO 8601 time.") from e
    if moment.tzinfo is None:
        raise invalid(name, f"{name} needs a time zone.")
    return moment.astimezone(UTC)


def _limit(exchange: Exchange) -> None:
    hub = exchange.hub
    if allowance := hub.count_request(exchange, "create", CREATE_RATE):
        exchange.headers |= {
            "X-RateLimit-Limit": str(allowance.limit),
            "X-RateLimit-Remaining": str(allowance.remaining),
            "X-RateLimit-Reset": str(int(allowance.reset_at)),
        }
        if allowance.is_exceeded:
            wait_s = max(1, int(allowance.reset_at - hub.clock.now() + 1))
            raise Problem(Reason.RATE_LIMIT, "Too many requests.", retry_after=str(wait_s))
    hub.check_concurrency(exchange, CONCURRENT, "Too many concurrent requests.")


def _identifier() -> str:
    return base64.b32encode(secrets.token_bytes(16)).decode().rstrip("=")


API = Api(
    slug="getimg",
    routes=(
        Route("POST", "/v2/videos/generations", "create", create),
        Route("GET", "/v2/videos/generations/{id}", "poll", poll),
        Route("GET", "/v2/downloads/{id}/0", "download", download, needs_key=False),
        Route("GET", "/v2/models", "models", list_models),
        Route("GET", "/v2/models/{model}", "models", read_model),
        Route("GET", "/v2/billing/balance", "balance", balance),
        Route("GET", "/v2/billing/costs", "costs", costs),
    ),
    key=bearer,
    refuse=refuse,
)
