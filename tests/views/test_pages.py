"""Pages: who may see them, what they say, and that nothing typed is lost."""

import uuid

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from studio.media.handover import FILE_HEADER
from studio.models import Asset, Heartbeat, Job, Provider
from studio.services import accounts, assets
from studio.tasks import WORKER
from studio.urls import studio_urls

PUBLIC = {"setup", "login", "logout", "theme", "public_image"}
PAGES = ["compose", "compose_options", "activity", "queue", "queue_rows", "gallery"]


@pytest.fixture(autouse=True)
def plain_static(settings, tmp_path):
    settings.STORAGES = settings.STORAGES | {
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    }
    settings.MEDIA_ROOT = tmp_path / "media"


@pytest.fixture
def browser(owner) -> Client:
    client = Client()
    client.force_login(owner)
    return client


@pytest.fixture
def getimg(make_provider) -> Provider:
    return make_provider("getimg", name="Team")


def form(provider: Provider, **fields: object) -> dict[str, object]:
    model = provider.models.order_by("position").first()
    shown = {"has_sound_shown": "1", "duration_s": "5", "aspect_ratio": "16:9", "takes": "1"}
    base = {"provider_model": model.pk, "prompt": "Mist over a lake", "batch": str(uuid.uuid4())}
    return base | shown | {"resolution": "720p"} | fields


def address(name: str) -> str:
    arguments = {
        "setup": ["x"],
        "public_image": ["x"],
        "clip": [uuid.uuid4()],
        "media": [uuid.uuid4()],
    }
    numbered = name.startswith(("job", "provider"))
    return reverse(f"studio:{name}", args=arguments.get(name, [1] if numbered else []))


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


# -- Set-up ------------------------------------------------------------------------------------


@pytest.fixture
def setup_link(db, settings, tmp_path) -> str:
    settings.SETUP_TOKEN_FILE = tmp_path / "setup.token"
    return accounts.setup_link()


def test_the_setup_link_creates_the_owner_once(setup_link):
    fields = {
        "username": "mara",
        "password1": "a long enough one",
        "password2": "a long enough one",
    }
    client = Client()
    assert client.post(setup_link, fields).headers["Location"] == "/"
    assert client.get("/").status_code == 200
    assert Client().post(setup_link, fields | {"username": "eve"}).status_code == 404
    assert accounts.owner().username == "mara"


def test_a_wrong_setup_token_is_refused(setup_link):
    assert Client().get("/setup/guessed/").status_code == 404


def test_a_weak_password_is_refused_and_the_name_is_kept(setup_link):
    fields = {"username": "mara", "password1": "short", "password2": "short"}
    answer = Client().post(setup_link, fields)
    assert answer.status_code == 422
    assert b'value="mara"' in answer.content
    assert accounts.owner() is None


@pytest.mark.parametrize(
    "target", ["https://evil.example/", "//evil.example", "javascript:alert(1)"]
)
def test_login_never_leads_elsewhere(owner, target):
    fields = {"username": "mara", "password": "a long enough one", "next": target}
    assert Client().post("/login/", fields).headers["Location"] == "/"


# -- Compose -------------------------------------------------------------------------------------


def test_pressing_the_button_queues_the_takes(browser, getimg, django_capture_on_commit_callbacks):
    answer = browser.post("/", form(getimg, takes="3"))
    assert answer.status_code == 302
    assert Job.objects.count() == 3


def test_pressing_twice_makes_one_batch(browser, getimg):
    pressed = form(getimg, takes="2")
    browser.post("/", pressed)
    browser.post("/", pressed)
    assert Job.objects.count() == 2


def test_wrong_input_is_told_at_its_field_and_nothing_is_lost(browser, getimg):
    answer = browser.post("/", form(getimg, duration_s="7", takes="99"))
    text = answer.content.decode()
    assert answer.status_code == 422
    assert "Seedance 1.5 Pro makes 5 or 10 seconds." in text
    assert "1 to 8 takes" in text
    assert "Nothing was sent" in text
    assert "Mist over a lake" in text
    assert not Job.objects.exists()


@pytest.mark.parametrize(
    ("name", "value"), [("takes", "many"), ("duration_s", "ten"), ("takes", "-1")]
)
def test_a_number_that_is_none_is_named(browser, getimg, name, value):
    assert browser.post("/", form(getimg, **{name: value})).status_code == 422
    assert not Job.objects.exists()


