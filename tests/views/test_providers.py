"""The Providers pages: adding, testing, changing, pausing; and that no page ever shows a key."""

import pytest
from django.test import Client

from studio.models import Job, Provider, Role
from studio.services import providers
from tests.factories import new_member
from tests.views.forms import form as compose_form

KEY = "sk_live_0123456789abcdef"
OPTION = "vendor-secret-98765432"
PART = {"HTTP_HX_REQUEST": "true"}


@pytest.fixture
def manager(db) -> Client:
    client = Client()
    client.force_login(new_member("max", Role.MANAGER))
    return client


@pytest.fixture
def creator(db) -> Client:
    client = Client()
    client.force_login(new_member("jo"))
    return client


@pytest.fixture
def fields(demo):
    """The filled-in form of an account at the demo's getimg.ai."""
    return typed(name="Team", new_key=KEY, base_url=demo.base_url("getimg"))


def typed(**values: str) -> dict[str, str]:
    """What the form posts under these names."""
    return {f"account-{name.replace('__', '-')}": text for name, text in values.items()}


def text_of(answer) -> str:
    text: str = answer.content.decode()
    assert KEY not in text
    assert KEY[:8] not in text
    assert OPTION not in text
    return text


@pytest.fixture
def team(manager, fields) -> Provider:
    """An account as a manager has added it."""
    manager.post("/providers/add/getimg/", fields, follow=True)
    return Provider.objects.get()


# -- Adding --------------------------------------------------------------------------------------


def test_every_api_has_its_guided_form(manager):
    chosen = text_of(manager.get("/providers/add/"))
    for slug, told in {
        "imgix": "Asset Manager Edit",
        "getimg": "docs.getimg.ai",
        "aiml": "PUBLIC_URL",
        "dafty": "CU",
        "indoxhub": "indox-",
    }.items():
        assert f"/providers/add/{slug}/" in chosen
        assert told in text_of(manager.get(f"/providers/add/{slug}/"))
    assert manager.get("/providers/add/nobody/").status_code == 404


def test_a_new_account_is_tested_at_once(manager, fields):
    answer = manager.post(
        "/providers/add/getimg/", fields | typed(least_role="manager"), follow=True
    )
    text = text_of(answer)
    assert "Team answers. Balance: $" in text
    assert "••••cdef" in text
    provider = Provider.objects.get()
    assert (provider.health, provider.least_role) == (Provider.Health.WELL, Role.MANAGER)
    assert provider.models.exists()


def test_a_new_account_is_kept_when_its_test_fails(manager, fields, demo):
    demo.fault("getimg", "models", "bad_key")
    text = text_of(manager.post("/providers/add/getimg/", fields, follow=True))
    assert "Team is added." in text
    assert "Key rejected" in text
    assert Provider.objects.get().api_key == KEY


def test_nothing_typed_is_lost_but_the_key(manager, make_provider, fields):
    make_provider(name="Team")
    answer = manager.post("/providers/add/getimg/", fields | typed(concurrent_jobs="7"))
    text = text_of(answer)
    assert answer.status_code == 422
    assert "Another account has this name" in text
    assert "The key must be typed again" in text
    assert 'value="7"' in text
    assert f'value="{fields["account-base_url"]}"' in text
    assert Provider.objects.count() == 1


@pytest.mark.parametrize(
    "address",
    ["ftp://x.example", "https://", "https://mara:pw@x.example", "https://x.example/?a=1", "no"],
)
def test_an_address_that_is_none_is_told_at_its_field(manager, fields, address):
    answer = manager.post("/providers/add/getimg/", fields | typed(base_url=address))
    assert answer.status_code == 422
    assert "id_account-base_url_error" in text_of(answer)
    assert not Provider.objects.exists()


def test_an_account_needs_a_key_to_begin_with(manager, fields):
    text = text_of(manager.post("/providers/add/getimg/", fields | typed(new_key="")))
    assert "Paste the API key." in text
    assert "must be typed again" not in text


def test_options_come_from_the_apis_own_table(manager, demo):
    fields = typed(name="Ix", new_key=KEY, base_url=demo.base_url("imgix"))
    manager.post("/providers/add/imgix/", fields | typed(option__source_id="s1"))
    assert Provider.objects.get().options == {"source_id": "s1"}
    wrong = fields | typed(name="Other", option__api_prefix="/v9")
    assert manager.post("/providers/add/imgix/", wrong).status_code == 422


