"""The admin panel: keys are write-only, history is read-only."""

import pytest

from studio.models import Provider


def test_the_admin_never_shows_a_key(browser, make_provider):
    provider = make_provider("getimg", api_key="sk_live_0123456789abcdef")
    for path in ("", f"{provider.pk}/change/", f"{provider.pk}/history/"):
        assert b"0123456789" not in browser.get(f"/admin/studio/provider/{path}").content


def provider_fields(provider: Provider, **fields: str) -> dict[str, str]:
    base = {
        "adapter_slug": provider.adapter_slug,
        "name": provider.name,
        "base_url": provider.base_url,
        "new_key": "",
        "is_enabled": "on",
    }
    return base | fields


def test_a_key_is_kept_when_the_form_leaves_it_empty(browser, getimg):
    browser.post(f"/admin/studio/provider/{getimg.pk}/change/", provider_fields(getimg, name="New"))
    getimg.refresh_from_db()
    assert (getimg.name, getimg.api_key) == ("New", "key-that-works")


def test_a_changed_address_clears_the_key(browser, getimg):
    fields = provider_fields(getimg, base_url="https://elsewhere.example")
    browser.post(f"/admin/studio/provider/{getimg.pk}/change/", fields)
    getimg.refresh_from_db()
    assert (getimg.base_url, getimg.api_key) == ("https://elsewhere.example", "")


def test_a_changed_address_clears_secret_options_too(browser, make_provider):
    indoxhub = make_provider("indoxhub", options={"byok_api_key": "vendor-key-123456"})
    fields = provider_fields(indoxhub, base_url="https://elsewhere.example")
    browser.post(f"/admin/studio/provider/{indoxhub.pk}/change/", fields)
    indoxhub.refresh_from_db()
    assert (indoxhub.base_url, indoxhub.options) == ("https://elsewhere.example", {})


def test_a_provider_added_in_the_admin_has_its_models_and_options(browser):
    fields = {
        "adapter_slug": "imgix",
        "name": "Imgix",
        "base_url": "",
        "new_key": "k" * 20,
        "source_id": "s-1",
        "is_enabled": "on",
    }
    browser.post("/admin/studio/provider/add/", fields)
    provider = Provider.objects.get(name="Imgix")
    assert provider.options == {"source_id": "s-1"}
    assert provider.models.count() == 3
    assert provider.api_key == "k" * 20


@pytest.mark.parametrize("name", ["job", "asset", "provider", "providermodel"])
def test_the_admins_lists_answer(browser, getimg, make_job, make_image, name):
    make_job(getimg)
    make_image()
    assert browser.get(f"/admin/studio/{name}/").status_code == 200


def test_a_jobs_history_in_the_admin_is_read_only(browser, getimg, make_job):
    job = make_job(getimg)
    answer = browser.get(f"/admin/studio/job/{job.pk}/change/")
    assert answer.status_code == 200
    assert b'name="_save"' not in answer.content