def test_nonsense_in_every_field_is_no_fault_of_the_server(browser, getimg):
    fields = dict.fromkeys(
        ("provider_model", "batch", "takes", "seed", "first_frame", "extra-x"),
        "\x00'\"><img src=x onerror=alert(1)>",
    )
    answer = browser.post("/", form(getimg, **fields))
    assert answer.status_code == 422
    assert b"<img src=x" not in answer.content


def test_a_frame_sent_without_script_survives_another_mistake(browser, getimg, png):
    file = SimpleUploadedFile("a.png", png().getvalue(), "image/png")
    answer = browser.post("/", form(getimg, prompt="", first_frame_file=file))
    assert answer.status_code == 422
    assert str(Asset.objects.get().pk) in answer.content.decode()


def test_the_settings_follow_the_model_and_keep_what_fits(
    browser, getimg, make_provider, make_image
):
    dafty = make_provider("dafty", name="D")
    fields = form(dafty, resolution="480p", first_frame=str(make_image().pk))
    text = browser.get("/compose/options/", fields).content.decode()
    assert 'value="480p" checked' in text
    assert "Follows the first frame" in text
    fields["last_frame"] = str(make_image("coral").pk)
    assert "21:9" in browser.get("/compose/options/", fields).content.decode()


def test_a_remix_fills_the_form(browser, getimg, make_job):
    job = make_job(getimg, prompt="A lighthouse in a storm", duration_s=10)
    text = browser.get(f"/?remix={job.pk}").content.decode()
    assert "A lighthouse in a storm" in text
    assert 'value="10" checked' in text


def test_the_form_says_when_images_cannot_be_delivered(browser, make_provider, make_image):
    aiml = make_provider("aiml", name="A")
    fields = form(aiml, first_frame=str(make_image().pk))
    assert b"PUBLIC_URL" in browser.get("/compose/options/", fields).content


def test_without_a_provider_the_page_says_how_to_add_one(browser):
    assert b"No provider yet" in browser.get("/").content


def test_the_page_says_when_no_worker_runs(browser, getimg):
    assert b"The worker is not running" in browser.get("/queue/").content
    Heartbeat.beat(WORKER)
    assert b"The worker is not running" not in browser.get("/queue/").content


# -- Uploads and files -----------------------------------------------------------------------------


def upload(browser: Client, content: bytes, role: str = "first_frame", name: str = "a.png"):
    file = SimpleUploadedFile(name, content, "image/png")
    return browser.post("/uploads/images/", {"role": role, "file": file})


def test_an_upload_answers_with_its_filled_well(browser, png):
    answer = upload(browser, png().getvalue())
    assert str(Asset.objects.get().pk) in answer.content.decode()


@pytest.mark.parametrize("content", [b"<html><script>alert(1)</script>", b"<svg/>", b"", b"GIF89a"])
def test_an_upload_that_is_no_picture_says_what_is_accepted(browser, content):
    answer = upload(browser, content or b" ")
    assert answer.status_code == 422
    assert b"JPEG, PNG or WebP" in answer.content
    assert not Asset.objects.exists()


def test_an_upload_over_the_limit_says_the_limit(browser, settings):
    settings.MAX_UPLOAD_MB = 1
    assert b"larger than 1 MB" in upload(browser, b"x" * 1_100_000).content


def test_a_file_name_is_shown_as_text_only(browser, png):
    answer = upload(browser, png().getvalue(), name='"><img onerror=x>.png')
    assert b"<img onerror" not in answer.content


def test_a_file_is_handed_over_with_headers_that_make_it_harmless(browser, make_image):
    asset = make_image()
    answer = browser.get(f"/media/{asset.pk}/")
    assert answer.headers[FILE_HEADER] == str(asset.path)
    assert answer.headers["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Type"] == "image/png"
    assert answer.headers["Content-Disposition"].startswith("inline")


def test_a_download_has_a_sensible_name(browser, make_job, make_image):
    job = make_job(prompt='Storm: "swell"/../x')
    asset = make_image()
    Asset.objects.filter(pk=asset.pk).update(job=job)
    found = browser.get(f"/media/{asset.pk}/?download=1").headers["Content-Disposition"]
    assert found == f'attachment; filename="dailies-{job.pk}-storm-swell-x.png"'


def test_a_public_link_gives_one_image_without_a_login_and_nothing_else(make_image, settings):
    link = assets.public_link(make_image(), "https://studio.example")
    path = link.removeprefix("https://studio.example")
    assert Client().get(path).status_code == 200
    assert Client().get(path[:-3] + "xx/").status_code == 404


# -- Queue -----------------------------------------------------------------------------------------