# -- Changing ------------------------------------------------------------------------------------


def test_an_empty_key_keeps_the_stored_one(manager, team, fields):
    changed = fields | typed(name="Crew", new_key="", creates_per_minute="3")
    text = text_of(manager.post(f"/providers/{team.pk}/", changed, follow=True))
    team.refresh_from_db()
    assert (team.name, team.api_key, team.creates_per_minute) == ("Crew", KEY, 3)
    assert "Crew is saved." in text
    assert "answers." not in text


def test_a_changed_address_clears_the_key_and_says_so(manager, team, fields, demo):
    asked = len(demo.journal())
    assert "A changed address clears the stored key" in text_of(
        manager.get(f"/providers/{team.pk}/")
    )
    moved = fields | typed(base_url="http://127.0.0.1:9", new_key="")
    text = text_of(manager.post(f"/providers/{team.pk}/", moved, follow=True))
    team.refresh_from_db()
    assert (team.base_url, team.api_key) == ("http://127.0.0.1:9", "")
    assert "its key and secret options were removed" in text
    assert "No key" in text
    assert len(demo.journal()) == asked


def test_a_changed_address_with_its_key_is_tested(manager, team, fields, demo):
    elsewhere = demo.base_url("getimg").replace("127.0.0.1", "localhost")
    moved = fields | typed(base_url=f"{elsewhere}/", new_key="another-key-123456")
    text = text_of(manager.post(f"/providers/{team.pk}/", moved, follow=True))
    team.refresh_from_db()
    assert (team.base_url, team.api_key) == (elsewhere, "another-key-123456")
    assert "Team answers." in text
    assert "another-key" not in text


def test_a_secret_option_is_kept_forgotten_and_never_shown(manager, make_provider):
    hub = make_provider("indoxhub", name="Hub", api_key=KEY, base_url="http://127.0.0.1:9")
    address, fields = f"/providers/{hub.pk}/", typed(name="Hub", base_url="http://127.0.0.1:9")
    manager.post(address, fields | typed(option__byok_api_key=OPTION))
    text_of(manager.get(address))
    manager.post(address, fields | typed(name="Hub 2"))
    hub.refresh_from_db()
    assert hub.options == {"byok_api_key": OPTION}
    wrong = manager.post(address, typed(name="", option__byok_api_key=OPTION))
    assert "must be typed again" in text_of(wrong)
    manager.post(address, fields | typed(forget__byok_api_key="on"))
    hub.refresh_from_db()
    assert (hub.options, hub.api_key) == ({}, KEY)


def test_a_save_leaves_alone_what_the_engine_wrote_meanwhile(manager, team, fields, owner):
    providers.pause(team, owner, "over budget")
    manager.post(f"/providers/{team.pk}/", fields | typed(new_key=""))
    team.refresh_from_db()
    assert team.is_paused
    assert team.health_note == "Paused by mara: over budget"


def test_a_demo_account_keeps_its_address_and_key(manager, make_provider, demo):
    base = demo.base_url("getimg")
    account = make_provider("getimg", name="Demo", is_demo=True, base_url=base, api_key="demo-key")
    text = text_of(manager.get(f"/providers/{account.pk}/"))
    assert "new_key" not in text
    moved = typed(name="Mine", base_url="http://127.0.0.1:9", new_key="x", least_role="")
    manager.post(f"/providers/{account.pk}/", moved)
    account.refresh_from_db()
    assert (account.name, account.base_url, account.api_key) == ("Mine", base, "demo-key")


# -- Testing, models, pausing, removing ----------------------------------------------------------


def test_a_test_without_script_goes_back_and_tells(manager, team):
    answer = manager.post(f"/providers/{team.pk}/test/", {"next": "/providers/"}, follow=True)
    assert answer.redirect_chain[-1][0] == "/providers/"
    assert "Team answers. Balance: $" in text_of(answer)


