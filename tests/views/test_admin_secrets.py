"""No page of the admin panel, and no file out of it, shows a key or a link to a provider's file."""

import json
import re

import pytest
from django.contrib import admin
from django.test import Client
from django.urls import reverse

from studio.models import Job, JobInput, Provider
from studio.providers.redaction import redact

KEY, OPTION, LINK, REFERENCE, PASSWORD = CANARIES = (
    "sk_live_0123456789abcdef",
    "upload-secret-98765432",
    "https://cdn.example/clip.mp4?X-Amz-Signature=c0ffee00c0ffee00c0ffee",
    "internal-reference-5a5a5a5a5a",
    "a long enough one",
)


@pytest.fixture
def provider(make_provider) -> Provider:
    made: Provider = make_provider("indoxhub", api_key=KEY)
    made.options = {"byok_api_key": OPTION}
    made.save()
    return made


@pytest.fixture
def job(provider, make_job, make_image) -> Job:
    """A job that has known every secret there is."""
    made: Job = make_job(
        provider,
        state=Job.State.FETCHING,
        remote_id="task-1",
        video_url=LINK,
        video_ref=REFERENCE,
    )
    JobInput.objects.create(job=made, role="first_frame", asset=make_image())
    reply = {"url": LINK, "headers": {"Authorization": f"Bearer {KEY}"}, "echo": KEY, "ok": True}
    made.events.create(message="Made", detail=redact(reply, secrets=provider.secrets))
    return made


def pages(browser: Client) -> dict[str, str]:
    """Every page of every table: its list, a form for a new row, and those of its first row."""
    found = {"/admin/": browser.get("/admin/").content.decode()}
    for model in admin.site._registry:
        name = f"admin:{model._meta.app_label}_{model._meta.model_name}"
        row = model._default_manager.first()
        ways = [reverse(f"{name}_changelist"), reverse(f"{name}_add")]
        if row is not None:
            ways += [reverse(f"{name}_{way}", args=[row.pk]) for way in ("change", "history")]
        for way in ways:
            answer = browser.get(way)
            assert answer.status_code in (200, 403)
            found[way] = answer.content.decode()
    return found


def test_no_page_shows_a_secret(browser, owner, job):
    found = pages(browser)
    assert len(found) > 25
    secrets = [*CANARIES[:4], owner.password, job.provider.api_key, str(job.idempotency_key)]
    shown = [(way, secret) for way, page in found.items() for secret in secrets if secret in page]
    assert shown == []
    # Nor half of one: the last four characters tell keys apart, more would be a part of the key.
    assert [way for way, page in found.items() if KEY[:8] in page or KEY[-8:] in page] == []


def test_a_providers_reply_is_folded_and_redacted(browser, job):
    page = browser.get(f"/admin/studio/job/{job.pk}/change/").content.decode()
    [reply] = re.findall(r"<details><summary>[^<]+</summary><pre>(.*?)</pre>", page, re.DOTALL)
    assert "&quot;ok&quot;: true" in reply
    assert "c0ffee" not in reply
    assert KEY not in reply


@pytest.mark.parametrize("action", ["as_csv", "as_json"])
def test_no_export_holds_a_secret(browser, job, action):
    chosen = {"action": action, "_selected_action": [job.pk]}
    answer = browser.post("/admin/studio/job/", chosen)
    text = b"".join(answer.streaming_content).decode()
    assert "task-1" in text
    hidden = [*CANARIES, str(job.idempotency_key)]
    assert [each for each in hidden if each in text or json.dumps(each)[1:-1] in text] == []


def test_no_page_has_anything_inline(browser, job):
    inline = re.compile(r"<style|\sstyle=|\son[a-z]+=\"|<script(?![^>]*\ssrc=)(?![^>]*json)")
    found = {way: inline.findall(page) for way, page in pages(browser).items()}
    assert {way: each for way, each in found.items() if each} == {}
