"""What people do again and again in the browser tests."""

import base64
import re
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, expect

MADE_MS = 90_000
SEEDANCE = ("getimg.ai (demo)", "Seedance 1.5 Pro")
DROP = """(well, [name, data]) => {
    const bytes = Uint8Array.from(atob(data), c => c.charCodeAt(0));
    const transfer = new DataTransfer();
    transfer.items.add(new File([bytes], name, {type: "image/png"}));
    for (const type of ["dragover", "drop"])
        well.dispatchEvent(
            new DragEvent(type, {dataTransfer: transfer, bubbles: true, cancelable: true}));
}"""
PASTE = """([name, data]) => {
    const bytes = Uint8Array.from(atob(data), c => c.charCodeAt(0));
    const transfer = new DataTransfer();
    transfer.items.add(new File([bytes], name, {type: "image/png"}));
    document.dispatchEvent(new ClipboardEvent("paste", {clipboardData: transfer, bubbles: true}));
}"""


def packed(path: Path) -> list[str]:
    return [path.name, base64.b64encode(path.read_bytes()).decode()]


def choose(page: Page, provider: str, model: str) -> None:
    """Pick a model in the picker, and wait for its settings."""
    with page.expect_response(re.compile("/compose/models/")):
        page.click("#model")
    row = page.locator(f'.offer[data-provider="{provider}"][data-model^="{model}"]').first
    with page.expect_response(re.compile("/compose/options/")):
        row.locator("b").click()
    expect(page.locator("#picker")).to_be_hidden()


def until(page: Page, expression: str) -> Any:
    """The expression's value once it is true. (Playwright's own waiting needs `eval`, which the
    pages' policy forbids.)"""
    for _ in range(200):
        if value := page.evaluate(expression):
            return value
        page.wait_for_timeout(100)
    raise AssertionError(f"never true: {expression}")


def generate(page: Page, prompt: str) -> None:
    page.fill("#prompt", prompt)
    page.click("button:has-text('Generate')")
    expect(page.locator(".toast--success")).to_be_visible()


def watch(page: Page, prompt: str) -> None:
    """Wait in the queue until the clip is there, and open it."""
    page.goto("/queue/")
    row = page.locator(".row", has_text=prompt).first
    expect(row.locator("text=Ready")).to_be_visible(timeout=MADE_MS)
    row.locator("text=Watch").click()
    page.wait_for_selector("#video")
