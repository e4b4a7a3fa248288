"""Takes a picture of every page into docs/img (`make screenshots`): a studio of its own over a
temporary folder, filled by tests.sample, shown by a real browser.

`python scripts/screenshots.py gallery clip` takes only the pages of these names.
"""

import json
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from tests.live import PASSWORD, LiveStudio  # noqa: E402 - the path has to be there first
from tests.pages import every_page  # noqa: E402

FOLDER = ROOT / "docs" / "img"
PAPER = ROOT / "docs" / "screenshots.md"
SIZES = {"wide": (1440, 900), "small": (390, 844)}
THEMES = ("dark", "light")
QUALITY = 72
FAULTS = (
    {"provider": "indoxhub", "endpoint": "create", "kind": "refused"},
    {"provider": "getimg", "endpoint": "create", "kind": "reset_after"},
)
"""The next clip at the one is refused, of the other nobody knows."""
MENU = ".member-menu > summary, .more > summary"
OPENED = {
    "compose-models": ("compose", ("#model",)),
    "compose-menu": ("compose", (MENU,)),
    "keys": ("gallery", (MENU, "[data-keys]")),
}
"""A page, and what is pressed on it one after the other."""


def fill(studio: LiveStudio, count: int = 99) -> dict[str, str]:
    """Some days of work, of the newest `count` clips; what the pages' addresses are made of."""
    studio.demo("PUT", "settings", {"generating_s": 1})
    _inside(studio, f"ask_for_clips({count}); wait_for_clips()")
    _inside(studio, "go_on_from_clips(); wait_for_clips()")
    _inside(studio, "put_in_order(); trash_one(); fill_the_board()")
    studio.demo("PUT", "settings", {"generating_s": 240})
    studio.demo("PUT", "faults", list(FAULTS))
    _inside(studio, "queue_up(); wait_for_the_queue()")
    found: dict[str, str] = json.loads(_inside(studio, "print(addresses())"))
    return found


def _inside(studio: LiveStudio, calls: str) -> str:
    return studio.manage("shell", "--no-imports", stdin=f"from tests.sample import *; {calls}")


@contextmanager
def studio_with_clips() -> Iterator[tuple[LiveStudio, dict[str, str]]]:
    with tempfile.TemporaryDirectory() as folder:
        studio = LiveStudio(Path(folder) / "data", TIME_ZONE="Europe/Berlin")
        try:
            studio.create_owner()
            yield studio, fill(studio)
        finally:
            studio.stop()


def signed_in(browser: Browser, studio: LiveStudio) -> dict[str, object]:
    page = browser.new_page()
    page.goto(f"{studio.url}/login/")
    page.fill("#id_username", "mara")
    page.fill("#id_password", PASSWORD)
    page.click("main .button--primary")
    page.wait_for_selector("#prompt")
    _write_a_draft(page)
    state: dict[str, object] = dict(page.context.storage_state())
    page.close()
    return state


def _write_a_draft(page: Page) -> None:
    """The compose page is shown with something on it."""
    page.fill(
        "#prompt",
        "Slow dolly across a still alpine valley at first light. Mist pools between the ridgelines "
        "and thins as the sun clears the far peak; the light turns from blue to apricot.",
    )
    page.click("[aria-label='One take more']")
    page.wait_for_timeout(2500)


def take(page: Page, name: str) -> None:
    """What is in the window, as a small file."""
    picture = Image.open(BytesIO(page.screenshot())).convert("RGB")
    picture.save(FOLDER / f"{name}.webp", quality=QUALITY, method=6)


def settle(page: Page) -> None:
    """Pictures, films and fonts are there, nothing moves."""
    page.evaluate("document.fonts.ready.then(() => true)")
    page.wait_for_timeout(900)


def press(page: Page, openers: Sequence[str]) -> None:
    """Open what these open, each as it is shown at this size."""
    for opener in openers:
        page.locator(opener).locator("visible=true").first.click()
        page.wait_for_timeout(400)


def shoot(context: BrowserContext, path: str, name: str, openers: Sequence[str]) -> None:
    page = context.new_page()
    page.goto(path)
    settle(page)
    press(page, openers)
    take(page, name)
    page.close()


def contexts(
    browser: Browser, studio: LiveStudio, state: dict[str, object]
) -> Iterator[tuple[str, BrowserContext]]:
    for size, (width, height) in SIZES.items():
        for theme in THEMES:
            context = browser.new_context(
                base_url=studio.url,
                viewport={"width": width, "height": height},
                color_scheme=theme,  # type: ignore[arg-type]
                storage_state=state,  # type: ignore[arg-type]
                locale="en-GB",
                timezone_id="Europe/Berlin",
                has_touch=size == "small",
            )
            yield f"{size}-{theme}", context
            context.close()


def wanted(found: dict[str, str], only: list[str]) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    """Name, path and what to press for each picture."""
    paths = {name: path.format(**found) for name, path in every_page().items()}
    every: list[tuple[str, str, tuple[str, ...]]] = [
        *((name, paths[page], openers) for name, (page, openers) in OPENED.items()),
        *((name, path, ()) for name, path in paths.items()),
    ]
    return (each for each in every if not only or each[0] in only)


def write_paper() -> None:
    """docs/screenshots.md: every picture that is there."""
    lines = ["# Every page", "", "Made by `make screenshots` with the demo provider.", ""]
    for name in [*every_page(), *OPENED]:
        if not (FOLDER / f"{name}-wide-dark.webp").exists():
            continue
        lines += [f"## {name.replace('-', ' ').capitalize()}", ""]
        for size in SIZES:
            there = [f"{name}-{size}-{theme}.webp" for theme in THEMES]
            shown = [f"![{file[:-5]}](img/{file})" for file in there if (FOLDER / file).exists()]
            lines += [" ".join(shown), ""] if shown else []
    PAPER.write_text("\n".join(lines).rstrip() + "\n")


def main(only: list[str]) -> None:
    began = time.monotonic()
    FOLDER.mkdir(parents=True, exist_ok=True)
    with studio_with_clips() as (studio, found), sync_playwright() as playwright:
        print(f"The studio is filled after {time.monotonic() - began:.0f} s.", flush=True)
        browser = playwright.chromium.launch(
            executable_path="/usr/bin/chromium", args=["--no-sandbox", "--disable-gpu"]
        )
        state = signed_in(browser, studio)
        for variant, context in contexts(browser, studio, state):
            for name, path, openers in wanted(found, only):
                shoot(context, path, f"{name}-{variant}", openers)
        browser.close()
    write_paper()
    size = sum(file.stat().st_size for file in FOLDER.glob("*.webp"))
    print(f"docs/img: {size / 1e6:.1f} MB, after {time.monotonic() - began:.0f} s.")


if __name__ == "__main__":
    main(sys.argv[1:])
