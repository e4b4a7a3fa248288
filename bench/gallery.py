"""`gallery`: how quick the gallery's first page is, how much it weighs, and how it scrolls."""

import os
import shutil
import socket
import statistics
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
from playwright.sync_api import Page, sync_playwright

from bench.machine import CORES, favour
from bench.processes import Running
from bench.report import Table
from bench.studio import Studio

ABOUT = """\
A studio with so many finished clips (four members, all models, 120 days, three companions each),
and its real web server. "Server" is the time of the whole request within Django, "over HTTP" the
same with the front and a connection; both are medians. "Weight" is all that a first visit brings
over the line, compressed as it is sent, but for the posters. "Dropped" are the frames that Chromium
did not draw while 1,000 clips went by at about 1,400 px a second (pages of 60 are loaded on the
way). Targets: 100 ms, 8 queries, 200 KB, 5 %."""
VIEWS = {
    "first page": "",
    "searched": "q=aurora+dusk",
    "filtered": "favourites=1&sound=1&ratio=16:9&member=mara",
    "by price": "sort=dearest",
    "as a list": "view=list",
}
TARGET_MS, TARGET_QUERIES, TARGET_KB, TARGET_DROPPED = 100.0, 8, 200.0, 0.05
BROWSERS = ("chromium", "google-chrome", "google-chrome-stable", "chromium-browser")
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"]
WARM, TIMES = 3, 20
START_S = 30.0
SCROLL = """async ([clips, step, most]) => {
    const moments = [];
    const tiles = document.getElementsByClassName("tile");
    const isPast = () => tiles[clips - 1]?.getBoundingClientRect().top < innerHeight;
    while (moments.length < most && (moments.length % 30 || !isPast())) {
        moments.push(await new Promise(requestAnimationFrame));
        scrollBy(0, step);
    }
    return [moments, isPast()];
}"""
STEP_PX, MOST_FRAMES = 24, 20_000
FRAME_MS = 1000 / 60


def bench(folder: Path, *, is_quick: bool) -> Table:
    """The views one after the other, then one visit with a browser."""
    heads = (
        "view",
        "clips",
        "queries",
        "server, ms",
        "over HTTP, ms",
        "weight, KB",
        "dropped",
        "holds",
    )
    table = Table("gallery", "The gallery with many clips", ABOUT, heads)
    clips, scrolled = (300, 120) if is_quick else (10_000, 1_000)
    studio = Studio(folder)
    session = studio.call("library", {"clips": clips}, cores=set(CORES))["session"]
    with _serving(studio, folder) as address:
        weight_kb, dropped = _visit(address, session, scrolled)
        for name, query in VIEWS.items():
            told = studio.call("gallery_page", {"query": query}, cores=set(CORES))
            http_ms = _over_http(address, session, query)
            is_first = name == "first page"
            holds = told["ms"] <= TARGET_MS and told["queries"] <= TARGET_QUERIES
            if is_first:
                holds &= weight_kb <= TARGET_KB and dropped <= TARGET_DROPPED
            cells = (f"{weight_kb:.0f}", f"{dropped:.1%}") if is_first else ("", "")
            table.add(
                name,
                f"{clips:,}",
                told["queries"],
                f"{told['ms']:.0f}",
                f"{http_ms:.0f}",
                *cells,
                "yes" if holds else "no",
            )
    return table


@contextmanager
def _serving(studio: Studio, folder: Path) -> Iterator[str]:
    """The web server over the studio's data, as `manage.py up` starts it."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    studio.env["PORT"] = str(port)
    collect = [sys.executable, "manage.py", "collectstatic", "--noinput", "--verbosity", "0"]
    Running(collect, studio.env, folder / "collect.log", set(CORES)).wait()
    words = [sys.executable, "-m", "granian", "--interface", "asgi", "--workers", "1"]
    words += ["--host", "127.0.0.1", "--port", str(port), "--no-ws", "studio.asgi:application"]
    with Running(words, studio.env, folder / "web.log", set(CORES)) as server:
        address = f"http://127.0.0.1:{port}"
        give_up_at = time.monotonic() + START_S
        while not _answers(address):
            server.require_alive()
            if time.monotonic() > give_up_at:
                raise RuntimeError("The web server did not start.")
            time.sleep(0.2)
        yield address


def _answers(address: str) -> bool:
    try:
        return httpx.get(f"{address}/login/", timeout=2).status_code == 200
    except httpx.HTTPError:
        return False


def _over_http(address: str, session: str, query: str) -> float:
    """Milliseconds until the whole page is here, on a connection that stands."""
    took = []
    with httpx.Client(cookies={"sessionid": session}, timeout=30) as client:
        for _ in range(WARM + TIMES):
            began = time.perf_counter()
            client.get(f"{address}/gallery/?{query}").raise_for_status()
            took.append(1000 * (time.perf_counter() - began))
    return statistics.median(took[WARM:])


def _visit(address: str, session: str, clips: int) -> tuple[float, float]:
    """A first visit: its weight in KB, and the share of frames dropped while scrolling."""
    favour(os.getpid())  # The browser is this process' child and comes under its priority.
    installed = next((path for name in BROWSERS if (path := shutil.which(name))), None)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=installed, args=ARGUMENTS)
        context = browser.new_context(viewport={"width": 1440, "height": 900})
        context.add_cookies([{"name": "sessionid", "value": session, "url": address}])
        page = context.new_page()
        arrived = _count_bytes(page)
        page.goto(f"{address}/gallery/?view=rows")
        page.wait_for_timeout(1500)
        weight_kb = sum(arrived.values()) / 1000
        moments, is_past = page.evaluate(SCROLL, [clips, STEP_PX, MOST_FRAMES])
        browser.close()
    if not is_past:
        raise RuntimeError(f"{clips} clips were not reached by scrolling.")
    return weight_kb, _dropped(moments)


def _count_bytes(page: Page) -> dict[str, float]:
    """Bytes as they came over the line, by request, without posters."""
    session = page.context.new_cdp_session(page)
    arrived: dict[str, float] = {}
    posters: set[str] = set()

    def note(event: dict[str, Any]) -> None:
        if "/media/" in event["response"]["url"]:
            posters.add(event["requestId"])

    def count(event: dict[str, Any]) -> None:
        if event["requestId"] not in posters:
            arrived[event["requestId"]] = event["encodedDataLength"]

    session.on("Network.responseReceived", note)
    session.on("Network.loadingFinished", count)
    session.send("Network.enable")
    return arrived


def _dropped(moments: list[float]) -> float:
    """The share of the screen's frames in which nothing new was drawn."""
    due = (moments[-1] - moments[0]) / FRAME_MS
    return max(0.0, 1 - (len(moments) - 1) / due)
