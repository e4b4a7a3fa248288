"""Every page, in both themes and at every size: nobody is shut out, nothing sticks out."""

import itertools
import json
from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, expect

from scripts.screenshots import OPENED, fill, press, signed_in
from tests.live import LiveStudio
from tests.pages import every_page

WIDTHS = (320, 390, 768, 1440, 3840)
SERIOUS = {"serious", "critical"}
FEW_CLIPS = 3
SIGNED_OUT = ("login", "setup-closed")


@pytest.fixture(scope="module")
def busy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveStudio]:
    """A studio of its own: its queue stands still, which the other tests could not use."""
    live = LiveStudio(tmp_path_factory.mktemp("everywhere") / "data", render="small")
    live.create_owner()
    yield live
    live.stop()


@pytest.fixture(scope="module")
def paths(busy: LiveStudio) -> dict[str, str]:
    found = fill(busy, FEW_CLIPS)
    return {name: path.format(**found) for name, path in every_page().items()}


@pytest.fixture(scope="module")
def member(busy: LiveStudio, paths: dict[str, str], chromium: Browser) -> dict[str, object]:
    return signed_in(chromium, busy)


@pytest.fixture
def window(busy, member, chromium, request) -> Iterator[BrowserContext]:
    """A browser window of the owner; a test's own wishes come as its parameter."""
    how = {"viewport": {"width": 1440, "height": 900}} | getattr(request, "param", {})
    context = chromium.new_context(base_url=busy.url, storage_state=member, **how)
    yield context
    context.close()


def complaints(page: Page) -> list[str]:
    """What axe finds serious or worse."""
    found = Axe().run(page).response["violations"]
    return [
        f"{each['id']}: {json.dumps(node['target'])}"
        for each in found
        if each["impact"] in SERIOUS
        for node in each["nodes"]
    ]


def overhang(page: Page) -> list[int]:
    """The widths at which the page scrolls sideways."""
    found = []
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 800})
        if page.evaluate("document.documentElement.scrollWidth") > width:
            found.append(width)
    return found


@pytest.mark.parametrize("theme", ["dark", "light"])
@pytest.mark.parametrize("name", every_page())
def test_no_page_shuts_anyone_out(window, paths, name, theme):
    if name in SIGNED_OUT:
        window.clear_cookies()
    page = window.new_page()
    page.emulate_media(color_scheme=theme, reduced_motion="reduce")
    page.goto(paths[name])
    assert complaints(page) == []


@pytest.mark.parametrize("name", every_page())
def test_no_page_scrolls_sideways(window, paths, name):
    page = window.new_page()
    page.goto(paths[name])
    assert overhang(page) == []


@pytest.mark.parametrize("name", every_page())
def test_every_page_has_one_title_and_headings_in_order(window, paths, name):
    page = window.new_page()
    page.goto(paths[name])
    levels = page.evaluate(
        "[...document.querySelectorAll('h1, h2, h3, h4')]"
        ".filter(each => each.checkVisibility()).map(each => Number(each.tagName[1]))"
    )
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in itertools.pairwise(levels))
    assert page.title() not in {"", "Dailies"}


@pytest.mark.parametrize("theme", ["dark", "light"])
@pytest.mark.parametrize("name", OPENED)
def test_what_opens_over_a_page_shuts_nobody_out(window, paths, name, theme):
    on, openers = OPENED[name]
    page = window.new_page()
    page.emulate_media(color_scheme=theme, reduced_motion="reduce")
    page.goto(paths[on])
    press(page, openers)
    assert complaints(page) == []


@pytest.mark.parametrize(
    "window",
    [{"viewport": {"width": 720, "height": 450}, "device_scale_factor": 2}],
    indirect=True,
    ids=["200 %"],
)
@pytest.mark.parametrize("name", ["compose", "queue", "gallery", "clip", "board"])
def test_pages_work_enlarged(window, paths, name):
    page = window.new_page()
    page.goto(paths[name])
    assert page.evaluate("document.documentElement.scrollWidth") <= 720
    expect(page.locator("h1")).to_be_attached()


@pytest.mark.parametrize(
    "window",
    [{"forced_colors": "active", "reduced_motion": "reduce"}],
    indirect=True,
    ids=["forced colours, no motion"],
)
@pytest.mark.parametrize("name", ["compose", "queue", "gallery", "clip", "board"])
def test_nothing_moves_and_nothing_vanishes_for_who_asked_for_that(window, paths, name):
    page = window.new_page()
    page.goto(paths[name])
    moving = "document.getAnimations().filter(each => each.playState === 'running').length"
    assert page.evaluate(moving) == 0
    assert complaints(page) == []