def test_a_test_by_script_answers_beside_the_form(manager, team, demo):
    demo.fault("getimg", "models", "server_error")
    text = text_of(manager.post(f"/providers/{team.pk}/test/", **PART))
    assert "note--bad" in text
    assert "Testing costs nothing." in text
    assert f'id="facts-{team.pk}" hx-swap-oob="true"' in text
    assert "<html" not in text


def test_models_are_switched_and_read_again(manager, team):
    shown = list(team.models.values_list("pk", flat=True))
    manager.post(f"/providers/{team.pk}/models/", {"shown": shown, "model": shown[1:]})
    assert list(team.models.filter(is_enabled=False).values_list("pk", flat=True)) == shown[:1]
    text = text_of(manager.post(f"/providers/{team.pk}/refresh/", follow=True))
    assert "were read. Nothing was charged." in text
    assert team.models.filter(is_enabled=False).count() == 1


def test_a_list_that_cannot_be_read_leaves_the_models(manager, team, demo):
    count = team.models.count()
    demo.fault("getimg", "models", "server_error")
    text = text_of(manager.post(f"/providers/{team.pk}/refresh/", follow=True))
    assert "The models stay as they were." in text
    assert team.models.count() == count


def test_a_manager_pauses_and_a_creator_is_told_why(manager, creator, team):
    manager.post(f"/providers/{team.pk}/pause/", {"reason": "over budget"})
    told = "Paused by max: over budget"
    assert told in text_of(manager.get("/providers/"))
    assert told in text_of(creator.get("/"))
    assert told in text_of(creator.post("/compose/models/", compose_form(team)))
    manager.post(f"/providers/{team.pk}/resume/", {"next": "/providers/"})
    assert told not in text_of(creator.get("/"))


def test_a_switched_off_account_is_not_offered(manager, creator, team):
    manager.post(f"/providers/{team.pk}/switch/", {"to": "off"})
    assert "Switched off" in text_of(manager.get("/providers/"))
    assert "No provider yet" in text_of(creator.get("/"))
    manager.post(f"/providers/{team.pk}/switch/", {"to": "perhaps"})
    manager.post(f"/providers/{team.pk}/switch/", {"to": "on"})
    team.refresh_from_db()
    assert team.is_enabled


def test_a_model_above_ones_role_is_neither_shown_nor_taken(manager, creator, team):
    Provider.objects.update(least_role=Role.MANAGER)
    form = compose_form(team)
    assert "Seedance" not in text_of(creator.post("/compose/models/", form))
    answer = creator.post("/", form)
    assert answer.status_code == 422
    assert not Job.objects.exists()
    assert "Seedance" in text_of(manager.post("/compose/models/", form))


def test_only_an_account_that_was_never_used_is_removed(manager, team, make_job):
    assert f"/providers/{team.pk}/remove/" in text_of(manager.get(f"/providers/{team.pk}/"))
    job = make_job(team)
    text = text_of(manager.post(f"/providers/{team.pk}/remove/", follow=True))
    assert "their history is kept" in text
    assert f"/providers/{team.pk}/remove/" not in text
    Job.objects.filter(pk=job.pk).delete()
    manager.post(f"/providers/{team.pk}/remove/")
    assert not Provider.objects.exists()


def test_a_creator_may_neither_look_nor_change(creator, make_provider):
    account = make_provider(name="Team", api_key=KEY)
    for path in ("", "add/", "add/getimg/", f"{account.pk}/"):
        assert creator.get(f"/providers/{path}").status_code == 403
    for path in ("test", "refresh", "models", "pause", "resume", "switch", "remove"):
        assert creator.post(f"/providers/{account.pk}/{path}/").status_code == 403


def test_an_account_that_is_not_there_is_not_found(manager):
    assert manager.get("/providers/99/").status_code == 404
    assert manager.post("/providers/99/test/").status_code == 404


def test_an_account_that_is_switched_off_announces_no_next_try(manager, team):
    for _ in range(3):
        team.note_fault("It cannot be reached. Dailies tries again by itself.")
    assert "tries again by itself" in text_of(manager.get("/providers/"))
    manager.post(f"/providers/{team.pk}/switch/", {"to": "off"})
    shown = text_of(manager.get("/providers/"))
    assert "Switched off" in shown
    assert "tries again by itself" not in shown
    assert "next try" not in shown
