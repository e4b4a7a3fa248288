"""In a real browser: words that would be markup stand on every page, and nothing happens."""

from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import APIResponse, Dialog, Page

from tests.browser.steps import SEEDANCE
from tests.live import LiveStudio
from tests.security.words import HOSTILE_WORDS

WORDS = [words for words in HOSTILE_WORDS if "\x00" not in words]
"""A program's arguments cannot hold a NUL."""
TELL = "window.pwned = () => alert('pwned')"
PAGES = (
    "/",
    "/queue/",
    "/history/",
    "/gallery/",
    "/gallery/?view=list",
    "/gallery/?view=grid&select=1",
    "/boards/",
    "/compose/recent/",
    "/compose/presets/",
    "/compose/pictures/?role=first_frame",
    "/compose/pictures/?role=first_frame&kind=clips",
    "/clips/{clip}/",
    "/jobs/{job}/",
    "/compare/?clip={clip}",
    "/boards/add/?clip={clip}",
    "/?remix={job}",
)


def post(page: Page, address: str, **fields: Any) -> APIResponse:
    token = next(c["value"] for c in page.context.cookies() if c.get("name") == "csrftoken")
    return page.context.request.post(address, multipart=fields, headers={"X-CSRFToken": token})


@pytest.fixture
def hostile(studio: LiveStudio, page: Page, image_file: Any) -> dict[str, str]:
    """A clip whose prompt is all of the words, and each of them as a name of something."""
    provider, model = SEEDANCE
    asked = ["--provider", provider, "--model", model, "--duration", "5", "--wait", "120"]
    made = studio.json("generate", *asked, "--prompt", "\n".join(WORDS))["jobs"][0]
    clip, job = str(made["file"]["asset"]), str(made["id"])
    picture = {"mimeType": "image/png", "buffer": Path(image_file()).read_bytes()}
    for words in WORDS:
        post(page, "/gallery/do/", action="tag", clip=clip, tag=words[:40])
        post(page, "/gallery/do/", action="collect", clip=clip, new_collection=words)
        post(page, "/compose/presets/save/", preset_name=words, prompt=words, preset_shared="on")
        post(page, "/boards/add/", clip=clip, new_board=words)
    for words in WORDS[:6]:
        file = picture | {"name": words.replace("/", " ") + ".png"}
        assert post(page, "/uploads/images/", role="first_frame", file=file).ok
    return {"clip": clip, "job": job}


def test_no_page_opens_a_dialog_because_of_what_stands_in_it(page: Page, hostile: dict[str, str]):
    """GHSA-7cq3-mhxq-w946, GHSA-6p53-hqqw-8j62, CVE-2026-111984. The page's policy would stop most
    of it; a single try of it fails this test as well."""
    dialogs: list[str] = []

    def note(dialog: Dialog) -> None:
        dialogs.append(dialog.message)
        dialog.dismiss()

    page.on("dialog", note)
    page.add_init_script(TELL)
    shown = 0
    for path in PAGES:
        answer = page.goto(path.format(**hostile))
        assert answer is not None
        assert answer.ok, path
        assert page.locator("pwned-element, [onerror], [onload], iframe, base").count() == 0, path
        assert dialogs == [], path
        shown += "pwned" in page.inner_text("body")
    assert shown > 8
