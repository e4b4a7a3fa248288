"""The audit log: who changed what, and nothing that is secret."""

import pytest
from auditlog.models import LogEntry
from django.contrib.auth.models import Group, User
from django.db import connection
from django.test import Client

from studio.models import Provider, ProviderModel

OLD, NEW, OPTION = "sk_live_0123456789abcdef", "sk_live_ZYXWVUTSRQPONMLK", "upload-secret-98765"


def provider_fields(provider: Provider, **fields: str) -> dict[str, str]:
    base = {
        "adapter_slug": provider.adapter_slug,
        "name": provider.name,
        "base_url": provider.base_url,
        "new_key": "",
        "is_enabled": "on",
    }
    return base | fields


def change(browser: Client, provider: Provider, **fields: str) -> LogEntry:
    address = f"/admin/studio/provider/{provider.pk}/change/"
    assert browser.post(address, provider_fields(provider, **fields)).status_code == 302
    return LogEntry.objects.get_for_object(provider).latest("pk")


def everything_kept() -> str:
    """The whole table, column by column."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT * FROM {LogEntry._meta.db_table}")  # noqa: S608
        return repr(cursor.fetchall())


def pieces(secret: str) -> set[str]:
    return {secret[start : start + 8] for start in range(len(secret) - 7)}


def test_who_changed_an_account_is_kept(browser, getimg):
    entry = change(browser, getimg, name="Other")
    assert entry.actor.username == "mara"
    assert entry.changes == {"name": ["Team", "Other"]}


def test_of_a_new_key_only_that_it_changed_is_kept(browser, make_provider):
    provider = make_provider("imgix", api_key=OLD, options={"source_id": OPTION})
    entry = change(browser, provider, new_key=NEW, source_id=OPTION)
    assert entry.changes == {"api_key": ["••••", "••••"]}
    provider.delete()
    kept = everything_kept()
    assert [piece for key in (OLD, NEW, OPTION) for piece in pieces(key) if piece in kept] == []
    # The ciphertext is no better: it begins like this, and is a key for whoever has field.key.
    assert "v1:" not in kept
    assert "gAAAA" not in kept


def test_of_a_password_only_that_it_changed_is_kept(browser, owner):
    before = owner.password
    owner.set_password("another long one")
    owner.save()
    entry = LogEntry.objects.get_for_object(owner).latest("pk")
    assert entry.changes == {"password": ["••••", "••••"]}
    assert before not in everything_kept()
    assert owner.password not in everything_kept()


def test_signing_in_is_no_change(owner):
    Client().force_login(owner)
    assert LogEntry.objects.get_for_object(owner).count() == 1


def test_rights_given_are_kept(db):
    user, group = User.objects.create_user("tom"), Group.objects.create(name="Editors")
    user.groups.add(group)
    user.is_staff = True
    user.save()
    kept = [entry.changes for entry in LogEntry.objects.get_for_object(user).order_by("pk")]
    assert kept[1]["groups"]["objects"] == ["Editors"]
    assert kept[2] == {"is_staff": ["False", "True"]}


def test_a_models_switch_is_kept_but_not_the_filling_of_the_list(browser, getimg):
    models = LogEntry.objects.get_for_model(ProviderModel)
    assert models.count() == 0
    model = getimg.models.first()
    model.is_enabled = False
    model.save()
    assert models.get().changes == {"is_enabled": ["True", "False"]}


def test_what_the_engine_notes_is_no_change(getimg):
    count = LogEntry.objects.count()
    getimg.note_health(Provider.Health.WELL)
    getimg.balance = 5
    getimg.save(update_fields=["balance"])
    assert LogEntry.objects.count() == count


def test_an_address_that_a_request_claims_is_not_kept(browser, getimg):
    fields = provider_fields(getimg, name="Other")
    headers = {"x-forwarded-for": "198.51.100.7", "x-correlation-id": "made-up"}
    browser.post(f"/admin/studio/provider/{getimg.pk}/change/", fields, headers=headers)
    entry = LogEntry.objects.get_for_object(getimg).latest("pk")
    assert (entry.remote_addr, entry.cid) == (None, None)


def test_the_log_is_read_and_never_written(browser, getimg):
    entry = change(browser, getimg, name="Other")
    address = f"/admin/auditlog/logentry/{entry.pk}/"
    page = browser.get(f"{address}change/").content.decode()
    assert "<td>Team</td>" in page
    assert 'name="_save"' not in page
    assert browser.post(f"{address}change/", {"changes": "{}"}).status_code == 403
    assert browser.post(f"{address}delete/", {"post": "yes"}).status_code == 403
    assert browser.get("/admin/auditlog/logentry/add/").status_code == 403


@pytest.mark.parametrize("by", ["what", "member"])
def test_the_log_is_narrowed_by_what_and_by_whom(browser, owner, getimg, by):
    entry = change(browser, getimg, name="Other")
    value = {"what": entry.content_type_id, "member": owner.pk}[by]
    page = browser.get(f"/admin/auditlog/logentry/?{by}={value}").content.decode()
    assert f"/admin/auditlog/logentry/{entry.pk}/change/" in page
    others = LogEntry.objects.get_for_object(owner).get()
    assert f"/admin/auditlog/logentry/{others.pk}/change/" not in page
