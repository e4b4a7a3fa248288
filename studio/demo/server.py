"""Starts the demo provider: one port, one path prefix per API, control under /_control."""

import argparse
import asyncio
import json
import signal
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aiohttp import web

from studio.demo import aiml, dafty, getimg, imgix, indoxhub
from studio.demo.control import Control
from studio.demo.door import add_api
from studio.demo.hub import Hub
from studio.demo.settings import CHOICES, Settings

APIS = (imgix.API, getimg.API, aiml.API, dafty.API, indoxhub.API)
MAX_BODY_BYTES = 64 * 1024 * 1024
DEFAULT_PORT = 8099


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """Where to listen and where to keep the state. Port 0 takes a free one.

    `ends_with_input`: stop when standard input closes, so that no server outlives its tests.
    """

    host: str
    port: int
    state_dir: Path
    settings: Settings
    ends_with_input: bool = False


def add_arguments(parser: argparse.ArgumentParser, state_dir: Path) -> None:
    """The server's options, the same for `manage.py demo_provider` and `-m studio.demo`."""
    usual = Settings()
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on")
    parser.add_argument("--port", type=int, default=DEFAULT_PORT, help="0 takes a free one")
    parser.add_argument("--state-dir", type=Path, default=state_dir, help="kept between starts")
    parser.add_argument(
        "--generating-s", type=float, default=usual.generating_s, help="seconds a clip takes"
    )
    parser.add_argument(
        "--link-life-s", type=float, help="life of signed links; default: each API's own"
    )
    parser.add_argument(
        "--render", choices=CHOICES["render"], default=usual.render, help="small, tiny: for tests"
    )
    parser.add_argument(
        "--no-limits", action="store_true", help="no rate limits, no limit of credit"
    )
    parser.add_argument(
        "--ends-with-input", action="store_true", help="stop when standard input closes"
    )


def options_from(values: Mapping[str, Any]) -> Options:
    settings = Settings(
        generating_s=values["generating_s"],
        link_life_s=values["link_life_s"],
        render=values["render"],
        has_limits=not values["no_limits"],
    )
    return Options(
        host=values["host"],
        port=values["port"],
        state_dir=values["state_dir"],
        settings=settings,
        ends_with_input=values["ends_with_input"],
    )


def run(options: Options, announce: Callable[[int], None]) -> None:
    """Serve until Ctrl+C or SIGTERM. `announce` is called with the port once it listens."""
    asyncio.run(_serve(options, announce))


def announce_as_json(port: int) -> None:
    print(json.dumps({"port": port}), flush=True)


async def _serve(options: Options, announce: Callable[[int], None]) -> None:
    hub = Hub(options.state_dir, options.settings)
    runner = web.AppRunner(make_app(hub), access_log=None, shutdown_timeout=1.0)
    flushing = asyncio.create_task(hub.journal.keep_flushing())
    try:
        await runner.setup()
        await web.TCPSite(runner, options.host, options.port, backlog=1024).start()
        hub.resume()
        announce(runner.addresses[0][1])
        await _told_to_stop(options.ends_with_input)
    finally:
        flushing.cancel()
        await asyncio.gather(flushing, return_exceptions=True)
        await runner.cleanup()
        await hub.close()


def make_app(hub: Hub) -> web.Application:
    app = web.Application(client_max_size=MAX_BODY_BYTES)
    Control(hub).add_to(app)
    for api in APIS:
        add_api(app, hub, api)
    return app


async def _told_to_stop(ends_with_input: bool) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    if ends_with_input:
        loop.add_reader(sys.stdin, lambda: stop.set() if not sys.stdin.readline() else None)
    await stop.wait()