def test_a_poll_that_brings_no_news_is_empty(browser, getimg, make_job):
    make_job(getimg)
    shown = browser.get("/queue/").context["version"]
    assert browser.get("/queue/rows/", {"v": shown}).status_code == 204
    Job.objects.get().cancel("Cancelled.")
    assert browser.get("/queue/rows/", {"v": shown}).status_code == 200


def test_a_failed_job_says_why_and_offers_to_edit_it(browser, getimg, make_job):
    job = make_job(getimg)
    job.fail("The prompt was refused. Nothing was charged.")
    text = browser.get("/queue/").content.decode()
    assert "Nothing was charged." in text
    assert f"/?remix={job.pk}" in text


def test_an_unconfirmed_job_offers_three_ways_out(browser, getimg, make_job):
    job = make_job(getimg, state=Job.State.UNCONFIRMED, error="Perhaps.")
    text = browser.get("/queue/").content.decode()
    for way in ("attach", "send-again", "close"):
        assert f"/jobs/{job.pk}/{way}/" in text


def test_sending_again_asks_once_more_before_it_may_cost(browser, getimg, make_job):
    job = make_job(getimg, state=Job.State.UNCONFIRMED, error="Perhaps.")
    assert b"you pay twice" in browser.post(f"/jobs/{job.pk}/send-again/").content
    job.refresh_from_db()
    assert job.state == Job.State.UNCONFIRMED
    browser.post(f"/jobs/{job.pk}/send-again/", {"confirmed": "1"})
    job.refresh_from_db()
    assert job.state == Job.State.QUEUED


def test_an_id_found_at_the_provider_is_followed(browser, getimg, make_job):
    job = make_job(getimg, state=Job.State.UNCONFIRMED, error="Perhaps.")
    browser.post(f"/jobs/{job.pk}/attach/", {"remote_id": "r-1"})
    job.refresh_from_db()
    assert (job.state, job.remote_id) == (Job.State.WAITING, "r-1")


def test_what_cannot_be_done_is_told(browser, getimg, make_job):
    job = make_job(getimg, state=Job.State.FAILED, error="No.")
    answer = browser.post(f"/jobs/{job.pk}/cancel/", follow=True)
    assert b"already failed" in answer.content


def test_only_staff_lets_a_paused_provider_go_on(getimg, django_user_model):
    getimg.pause(Provider.Health.OUT_OF_CREDIT, "No credit.")
    member = Client()
    member.force_login(django_user_model.objects.create_user("jo"))
    assert member.post(f"/providers/{getimg.pk}/resume/").status_code == 403
    getimg.refresh_from_db()
    assert getimg.is_paused


def test_nothing_is_changed_by_a_link(browser, getimg, make_job):
    job = make_job(getimg)
    for action in ("cancel", "attach", "send-again", "close"):
        assert browser.get(f"/jobs/{job.pk}/{action}/").status_code == 405


# -- Gallery ---------------------------------------------------------------------------------------


@pytest.fixture
def make_clip(owner, make_job, getimg):
    def make(**fields: object) -> Asset:
        job = make_job(getimg)
        return Asset.objects.create(
            kind=Asset.Kind.VIDEO,
            relative_path=f"clips/{uuid.uuid4()}.mp4",
            sha256="0" * 64,
            size_bytes=1,
            mime_type="video/mp4",
            width=1280,
            height=720,
            duration_s=5,
            fps=24,
            owner=owner,
            job=job,
            **fields,
        )

    return make


def test_a_gallery_page_takes_few_queries(browser, make_clip, django_assert_max_num_queries):
    for _ in range(30):
        make_clip()
    with django_assert_max_num_queries(10):
        answer = browser.get("/gallery/")
    assert answer.content.decode().count('class="tile ') == 30


def test_older_clips_have_a_real_link(browser, make_clip):
    for _ in range(61):
        make_clip()
    assert 'href="?page=2"' in browser.get("/gallery/").content.decode()
    assert browser.get("/gallery/?page=2").content.decode().count('class="tile ') == 1


def test_a_clip_page_shows_where_it_came_from(browser, make_clip):
    text = browser.get(f"/clips/{make_clip().pk}/").content.decode()
    for words in ("Mist over a lake", "Seedance 1.5 Pro", "SHA-256", "mara"):
        assert words in text


def test_a_clip_in_the_trash_is_not_shown(browser, make_clip):
    clip = make_clip(trashed_at="2026-11-21T00:00Z")
    assert browser.get(f"/clips/{clip.pk}/").status_code == 404
    assert browser.get(f"/media/{clip.pk}/").status_code == 404


# -- Admin -----------------------------------------------------------------------------------------


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
