"""A real browser on a real studio."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Page,
    expect,
    sync_playwright,
)

from tests.browser.steps import SEEDANCE
from tests.live import PASSWORD, LiveStudio

ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
TELL_VIOLATIONS = """
    document.addEventListener("securitypolicyviolation", (event) => console.error(
        `Content Security Policy: ${event.violatedDirective} ${event.blockedURI} on ${location}`));
"""
TELL_LOADED = """
    document.addEventListener("DOMContentLoaded", () =>
        document.documentElement.toggleAttribute("data-loaded", true));
"""
NAMES = ("chromium", "google-chrome", "google-chrome-stable", "chromium-browser")

# Playwright keeps an event loop in this thread, which Django would take for asynchronous code.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"


@pytest.fixture(scope="package")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveStudio]:
    live = LiveStudio(tmp_path_factory.mktemp("browser") / "data", render="small")
    yield live
    live.stop()


expect.set_options(timeout=15_000)


@pytest.fixture(scope="package")
def chromium() -> Iterator[Browser]:
    """For this package alone: as long as it runs, no other test can start an event loop."""
    installed = next((path for name in NAMES if (path := shutil.which(name))), None)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=installed, args=ARGUMENTS)
        violations = watch_pages(browser)
        yield browser
        browser.close()
        assert violations == [], "the pages' policy was violated somewhere in this run"


def watch_pages(browser: Browser) -> list[str]:
    """Every violation of the pages' policy from here on, in whatever window it happens. What has
    scripts is touched once they have run."""
    violations: list[str] = []
    plain = browser.new_context

    def note(message: ConsoleMessage) -> None:
        if "Content Security" in message.text:
            violations.append(message.text)

    def new_context(**how: Any) -> BrowserContext:
        context = plain(**how)
        context.add_init_script(TELL_VIOLATIONS)
        context.on("console", note)
        if how.get("java_script_enabled", True):
            context.add_init_script(TELL_LOADED)
            context.on("page", wait_for_scripts)
        return context

    browser.new_context = new_context  # type: ignore[method-assign]
    return violations


def wait_for_scripts(page: Page) -> None:
    """A click or a word that comes before the scripts is answered by the next page, as without
    any; which of the two a test meets must not depend on how fast it is."""
    page.add_locator_handler(page.locator(":root:not([data-loaded])"), lambda: None)


@pytest.fixture(scope="package")
def session_state(studio: LiveStudio, chromium: Browser) -> dict[str, object]:
    """Cookies of the owner, who was created through the printed set-up link."""
    page = chromium.new_context().new_page()
    page.goto(studio.setup_link)
    page.fill("#id_username", "mara")
    page.fill("#id_password1", PASSWORD)
    page.fill("#id_password2", PASSWORD)
    page.click("text=Create and start")
    page.click("text=Save and stay with the demo")
    page.wait_for_selector("#prompt")
    state: dict[str, object] = dict(page.context.storage_state())
    page.close()
    return state


EMPTY_FORM = """
from django.contrib.auth.models import User
from studio.models import ProviderModel, SavedDraft
from studio.services import writing
owner = User.objects.get(username="mara")
model = ProviderModel.objects.get(provider__name="%s", name="%s")
SavedDraft.objects.filter(owner=owner).delete()
writing.keep_over(owner, {"provider_model": [str(model.pk)]})
"""


def empty_the_form(studio: LiveStudio) -> None:
    """Leave nothing of the last test in the owner's form: neither words nor its model."""
    studio.ask(EMPTY_FORM % SEEDANCE)


@pytest.fixture
def page(studio: LiveStudio, chromium: Browser, session_state: dict[str, object]) -> Iterator[Page]:
    """Signed in, at 1440 x 900, with a form in which nothing stands but a model; fails the test on
    any fault the console shows."""
    context: BrowserContext = chromium.new_context(
        base_url=studio.url,
        viewport={"width": 1440, "height": 900},
        storage_state=session_state,  # type: ignore[arg-type]
    )
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    page = context.new_page()
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("console", lambda m: faults.append(m.text) if "Content Security" in m.text else None)
    empty_the_form(studio)
    yield page
    found = list(faults)
    # A page keeps its draft as it goes: late, that would be the next test's.
    context.set_offline(True)
    context.close()
    assert found == []


@pytest.fixture
def frames(tmp_path: Path) -> tuple[Path, Path]:
    first, last = tmp_path / "first.png", tmp_path / "last.png"
    Image.linear_gradient("L").convert("RGB").resize((640, 360)).save(first)
    Image.radial_gradient("L").convert("RGB").resize((640, 360)).save(last)
    return first, last
