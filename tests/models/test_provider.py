"""Accounts: what is encrypted, masked and limited."""

import pytest
from cryptography.fernet import Fernet
from django.core.exceptions import ImproperlyConfigured
from django.db import connection

from studio.models import Provider

KEY = "sk_live_0123456789abcdef"


def _stored(column: str) -> str:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {column} FROM studio_provider")  # noqa: S608 - a test's own word
        return str(cursor.fetchone()[0])


def test_a_key_is_encrypted_in_the_database_and_read_back(make_provider):
    provider = make_provider(api_key=KEY)
    assert KEY not in _stored("api_key")
    assert Provider.objects.get(pk=provider.pk).api_key == KEY


def test_options_are_encrypted_too(make_provider):
    provider = make_provider("imgix", options={"source_id": "source-123456"})
    assert "source-123456" not in _stored("options_text")
    assert Provider.objects.get(pk=provider.pk).options == {"source_id": "source-123456"}


def test_a_wrong_field_key_stops_instead_of_handing_out_ciphertext(make_provider, settings):
    provider = make_provider(api_key=KEY)
    settings.FIELD_KEYS = [Fernet.generate_key().decode()]
    with pytest.raises(ImproperlyConfigured, match=r"field\.key"):
        Provider.objects.get(pk=provider.pk)


def test_a_new_field_key_before_the_old_one_still_reads_old_values(make_provider, settings):
    provider = make_provider(api_key=KEY)
    settings.FIELD_KEYS = [Fernet.generate_key().decode(), *settings.FIELD_KEYS]
    assert Provider.objects.get(pk=provider.pk).api_key == KEY


@pytest.mark.parametrize(("key", "shown"), [(KEY, "••••cdef"), ("short", "••••"), ("", "none")])
def test_a_key_is_shown_by_its_last_four_characters_at_most(make_provider, key, shown):
    assert make_provider(api_key=key).masked_key == shown


def test_the_admins_limits_win_over_the_published_ones(make_provider):
    provider = make_provider("dafty")
    assert provider.limits.creates_per_minute == 5
    provider.creates_per_minute = 2
    assert provider.limits.creates_per_minute == 2


def test_pausing_and_resuming_keeps_the_reason_visible_and_then_clears_it(make_provider):
    provider = make_provider()
    provider.pause(Provider.Health.OUT_OF_CREDIT, "No credit left.")
    assert provider.is_paused
    assert provider.health_note == "No credit left."
    provider.resume()
    assert not provider.is_paused
    assert provider.health_note == ""
