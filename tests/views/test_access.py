"""Who may see which page, and that no page runs a stranger's script."""

import re
import uuid

import pytest
from django.test import Client
from django.urls import reverse

from studio.models import Job
from studio.urls import studio_urls

PUBLIC = {
    "words",
    "setup",
    "shared",
    "shared_file",
    "join",
    "healthz",
    "readyz",
    "metrics",
    "oidc_callback",
    "oidc_start",
    "login",
    "theme",
    "language",
    "manifest",
    "public_image",
}
PAGES = [
    "compose",
    "recent_prompts",
    "presets",
    "pictures",
    "batch",
    "activity",
    "queue",
    "queue_rows",
    "gallery",
]


EXAMPLES = {"int": 1, "uuid": uuid.uuid4(), "str": "x", "slug": "x"}


def address(name: str) -> str:
    """The page's address with something in the place of each argument."""
    route = next(str(path.pattern) for path in studio_urls if path.name == name)
    arguments = [EXAMPLES[kind] for kind in re.findall(r"<(\w+):", route)]
    return reverse(f"studio:{name}", args=arguments)


@pytest.mark.parametrize("name", sorted({path.name for path in studio_urls} - PUBLIC))
def test_every_page_but_the_public_ones_needs_a_login(db, name):
    for method in ("get", "post"):
        answer = getattr(Client(), method)(address(name))
        assert answer.status_code == 302
        assert answer.headers["Location"].startswith("/login/")


@pytest.mark.parametrize("name", PAGES)
def test_pages_of_an_empty_studio_answer(browser, name):
    assert browser.get(address(name)).status_code == 200


def test_every_page_has_a_strict_policy_and_no_inline_script_or_style(browser, getimg, make_job):
    job = make_job(getimg, state=Job.State.UNCONFIRMED, error="Perhaps.")
    for path in [*map(address, PAGES), f"/jobs/{job.pk}/", "/nothing/"]:
        answer = browser.get(path)
        text = answer.content.decode()
        assert "script-src 'self'" in answer.headers["Content-Security-Policy"]
        assert "'unsafe-inline'" not in answer.headers["Content-Security-Policy"]
        assert not [word for word in ("<script>", "<style", " style=", "onclick=") if word in text]
