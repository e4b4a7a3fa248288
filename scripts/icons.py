"""Draws the app's icons from its logo: `python scripts/icons.py`, once the logo has changed."""

import shutil
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

IMAGES = Path(__file__).resolve().parent.parent / "static" / "img"
GROUND = "#f2f3f5"
ICONS = (
    ("app-192.png", 192, 0),
    ("app-512.png", 512, 0),
    ("app-180.png", 180, 0.08),
    ("app-maskable-512.png", 512, 0.14),
)
"""Name, pixels, and how much of each side stays free: a mask may cut a tenth off."""


def draw(page: Page, name: str, pixels: int, free: float) -> None:
    """One picture; where a side stays free, the logo's own ground fills it."""
    logo = (IMAGES / "logo.svg").read_text()
    size, edge = round(pixels * (1 - 2 * free)), round(pixels * free)
    ground = GROUND if free else "transparent"
    page.set_viewport_size({"width": pixels, "height": pixels})
    page.set_content(
        f"<style>body{{margin:{edge}px;background:{ground}}}"
        f"svg{{display:block;width:{size}px;height:{size}px}}</style>{logo}"
    )
    page.screenshot(path=IMAGES / name, omit_background=True)


def main() -> None:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox"]
        )
        page = browser.new_page()
        for icon in ICONS:
            draw(page, *icon)
        browser.close()


if __name__ == "__main__":
    main()
