"""The way of every request: fault, key, handler, fault, journal."""

import hashlib
import time

from aiohttp import web

from studio.demo.exchange import Api, Exchange, Route
from studio.demo.faults import KINDS, Fault
from studio.demo.hub import Hub
from studio.demo.journal import Entry, redacted
from studio.demo.problem import Problem, Reason, not_found

REFUSED_KEY = "bad"


class Door:
    """One endpoint of one API, as aiohttp calls it."""

    def __init__(self, hub: Hub, api: Api, route: Route) -> None:
        self._hub = hub
        self._api = api
        self._route = route

    async def __call__(self, request: web.Request) -> web.StreamResponse:
        started = time.perf_counter()
        exchange = Exchange(
            hub=self._hub,
            api=self._api,
            endpoint=self._route.endpoint,
            request=request,
            body=await request.read(),
        )
        fault = self._hub.faults.take(self._api.slug, self._route.endpoint)
        answer = await self._handled(exchange, fault)
        entry = self._entry(exchange, fault)
        entry["status"] = answer.status
        self._hub.journal.open(entry)
        final = await _damaged(exchange, answer, fault)
        entry["status"] = final.status
        entry["ms"] = round(1000 * (time.perf_counter() - started), 1)
        self._hub.journal.close(entry)
        return final

    async def _handled(self, exchange: Exchange, fault: Fault | None) -> web.Response:
        try:
            if fault and not KINDS[fault.kind].acts_after(fault.params):
                before = KINDS[fault.kind].before
                if before and (answer := await before(exchange, fault.params)) is not None:
                    return answer
            if self._route.needs_key:
                _check_key(self._api.key(exchange))
            answer = await self._route.handler(exchange)
        except Problem as problem:
            answer = self._api.refuse(problem)
        answer.headers.update(exchange.headers)
        return answer

    def _entry(self, exchange: Exchange, fault: Fault | None) -> Entry:
        request = exchange.request
        return {
            "at": self._hub.clock.now(),
            "provider": self._api.slug,
            "endpoint": self._route.endpoint,
            "method": request.method,
            "path": request.raw_path,
            "headers": redacted(dict(request.headers)),
            "idempotency_key": request.headers.get("Idempotency-Key", ""),
            "body_sha256": hashlib.sha256(exchange.body).hexdigest() if exchange.body else "",
            "job_id": exchange.job_id,
            "created": exchange.is_created,
            "fault": fault.kind if fault else "",
        }


async def _damaged(
    exchange: Exchange, answer: web.Response, fault: Fault | None
) -> web.StreamResponse:
    if fault and KINDS[fault.kind].acts_after(fault.params):
        after = KINDS[fault.kind].after
        if after:
            return await after(exchange, answer, fault.params)
    return answer


def _check_key(key: str) -> None:
    if not key or REFUSED_KEY in key:
        raise Problem(Reason.BAD_KEY, "Invalid API key")


async def nowhere(exchange: Exchange) -> web.Response:
    """The handler of every address that the API does not have."""
    raise not_found("Route")


def add_api(app: web.Application, hub: Hub, api: Api) -> None:
    """Put the API's routes, and a refusal of everything else, under its prefix."""
    for route in api.routes:
        app.router.add_route(
            route.method, f"/{api.slug}{route.path}", Door(hub, api, route).__call__
        )
    rest = Route("*", "/{tail:.*}", "unknown", nowhere, needs_key=False)
    app.router.add_route("*", f"/{api.slug}{rest.path}", Door(hub, api, rest).__call__)
