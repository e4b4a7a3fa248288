"""The control address: faults, settings, journal, clock, reset. For this machine only."""

from collections import Counter
from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web

from studio.demo.exchange import json_answer
from studio.demo.faults import Fault
from studio.demo.hub import Hub

FILTERS = ("provider", "endpoint", "method", "job_id", "created", "fault", "status")
LOOPBACK = frozenset({"127.0.0.1", "::1"})

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Control:
    """Handlers under /_control. A bad value is answered 400 with {"error": reason}."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub

    def add_to(self, app: web.Application) -> None:
        routes: list[tuple[str, str, Handler]] = [
            ("GET", "state", self.state),
            ("GET", "settings", self.settings),
            ("PUT", "settings", self.change_settings),
            ("GET", "faults", self.faults),
            ("PUT", "faults", self.add_faults),
            ("DELETE", "faults", self.remove_faults),
            ("GET", "journal", self.journal),
            ("GET", "jobs", self.jobs),
            ("POST", "clock", self.advance),
            ("POST", "reset", self.reset),
        ]
        for method, name, handler in routes:
            app.router.add_route(method, f"/_control/{name}", _guarded(handler))

    async def state(self, request: web.Request) -> web.Response:
        now = self._hub.clock.now()
        states = Counter(f"{job.provider}:{job.state(now)}" for job in self._hub.jobs.of())
        return json_answer(
            {
                "now": now,
                "settings": self._hub.settings.as_json(),
                "jobs": dict(states),
                "requests": self._hub.journal.counts(),
                "faults": self._hub.faults.as_json(),
            }
        )

    async def settings(self, request: web.Request) -> web.Response:
        return json_answer(self._hub.settings.as_json())

    async def change_settings(self, request: web.Request) -> web.Response:
        """The body names the settings to change; the others stay."""
        self._hub.settings = self._hub.settings.changed(await request.json())
        return json_answer(self._hub.settings.as_json())

    async def faults(self, request: web.Request) -> web.Response:
        return json_answer({"faults": self._hub.faults.as_json()})

    async def add_faults(self, request: web.Request) -> web.Response:
        """The body is one fault or a list: {provider, endpoint, kind, times, after, params}."""
        body = await request.json()
        for values in body if isinstance(body, list) else [body]:
            self._hub.faults.add(Fault(**values))
        return json_answer({"faults": self._hub.faults.as_json()})

    async def remove_faults(self, request: web.Request) -> web.Response:
        """All of them, or those of `?provider=` and `?endpoint=`."""
        query = request.query
        self._hub.faults.remove(query.get("provider", ""), query.get("endpoint", ""))
        return json_answer({"faults": self._hub.faults.as_json()})

    async def journal(self, request: web.Request) -> web.Response:
        """Entries, oldest first; filters as in FILTERS, and `since` (a number), `limit`."""
        query = request.query
        filters = {name: query[name] for name in FILTERS if name in query}
        limit = int(query["limit"]) if "limit" in query else None
        entries = self._hub.journal.read(filters, int(query.get("since", 0)), limit)
        return json_answer({"count": len(entries), "entries": entries})

    async def jobs(self, request: web.Request) -> web.Response:
        """All jobs, or those of `?provider=`, newest first."""
        now = self._hub.clock.now()
        jobs = self._hub.jobs.of(request.query.get("provider", ""))
        return json_answer({"jobs": [job.as_record() | {"state": job.state(now)} for job in jobs]})

    async def advance(self, request: web.Request) -> web.Response:
        """The body {"advance_s": 60} pushes the server's time forward."""
        body: dict[str, Any] = await request.json()
        self._hub.clock.advance(float(body["advance_s"]))
        return json_answer({"now": self._hub.clock.now()})

    async def reset(self, request: web.Request) -> web.Response:
        self._hub.reset()
        return json_answer({"reset": True})


def _guarded(handler: Handler) -> Handler:
    async def guarded(request: web.Request) -> web.StreamResponse:
        if request.remote not in LOOPBACK:
            return json_answer({"error": "Only this machine may control the demo."}, 403)
        try:
            return await handler(request)
        except (ValueError, TypeError, KeyError) as e:
            return json_answer({"error": str(e)}, 400)

    return guarded
